//! Azure Resource Manager as we reach it: resource ids, clouds, credentials, requests, long-running operations,
//! errors, throttling and bulk reading.
//!
//! Must not know: the Terraform language, azurerm's arguments, files of ours, what is printed.

pub mod id;

pub use id::{ArmId, IdError};
