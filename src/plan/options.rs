//! What a plan was asked for.

use std::path::PathBuf;
use std::sync::Arc;

use super::addr::{InstanceAddr, Partial};
use super::model::PlanMode;

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
    /// The working directory, as `path.cwd` shows it.
    pub working_dir: PathBuf,
    /// `terraform.workspace`; none: `default`.
    pub workspace: Option<Arc<str>>,
    /// What a test makes up.
    pub mocks: Arc<super::mocks::Mocks>,
}
