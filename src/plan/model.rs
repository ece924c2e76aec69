//! The plan: what is, what will be, why. Made by the planner, executed by apply, shown by ui.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::addr::{InstanceAddr, Mode};
use super::checks::Check;
use crate::arm::id::ArmId;
use crate::lang::schema::ResourceSchema;
use crate::lang::{PathStep, Value};

/// What kind of plan it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlanMode {
    /// Make it so.
    #[default]
    Normal,
    /// Remove all.
    Destroy,
    /// Only take note of what changed outside.
    RefreshOnly,
}

/// What happens to an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeAction {
    /// Nothing (it may be imported or moved all the same).
    NoOp,
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It goes and comes again; the flag: the new one first.
    Replace {
        /// `create_before_destroy`
        create_first: bool,
    },
    /// It goes.
    Delete,
    /// A data source is read during apply.
    Read,
    /// It is forgotten, not removed.
    Forget,
}

/// Why, where it is not the plain difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Reason {
    Tainted,
    CannotUpdate,
    Requested,
    ReplaceTriggeredBy,
    NoResourceConfig,
    WrongRepetition,
    CountIndex,
    EachKey,
    NoModule,
    NoMoveTarget,
    ReadConfigUnknown,
    ReadDependencyPending,
    ReadCheckNested,
    /// It lives inside something that is replaced (ours: Terraform has no such reason).
    InsideReplaced,
}

/// One instance's change.
#[derive(Debug, Clone)]
pub struct Change {
    /// Which.
    pub addr: InstanceAddr,
    /// Where it was before a `moved` block.
    pub previous_addr: Option<InstanceAddr>,
    /// `registry.terraform.io/hashicorp/azurerm`
    pub provider: Arc<str>,
    /// The schema that `before` and `after` conform to.
    pub schema: Arc<ResourceSchema>,
    /// What happens.
    pub action: ChangeAction,
    /// Why.
    pub reason: Option<Reason>,
    /// More of why, in words (`count = 2`, the module or key that is gone, what it lives inside).
    pub reason_detail: Option<String>,
    /// As it is; none when it does not exist.
    pub before: Option<Value>,
    /// As it will be, parts unknown; none when it will not exist.
    pub after: Option<Value>,
    /// The arguments that make it a replacement.
    pub replace_paths: Vec<Vec<PathStep>>,
    /// The id it is imported by (adopted).
    pub importing: Option<String>,
    /// The block that was generated for it.
    pub generated: Option<Arc<str>>,
    /// The key of a deposed object.
    pub deposed: Option<String>,
    /// The documents behind it, with what happens to each.
    pub documents: Vec<DocumentChange>,
}

impl Change {
    /// What a data source has told while planning; none of one that is read during apply.
    pub fn told(&self) -> Option<Value> {
        let later = self.action == ChangeAction::Read && self.reason != Some(Reason::ReadCheckNested);
        let read = self.addr.resource.mode == Mode::Data && !later;
        self.after.as_ref().filter(|_| read).map(Value::with_unknown_null)
    }
}

/// What happens to one ARM document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentChange {
    /// Which; none while the id is unknown.
    pub id: Option<ArmId>,
    /// Made, written, removed, or only read.
    pub verb: DocumentVerb,
}

/// What happens to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum DocumentVerb {
    None,
    Create,
    Recover,
    Update,
    Delete,
}

/// What changed behind our back.
#[derive(Debug, Clone)]
pub struct Drift {
    /// Which.
    pub addr: InstanceAddr,
    /// Where it was, if nothing but that changed (a refresh-only plan).
    pub previous_addr: Option<InstanceAddr>,
    /// `registry.terraform.io/hashicorp/azurerm`
    pub provider: Arc<str>,
    /// The schema of the objects.
    pub schema: Arc<ResourceSchema>,
    /// As it was last applied.
    pub before: Value,
    /// As it is; none: it is gone.
    pub after: Option<Value>,
    /// It mattered for a planned change (then the text shows it).
    pub relevant: bool,
}

/// A root output's change.
#[derive(Debug, Clone)]
pub struct OutputChange {
    /// The recorded value.
    pub before: Option<Value>,
    /// The new value, maybe unknown; none: it goes.
    pub after: Option<Value>,
    /// It is declared sensitive, or was.
    pub sensitive: bool,
    /// It was declared sensitive and is not, or the other way round.
    pub flips: bool,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum FindingLevel {
    Blocks,
    Warns,
    Informs,
}

/// Something the plan knows that apply would otherwise discover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A stable name: `soft-deleted-twin`, `not-in-ledger`, `data-would-be-lost`, `one-way-change` …
    pub code: &'static str,
    /// How much it matters.
    pub level: FindingLevel,
    /// Whose.
    pub addr: Option<InstanceAddr>,
    /// Where in Azure.
    pub id: Option<String>,
    /// One line.
    pub summary: String,
    /// Evidence, and the command that mends it.
    pub detail: String,
}

/// A data source that was read while planning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataRead {
    /// Which.
    pub addr: InstanceAddr,
    /// The id of what it found, if that has one and it is no secret.
    pub id: Option<String>,
    /// It could not be read; why is in the diagnostics.
    pub failed: bool,
}

/// A whole plan.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// What kind.
    pub mode: PlanMode,
    /// Managed instances (unchanged ones too) and data sources that are read during apply; sorted by address.
    pub changes: Vec<Change>,
    /// The data sources that were read, each after those it was made of.
    pub reads: Vec<DataRead>,
    /// Changes made outside.
    pub drift: Vec<Drift>,
    /// Root outputs by name.
    pub outputs: BTreeMap<Arc<str>, OutputChange>,
    /// What the plan found out.
    pub findings: Vec<Finding>,
    /// What conditions came to.
    pub checks: Vec<Check>,
    /// Only a part was planned (`-target`).
    pub targeted: bool,
    /// Planning failed half-way.
    pub errored: bool,
    /// Usual seconds that applying will take, and the address that takes most of them; who applies fills it in.
    pub forecast: Option<(u32, InstanceAddr)>,
    /// RFC 3339, the value of `plantimestamp()`.
    pub timestamp: String,
}

impl Plan {
    /// (import, add, change, destroy) as `Plan:` counts them.
    pub fn counts(&self) -> [usize; 4] {
        let mut counts = [0; 4];
        for change in self.changes.iter() {
            counts[0] += usize::from(change.importing.is_some());
            match change.action {
                ChangeAction::Create => counts[1] += 1,
                ChangeAction::Update => counts[2] += 1,
                ChangeAction::Delete => counts[3] += 1,
                ChangeAction::Replace { .. } => {
                    counts[1] += 1;
                    counts[3] += 1;
                }
                ChangeAction::NoOp | ChangeAction::Read | ChangeAction::Forget => {}
            }
        }
        counts
    }

    /// Is there anything to apply, outputs and bookkeeping (moves, imports, forgets) included?
    pub fn has_changes(&self) -> bool {
        self.changes
            .iter()
            .any(|c| c.action != ChangeAction::NoOp || c.importing.is_some() || c.previous_addr.is_some())
            || self.outputs.values().any(OutputChange::changes)
            || self.mode == PlanMode::RefreshOnly && !self.drift.is_empty()
    }
}

impl OutputChange {
    /// Does the recorded value change, or whether it is a secret?
    pub fn changes(&self) -> bool {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) if before.is_null() && after.is_null() => false,
            (Some(before), Some(after)) => self.flips || before.unmarked_deep() != after.unmarked_deep(),
            (None, Some(after)) => !after.is_null(),
            (Some(_), None) => true,
            (None, None) => false,
        }
    }
}
