//! Configuration: files become the tree of modules, with everything that can be judged without a schema judged.
//!
//! Knows Terraform's blocks and meta-arguments. Knows nothing of Azure or of what a resource's arguments mean.

pub mod address;
mod blocks;
pub mod content;
pub mod decode;
pub mod load;
pub mod lock;
pub mod manifest;
mod merge;
pub mod model;
pub mod source;
pub mod testfile;
pub mod typeexpr;
mod validate;
pub mod values;
pub mod version;

pub use load::{
    Call, Disk, Files, LoadOptions, Locate, judge, judge_calls, load, load_files, read, read_root, read_with,
    source,
};
pub use model::{
    AssertRule, Backend, Check, Config, Connection, ForEach, IgnoreChanges, Import, Lifecycle, Local, Module,
    ModuleCall, ModulePath, Moved, Output, PathTarget, ProviderBlock, ProviderRef, Provisioner, Removed,
    RequiredProvider, Resource, ResourceKey, Settings, Target, Variable,
};
pub use values::{Argument, Given, InputError, ValueOptions};

#[cfg(test)]
mod tests;
