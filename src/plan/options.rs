//! What a plan was asked for.

use std::path::PathBuf;
use std::sync::Arc;

use super::addr::{InstanceAddr, Partial};
use super::model::PlanMode;

/// The variable of the environment that forbids commands on this machine.
pub const DENY_EXEC: &str = "RINGFENCE_DENY_EXEC";

/// Does what [`DENY_EXEC`] says forbid them? Anything does but nothing, `0` and `false`.
pub fn denies_exec(said: Option<&str>) -> bool {
    !matches!(said, None | Some("" | "0" | "false"))
}

/// The options of `plan`, `apply` and `destroy`.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// What kind of plan.
    pub mode: PlanMode,
    /// `-target`: only these and what they depend on.
    pub targets: Vec<Partial>,
    /// `-replace`: these are made anew.
    pub replace: Vec<InstanceAddr>,
    /// `-refresh=false`: what changed outside is not told apart from other differences. Live is read all the same: the
    /// ledger keeps digests, not objects, so there is nothing else to compare with.
    pub no_refresh: bool,
    /// `-adopt`: existing resources that the ledger does not know are taken.
    pub adopt: bool,
    /// `-deny-exec`, `RINGFENCE_DENY_EXEC`: nothing is applied that runs commands on this machine.
    pub deny_exec: bool,
    /// The working directory, as `path.cwd` shows it.
    pub working_dir: PathBuf,
    /// `terraform.workspace`; none: `default`.
    pub workspace: Option<Arc<str>>,
    /// What a test makes up.
    pub mocks: Arc<super::mocks::Mocks>,
}
