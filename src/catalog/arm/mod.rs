//! Facts about ARM types, in tables: what azapi and azurerm share.

use super::facts::TypeFacts;

/// The facts of an ARM type (its letter case does not matter); of a type that no table names, that nothing is known.
pub fn type_facts(_arm_type: &str) -> &'static TypeFacts {
    static NOTHING: std::sync::LazyLock<TypeFacts> = std::sync::LazyLock::new(TypeFacts::default);
    &NOTHING
}
