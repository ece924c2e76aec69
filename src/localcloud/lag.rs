//! What is done but not seen everywhere yet (replication): how long, in seconds of the world. A type's own are in its row
//! ([`unseen`](super::rules::TypeRules::unseen), [`lingers`](super::rules::TypeRules::lingers)). On an instant clock nothing
//! lags.

/// A new principal is not known where roles are assigned (ROL-02).
pub const DIRECTORY: f64 = 20.0;
/// A role does not reach the data plane of a vault (CMK-04; AUTH-05: a grant took 84 seconds at most).
pub const VAULT_ROLES: f64 = 60.0;
/// A lock that was removed still holds (LCK-03).
pub const UNLOCKED: f64 = 30.0;
/// What was deleted is still in the lists of all resources (RG-06).
pub const RESOURCE_LISTS: f64 = 120.0;
/// After so long everything is seen everywhere: nothing lags longer than a new policy (POL-02).
pub const LONGEST: f64 = super::policy::LAG;
