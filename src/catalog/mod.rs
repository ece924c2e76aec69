//! What each resource type is: the lenses between Terraform's arguments and ARM's documents, and the facts about
//! ARM types. Everything here is pure: no HTTP (a lens says what it needs and is asked again), no files, no output.

pub mod arm;
pub mod azapi;
pub mod azurerm;
pub mod builtin;
pub mod describe;
pub mod facts;
mod functions;
pub mod item;
pub mod lens;
#[cfg(test)]
mod mutation;
#[cfg(test)]
mod otherwise;
mod provider;
mod registrations;
pub(crate) mod value;

pub(crate) use value::property;

pub use arm::type_facts;
pub use facts::{Compare, Durations, FactNode, TypeFacts, is_guid};
pub use functions::AllFunctions;
pub use lens::{
    Action, Ask, Bears, BodyPath, Call, Claim, ClaimOptions, Context, DataSource, Detail, Expiry, Fetched,
    HttpAsk, Lens, LocalFile, LocalPlan, LocalType, LookUp, Need, Occasion, OnDemand, Outside, Problem,
    ProviderConfig, ProviderKind, Reader, Recorded, Replace, RequestExtras, RetryRule, STAND_IN, Stop,
    Suffixes, Target, Withdraw, Write,
};
pub use provider::{provider_problems, provider_schema};
pub use registrations::{registers_on_demand, registrations};

/// The managed resource type of this name (`azurerm_subnet`), if it is built in.
pub fn resource(type_name: &str) -> Option<LookUp> {
    builtin::resource(type_name)
        .map(LookUp::Local)
        .or_else(|| azapi::resource(type_name))
        .or_else(|| azurerm::resource(type_name).map(LookUp::Arm))
}

/// The data source of this name, without `data.`, if it is built in.
pub fn data_source(type_name: &str) -> Option<&'static dyn DataSource> {
    let local = || builtin::data_source(type_name);
    azapi::data_source(type_name).or_else(|| azurerm::data_source(type_name)).or_else(local)
}

/// Every managed resource type that is built in; for messages and "did you mean".
pub fn resource_names() -> Vec<&'static str> {
    builtin::NAMES.iter().chain(azapi::RESOURCES).copied().chain(azurerm::resources()).collect()
}

/// Every data source that is built in.
pub fn data_source_names() -> Vec<&'static str> {
    let local = builtin::data_sources();
    azapi::DATA_SOURCES.iter().copied().chain(azurerm::data_sources()).chain(local).collect()
}

/// The providers that are built in: the local name that types of it begin with, its source address, which it is.
pub const PROVIDERS: [(&str, &str, ProviderKind); 10] = [
    ("azurerm", "hashicorp/azurerm", ProviderKind::Azurerm),
    ("azapi", "azure/azapi", ProviderKind::Azapi),
    ("random", "hashicorp/random", ProviderKind::Random),
    ("null", "hashicorp/null", ProviderKind::Null),
    ("time", "hashicorp/time", ProviderKind::Time),
    ("tls", "hashicorp/tls", ProviderKind::Tls),
    ("local", "hashicorp/local", ProviderKind::Local),
    ("http", "hashicorp/http", ProviderKind::Http),
    ("external", "hashicorp/external", ProviderKind::External),
    ("terraform", "terraform.io/builtin/terraform", ProviderKind::Terraform),
];

/// The built-in provider that a resource or data source type belongs to by the first word of its name, whether or not
/// the type itself is known.
pub fn provider_of(type_name: &str) -> Option<ProviderKind> {
    let word = type_name.split('_').next()?;
    PROVIDERS.iter().find(|(name, ..)| *name == word).map(|(.., kind)| *kind)
}
