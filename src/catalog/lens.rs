//! The contract between the catalog and the planner.
//!
//! A lens turns an instance's configuration into *claims* on ARM documents, and documents back into attributes.
//! It is pure: what it lacks it asks the [`Reader`] for; a document that is not there yet ends the call with
//! [`Stop::Pending`], the planner fetches all that was asked for at once, and calls again.

use std::sync::Arc;
use std::time::Duration;

use super::{TypeFacts, type_facts};
use crate::arm::id::ArmId;
use crate::lang::schema::ResourceSchema;
use crate::lang::{PathStep, Severity, Value};

/// What a managed resource type is, for those who look it up by name.
#[derive(Clone, Copy)]
pub enum LookUp {
    /// It lives in ARM.
    Arm(&'static dyn Lens),
    /// No document is behind it: the ledger is its store.
    Local(&'static dyn LocalType),
}

impl LookUp {
    /// Arguments, blocks and attributes, by the names of a provider's major version.
    pub fn schema(self, provider_major: u32) -> Arc<ResourceSchema> {
        match self {
            LookUp::Arm(lens) => lens.schema(provider_major),
            LookUp::Local(local) => local.schema(),
        }
    }
}

/// Which provider an instance belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum ProviderKind {
    Azurerm,
    Azapi,
    Random,
    Null,
    Time,
    Tls,
    Local,
    Http,
    External,
    Terraform,
}

impl ProviderKind {
    /// Does it need a connection to a cloud?
    pub fn connects(self) -> bool {
        matches!(self, ProviderKind::Azurerm | ProviderKind::Azapi)
    }
}

/// DNS suffixes of the cloud that a provider talks to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suffixes {
    /// `core.windows.net`
    pub storage: Arc<str>,
    /// `vault.azure.net`
    pub key_vault: Arc<str>,
    /// `azurecr.io`
    pub container_registry: Arc<str>,
    /// `documents.azure.com`
    pub cosmos_db: Arc<str>,
}

/// One configured provider (a `provider` block, or the default one), decoded.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// Which provider.
    pub kind: ProviderKind,
    /// The major version that the constraint asks for: it chooses names and defaults.
    pub major: u32,
    /// The subscription, when it is known.
    pub subscription_id: Option<Arc<str>>,
    /// The tenant of the credential.
    pub tenant_id: Option<Arc<str>>,
    /// The application of the credential.
    pub client_id: Option<Arc<str>>,
    /// The principal of the credential (from the token).
    pub object_id: Option<Arc<str>>,
    /// DNS suffixes of the cloud.
    pub suffixes: Suffixes,
    /// The decoded block, by the provider's schema: `features`, `default_tags`, …; null when there is none.
    pub config: Value,
}

/// What the reader answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Fetched<T> {
    /// It was read (or follows from what this plan will make).
    Ready(T),
    /// Not read yet; the planner has noted the need.
    Pending,
    /// It cannot be read in this plan: it depends on what will only exist after apply.
    Later,
}

/// A read that a lens asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Need {
    /// One document.
    Document {
        /// Which.
        id: ArmId,
        /// At which version.
        api_version: Arc<str>,
    },
    /// All items of a list (every page).
    List {
        /// Path of the collection, without query.
        path: Arc<str>,
        /// At which version.
        api_version: Arc<str>,
        /// More query, `$filter=…` with its value not yet percent-encoded; empty for none.
        filter: Arc<str>,
    },
    /// A request of a configuration's own making that changes nothing.
    Ask(Ask),
    /// Something that is not in ARM.
    Outside(Outside),
}

/// Something outside of ARM that a data source reads. What is sent is not shown: it may hold a secret.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Outside {
    /// A file: answers `{content}`, base64.
    File(std::path::PathBuf),
    /// A web address: answers `{status, headers, body}`, the body base64.
    Http(HttpAsk),
    /// A program: answers `{output}`.
    Program {
        /// The program and its arguments.
        words: Vec<Arc<str>>,
        /// What it reads, JSON.
        input: Arc<str>,
        /// Where it runs.
        working_dir: Option<Arc<str>>,
    },
    /// The outputs of another stack: answers `{outputs}`, JSON of `{name: {value, type, sensitive}}`, or `{missing}`.
    Stack {
        /// Its state file, its ledger, or its folder.
        path: std::path::PathBuf,
        /// The folder of the states of workspaces.
        workspace_dir: std::path::PathBuf,
        /// Which workspace.
        workspace: Arc<str>,
    },
}

/// An HTTP request of a configuration.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HttpAsk {
    /// `GET`, `HEAD`, `POST`
    pub method: Arc<str>,
    /// Where.
    pub url: Arc<str>,
    /// Headers.
    pub headers: Vec<(Arc<str>, Arc<str>)>,
    /// The body of a POST.
    pub body: Option<Arc<str>>,
    /// How long an answer may take.
    pub timeout_ms: Option<u64>,
    /// How often it is tried again when there is no answer, or one of 500 and above.
    pub retries: u64,
    /// The first delay and the longest.
    pub delays_ms: (u64, u64),
}

impl std::fmt::Debug for Outside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Outside::File(path) => write!(f, "File({})", path.display()),
            Outside::Stack { path, .. } => write!(f, "Stack({})", path.display()),
            Outside::Http(ask) => write!(f, "Http({} {})", ask.method, ask.url),
            Outside::Program { words, .. } => {
                write!(f, "Program({})", words.first().map_or("", |w| &**w))
            }
        }
    }
}

/// A request that reads: a GET, or a POST that changes nothing (`listKeys`). Its body is not shown: it may hold a secret.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Ask {
    /// It is a POST.
    pub post: bool,
    /// A list: the answer holds the items of all pages as `value`.
    pub pages: bool,
    /// Path, without query.
    pub path: Arc<str>,
    /// At which version.
    pub api_version: Arc<str>,
    /// The body of a POST, JSON.
    pub body: Option<Arc<str>>,
    /// What is added to the request.
    pub extras: RequestExtras,
    /// Failures that are tried again.
    pub retry: Option<RetryRule>,
    /// Which refusals are answers of their own while planning.
    pub bears: Bears,
}

/// The refusals of a request that are no failure of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Bears {
    /// None.
    #[default]
    Nothing,
    /// That the credential may not send it: what it would tell is left for apply.
    NoRight,
    /// Any: it is only a look.
    Refusal,
}

impl Bears {
    /// Is a failure with this status one of them?
    pub fn status(self, status: Option<u16>) -> bool {
        match self {
            Bears::Nothing => false,
            Bears::NoRight => status == Some(403),
            Bears::Refusal => true,
        }
    }
}

impl Ask {
    /// A GET of a path, or a POST.
    pub fn new(post: bool, path: impl Into<Arc<str>>, api_version: impl Into<Arc<str>>) -> Ask {
        Ask {
            post,
            pages: false,
            path: path.into(),
            api_version: api_version.into(),
            body: None,
            extras: RequestExtras::default(),
            retry: None,
            bears: Bears::Nothing,
        }
    }
}

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ask({} {})", if self.post { "POST" } else { "GET" }, self.path)
    }
}

/// Where a lens looks things up. Planned documents shadow live ones.
pub trait Reader {
    /// A document as it is (live), or will be (planned; parts may be unknown). `None`: it does not exist.
    fn document(&self, id: &ArmId, api_version: &str) -> Fetched<Option<Arc<Value>>>;
    /// The items of a list, live only. `None`: ARM answered 404.
    fn list(&self, path: &str, api_version: &str, filter: &str) -> Fetched<Option<Arc<Vec<Value>>>>;
    /// The object of this type and name, wherever it is, if it is among what was read or will be made.
    fn named(&self, _arm_type: &str, _name: &str) -> Option<ArmId> {
        None
    }
    /// Whether the last apply claimed something at or below this dotted path of the instance's document.
    fn claimed(&self, _key: &str, _path: &str) -> bool {
        false
    }
    /// What ARM answers to a request, live only. `None`: 404; an answer without a body is null.
    fn ask(&self, _ask: &Ask) -> Fetched<Option<Arc<Value>>> {
        Fetched::Later
    }
    /// What is outside of ARM: an object, with `error` where it cannot be read.
    fn outside(&self, _what: &Outside) -> Fetched<Arc<Value>> {
        Fetched::Later
    }
}

/// What a lens is called with.
pub struct Context<'a> {
    /// The provider instance.
    pub provider: &'a ProviderConfig,
    /// Reads.
    pub reader: &'a dyn Reader,
    /// Is this attribute used by an expression? Companion documents are read only for those.
    pub wanted: &'a dyn Fn(&str) -> bool,
    /// Where the instance's primary document is by the ledger; `None`: it is not known there.
    pub recorded: Option<&'a ArmId>,
}

/// A document of an instance as the ledger keeps it, or as an import names it.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The claim's key; empty for the primary one.
    pub key: Arc<str>,
    /// Where it is.
    pub id: ArmId,
    /// The version it was written at, or is read at.
    pub api_version: Arc<str>,
    /// The instance made it and removes it.
    pub owns: bool,
}

/// Why a lens did not answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// The reader owes something; call again.
    Pending,
    /// Something is wrong with the configuration.
    Problems(Vec<Problem>),
}

/// Something wrong with an instance's configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Error or warning.
    pub severity: Severity,
    /// One line, no full stop.
    pub summary: String,
    /// Sentences: what was expected, what to do.
    pub detail: String,
    /// The argument it is about; empty for the whole block.
    pub path: Vec<PathStep>,
}

/// Where a claimed document is.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// At this id, whether it exists or not.
    Id(ArmId),
    /// Its id depends on an unknown value.
    Unknown,
}

/// How a claim is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Write {
    /// PUT of the body as it is (azapi).
    Put,
    /// GET, drop what is read-only, overlay the claims, PUT under the document's lock.
    Merge,
    /// PATCH of what changed; created by PUT.
    Patch,
    /// PUT once if it does not exist; never updated (Key Vault keys through ARM).
    CreateOnly,
    /// POST to `{id}/{action}`; nothing is read back but the document's own state (provider registration).
    Post(&'static str),
    /// One entry of an array on a document of another: PUT `{id}/accessPolicies/{add|remove}`.
    Entry(&'static str),
}

/// What happens to a document when no instance claims it any more.
#[derive(Debug, Clone, PartialEq)]
pub enum Withdraw {
    /// DELETE, with this query (`forceToPurge=true`), then these actions in order.
    Delete {
        /// More query parameters.
        query: Vec<(Arc<str>, Arc<str>)>,
        /// What follows the deletion (purge).
        then: Vec<Action>,
    },
    /// These actions, in order (a provider registration).
    Act(Vec<Action>),
    /// The neutral values of the claimed paths are written (an association, rules on a document of another).
    Neutral(Value),
    /// The item with this id is taken out of the array at this path; the others stay (an address of a NAT gateway).
    Without(BodyPath, Arc<str>),
    /// Nothing: it goes with its parent, or it cannot go.
    Leave,
}

/// A POST or a DELETE that changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Path, without query.
    pub path: Arc<str>,
    /// At which version.
    pub api_version: Arc<str>,
    /// Its failure is only a warning.
    pub optional: bool,
    /// It is a DELETE of what is at the path (a deleted account); else a POST.
    pub delete: bool,
    /// Where the document, as it is before the action, says that the action is forbidden: it is not tried then (a purge
    /// that purge protection forbids, NAM-03).
    pub unless: Option<&'static str>,
}

/// What an instance wants of one document.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Which document of the type: `""` is the primary one, others have names of their own (`zone_group`), that
    /// stay the same as long as it is the same document.
    pub key: Arc<str>,
    /// Where.
    pub target: Target,
    /// At which version it is written and read.
    pub api_version: Arc<str>,
    /// The instance makes the document and removes it. False: another instance (or the parent) does.
    pub owns: bool,
    /// How it is written.
    pub write: Write,
    /// The claimed paths with their values: an object, parts may be unknown and marked. A null claims absence.
    pub body: Value,
    /// Paths of `body` that are sent but not compared (secrets ARM does not return, action arguments).
    pub unread: Vec<Vec<Arc<str>>>,
    /// Paths that give way: they are claimed only because nothing is written there, and are left to an instance that
    /// claims them on this document of another.
    pub yields: Vec<BodyPath>,
    /// How it goes.
    pub withdraw: Withdraw,
    /// More keys that nothing else may hold while it is written (azapi's `locks`, the tables' mutexes).
    pub locks: Vec<Arc<str>>,
    /// What differs from the usual; `None`: nothing.
    pub options: Option<Arc<ClaimOptions>>,
}

impl Claim {
    /// The facts of the type of the claimed document.
    pub fn facts(&self) -> &'static TypeFacts {
        match &self.target {
            Target::Id(id) => type_facts(id.resource_type()),
            Target::Unknown => type_facts(""),
        }
    }
}

/// A path into a document's body: names of properties. An array is one part: paths do not go into it.
pub type BodyPath = Vec<Arc<str>>;

/// What an instance says about comparing and sending its document beyond the body.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClaimOptions {
    /// Text is compared without regard to letter case (`ignore_casing`).
    pub ignore_case: bool,
    /// What was sent before and is absent from the live document counts as unchanged (`ignore_missing_property`).
    pub keep_missing: bool,
    /// Paths that are not compared, and are sent as they are live (`ignore_body_changes`).
    pub ignored: Vec<BodyPath>,
    /// How items of the arrays at these paths are told apart: the properties that name one (`list_unique_id_property`).
    pub list_keys: Vec<(BodyPath, Vec<Arc<str>>)>,
    /// Arrays in which items that are not in the body are left alone (`ignore_other_items_in_list`).
    pub partial_lists: Vec<BodyPath>,
    /// What was sent before and is not in the body any more is taken away (azapi; a table says itself what goes).
    pub forgets: bool,
    /// What is claimed of maps and of lists with named items is added to what is there (`azapi_update_resource`).
    pub merges_items: bool,
    /// Arguments that are in no document: only their digests tell whether they changed (`replace_triggers_external_values`).
    pub remembered: Vec<(Arc<str>, Value)>,
    /// The version that stands for the value at a path: it is sent again when this changes (`sensitive_body_version`).
    pub versions: Vec<(BodyPath, Value)>,
    /// What is said only when the document is made: what a service must be told then, and nobody is held to later.
    pub initial: Vec<(BodyPath, Value)>,
    /// What takes the document's place while it is made anew, and goes again.
    pub stand_in: Option<ArmId>,
    /// Failures that are tried again.
    pub retry: Option<RetryRule>,
    /// What is added to the requests that create, read, update and delete the document.
    pub requests: [RequestExtras; 4],
}

/// Headers and query parameters that a configuration adds to a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct RequestExtras {
    /// Headers.
    pub headers: Vec<(Arc<str>, Arc<str>)>,
    /// Query parameters, each with one or more values, not yet encoded.
    pub query: Vec<(Arc<str>, Vec<Arc<str>>)>,
}

/// azapi's `retry`: which failures are tried again, and how long between.
#[derive(Debug, Clone, PartialEq)]
pub struct RetryRule {
    /// Regular expressions; one that matches the error's text is enough.
    pub patterns: Vec<Arc<str>>,
    /// Seconds before the first retry.
    pub interval: f64,
    /// The most seconds between two tries.
    pub max_interval: f64,
    /// By what the interval grows.
    pub multiplier: f64,
    /// The part of the interval that is random.
    pub randomization: f64,
}

impl RetryRule {
    /// Does the rule ask for a repetition of a failure with this text?
    pub fn matches(&self, text: &str) -> bool {
        self.patterns.iter().any(|p| regex::Regex::new(p).is_ok_and(|p| p.is_match(text)))
    }

    /// How long to wait before this repetition, counted from 1.
    pub fn delay(&self, attempt: u32) -> Duration {
        let grown = self.interval * self.multiplier.max(1.0).powi(attempt.saturating_sub(1).min(64) as i32);
        Duration::try_from_secs_f64(grown.min(self.max_interval).max(0.0)).unwrap_or(Duration::from_secs(10))
    }
}

impl Eq for RetryRule {}

impl std::hash::Hash for RetryRule {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.patterns.hash(state);
        for number in [self.interval, self.max_interval, self.multiplier, self.randomization] {
            number.to_bits().hash(state);
        }
    }
}

/// Whether a change of an argument means a new object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replace {
    /// It is updated in place.
    No,
    /// It needs a new object.
    Yes,
    /// It is one-way or only for a new object that must not be replaced: the reason, in a sentence.
    Refuse(String),
    /// The document is made anew while another stands in for it ([`ClaimOptions::stand_in`]); without one it is refused:
    /// the reason, in a sentence.
    Rotate(String),
}

/// How the key of a document ends that stands in for another while that is made anew.
pub const STAND_IN: &str = "/stand-in";

/// An attribute that needs a POST (keys, connection strings); fetched in apply when an expression uses it.
#[derive(Debug, Clone)]
pub struct OnDemand {
    /// The action, relative to the primary document: `listKeys`.
    pub action: &'static str,
    /// At which version.
    pub api_version: &'static str,
    /// Takes the attribute out of the answer, given the attributes that are already known.
    pub take: fn(answer: &Value, attributes: &Value) -> Value,
    /// The parts of its objects that alone are secret; none: all of it is.
    pub secrets: &'static [&'static str],
}

impl OnDemand {
    /// The attribute out of the answer, with what is secret of it marked.
    pub fn part(&self, answer: &Value, attributes: &Value) -> Value {
        super::value::secret((self.take)(answer, attributes), self.secrets)
    }
}

/// What a table says of an argument, for people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detail {
    /// Its value when it is not written, as it would be written.
    pub default: Option<String>,
    /// A change makes a new object.
    pub replaces: bool,
    /// Whether a change makes a new object is seen by the values.
    pub by_value: bool,
    /// What it may be: words, or a range.
    pub words: Vec<String>,
    /// Where it stands in ARM's document.
    pub at: Option<String>,
    /// Why it is refused.
    pub refused: Option<&'static str>,
}

/// A resource type that lives in ARM.
pub trait Lens: Sync + Send {
    /// Arguments, blocks and attributes.
    fn schema(&self, provider_major: u32) -> Arc<ResourceSchema>;

    /// The type's default timeouts in minutes: create, read, update, delete.
    fn timeouts(&self) -> [u32; 4];

    /// The ARM types of its documents, with the versions that they are written at; none: the configuration says.
    fn documents(&self) -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }

    /// What is known of an argument beside the schema; the path has the names of the blocks around it.
    fn detail(&self, _path: &[&str]) -> Detail {
        Detail::default()
    }

    /// What is wrong with the arguments, as far as they are known: name rules, enums, ranges, conflicts.
    fn check(&self, config: &Value, cx: &Context<'_>) -> Vec<Problem>;

    /// The configuration with defaults filled in and renamed arguments resolved. Unset computed arguments stay null.
    fn complete(&self, config: &Value, cx: &Context<'_>) -> Value;

    /// The documents that the (completed) configuration wants, in the order they are written; the first is the primary.
    fn claims(&self, config: &Value, cx: &Context<'_>) -> Result<Vec<Claim>, Stop>;

    /// Claims that were recorded in the ledger, rebuilt from ids alone when the configuration is gone: for deletion.
    fn withdrawals(&self, documents: &[Recorded], cx: &Context<'_>) -> Result<Vec<Claim>, Stop>;

    /// Attributes as Terraform has them. `documents` are by claim key, live or planned (parts may be unknown; of a
    /// planned new document everything that the server will add is absent). `config` is the completed configuration,
    /// or null when it is gone; arguments that ARM does not return are taken from it. With `planned`, what is absent
    /// from the documents but will be there is predicted where it can be (id, endpoints), else unknown.
    fn attributes(
        &self,
        config: &Value,
        documents: &dyn Fn(&str) -> Option<Arc<Value>>,
        planned: bool,
        cx: &Context<'_>,
    ) -> Result<Value, Stop>;

    /// The argument that a path of a claimed document belongs to (for display and for the replace decision). Where
    /// several could have written it, the one that `config` writes. The path `name` stands for where the document is.
    fn argument_of(&self, config: &Value, key: &str, path: &[PathStep]) -> Vec<PathStep>;

    /// All arguments that a path of a claimed document is made of (the parts of a SKU's name), the likeliest first;
    /// never none.
    fn arguments_of(&self, config: &Value, key: &str, path: &[PathStep]) -> Vec<Vec<PathStep>> {
        vec![self.argument_of(config, key, path)]
    }

    /// What a change of this argument means.
    fn replaces(&self, argument: &[PathStep], before: &Value, after: &Value) -> Replace;

    /// Arguments whose change means a new object by what the configuration says of them, given the object as it is and
    /// as it is planned (`replace_triggers_refs`).
    fn replaced_by(&self, _config: &Value, _before: &Value, _after: &Value) -> Vec<Vec<PathStep>> {
        Vec::new()
    }

    /// Attributes that need a POST, as a major version of the provider has them.
    fn on_demand(&self, attribute: &str, provider_major: u32) -> Option<OnDemand>;

    /// Why an attribute cannot be had from ARM at all: an error where an expression refers to it.
    fn not_in_arm(&self, _attribute: &str) -> Option<&'static str> {
        None
    }

    /// The id that `import` blocks, state and messages use, if it is not the primary document's ARM id
    /// (`{target}|{name}` of a diagnostic setting), from attributes. Parsing is `import`.
    fn import(&self, id: &str, cx: &Context<'_>) -> Result<Vec<Recorded>, Problem>;

    /// The documents beside the primary one that there are, by claim key, of an object without a configuration: `object`
    /// has the attributes that the primary document tells.
    fn beside(
        &self,
        _primary: &ArmId,
        _object: &Value,
        _cx: &Context<'_>,
    ) -> Result<Vec<(Arc<str>, Arc<Value>)>, Stop> {
        Ok(Vec::new())
    }
}

/// What a type without a cloud plans.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalPlan {
    /// The planned object; parts may be unknown.
    pub planned: Value,
    /// Arguments whose change needs a new object.
    pub replace: Vec<Vec<PathStep>>,
}

/// When a request of an object is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// The object is made or changed.
    Made,
    /// It goes.
    Removed,
}

/// A request that an object without a document of its own sends (`azapi_resource_action`).
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The HTTP method.
    pub method: Arc<str>,
    /// Path, without query.
    pub path: Arc<str>,
    /// The resource it is about.
    pub on: ArmId,
    /// At which version.
    pub api_version: Arc<str>,
    /// The body.
    pub body: Option<Value>,
    /// What is added to the request.
    pub extras: RequestExtras,
    /// Failures that are tried again.
    pub retry: Option<RetryRule>,
    /// Keys that nothing else may hold meanwhile.
    pub locks: Vec<Arc<str>>,
    /// 404 is no failure.
    pub may_miss: bool,
}

/// What time does to an object with no cloud behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expiry {
    /// It is as if it were gone: a new one is made.
    Gone,
    /// It is replaced, because of this attribute.
    Renew(&'static str),
}

/// A file that an object stands for.
#[derive(Clone, PartialEq, Eq)]
pub struct LocalFile {
    /// Where: absolute, or relative to the working directory.
    pub path: std::path::PathBuf,
    /// What is in it; it may be secret.
    pub content: Vec<u8>,
    /// Its permissions.
    pub mode: u32,
    /// Permissions of folders that are made for it.
    pub directory_mode: u32,
}

impl std::fmt::Debug for LocalFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LocalFile({}, {} bytes)", self.path.display(), self.content.len())
    }
}

/// A resource type with no document behind it.
pub trait LocalType: Sync + Send {
    /// Arguments, blocks and attributes.
    fn schema(&self) -> Arc<ResourceSchema>;
    /// What is wrong with the arguments.
    fn check(&self, config: &Value) -> Vec<Problem>;
    /// (prior, configuration) -> planned.
    fn plan(&self, prior: Option<&Value>, config: &Value) -> LocalPlan;
    /// The object that a create or update makes of what was planned; random values are drawn here. `random` fills
    /// a buffer; `now` is RFC 3339 UTC.
    fn apply(
        &self,
        prior: Option<&Value>,
        planned: &Value,
        random: &mut dyn FnMut(&mut [u8]),
        now: &str,
    ) -> Value;
    /// The object that an id stands for when it is imported; what is absent is null. `now` is RFC 3339 UTC.
    fn import(&self, _id: &str, _now: &str) -> Result<Value, Problem> {
        Err(super::builtin::unsupported())
    }
    /// The object is made by a request to ARM: its provider is connected, and [`LocalType::call`] is asked.
    fn in_cloud(&self) -> bool {
        false
    }
    /// The default timeouts in minutes: create, read, update, delete.
    fn timeouts(&self) -> [u32; 4] {
        [0; 4]
    }
    /// The request that an object takes with it; `None`: nothing is sent. `config` is the object, on making and changing
    /// it with what is written and not kept; `prior` is what there is.
    fn call(&self, _prior: Option<&Value>, _config: &Value, _occasion: Occasion) -> Option<Call> {
        None
    }
    /// The object with what was answered; `None`: 404, which [`Call::may_miss`] allows.
    fn answered(&self, object: &Value, _answer: Option<&Value>) -> Value {
        object.clone()
    }
    /// Seconds to wait while creating (true) or destroying (false) the object: `time_sleep`.
    fn wait(&self, _object: &Value, _creating: bool) -> f64 {
        0.0
    }
    /// What is known of an argument beside the schema; the path has the names of the blocks around it.
    fn detail(&self, _path: &[&str]) -> Detail {
        Detail::default()
    }
    /// Has the object had its time? `now` is RFC 3339 UTC.
    fn expired(&self, _object: &Value, _now: &str) -> Option<Expiry> {
        None
    }
    /// The file that the object is: it is written when the object is made, removed when it goes, and an object whose file
    /// is not as it was made is gone.
    fn file(&self, _object: &Value) -> Option<LocalFile> {
        None
    }
}

/// A data source.
pub trait DataSource: Sync + Send {
    /// Arguments and attributes.
    fn schema(&self, provider_major: u32) -> Arc<ResourceSchema>;
    /// What is wrong with the arguments, as far as they are known.
    fn check(&self, _config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
        Vec::new()
    }
    /// Reading it may change something, so a plan does not: it is read during apply.
    fn changes(&self, _config: &Value) -> bool {
        false
    }
    /// Why an attribute cannot be had from ARM at all: an error where an expression refers to it.
    fn not_in_arm(&self, _attribute: &str) -> Option<&'static str> {
        None
    }
    /// Reads it. The configuration is wholly known.
    fn read(&self, config: &Value, cx: &Context<'_>) -> Result<Value, Stop>;
}
