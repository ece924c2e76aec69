//! What rows say of an argument, for people.

use super::table::{Check, Lit, Mode, Row, Table, What};
use crate::catalog::lens::Detail;

/// The major version that is described.
const MAJOR: u32 = 4;

impl Table {
    /// What the rows say of the argument at a path.
    pub(super) fn detail_of(&self, path: &[&str]) -> Detail {
        let mut rows = &self.rows;
        let mut at: Vec<&str> = Vec::new();
        let mut detail = Detail::default();
        for (n, name) in path.iter().enumerate() {
            let Some(row) = rows.iter().find(|r| r.name == *name && r.is_in(MAJOR)) else {
                return Detail::default();
            };
            detail.replaces |= row.new || row.new_whole && n + 1 == path.len();
            detail.by_value |= row.replaces.is_some();
            if row.refused.is_some() {
                detail.refused = row.refused;
            }
            if let Some(first) = row.paths.first() {
                at.extend(first);
            }
            if n + 1 < path.len() {
                let What::Block(block) = &row.what else { return Detail::default() };
                rows = &block.rows;
                continue;
            }
            detail.default = row.default.filter(|_| row.mode != Mode::Required).map(literal);
            detail.words = words(row);
            detail.at = match (row.part.is_some(), row.paths.is_empty()) {
                (true, _) => Some("the id".into()),
                (false, true) => None,
                (false, false) => Some(at.join(".")),
            };
        }
        detail
    }
}

fn literal(lit: Lit) -> String {
    match lit {
        Lit::Bool(b) => b.to_string(),
        Lit::Int(n) => n.to_string(),
        Lit::Text(t) => format!("\"{t}\""),
        Lit::Json(j) => j.into(),
    }
}

fn words(row: &Row) -> Vec<String> {
    let mut all = Vec::new();
    for check in &row.checks {
        match check {
            Check::OneOf(words) | Check::OneOfAnyCase(words) => {
                all.extend(words.iter().map(|w| format!("\"{w}\"")))
            }
            Check::OneNumberOf(numbers) => all.extend(numbers.iter().map(ToString::to_string)),
            Check::Range(from, to) => all.push(format!("{from} to {to}")),
            _ => {}
        }
    }
    all
}
