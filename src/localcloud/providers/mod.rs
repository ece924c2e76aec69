//! What each Azure namespace is: one file per namespace, with the rows of its types and their hooks.

use super::rules::{Route, TypeRules};

/// All rows.
pub const TABLES: &[&[TypeRules]] = &[];

/// Operations of a namespace that are no resource: `POST …/locations/{location}/checkSomething`.
pub const ROUTES: &[&[Route]] = &[];
