//! From configuration and live documents to a plan: expansion, the graph, reads, differences, actions, findings.
//! Knows nothing of rendering or of HTTP.

pub mod addr;
pub mod arm;
pub mod blocks;
pub mod checks;
pub mod conditions;
pub mod data;
pub mod diff;
pub mod generate;
mod imports;
pub mod instance;
pub mod live;
pub mod local;
pub mod marks;
pub mod mocks;
pub mod model;
pub mod moves;
pub mod names;
pub mod options;
mod orphans;
pub mod own;
pub mod paths;
pub mod places;
mod preflight;
pub mod providers;
pub mod provisioners;
pub mod relevant;
mod removes;
pub mod repeat;
pub mod run;
pub mod scope;
mod soft_delete;
mod strangers;
mod triggers;
mod union;
pub mod validate;
pub mod walk;
