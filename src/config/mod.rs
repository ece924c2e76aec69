//! Configuration: files become the tree of modules, with everything that can be judged without a schema judged.
//!
//! Knows Terraform's blocks and meta-arguments. Knows nothing of Azure or of what a resource's arguments mean.

pub mod model;
pub mod version;

pub use model::{
    AssertRule, Backend, Check, Config, Connection, Defaults, ForEach, IgnoreChanges, Import, Lifecycle,
    Local, Module, ModuleCall, ModulePath, Moved, Output, PathTarget, ProviderBlock, ProviderRef,
    Provisioner, Removed, RequiredProvider, Resource, ResourceKey, Settings, Target, Variable,
};
