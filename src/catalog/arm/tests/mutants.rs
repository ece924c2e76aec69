//! Facts with one thing changed: what the tests that hold them against the official data must notice.

use std::cell::Cell;

use super::super::TABLES;
use super::super::row::{Row, Type};
use crate::catalog::azurerm::tests::mutants as azurerm;
use crate::catalog::facts::{Compare, TypeFacts};
use crate::catalog::mutation::{Change, Kind, Site, altered, leak, paths_of};

thread_local! {
    /// The type that is another one on this thread; the tests look only at it.
    static CHANGED: Cell<Option<(&'static Type, &'static TypeFacts)>> = const { Cell::new(None) };
}

/// The changed facts of this type, on this thread.
pub(in crate::catalog) fn changed(arm_type: &str) -> Option<&'static TypeFacts> {
    CHANGED.get().filter(|(changed, _)| changed.arm_type.eq_ignore_ascii_case(arm_type)).map(|(_, f)| f)
}

/// The types that the tests look at, as they are on this thread.
pub(super) fn types() -> Box<dyn Iterator<Item = &'static Type>> {
    match CHANGED.get() {
        Some((changed, _)) => Box::new(std::iter::once(changed)),
        None => Box::new(TABLES.iter().flat_map(|table| table.iter())),
    }
}

/// Whether the tests look at a type.
pub(super) fn is_looked_at(arm_type: &str) -> bool {
    CHANGED.get().is_none_or(|(changed, _)| changed.arm_type.eq_ignore_ascii_case(arm_type))
}

/// Whether the tests look at every type: what they say of numbers holds only then.
pub(super) fn all_are_looked_at() -> bool {
    CHANGED.get().is_none()
}

/// Everything is as it was.
pub(in crate::catalog) fn restore() {
    CHANGED.set(None);
}

/// Whether the change is one of a fact of an ARM type.
pub(in crate::catalog) fn is_changed() -> bool {
    CHANGED.get().is_some()
}

/// Whether what is known of the changed type is what was known before: its rows say the same twice.
pub(in crate::catalog) fn is_the_same() -> bool {
    let Some((changed, facts)) = CHANGED.get() else { return false };
    let mut all = TABLES.iter().flat_map(|table| table.iter());
    let before = all.find(|ty| ty.arm_type == changed.arm_type).map(|ty| format!("{:?}", ty.facts().body));
    before == Some(format!("{:?}", facts.body))
}

/// Everything that can be changed in the rows of the ARM types.
pub(in crate::catalog) fn sites() -> Vec<Site> {
    let mut sites = Vec::new();
    for ty in TABLES.iter().flat_map(|table| table.iter()) {
        rows(ty, ty.rows, None, "", &mut sites);
        for (index, (prefix, below)) in ty.below.iter().enumerate() {
            rows(ty, below, Some(index), prefix, &mut sites);
        }
    }
    sites
}

/// The rows of a type, or those below its nth path.
fn rows(ty: &'static Type, rows: &'static [Row], below: Option<usize>, prefix: &str, sites: &mut Vec<Site>) {
    for (index, row) in rows.iter().enumerate() {
        let first = row.paths.first().copied().unwrap_or_default();
        let join = if prefix.is_empty() { "" } else { "." };
        let place = format!("{} {prefix}{join}{first}", ty.arm_type);
        for (kind, changes) in [
            (Kind::Path, paths(row)),
            (Kind::Default, defaults(row)),
            (Kind::ForceNew, fixed(row)),
            (Kind::Transformation, transformations(row)),
        ] {
            let changes: Vec<Change> = changes
                .into_iter()
                .map(|(says, new)| Change {
                    nothing: (kind == Kind::ForceNew && row.read_only)
                        .then_some("nobody writes what is the service's alone"),
                    says,
                    install: Box::new(move || install(ty, rows, below, index, new)),
                })
                .collect();
            if !changes.is_empty() {
                sites.push(Site { kind, place: place.clone(), changes });
            }
        }
    }
}

fn install(ty: &'static Type, rows: &'static [Row], below: Option<usize>, index: usize, new: Row) {
    let mut rows = rows.to_vec();
    rows[index] = new;
    let mut ty = *ty;
    match below {
        None => ty.rows = rows.leak(),
        Some(at) => {
            let mut all = ty.below.to_vec();
            all[at].1 = rows.leak();
            ty = ty.below(all.leak());
        }
    }
    let ty: &'static Type = Box::leak(Box::new(ty));
    CHANGED.set(Some((ty, Box::leak(Box::new(ty.facts())))));
    azurerm::look_at(azurerm::types_over(ty.arm_type));
}

fn paths(row: &Row) -> Vec<(String, Row)> {
    let mut all = Vec::new();
    for (i, path) in row.paths.iter().enumerate() {
        for other in paths_of(&path.split('.').collect::<Vec<_>>()) {
            let mut paths = row.paths.to_vec();
            paths[i] = leak(other.join("."));
            all.push((format!("`{path}` is `{}`", paths[i]), Row { paths: paths.leak(), ..*row }));
        }
    }
    all
}

/// Another value of the same kind, as JSON.
fn other(json: &'static str) -> &'static str {
    match json {
        "true" => "false",
        "false" => "true",
        "null" | "{}" | "[]" => "\"another\"",
        text if text.starts_with('"') => leak(format!("\"{}\"", altered(text.trim_matches('"')))),
        number if number.parse::<i64>().is_ok() => leak(format!("{number}1")),
        _ => "{}",
    }
}

fn defaults(row: &Row) -> Vec<(String, Row)> {
    let mut all = Vec::new();
    if let Some(json) = row.default {
        let new = other(json);
        all.push((format!("default {json} is {new}"), Row { default: Some(new), ..*row }));
        all.push((format!("default {json} is none"), Row { default: None, ..*row }));
    }
    if let Some(json) = row.neutral {
        let new = other(json);
        all.push((format!("neutral {json} is {new}"), Row { neutral: Some(new), ..*row }));
        all.push((format!("neutral {json} is none"), Row { neutral: None, ..*row }));
    }
    all
}

fn fixed(row: &Row) -> Vec<(String, Row)> {
    let says = format!("create-only is {}", !row.create_only);
    let mut all = vec![(says, Row { create_only: !row.create_only, ..*row })];
    if row.free {
        all.push(("changed in place is false".into(), Row { free: false, ..*row }));
    }
    all
}

fn transformations(row: &Row) -> Vec<(String, Row)> {
    let mut all = Vec::new();
    if row.compare != Compare::Exact && !row.secret {
        let says = format!("compared {:?} is exactly", row.compare);
        all.push((says, Row { compare: Compare::Exact, ..*row }));
    }
    if row.read_only {
        all.push(("the service's is the client's".into(), Row { read_only: false, ..*row }));
    }
    if row.set_key.is_some() {
        all.push(("a set is a list".into(), Row { set_key: None, ..*row }));
    }
    if row.secret {
        let new = Row { secret: false, compare: Compare::Exact, ..*row };
        all.push(("a secret is none".into(), new));
    }
    if row.whole {
        all.push(("claimed as a whole is in parts".into(), Row { whole: false, ..*row }));
    }
    all
}
