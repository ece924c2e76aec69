//! Ringfence: plans and applies secured Azure Machine Learning workspaces from Terraform's language.

// Tests of the tables call the tests that stand outside.
#[cfg(test)]
extern crate self as ringfence;

pub mod apply;
pub mod arm;
pub mod blob;
pub mod catalog;
pub mod cli;
pub mod config;
pub mod install;
pub mod lang;
pub mod ledger;
pub mod localcloud;
pub mod plan;
pub mod secret;
pub mod session;
pub mod stack;
pub mod ui;
