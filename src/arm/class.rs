//! What a failure means for repeating it, as a table: code, status and text -> class, budget, hint.
//!
//! The codes are those of live recordings, of weekly live runs and of the behaviour list (ids in the rows). Whether some of
//! them pass by themselves depends on what this run just did (a lock removed, a principal created): the caller says so by
//! [`Recent`].
//!
//! Must not know: who repeats, what is shown.

use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use super::error::{ArmError, ErrorKind};

/// What may be done about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RetryClass {
    /// The service stumbled: repeat the whole request soon.
    Transient,
    /// Something above or beside the resource is being changed: repeat the whole request when that is over (`CON-01`).
    BusyParent,
    /// Something that exists is not seen everywhere yet: repeat the whole request.
    ReplicationLag,
    /// Too many requests: wait as told. Never counts against a deadline.
    Throttled,
    /// The token is old: take a new one and repeat once.
    ExpiredToken,
    /// A conflict with what is there (a name, a lock, a quota, a policy): nothing to repeat, everything to explain.
    Explain,
    /// Wrong request, or a failure for good.
    Fatal,
}

/// What the run did lately that makes a refusal likely to pass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recent {
    /// The parent, the principal or something else that is referred to was created or changed.
    pub created: bool,
    /// The resource itself was created or changed: it is there, only not seen everywhere (LRO-07).
    pub itself: bool,
    /// Something inside or attached to the resource was deleted.
    pub deleted: bool,
    /// A lock that covers the resource was removed.
    pub unlocked: bool,
    /// A role or an access policy was granted.
    pub granted: bool,
}

impl Recent {
    /// Everything may have happened: the class that repeats wins.
    pub const ALL: Self = Self { created: true, itself: true, deleted: true, unlocked: true, granted: true };
}

/// How long and how often to repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Waiting in sum; zero: do not repeat.
    pub total: Duration,
    /// The first wait; each further one doubles.
    pub first: Duration,
    /// The longest single wait.
    pub cap: Duration,
}

impl Budget {
    const fn of(total: u64, first_ms: u64, cap: u64) -> Self {
        Self {
            total: Duration::from_secs(total),
            first: Duration::from_millis(first_ms),
            cap: Duration::from_secs(cap),
        }
    }

    /// How long to wait before attempt `attempt` (the first repetition is 1), with up to a quarter of jitter; what the
    /// service asks for wins. `None`: the budget is spent (`waited` is what was waited so far).
    pub fn delay(&self, attempt: u32, waited: Duration, retry_after: Option<Duration>) -> Option<Duration> {
        if waited >= self.total {
            return None;
        }
        let grown = self.first.saturating_mul(1 << attempt.saturating_sub(1).min(10)).min(self.cap);
        let jitter = grown.mul_f64(f64::from(random()) / 1024.0);
        Some(retry_after.unwrap_or(grown + jitter))
    }
}

/// A number nobody can guess, for jitter.
fn random() -> u8 {
    std::collections::hash_map::RandomState::new().build_hasher().finish() as u8
}

impl RetryClass {
    /// The usual budget of the class; single rows of the table have their own.
    pub const fn budget(self) -> Budget {
        match self {
            Self::Transient => Budget::of(180, 1_000, 20),
            Self::BusyParent => Budget::of(1_800, 2_000, 30),
            Self::ReplicationLag => Budget::of(300, 2_000, 20),
            Self::Throttled => Budget::of(3_600, 1_000, 60),
            Self::ExpiredToken => Budget::of(1, 500, 1),
            Self::Explain | Self::Fatal => Budget::of(0, 0, 0),
        }
    }

    /// What to do where the row says nothing of its own.
    fn hint(self) -> Option<&'static str> {
        match self {
            Self::Transient => Some(
                "the service stumbled: apply again; if it lasts, open a support request with the request id",
            ),
            Self::BusyParent => Some(
                "something else is being done to the resource or to what it lies in: apply again when that has ended",
            ),
            Self::ReplicationLag => {
                Some("what it refers to is not seen everywhere yet: apply again in some minutes")
            }
            Self::Throttled => {
                Some("there were too many requests: apply again later, or with a smaller -parallelism")
            }
            Self::ExpiredToken => Some("ARM does not accept the token any more: log in again"),
            Self::Explain | Self::Fatal => None,
        }
    }

    /// Whether repeating can help at all.
    pub fn repeats(self) -> bool {
        !matches!(self, Self::Explain | Self::Fatal)
    }
}

/// Which of [`Recent`] makes a row repeat.
#[derive(Clone, Copy)]
enum Class {
    Always(RetryClass),
    IfCreated,
    IfDeleted,
    IfUnlocked,
    IfGranted,
}

/// One row: the code, a text that must be in the message, the class, seconds of budget (0: the class's), what to do.
struct Row(&'static str, &'static str, Class, u64, &'static str);

const TRANSIENT: Class = Class::Always(RetryClass::Transient);
const BUSY: Class = Class::Always(RetryClass::BusyParent);
const LAG: Class = Class::Always(RetryClass::ReplicationLag);
const THROTTLED: Class = Class::Always(RetryClass::Throttled);
const TOKEN: Class = Class::Always(RetryClass::ExpiredToken);
const EXPLAIN: Class = Class::Always(RetryClass::Explain);
const FATAL: Class = Class::Always(RetryClass::Fatal);

/// The table. The first row whose code is among the error's and whose text is in its message counts; rows with a text
/// stand before those without. `*` is any code.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    // The same code means different things; the text tells. NAM-02, NAM-05, NAM-06, CON-02, CMK-02, CMK-04, DEL-02.
    Row("ConflictError", "deleted state", EXPLAIN, 0, "a vault of this name is soft-deleted in this subscription: recover it (it is recovered by the next plan), or purge it with `az keyvault purge`"),
    Row("ConflictError", "one operation", BUSY, 0, ""),
    Row("BadRequest", "Dns record for", EXPLAIN, 0, "the account's name is taken or still reserved after a deletion: choose another name, or wait some hours"),
    Row("BadRequest", "Soft-deleted workspace exists", EXPLAIN, 0, "a workspace of this name was deleted in the last 14 days: recover it, purge it, or choose another name"),
    Row("BadRequest", "purge protection", FATAL, 0, "a vault that holds customer-managed keys needs soft delete and purge protection: set purge_protection_enabled = true on it"),
    Row("BadRequest", "enablePurgeProtection", FATAL, 0, "purge protection cannot be switched off once it is on; leave the argument out instead of setting it to false"),
    Row("Conflict", "already used in diagnostic setting", EXPLAIN, 0, "another diagnostic setting already sends this category to this sink: remove it, adopt it, or name another sink"),
    Row("Conflict", "limit of", EXPLAIN, 0, "the limit for this kind of resource is reached: delete one that is not needed"),
    Row("Conflict", "in progress", BUSY, 0, ""),
    Row("Conflict", "another operation", BUSY, 0, ""),
    Row("Conflict", "exclusive access", BUSY, 0, ""),
    Row("OperationNotAllowed", "quota", EXPLAIN, 0, "the quota of cores or of this SKU is used up in this region: ask for more in the portal (Quotas), or take a smaller or another size"),
    Row("OperationNotAllowed", "try again", THROTTLED, 0, ""),
    Row("ServiceUnavailable", "high demand", EXPLAIN, 0, "the region has no capacity for this: take another region, or switch zone redundancy off"),
    Row("ServiceUnavailable", "zonal redundant", EXPLAIN, 0, "the region has no capacity for zone-redundant accounts now: take another region, or switch zone redundancy off"),
    Row("Forbidden", "propagation time", LAG, 900, "the role assignment has not reached the vault yet; it can take up to ten minutes"),
    Row("Unauthorized", "AKV", FATAL, 0, "the vault does not accept the token: check that its tenant is that of the credential"),
    Row("InvalidAuthenticationToken", "expire", TOKEN, 0, ""),
    Row("InvalidPrincipalId", "does not exist", LAG, 0, ""),
    Row("*", "is in deprovisioning state", EXPLAIN, 0, "the resource group is being deleted: wait until it is gone, then apply again"),

    // Busy: something else is being written. CON-01, CON-02, LRO-09.
    Row("AnotherOperationInProgress", "", BUSY, 0, "another operation holds this resource or its network: it is repeated when that ends"),
    Row("RetryableErrorDueToAnotherOperation", "", BUSY, 0, ""),
    Row("RetryableError", "", BUSY, 0, ""),
    Row("ReferencedResourceNotProvisioned", "", BUSY, 0, "a resource that this one refers to is still being changed, or its last change failed: look at its provisioning state"),
    Row("StorageAccountOperationInProgress", "", BUSY, 0, ""),
    Row("CanceledAndSupersededDueToAnotherOperation", "", BUSY, 0, "another write to the same resource overtook this one"),
    Row("BastionHostVirtualNetworkNotFound", "", BUSY, 600, "the virtual network is not there or still being changed"),
    Row("OperationPreempted", "", BUSY, 0, ""),
    Row("ConflictError", "", BUSY, 600, ""),
    Row("OperationInProgress", "", BUSY, 0, ""),
    Row("ConcurrentOperationInProgress", "", BUSY, 0, ""),
    Row("DeploymentActive", "", BUSY, 0, ""),
    Row("DeploymentActiveAndUneditable", "", BUSY, 0, ""),
    Row("PreconditionFailed", "", BUSY, 120, "the resource was changed by somebody else between reading and writing it"),

    // Replication: it exists, but not everywhere yet. ROL-02, NF-02, NF-05, LCK-03, CMK-04.
    Row("PrincipalNotFound", "", Class::IfCreated, 600, "no such principal in this directory: check principal_id; for a managed identity set principal_type = \"ServicePrincipal\""),
    Row("ParentResourceNotFound", "", Class::IfCreated, 120, "the parent resource does not exist: it must be created first"),
    Row("ResourceGroupNotFound", "", Class::IfCreated, 120, "the resource group does not exist: create it first, or correct its name"),
    Row("ResourceNotFound", "", Class::IfCreated, 120, "the resource does not exist"),
    Row("NotFound", "", Class::IfCreated, 120, "the resource does not exist"),
    Row("InvalidResourceReference", "", Class::IfCreated, 120, "a resource that this one refers to does not exist"),
    Row("LinkedInvalidPropertyId", "", Class::IfCreated, 120, "an id in the body is not that of an existing resource"),
    Row("LinkedAuthorizationFailed", "", Class::IfGranted, 600, "a right on the linked resource is missing, or that resource does not exist; the message names both"),
    Row("AuthorizationFailed", "", Class::IfGranted, 600, "the credential lacks this right at this scope: have the action that the message names granted (Contributor, and User Access Administrator for role assignments)"),
    Row("KeyVaultAuthenticationFailure", "", Class::IfGranted, 900, "the identity that encrypts cannot use the key: it needs get, wrapKey and unwrapKey on the vault, and the vault must let it in"),
    Row("ForbiddenByRbac", "", Class::IfGranted, 900, "the identity has no role on the vault that allows this"),
    Row("CannotDeleteResource", "", Class::IfDeleted, 300, "something still lies in the resource: the message names it"),
    Row("ScopeLocked", "", Class::IfUnlocked, 300, "a management lock forbids it: remove the lock that the message names (azurerm_management_lock), then apply again"),
    Row("RoleDefinitionDoesNotExist", "", Class::IfCreated, 300, "no such role definition at this scope: check its name or GUID"),
    Row("RoleDefinitionHasAssignments", "", Class::IfDeleted, 120, "the role is still assigned: remove its assignments first"),
    Row("InUseSubnetCannotBeDeleted", "", Class::IfDeleted, 600, "something is still attached to the subnet: the message names it"),
    Row("InUseNetworkSecurityGroupCannotBeDeleted", "", Class::IfDeleted, 300, "the network security group is still associated: the message names with what"),
    Row("InUseRouteTableCannotBeDeleted", "", Class::IfDeleted, 300, "the route table is still associated: the message names with what"),
    Row("InUseVirtualNetworkCannotBeDeleted", "", Class::IfDeleted, 600, "something is still attached to the virtual network: the message names it"),
    Row("PublicIPAddressCannotBeDeleted", "", Class::IfDeleted, 300, "the public address is still in use: the message names by what"),
    Row("NicInUse", "", Class::IfDeleted, 300, "the network interface is still in use; one of a private endpoint goes with its endpoint"),
    Row("FirewallPolicyUpdateFailed", "", EXPLAIN, 0, "a firewall that uses the policy is in state Failed: repair it (write it again) before the policy"),
    Row("ResourceGroupBeingDeleted", "", EXPLAIN, 0, "the resource group is being deleted: wait until it is gone, then apply again"),

    // Throttling. THR-03.
    Row("SubscriptionRequestsThrottled", "", THROTTLED, 0, ""),
    Row("TenantRequestsThrottled", "", THROTTLED, 0, ""),
    Row("ResourceRequestsThrottled", "", THROTTLED, 0, ""),
    Row("ResourceCollectionRequestsThrottled", "", THROTTLED, 0, ""),
    Row("TooManyRequests", "", THROTTLED, 0, ""),
    Row("RequestThrottled", "", THROTTLED, 0, ""),

    // Tokens and directories. AUTH-01 to AUTH-03.
    Row("ExpiredAuthenticationToken", "", TOKEN, 0, ""),
    Row("InvalidAuthenticationTokenTenant", "", FATAL, 0, "the token is of another tenant than the subscription: set tenant_id (ARM_TENANT_ID) to the subscription's"),
    Row("InvalidAuthenticationToken", "", TOKEN, 0, "ARM does not accept the token: check audience and tenant, or log in again"),
    Row("AuthenticationFailed", "", FATAL, 0, "ARM saw no usable token: check the credential"),
    Row("Unauthorized", "", FATAL, 0, "the service does not accept the token: check the credential and its tenant"),

    // The service stumbled. HTTP-07, chapter 16.
    Row("InternalServerError", "", TRANSIENT, 0, "the service failed inside; if it lasts, open a support request with the request id"),
    Row("InternalError", "", TRANSIENT, 0, "the service failed inside; if it lasts, open a support request with the request id"),
    Row("ServerTimeout", "", TRANSIENT, 0, ""),
    Row("GatewayTimeout", "", TRANSIENT, 0, ""),
    Row("ServiceUnavailable", "", TRANSIENT, 600, "the service is not available now, or has no capacity in this region"),
    Row("ServerBusy", "", TRANSIENT, 0, ""),
    Row("FailedIdentityOperation", "", TRANSIENT, 300, "the identity service did not answer in time"),
    Row("ActivationFailed", "", TRANSIENT, 120, "the service could not be started; if it lasts, another region may help"),
    Row("WorkspaceUpdateFailed", "", TRANSIENT, 120, "the workspace could not be updated; if it lasts, look at its provisioning state in the portal"),

    // Providers. SUB-01, SUB-04, HTTP-01.
    Row("MissingSubscriptionRegistration", "", EXPLAIN, 0, "the resource provider is not registered: add it to resource_providers_to_register, or run `az provider register --namespace NAME`"),
    Row("SubscriptionNotRegistered", "", EXPLAIN, 0, "the resource provider is not registered: add it to resource_providers_to_register, or run `az provider register --namespace NAME`"),
    Row("SubscriptionNotFound", "", FATAL, 0, "no such subscription for this credential: check subscription_id (ARM_SUBSCRIPTION_ID) and the tenant"),
    Row("InvalidSubscriptionId", "", FATAL, 0, "subscription_id must be the subscription's GUID"),
    Row("DisallowedProvider", "", EXPLAIN, 0, "this subscription may not use that resource provider"),
    Row("NoRegisteredProviderFound", "", FATAL, 0, "this API version is not offered here: the message lists those that are"),
    Row("InvalidApiVersionParameter", "", FATAL, 0, "this API version is not offered: the message lists those that are"),
    Row("MissingApiVersionParameter", "", FATAL, 0, "the request has no api-version"),
    Row("InvalidResourceType", "", FATAL, 0, "no such resource type at this API version"),
    Row("InvalidResourceNamespace", "", FATAL, 0, "no such resource provider"),
    Row("LocationNotAvailableForResourceType", "", FATAL, 0, "this type is not offered in this region: the message lists where it is"),
    Row("ProvisionNotSupportedForRegion", "", EXPLAIN, 0, "this subscription cannot create the resource in this region: take another region"),
    Row("ProvisioningDisabled", "", EXPLAIN, 0, "this subscription cannot create the resource in this region: take another region, or ask support to enable it"),
    Row("PlatformImageNotFound", "", FATAL, 0, "the image is not offered in this region: check publisher, offer, SKU and version"),
    Row("InaccessibleImage", "", FATAL, 0, "the image cannot be pulled: check its name and the registry's credential"),

    // Names and soft delete. NAM-01 to NAM-08, RG-02, ROL-03.
    Row("StorageAccountAlreadyTaken", "", EXPLAIN, 0, "storage account names are unique in all of Azure: choose another name"),
    Row("StorageAccountAlreadyExists", "", EXPLAIN, 0, "the account exists in this subscription: take it over with -adopt or an import block, or choose another name"),
    Row("StorageAccountInAnotherResourceGroup", "", EXPLAIN, 0, "the account exists in another resource group of this subscription: correct the group, or choose another name"),
    Row("AccountNameInvalid", "", FATAL, 0, "3 to 24 lower-case letters and digits are allowed"),
    Row("VaultAlreadyExists", "", EXPLAIN, 0, "vault names are unique in all of Azure, soft-deleted vaults included: choose another name, or purge the old one"),
    Row("AlreadyInUse", "", EXPLAIN, 0, "registry names are unique in all of Azure: choose another name"),
    Row("CustomDomainInUse", "", EXPLAIN, 0, "the subdomain is taken, perhaps by a resource deleted in the last 48 hours: purge it, or choose another"),
    Row("InvalidResourceGroupLocation", "", EXPLAIN, 0, "the group exists in another region: use that region, or choose another name"),
    Row("InvalidResourceLocation", "", EXPLAIN, 0, "the resource exists in another region: use that region, choose another name, or delete it first"),
    Row("RoleAssignmentExists", "", EXPLAIN, 0, "this role is already assigned to this principal here under another name: take it over with -adopt or an import block"),
    Row("RoleAssignmentUpdateNotPermitted", "", EXPLAIN, 0, "a role assignment cannot be changed, only replaced: another one has this name"),
    Row("ReceiverAlreadyEnabled", "", EXPLAIN, 0, "the receiver is enabled already"),
    Row("ObjectIsDeletedButRecoverable", "", EXPLAIN, 0, "an object of this name is soft-deleted: recover or purge it"),

    // Policy. POL-01.
    Row("RequestDisallowedByPolicy", "", EXPLAIN, 0, "an Azure Policy forbids it: the message names the assignment; change the configuration, or ask for an exemption"),
    Row("ResourceValidationFailed", "", EXPLAIN, 0, "a policy or a check before creation refuses it: see the details"),

    // Quota and capacity. Chapter 16, NET-03.
    Row("SkuNotAvailable", "", EXPLAIN, 0, "this size has no capacity in this region now: take another size, zone or region"),
    Row("QuotaExceeded", "", EXPLAIN, 0, "the quota is used up: ask for more in the portal (Quotas)"),
    Row("SubscriptionQuotaExceeded", "", EXPLAIN, 0, "the subscription's quota in this region is used up: ask for more, or take another region"),
    Row("PoolQuotaReached", "", EXPLAIN, 0, "the account's quota of pools is used up"),
    Row("ClusterMinNodesExceedCoreQuota", "", EXPLAIN, 0, "the cluster's minimum of nodes needs more cores than the quota allows: lower min_node_count, or ask for more"),
    Row("ClusterCoreQuotaReached", "", EXPLAIN, 0, "the workspace's core quota is used up: lower max_node_count, or ask for more"),
    Row("OutOfCapacity", "", EXPLAIN, 0, "the region has no capacity for this size now: take another size or region"),
    Row("AllocationFailed", "", EXPLAIN, 0, "the region has no capacity for this size now: take another size, zone or region"),
    Row("OverconstrainedZonalAllocationRequestFailure", "", EXPLAIN, 0, "no capacity for this size in this zone: take another size or zone"),
    Row("ManagedEnvironmentCapacityHeavyUsageError", "", EXPLAIN, 0, "the region has no capacity for this now: take another region"),
    Row("MaxNumberOfGlobalEnvironmentsInSubExceeded", "", EXPLAIN, 0, "the subscription's limit of environments is reached"),
    Row("PublicIPCountLimitReached", "", EXPLAIN, 0, "the limit of public addresses in this region is reached: delete some, or ask for more"),
    Row("IPv4BasicSkuPublicIpCountLimitReached", "", EXPLAIN, 0, "Basic public addresses are retired: use sku = \"Standard\""),
    Row("IPv4StandardSkuPublicIpCountLimitReached", "", EXPLAIN, 0, "the limit of Standard public addresses in this region is reached: delete some, or ask for more"),
    Row("IPv6StandardSkuPublicIpCountLimitReached", "", EXPLAIN, 0, "the limit of public IPv6 addresses in this region is reached: delete some, or ask for more"),
    Row("DdosProtectionPlanCountLimitReached", "", EXPLAIN, 0, "one DDoS protection plan per region is allowed: use the existing one"),
    Row("DeploymentQuotaExceeded", "", EXPLAIN, 0, "the group's deployment history is full (800): delete old deployments"),
    Row("OperationNotAllowed", "", EXPLAIN, 0, "the service does not allow this here: the message says why"),

    // Wrong requests and one-way changes. IMM-01, NET-03, NET-04.
    Row("PropertyChangeNotAllowed", "", FATAL, 0, "this property cannot be changed after creation: the resource must be replaced"),
    Row("PublicIpWithBasicSkuNotAllowedOnVPNGateways", "", FATAL, 0, "VPN gateways need a Standard public address: use sku = \"Standard\""),
    Row("ApplicationGatewayDeprecatedTlsVersionUsedInSslPolicy", "", FATAL, 0, "name an ssl_policy with TLS 1.2 or later"),
    Row("ApplicationGatewayWafConfigurationDeprecated", "", FATAL, 0, "attach a WAF policy instead of waf_configuration"),
    Row("ApplicationGatewayNetworkIsolationRequiresSubnetDelegation", "", FATAL, 0, "delegate the gateway's subnet to Microsoft.Network/applicationGateways"),
    Row("ApplicationGatewayFeatureCannotBeEnabledForSelectedSku", "", FATAL, 0, "this SKU does not have that feature"),
    Row("ConflictingPublicNetworkAccessAndVirtualNetworkConfiguration", "", FATAL, 0, "public access and a virtual network exclude each other here"),
    Row("NetcfgSubnetRangesOverlap", "", FATAL, 0, "the address ranges of two subnets overlap"),
    Row("NetcfgSubnetRangeOutsideVnet", "", FATAL, 0, "the subnet's range is not within the network's address space"),
    Row("SubnetIsFull", "", EXPLAIN, 0, "the subnet has no free address: take a larger one"),
    Row("PrivateIPAddressInReservedRange", "", FATAL, 0, "the first four addresses and the last of a subnet are reserved"),
    Row("ClassicSkuDeprecated", "", FATAL, 0, "use Basic, Standard or Premium"),
    Row("InvalidElasticServerType", "", FATAL, 0, "this kind of server is retired"),
    Row("BMSUserErrorDisablingSoftDeleteStateNotAllowed", "", FATAL, 0, "soft delete of this vault cannot be switched off any more"),
    Row("VMExtensionProvisioningError", "", FATAL, 0, "the extension failed inside the machine: its log says why"),
    Row("InvalidTemplate", "", FATAL, 0, "the template is not valid: the message says where"),
    Row("InvalidTemplateDeployment", "", FATAL, 0, "see the details"),
    Row("DeploymentFailed", "", FATAL, 0, "see the details"),
    Row("DeploymentCannotBeCancelled", "", EXPLAIN, 0, "the deployment has ended already"),
    Row("InvalidQuery", "", FATAL, 0, "the query is not valid: the message says where"),
    Row("InvalidRequestContent", "", FATAL, 0, "the service cannot read the request: the message names the property; correct the argument behind it"),
    Row("InvalidPropertyValue", "", FATAL, 0, "the service refuses a value: the message names the property; correct the argument behind it"),
    Row("InvalidParameter", "", FATAL, 0, "the service refuses a value: the message names the property; correct the argument behind it"),
    Row("ParameterOutOfRange", "", FATAL, 0, "a value is out of its range: the message names the property; correct the argument behind it"),
    Row("ValidationError", "", FATAL, 0, "the service refuses a value: the message names the property; correct the argument behind it"),
    Row("BadRequest", "", FATAL, 0, "the service refuses the request: the message says why; correct the argument behind it"),
    Row("Forbidden", "", Class::IfGranted, 600, "the credential or the network is not let in: check roles and the resource's firewall"),
    Row("MethodNotAllowed", "", FATAL, 0, "the service does not offer this on the resource"),
    Row("Conflict", "", EXPLAIN, 0, "what is there stands against it: the message says what"),
    Row("Unknown", "", FATAL, 0, "the service names no reason: look at the resource in the portal, or ask support with the request id"),
];

/// What the table says about one error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The class.
    pub class: RetryClass,
    /// How long to repeat; all zero where the class does not.
    pub budget: Budget,
    /// One sentence: what to do now.
    pub hint: Option<&'static str>,
    /// Whether a row of the table named the code (otherwise the status decided).
    pub known: bool,
}

impl ArmError {
    /// Class, budget and hint of this error, given what the run did lately.
    pub fn verdict(&self, recent: &Recent) -> Verdict {
        if let Some(verdict) = self.by_kind() {
            return verdict;
        }
        let holds = |text: &str| {
            let has = |message: &str| message.to_ascii_lowercase().contains(&text.to_ascii_lowercase());
            text.is_empty() || has(&self.message) || self.details.iter().any(|d| has(&d.message))
        };
        for code in self.codes.iter().map(String::as_str).chain(["*"]) {
            let Some(row) = ROWS.iter().find(|r| r.0.eq_ignore_ascii_case(code) && holds(r.1)) else {
                continue;
            };
            let (class, lag) = match row.2 {
                Class::Always(class) => (class, false),
                Class::IfCreated => (RetryClass::Fatal, recent.created),
                Class::IfDeleted => (RetryClass::Explain, recent.deleted),
                Class::IfUnlocked => (RetryClass::Explain, recent.unlocked),
                Class::IfGranted => (RetryClass::Explain, recent.granted),
            };
            let class = if lag { RetryClass::ReplicationLag } else { class };
            let mut budget = class.budget();
            if row.3 > 0 && class.repeats() {
                let of_row = Duration::from_secs(row.3);
                // What is there for certain is waited for longer than what may be a wrong reference.
                let certain = lag && recent.itself && self.status == Some(404);
                budget.total = if certain { of_row.max(budget.total) } else { of_row };
            }
            let hint = Some(row.4).filter(|hint| !hint.is_empty()).or(class.hint());
            return Verdict { class, budget, hint, known: code != "*" };
        }
        let class = match self.status {
            Some(429) => RetryClass::Throttled,
            Some(401) => RetryClass::ExpiredToken,
            Some(408 | 499 | 500 | 502 | 503 | 504) => RetryClass::Transient,
            Some(404) if recent.created => RetryClass::ReplicationLag,
            Some(409 | 412 | 423) => RetryClass::Explain,
            // LRO-08: a resource that only says that it is `Failed` is mended by writing it again, or says so again.
            None if self.kind == ErrorKind::OperationFailed && self.codes.is_empty() => {
                let budget = Budget::of(1, 1_000, 1);
                return Verdict { class: RetryClass::Transient, budget, hint: None, known: false };
            }
            _ => RetryClass::Fatal,
        };
        Verdict { class, budget: class.budget(), hint: None, known: false }
    }

    /// The class alone.
    pub fn class(&self, recent: &Recent) -> RetryClass {
        self.verdict(recent).class
    }

    /// What to do now: what the place of the failure said, else the table's sentence.
    pub fn hint(&self) -> Option<String> {
        let rights = || super::rights::advice(self);
        self.advice
            .clone()
            .or_else(rights)
            .or_else(|| self.verdict(&Recent::default()).hint.map(str::to_owned))
    }

    fn by_kind(&self) -> Option<Verdict> {
        let (class, hint) = match self.kind {
            ErrorKind::Refused | ErrorKind::OperationFailed => return None,
            ErrorKind::Unreachable => {
                (RetryClass::Fatal, "check the host's name, the network and the proxy settings")
            }
            ErrorKind::UnknownOutcome => (
                RetryClass::Explain,
                "the connection was lost after the request was sent: the next apply looks the resource up and goes on from there",
            ),
            ErrorKind::Credential => {
                (RetryClass::Fatal, "correct the credential settings that the error names")
            }
            ErrorKind::InvalidAnswer => {
                (RetryClass::Fatal, "something between here and ARM answered: check endpoint and proxy")
            }
            ErrorKind::Cancelled | ErrorKind::Invalid => {
                return Some(Verdict {
                    class: RetryClass::Fatal,
                    budget: RetryClass::Fatal.budget(),
                    hint: None,
                    known: true,
                });
            }
        };
        Some(Verdict { class, budget: class.budget(), hint: Some(hint), known: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(status: u16, code: &str, message: &str) -> ArmError {
        ArmError::from_value(
            ErrorKind::Refused,
            Some(status),
            &json!({"error": {"code": code, "message": message}}),
        )
    }

    #[test]
    fn the_run_decides_whether_a_refusal_passes() {
        let cases = [
            ("ScopeLocked", Recent { unlocked: true, ..Recent::default() }),
            ("PrincipalNotFound", Recent { created: true, ..Recent::default() }),
            ("ParentResourceNotFound", Recent { created: true, ..Recent::default() }),
            ("CannotDeleteResource", Recent { deleted: true, ..Recent::default() }),
            ("KeyVaultAuthenticationFailure", Recent { granted: true, ..Recent::default() }),
        ];
        for (code, recent) in cases {
            let e = refused(409, code, "m");
            assert_eq!(e.class(&recent), RetryClass::ReplicationLag, "{code}");
            assert!(!e.class(&Recent::default()).repeats(), "{code}");
            assert!(e.hint().is_some(), "{code}");
        }
    }

    #[test]
    fn lro_07_what_is_there_for_certain_is_waited_for_longer() {
        let budget = |status, recent: Recent| {
            refused(status, "ResourceNotFound", "m").verdict(&recent).budget.total.as_secs()
        };
        let beside = Recent { created: true, ..Recent::default() };
        let itself = Recent { itself: true, ..beside };
        assert_eq!([budget(404, beside), budget(404, itself), budget(400, itself)], [120, 300, 120]);
        assert_eq!(budget(404, Recent { itself: true, ..Recent::default() }), 0);
    }

    #[test]
    fn text_tells_codes_apart() {
        let none = Recent::default();
        let deleted =
            refused(409, "ConflictError", "A vault with the same name already exists in deleted state.");
        assert_eq!(deleted.class(&none), RetryClass::Explain);
        let busy =
            refused(409, "ConflictError", "serialize the operations so that only one operation is performed");
        assert_eq!(busy.class(&none), RetryClass::BusyParent);
        assert_eq!(
            refused(409, "OperationNotAllowed", "exceeds core Quota").class(&none),
            RetryClass::Explain
        );
    }

    #[test]
    fn con_02_details_of_a_failed_operation_decide() {
        let body = json!({"status": "Failed", "error": {"code": "RetryableError", "message": "A retryable error occurred.",
            "details": [{"code": "ReferencedResourceNotProvisioned", "message": "in Updating state"}]}});
        let e = ArmError::from_value(ErrorKind::OperationFailed, Some(200), &body);
        assert_eq!(e.class(&Recent::default()), RetryClass::BusyParent);
    }

    #[test]
    fn statuses_decide_where_no_code_does() {
        for (status, class) in [
            (429, RetryClass::Throttled),
            (503, RetryClass::Transient),
            (499, RetryClass::Transient),
            (401, RetryClass::ExpiredToken),
            (400, RetryClass::Fatal),
            (409, RetryClass::Explain),
        ] {
            assert_eq!(refused(status, "NeverHeardOf", "m").class(&Recent::default()), class);
        }
    }

    #[test]
    fn budgets_grow_and_end() {
        let b = RetryClass::ReplicationLag.budget();
        let first = b.delay(1, Duration::ZERO, None).unwrap();
        assert!(first >= b.first && first <= b.first.mul_f64(1.25), "{first:?}");
        assert!(b.delay(30, Duration::ZERO, None).unwrap() <= b.cap.mul_f64(1.25));
        assert_eq!(b.delay(1, b.total, None), None);
        assert_eq!(b.delay(1, Duration::ZERO, Some(Duration::from_secs(7))), Some(Duration::from_secs(7)));
        assert_eq!(RetryClass::Fatal.budget().delay(1, Duration::ZERO, None), None);
    }

    #[test]
    fn lro_08_a_failure_without_a_reason_is_repeated_once() {
        let failed = ArmError::new(ErrorKind::OperationFailed, "it ended in state Failed without a reason");
        let budget = failed.verdict(&Recent::default()).budget;
        let wait = budget.delay(1, Duration::ZERO, None).unwrap();
        assert_eq!(budget.delay(2, wait, None), None);
        let mut named = failed;
        named.codes = vec!["NeverHeardOf".into()];
        assert_eq!(named.class(&Recent::default()), RetryClass::Fatal);
    }

    #[test]
    fn no_budget_lasts_for_ever() {
        use RetryClass::*;
        for class in [Transient, BusyParent, ReplicationLag, Throttled, ExpiredToken, Explain, Fatal] {
            let (budget, mut waited) = (class.budget(), Duration::ZERO);
            let ends = (1..1_000).any(|attempt| match budget.delay(attempt, waited, None) {
                Some(wait) => {
                    waited += wait;
                    false
                }
                None => true,
            });
            assert!(ends, "{class:?}");
        }
    }

    #[test]
    fn every_row_is_explained() {
        for Row(code, text, ..) in ROWS {
            assert!(refused(409, code, text).hint().is_some(), "{code} {text}");
        }
    }

    #[test]
    fn every_recorded_code_is_in_the_table() {
        let Some(facts) = crate::arm::test_support::facts() else { return };
        let mut seen = std::collections::BTreeSet::new();
        for file in ["recordings/errors.jsonl", "field_errors.jsonl"] {
            for line in std::fs::read_to_string(facts.join(file)).unwrap().lines() {
                let record: serde_json::Value = serde_json::from_str(line).unwrap();
                let error = match record.get("body") {
                    Some(body) if body.is_null() => continue,
                    Some(body) => ArmError::from_value(
                        ErrorKind::Refused,
                        record["status"].as_u64().map(|s| s as u16),
                        body,
                    ),
                    None if record["code"].is_null() => continue,
                    None => ArmError::from_value(ErrorKind::OperationFailed, None, &record),
                };
                if let Some(code) = &error.code {
                    seen.insert(code.clone());
                    assert!(error.verdict(&Recent::ALL).known, "{code} of {file} has no row: {error}");
                    assert!(error.hint().is_some(), "{code} of {file} is not explained: {error}");
                }
            }
        }
        let text = std::fs::read_to_string(facts.join("behaviour.md")).unwrap();
        let pattern = regex::Regex::new(r"\b[45]\d\d `([A-Z][A-Za-z]{6,})`").unwrap();
        for found in pattern.captures_iter(&text) {
            let code = &found[1];
            seen.insert(code.to_owned());
            assert!(refused(409, code, "").verdict(&Recent::ALL).known, "{code} of behaviour.md has no row");
        }
        println!("{} codes, each with a class and an explanation", seen.len());
        assert!(seen.len() > 80, "{}", seen.len());
    }
}
