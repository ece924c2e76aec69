//! What each fuzz target does with its bytes. Nothing comes of it but a panic where something does not hold.
//!
//! They use what the library shows everybody, and are compiled twice: into the targets, and into the test `fuzz_seeds`.

#![allow(dead_code, reason = "each target uses one")]

mod evaluator;
mod fmt;
mod parser;
mod records;

pub use evaluator::evaluator;
pub use fmt::fmt;
pub use parser::parser;
pub use records::records;

use ringfence::lang::{Diagnostics, Severity};
use ringfence::ui::diagnostics::human;

/// The targets by name.
pub const ALL: &[(&str, fn(&[u8]))] =
    &[("evaluator", evaluator), ("fmt", fmt), ("parser", parser), ("records", records)];

/// Shows diagnostics as people and programs would see them: their places are in their texts.
fn show(diagnostics: &Diagnostics) {
    for one in &diagnostics.0 {
        let word = if one.severity == Severity::Error { "Error: " } else { "Warning: " };
        assert!(human(one, false, 78).starts_with(&format!("\n{word}")), "{one:?}");
        let document = ringfence::ui::json::diagnostic::diagnostic(one);
        assert!(document.is_object(), "{document}");
    }
}
