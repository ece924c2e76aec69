//! Shapes of answers: the first one to a write, and how its operation goes on (LRO-04). One constant per habit of a
//! provider.

/// The first answer to a request, and how its operation goes on (LRO-04).
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Status when the resource is new (for DELETE: when it was there).
    pub created: u16,
    /// Status when it was there already.
    pub updated: u16,
    /// What the first answer shows.
    pub body: FirstBody,
    /// Template of the `Azure-AsyncOperation` URL; `None`: no such header. `{sub}` is `/subscriptions/{id}`, `{group}` the
    /// group's id, `{id}` the resource's id, `{location}` its location, `{op}` the operation; `{op}` must come last in the path.
    pub async_url: Option<&'static str>,
    /// Template of the `Location` URL.
    pub location_url: Option<&'static str>,
    /// True: the request itself takes the time; there is no operation (and a `Location` URL is relative).
    pub synchronous: bool,
    /// `Retry-After` of the first answer, seconds.
    pub retry_after: Option<u32>,
    /// `Retry-After` of polls, seconds.
    pub poll_retry_after: Option<u32>,
    /// Status of polls of the `Azure-AsyncOperation` URL while running (200; private DNS: 202).
    pub poll_status: u16,
    /// `status` while running: the words in their order, spread over the duration.
    pub words: &'static [&'static str],
    /// `provisioningState` of the resource while running.
    pub state: &'static str,
    /// `provisioningState` of an existing resource while running.
    pub update_state: &'static str,
    /// What the `Location` URL answers at the end.
    pub result: FinalAnswer,
    /// True: polls answer `{"status": …}` and nothing else (Network).
    pub terse: bool,
}

/// What the first answer to a write shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstBody {
    /// The resource.
    Resource,
    /// Nothing.
    Empty,
}

/// What a `Location` URL answers when the operation has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinalAnswer {
    /// 200 and the resource.
    Resource,
    /// 200 without a body.
    Empty,
    /// 204.
    NoContent,
}

impl Shape {
    /// 201 / 200 with the resource, at once (Authorization, Insights, ManagedIdentity). As DELETE: 200 without a body.
    pub const SYNC: Shape = Shape {
        created: 201,
        updated: 200,
        body: FirstBody::Resource,
        async_url: None,
        location_url: None,
        synchronous: true,
        retry_after: None,
        poll_retry_after: None,
        poll_status: 200,
        words: &["InProgress"],
        state: "Creating",
        update_state: "Updating",
        result: FinalAnswer::Resource,
        terse: false,
    };
    /// As [`Shape::SYNC`], always 200.
    pub const SYNC_200: Shape = Shape { created: 200, ..Shape::SYNC };
    /// userAssignedIdentities: at once, with a relative `Location` header that is no operation (LRO-04).
    pub const IDENTITY_PUT: Shape = Shape { location_url: Some("{id}"), ..Shape::SYNC };
    /// DELETE: 200 without a body, at once.
    pub const DELETE_SYNC: Shape = Shape { created: 200, body: FirstBody::Empty, ..Shape::SYNC };
    /// DELETE: 200 with the deleted body (role and policy assignments, container groups).
    pub const DELETE_BODY: Shape = Shape { created: 200, ..Shape::SYNC };
    /// Microsoft.Network PUT.
    pub const NETWORK_PUT: Shape = Shape {
        synchronous: false,
        async_url: Some("{sub}/providers/Microsoft.Network/locations/{location}/operations/{op}"),
        retry_after: Some(10),
        poll_retry_after: Some(10),
        state: "Updating",
        terse: true,
        ..Shape::SYNC
    };
    /// Microsoft.Network DELETE.
    pub const NETWORK_DELETE: Shape = Shape {
        created: 202,
        body: FirstBody::Empty,
        location_url: Some("{sub}/providers/Microsoft.Network/locations/{location}/operationResults/{op}"),
        state: "Deleting",
        update_state: "Deleting",
        result: FinalAnswer::NoContent,
        ..Shape::NETWORK_PUT
    };
    /// privateDnsZones and their links, PUT.
    pub const PRIVATE_DNS_PUT: Shape = Shape {
        created: 202,
        updated: 202,
        body: FirstBody::Empty,
        async_url: Some("{group}/providers/Microsoft.Network/privateDnsOperationStatuses/{op}"),
        location_url: Some("{group}/providers/Microsoft.Network/privateDnsOperationResults/{op}"),
        poll_status: 202,
        retry_after: Some(10),
        poll_retry_after: Some(10),
        ..Shape::NETWORK_PUT
    };
    /// privateDnsZones and their links, DELETE.
    pub const PRIVATE_DNS_DELETE: Shape = Shape {
        state: "Deleting",
        update_state: "Deleting",
        result: FinalAnswer::Empty,
        ..Shape::PRIVATE_DNS_PUT
    };
    /// storageAccounts PUT.
    pub const STORAGE_PUT: Shape = Shape {
        created: 202,
        updated: 200,
        body: FirstBody::Empty,
        synchronous: false,
        location_url: Some("{sub}/providers/Microsoft.Storage/locations/{location}/asyncoperations/{op}"),
        retry_after: Some(17),
        poll_retry_after: Some(3),
        ..Shape::SYNC
    };
    /// Vaults: 200, `RegisteringDns`, no header: the resource itself is polled.
    pub const VAULT_PUT: Shape = Shape {
        created: 200,
        synchronous: false,
        state: "RegisteringDns",
        update_state: "Succeeded",
        ..Shape::SYNC
    };
    /// Log Analytics, Search: 201 and a state in the body, no header.
    pub const STATE_ONLY: Shape = Shape { synchronous: false, ..Shape::SYNC };
    /// Machine Learning workspaces PUT and PATCH.
    pub const ML_PUT: Shape = Shape {
        created: 202,
        updated: 202,
        body: FirstBody::Empty,
        synchronous: false,
        async_url: Some(
            "{sub}/providers/Microsoft.MachineLearningServices/locations/{location}/workspaceOperationsStatus/{op}?type=async",
        ),
        location_url: Some(
            "{sub}/providers/Microsoft.MachineLearningServices/locations/{location}/workspaceOperationsStatus/{op}?type=location",
        ),
        ..Shape::SYNC
    };
    /// Machine Learning workspaces DELETE.
    pub const ML_DELETE: Shape =
        Shape { state: "Deleting", update_state: "Deleting", result: FinalAnswer::Empty, ..Shape::ML_PUT };
    /// Machine Learning computes PUT.
    pub const ML_COMPUTE_PUT: Shape = Shape {
        synchronous: false,
        async_url: Some(
            "{sub}/providers/Microsoft.MachineLearningServices/locations/{location}/computeOperationsStatus/{op}",
        ),
        ..Shape::SYNC
    };
    /// Machine Learning computes DELETE: an `Azure-AsyncOperation` header without `Location`.
    pub const ML_COMPUTE_DELETE: Shape = Shape {
        created: 202,
        body: FirstBody::Empty,
        state: "Deleting",
        update_state: "Deleting",
        ..Shape::ML_COMPUTE_PUT
    };
    /// Cosmos DB accounts PUT.
    pub const COSMOS_PUT: Shape = Shape {
        created: 200,
        synchronous: false,
        async_url: Some("{sub}/providers/Microsoft.DocumentDB/locations/{location}/operationsStatus/{op}"),
        location_url: Some("{id}/operationResults/{op}"),
        words: &["Dequeued", "Enqueued"],
        retry_after: Some(10),
        poll_retry_after: Some(10),
        ..Shape::SYNC
    };
    /// Cosmos DB accounts DELETE.
    pub const COSMOS_DELETE: Shape = Shape {
        created: 202,
        body: FirstBody::Empty,
        location_url: Some("{sub}/providers/Microsoft.DocumentDB/locations/{location}/operationResults/{op}"),
        state: "Deleting",
        update_state: "Deleting",
        result: FinalAnswer::NoContent,
        ..Shape::COSMOS_PUT
    };
    /// Actions that end without an answer: 202, `Azure-AsyncOperation` and `Location`.
    pub const ACTION: Shape = Shape {
        created: 202,
        body: FirstBody::Empty,
        synchronous: false,
        retry_after: Some(10),
        poll_retry_after: Some(10),
        result: FinalAnswer::Empty,
        ..Shape::SYNC
    };
    /// Container registries PUT.
    pub const REGISTRY_PUT: Shape = Shape {
        synchronous: false,
        async_url: Some("{id}/operationStatuses/{op}"),
        words: &["Creating"],
        ..Shape::SYNC
    };
    /// Container registries DELETE: 202 and `Location`.
    pub const REGISTRY_DELETE: Shape = Shape {
        created: 202,
        body: FirstBody::Empty,
        synchronous: false,
        location_url: Some(
            "{sub}/providers/Microsoft.ContainerRegistry/locations/{location}/operationResults/{op}",
        ),
        retry_after: Some(10),
        poll_retry_after: Some(10),
        state: "Deleting",
        update_state: "Deleting",
        result: FinalAnswer::Empty,
        ..Shape::SYNC
    };
}
