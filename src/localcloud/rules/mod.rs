//! The row that says how one resource type behaves, and the hooks beside it. The engine is written against these types
//! only; the rows are in `providers`. What a row can say needs no hook; a type without a row gets [`TypeRules::GENERIC`].
//! How paths are written: see [`holders`].

mod paths;
mod shapes;

pub use paths::{all, at, entered, holders, merge, remove, set, text};
pub use shapes::{FinalAnswer, FirstBody, Shape};

use super::failure::ArmFailure;
use super::id::ResourceId;
use super::world::{Document, Gone, World};
use serde_json::Value;

/// What a service does by itself, some time after a resource was made. Never on an instant clock.
#[derive(Clone, Copy)]
pub struct Later {
    /// Seconds of the world after the resource was made.
    pub seconds: f64,
    /// Does it, unless it is done.
    pub run: fn(&mut World, &Document),
}

/// Completes the body of a write, or refuses it.
pub type NormaliseHook = fn(&World, &mut Put) -> Result<(), ArmFailure>;
/// Does what a write brings about.
pub type WrittenHook = fn(&mut World, &Written) -> Result<(), ArmFailure>;
/// Refuses a delete.
pub type MayDeleteHook = fn(&World, &Document) -> Result<(), ArmFailure>;

/// How one resource type behaves.
#[derive(Clone, Copy)]
pub struct TypeRules {
    /// The type in its canonical casing: `Microsoft.Network/virtualNetworks/subnets`.
    pub type_name: &'static str,
    /// Api versions that are answered; empty: every well-formed one (HTTP-01).
    pub versions: &'static [&'static str],
    /// Where the type may be created.
    pub place: Place,
    /// Location of the resource.
    pub location: Location,
    /// False: `tags` are refused by the schema and never answered.
    pub taggable: bool,
    /// What a name must look like; `None`: any.
    pub name: Option<NameRule>,
    /// Among whom a name must be unique, beyond its id.
    pub unique: Unique,
    /// The answer to PUT, and how it goes on.
    pub put: Shape,
    /// The answer to PATCH; `None`: as PUT on an existing resource.
    pub patch: Option<Shape>,
    /// The answer to DELETE.
    pub delete: Shape,
    /// How long operations take, in seconds of the world (`recordings/durations.tsv`).
    pub seconds: Seconds,
    /// What a PUT on an existing resource means for properties that it leaves out.
    pub update: Update,
    /// Maps below the top of which a write says all entries, as it does of `tags`.
    pub maps: &'static [&'static str],
    /// What the server fills in where the body says nothing: path and value as JSON text.
    pub defaults: &'static [(&'static str, &'static str)],
    /// Arrays that are sets: the server answers them in its own order.
    pub sets: &'static [&'static str],
    /// Properties that no answer shows.
    pub write_only: &'static [&'static str],
    /// Properties that must not change after creation (IMM-01); a change is 409 `PropertyChangeNotAllowed`.
    pub immutable: &'static [&'static str],
    /// Properties that hold an id (or an array of ids) of a resource that must exist.
    pub references: &'static [Reference],
    /// Arrays in the body that are child resources of their own (a network's `properties.subnets`).
    pub inline: &'static [Inline],
    /// True: a nested resource must be deleted first (NF-05). False: children go with their parent.
    pub refuse_nested: bool,
    /// True: `properties.provisioningState` exists.
    pub provisioning_state: bool,
    /// The property the state stands in: `provisioningState`.
    pub state_property: &'static str,
    /// True: `systemData` is answered.
    pub system_data: bool,
    /// How `etag` is answered (HTTP-10).
    pub etag: Etag,
    /// False: GET on the collection is refused.
    pub list: bool,
    /// False: the resource cannot be deleted (`blobServices/default`).
    pub deletable: bool,
    /// The type as answers spell it, where that differs (`microsoft.insights/components`, HTTP-02).
    pub echo_type: Option<&'static str>,
    /// True: ids are answered with `/resourcegroups/` in lower case (HTTP-02).
    pub echo_lower_groups: bool,
    /// Soft delete.
    pub soft_delete: Option<SoftDelete>,
    /// POST verbs on the resource.
    pub actions: &'static [Action],
    /// Called when a PUT or PATCH is accepted, after defaults: fills read-only properties, re-cases, may refuse.
    pub normalise: Option<NormaliseHook>,
    /// Called right after the document was stored, still within the request: children and side effects that are there at
    /// once.
    pub written: Option<WrittenHook>,
    /// What appears by itself, long after the resource was made, and again whenever it is gone.
    pub later: Option<Later>,
    /// Called when the operation of a PUT or PATCH ends: what appears by then (implied children, endpoints, managed
    /// groups). A failure makes the operation fail and leaves the resource `Failed` (LRO-08).
    pub completed: Option<WrittenHook>,
    /// May refuse a DELETE (NET-02).
    pub may_delete: Option<MayDeleteHook>,
    /// Called when the document has gone (its children and owned documents have gone already).
    pub deleted: Option<fn(&mut World, &Document)>,
    /// Called on the copy that is answered to GET, PUT and lists: back references and other properties that are computed.
    pub view: Option<fn(&World, &Document, &mut Value)>,
    /// Called after `view` on what a PUT or PATCH answers, where that differs from what GET answers (KV-01).
    pub first_view: Option<fn(&World, &Document, &mut Value)>,
    /// What the list of the soft-deleted shows of one; `None`: the resource as it was.
    pub deleted_view: Option<fn(&World, &Gone) -> Value>,
    /// Documents that are always there, on every scope, without being stored (built-in roles): bodies with `name`, `type`
    /// and `properties`; `id` is put in, unless they have one: then they are only there.
    pub built_in: Option<fn(&World) -> Vec<Value>>,
    /// Documents that are always there on a resource, without being stored (the categories of its diagnostics): bodies
    /// with `name` and `properties`; `id` and `type` are put in.
    pub built_on: Option<fn(&World, &Document) -> Vec<Value>>,
    /// How a list on a scope finds extension resources.
    pub listing: Listing,
    /// Seconds for which a new one is not seen (ROL-05, LRO-07).
    pub unseen: f64,
    /// Seconds for which one that is gone is still seen (DEL-01).
    pub lingers: f64,
    /// True: one write at a time in the parent, whoever is written (subnets of a network, CON-01).
    pub serial: bool,
}

/// Where a type may be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a resource group (or nested in a resource of one).
    ResourceGroup,
    /// In a subscription.
    Subscription,
    /// On any scope: tenant, subscription, group, resource.
    Extension,
    /// Anywhere: no rule known.
    Any,
}

/// What a list on a scope shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// What is right there; on a subscription, all of the subscription that extends nothing.
    Here,
    /// What is there and below (locks); `$filter=atScope()`: what is right there.
    Below,
    /// What is there, above and below (role and policy assignments); `$filter=atScope()`: there and above.
    AboveAndBelow,
}

/// Location of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// A region, required.
    Regional,
    /// `global`, and nothing else.
    Global,
    /// No location.
    None,
    /// A region if one is sent.
    Optional,
}

/// What a name must look like.
#[derive(Debug, Clone, Copy)]
pub struct NameRule {
    /// Shortest and longest.
    pub length: (usize, usize),
    /// A regular expression over the whole name (anchors are not needed).
    pub pattern: &'static str,
    /// Status of the refusal.
    pub status: u16,
    /// Code of the refusal.
    pub code: &'static str,
    /// Message of the refusal; `{name}` and `{type}` are replaced.
    pub message: &'static str,
}

/// Among whom a name must be unique.
#[derive(Debug, Clone, Copy)]
pub enum Unique {
    /// Within its parent: its id.
    Id,
    /// Among all resources of the type in the cloud, living and soft-deleted (NAM-01..05).
    Global {
        /// Status of the refusal.
        status: u16,
        /// Code of the refusal.
        code: &'static str,
        /// Message; `{name}` is replaced.
        message: &'static str,
    },
}

/// Seconds that operations take.
#[derive(Debug, Clone, Copy)]
pub struct Seconds {
    /// PUT of a new resource.
    pub create: f64,
    /// PUT or PATCH of an existing one.
    pub update: f64,
    /// DELETE.
    pub delete: f64,
}

/// What a PUT on an existing resource means for properties it leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// They go back to their defaults.
    Replace,
    /// They keep their values.
    Keep,
}

/// How `etag` is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Etag {
    /// Not at all.
    None,
    /// `W/"<guid>"` (Network).
    Weak,
    /// A bare GUID (private DNS).
    Guid,
    /// `"<guid>"`, and as a header (Machine Learning children, identities).
    Quoted,
}

/// A property that names another resource.
#[derive(Debug, Clone, Copy)]
pub struct Reference {
    /// Where the id stands.
    pub path: &'static str,
    /// What is refused if the resource is not there.
    pub missing: Missing,
}

/// How a missing reference is refused (NF-06).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// 400 `InvalidResourceReference` (Network).
    InvalidResourceReference,
    /// 400 `LinkedInvalidPropertyId`.
    LinkedInvalidPropertyId,
    /// 403 `LinkedAuthorizationFailed` (AUTH-04), with the action that is asked for on the linked scope.
    LinkedAuthorizationFailed(&'static str),
    /// 404 `ResourceNotFound` by the gateway (extension resources, plain lookups).
    NotFound,
    /// 400 with this code; the message names the id.
    BadRequest(&'static str),
}

/// An array of child resources in the body of the parent.
#[derive(Debug, Clone, Copy)]
pub struct Inline {
    /// Where the array stands: `properties.subnets`.
    pub path: &'static str,
    /// Type of the children: `Microsoft.Network/virtualNetworks/subnets`.
    pub child: &'static str,
    /// What leaving the array out of a PUT means (NET-01).
    pub absent: Absent,
}

/// What leaving out an inline array of children means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// The children stay.
    Keep,
    /// The children are deleted.
    Delete,
}

/// Soft delete of a type.
#[derive(Clone, Copy)]
pub struct SoftDelete {
    /// False for a document that is deleted for good (a workspace with a customer-managed key).
    pub applies: fn(&Value) -> bool,
    /// Days until it goes by itself.
    pub days: fn(&Value) -> u32,
    /// True if it cannot be purged before its date.
    pub purge_protected: fn(&Value) -> bool,
    /// A query parameter of DELETE that skips soft delete when `true`: `forceToPurge`, `force`.
    pub bypass: Option<&'static str>,
    /// How it comes back.
    pub recover: Recover,
    /// The list of the deleted ones: `deletedVaults` under the namespace (and under `locations/{l}/`); `None`: there is
    /// none. [`TypeRules::deleted_view`] says what it shows.
    pub listed_as: Option<&'static str>,
    /// What a PUT of the same name is told as long as the deleted one is there (not asked with [`Recover::SamePut`]).
    pub taken: (u16, &'static str, &'static str),
}

/// How a soft-deleted resource comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recover {
    /// By PUT with `properties.createMode: "recover"` (vaults); with its old properties.
    CreateMode,
    /// By the same PUT (Log Analytics).
    SamePut,
    /// By a PUT with `properties.<this>: true` beside what is sent.
    Flag(&'static str),
}

/// A POST verb on a resource.
#[derive(Clone, Copy)]
pub struct Action {
    /// `listKeys`; compared without case. Verbs of two segments are written `accessPolicies/add`.
    pub name: &'static str,
    /// `POST`; `PUT` for the few that are (vaults' `accessPolicies/add`).
    pub method: &'static str,
    /// What it answers and does.
    pub run: fn(&mut World, &Call) -> Result<Answer, ArmFailure>,
    /// How it goes on, if it is an operation; `None`: it answers at once.
    pub shape: Option<Shape>,
    /// How long it takes.
    pub seconds: f64,
}

/// An operation of a namespace that belongs to no resource.
#[derive(Clone, Copy)]
pub struct Route {
    /// HTTP method.
    pub method: &'static str,
    /// Path after the host; a segment in braces takes any text: `/subscriptions/{subscription}/providers/Microsoft.X/locations/{location}/usages`.
    pub path: &'static str,
    /// What it answers and does.
    pub run: fn(&mut World, &RouteCall) -> Result<Answer, ArmFailure>,
}

/// A write on its way into the world. Hooks change `body`.
pub struct Put<'a> {
    /// The resource, in canonical casing.
    pub id: &'a ResourceId,
    /// Api version of the request.
    pub api_version: &'a str,
    /// What was there before.
    pub existing: Option<&'a Document>,
    /// The body as it came (for PATCH: only the patch).
    pub sent: &'a Value,
    /// True for a PATCH.
    pub patch: bool,
    /// What will be stored: defaults are in, `id`, `name`, `type`, `location`, `tags` and `identity` are done.
    pub body: Value,
    /// Milliseconds of the world since 1970.
    pub now_ms: u64,
}

impl Put<'_> {
    /// True if the resource is new.
    pub fn is_new(&self) -> bool {
        self.existing.is_none()
    }

    /// The value at a path without `[]`.
    pub fn get(&self, path: &str) -> Option<&Value> {
        at(&self.body, path)
    }

    /// Sets a value at a path without `[]`; objects on the way are made.
    pub fn set(&mut self, path: &str, value: impl Into<Value>) {
        set(&mut self.body, path, value.into());
    }

    /// Sets a read-only value that, once there, stays as it was (`creationTime`): the existing one if there is one.
    pub fn keep(&mut self, path: &str, make: impl FnOnce() -> Value) {
        let kept = self.existing.and_then(|old| at(&old.body, path)).cloned();
        set(&mut self.body, path, kept.unwrap_or_else(make));
    }
}

/// A write that is stored.
pub struct Written {
    /// The resource.
    pub id: ResourceId,
    /// True if it was new.
    pub is_new: bool,
    /// True if it came back from soft delete.
    pub recovered: bool,
    /// Location of the resource, `""` without.
    pub location: String,
    /// Api version of the request.
    pub api_version: String,
    /// What was there before (absent in `completed` of an operation that outlived a restart).
    pub before: Option<Value>,
}

/// A POST on a resource.
pub struct Call {
    /// The resource, as it is stored.
    pub id: ResourceId,
    /// The document.
    pub document: Document,
    /// The verb, as in the row.
    pub action: &'static str,
    /// The body, `null` without.
    pub body: Value,
    /// Query parameters.
    pub query: Vec<(String, String)>,
    /// Api version of the request.
    pub api_version: String,
}

/// A request to a [`Route`].
pub struct RouteCall {
    /// The segments that stood in braces, in their order.
    pub taken: Vec<String>,
    /// The body, `null` without.
    pub body: Value,
    /// Query parameters.
    pub query: Vec<(String, String)>,
    /// Api version of the request.
    pub api_version: String,
}

/// What an action answers.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Option<Value>,
}

impl Answer {
    /// 200 with a body.
    pub fn ok(body: Value) -> Self {
        Answer { status: 200, body: Some(body) }
    }

    /// A status without a body.
    pub fn empty(status: u16) -> Self {
        Answer { status, body: None }
    }
}

impl TypeRules {
    /// A type of which nothing is known: any id, any body, at once; children go with their parent.
    pub const GENERIC: TypeRules = TypeRules {
        type_name: "",
        versions: &[],
        place: Place::Any,
        location: Location::Optional,
        taggable: true,
        name: None,
        unique: Unique::Id,
        put: Shape::SYNC,
        patch: None,
        delete: Shape::DELETE_SYNC,
        seconds: Seconds { create: 1.0, update: 1.0, delete: 1.0 },
        update: Update::Replace,
        maps: &[],
        defaults: &[],
        sets: &[],
        write_only: &[],
        immutable: &[],
        references: &[],
        inline: &[],
        refuse_nested: false,
        provisioning_state: true,
        state_property: "provisioningState",
        system_data: false,
        etag: Etag::None,
        list: true,
        deletable: true,
        echo_type: None,
        echo_lower_groups: false,
        soft_delete: None,
        actions: &[],
        normalise: None,
        written: None,
        later: None,
        completed: None,
        may_delete: None,
        deleted: None,
        view: None,
        first_view: None,
        deleted_view: None,
        built_in: None,
        built_on: None,
        listing: Listing::Here,
        unseen: 0.0,
        lingers: 0.0,
        serial: false,
    };
    /// A regional resource in a group, with tags: the usual row to start from (`..TypeRules::REGIONAL`).
    pub const REGIONAL: TypeRules =
        TypeRules { place: Place::ResourceGroup, location: Location::Regional, ..TypeRules::GENERIC };
    /// A resource of Microsoft.Network: its operations, its etags.
    pub const NETWORK: TypeRules = TypeRules {
        put: Shape::NETWORK_PUT,
        patch: Some(Shape::SYNC_200),
        delete: Shape::NETWORK_DELETE,
        seconds: Seconds { create: 10.0, update: 10.0, delete: 10.0 },
        etag: Etag::Weak,
        ..TypeRules::REGIONAL
    };
    /// A resource nested in another one: neither location nor tags.
    pub const NESTED: TypeRules = TypeRules {
        place: Place::ResourceGroup,
        location: Location::None,
        taggable: false,
        ..TypeRules::GENERIC
    };
    /// An extension resource: on any scope, neither location nor tags nor state.
    pub const EXTENSION: TypeRules = TypeRules {
        place: Place::Extension,
        location: Location::None,
        taggable: false,
        provisioning_state: false,
        seconds: Seconds { create: 0.0, update: 0.0, delete: 0.0 },
        ..TypeRules::GENERIC
    };
}
