//! What each resource type is: the lenses between Terraform's arguments and ARM's documents, and the facts about
//! ARM types. Everything here is pure: no HTTP (a lens says what it needs and is asked again), no files, no output.

pub mod facts;
pub mod lens;

pub use facts::{Compare, FactNode, TypeFacts};
pub use lens::{
    Action, Claim, Context, DataSource, Fetched, Lens, LocalPlan, LocalType, LookUp, Need, OnDemand, Problem,
    ProviderConfig, ProviderKind, Reader, Replace, Stop, Suffixes, Target, Withdraw, Write,
};
