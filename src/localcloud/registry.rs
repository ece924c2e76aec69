//! The rows by type, and what is made of them once: compiled name rules, types by namespace.

use super::providers::TABLES;
use super::rules::{NameRule, TypeRules};
use regex::Regex;
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The row of a type (any casing), [`TypeRules::GENERIC`] if there is none.
pub fn rules(type_name: &str) -> &'static TypeRules {
    static GENERIC: TypeRules = TypeRules::GENERIC;
    static ROWS: OnceLock<HashMap<String, &'static TypeRules>> = OnceLock::new();
    let known = ROWS.get_or_init(|| rows().map(|row| (row.type_name.to_lowercase(), row)).collect());
    known.get(&type_name.to_lowercase()).copied().unwrap_or(&GENERIC)
}

/// All rows.
pub fn rows() -> impl Iterator<Item = &'static TypeRules> {
    let tables = TABLES.iter();
    #[cfg(test)]
    let tables = tables.chain(super::engine::TEST_TABLES);
    tables.flat_map(|table| table.iter())
}

/// True if the name is what the rule asks for.
pub fn name_fits(rule: &NameRule, name: &str) -> bool {
    static COMPILED: OnceLock<Mutex<HashMap<&'static str, Option<Regex>>>> = OnceLock::new();
    let length = name.chars().count();
    if length < rule.length.0 || length > rule.length.1 {
        return false;
    }
    let compiled = COMPILED.get_or_init(Default::default);
    let mut compiled = compiled.lock().unwrap_or_else(PoisonError::into_inner);
    let pattern =
        compiled.entry(rule.pattern).or_insert_with(|| Regex::new(&format!("^(?:{})$", rule.pattern)).ok());
    pattern.as_ref().is_none_or(|pattern| pattern.is_match(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_pattern_compiles_and_every_type_has_one_row() {
        let mut seen = std::collections::HashSet::new();
        for row in rows() {
            assert!(seen.insert(row.type_name.to_lowercase()), "{} has two rows", row.type_name);
            if let Some(rule) = row.name {
                assert!(Regex::new(rule.pattern).is_ok(), "{}: {}", row.type_name, rule.pattern);
            }
        }
    }
}
