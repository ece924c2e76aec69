//! What ARM itself checks before a resource provider sees a request: api version, namespace, registration, group, parent,
//! managed groups.

use super::Engine;
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::id::ResourceId;
use crate::localcloud::registry;
use crate::localcloud::rules::{Location, TypeRules};
use crate::localcloud::tables::{REGIONS, namespace};

impl Engine {
    /// Checks that hold for every request on a resource or a collection of this type; answers the row.
    pub(super) fn gate_type(&self, type_name: &str, version: &str) -> Result<&'static TypeRules, ArmFailure> {
        let (space, rest) = type_name.split_once('/').unwrap_or((type_name, ""));
        if namespace(space).is_none() {
            return Err(ArmFailure::gateway(
                404,
                "InvalidResourceNamespace",
                format!("The resource namespace '{space}' is invalid."),
            ));
        }
        let rules = registry::rules(type_name);
        if rules.versions.is_empty() {
            if !well_formed(version) {
                return Err(ArmFailure::gateway(
                    400,
                    "InvalidApiVersionParameter",
                    format!(
                        "The api-version '{version}' is invalid. The supported versions are dates such as '2024-01-01'."
                    ),
                ));
            }
        } else if !rules.versions.iter().any(|known| known.eq_ignore_ascii_case(version)) {
            let supported = rules.versions.join(", ");
            return Err(match rules.location {
                Location::Regional | Location::Global => {
                    let regions: Vec<&str> = match rules.location {
                        Location::Global => vec!["global"],
                        _ => REGIONS.iter().map(|(name, _)| *name).collect(),
                    };
                    ArmFailure::gateway(
                        400,
                        "NoRegisteredProviderFound",
                        format!(
                            "No registered resource provider found for location '{}' and API version '{version}' for type '{rest}'. The supported api-versions are '{supported}'. The supported locations are '{}'.",
                            regions.first().unwrap_or(&""),
                            regions.join(", ")
                        ),
                    )
                }
                _ => ArmFailure::gateway(
                    404,
                    "InvalidResourceType",
                    format!(
                        "The resource type '{rest}' could not be found in the namespace '{space}' for api version '{version}'. The supported api-versions are '{supported}'."
                    ),
                ),
            });
        }
        Ok(rules)
    }

    /// Checks for a request that changes a resource; answers the row.
    pub(super) fn gate_change(
        &self,
        id: &ResourceId,
        version: &str,
    ) -> Result<&'static TypeRules, ArmFailure> {
        let rules = self.gate_type(&id.type_name(), version)?;
        self.gate_group(id, true)?;
        self.gate_registered(id)?;
        Ok(rules)
    }

    /// The group of a resource must be there (RG-03); for a change it must not be going (RG-04), nor be a managed one.
    pub(super) fn gate_group(&self, id: &ResourceId, change: bool) -> Result<(), ArmFailure> {
        let Some(group_id) = id.resource_group_id() else { return Ok(()) };
        let Some(group) = self.world.get(group_id.key()) else {
            return Err(group_not_found(group_id.name()));
        };
        if !change {
            return Ok(());
        }
        if group.text("properties.provisioningState") == "Deleting" {
            return Err(ArmFailure::gateway(
                409,
                "ResourceGroupBeingDeleted",
                format!(
                    "The resource group '{}' is in deprovisioning state and cannot perform this operation.",
                    group.name()
                ),
            ));
        }
        if let Some(owner) = &group.owner {
            return Err(ArmFailure::gateway(
                403,
                "DenyAssignmentAuthorizationFailed",
                format!(
                    "The client '{}' with object id '{}' has permission to perform action '{}/write' on scope '{id}'; however, the access is denied because of the deny assignment with name 'System deny assignment created by {owner}' at scope '{}'.",
                    self.caller.client_id,
                    self.caller.object_id,
                    id.type_name(),
                    group.id
                ),
            ));
        }
        Ok(())
    }

    /// SUB-01: the namespace must be registered in the subscription.
    pub(super) fn gate_registered(&self, id: &ResourceId) -> Result<(), ArmFailure> {
        let Some(subscription) = id.subscription() else { return Ok(()) };
        if self.is_registered(subscription, id.namespace()) {
            return Ok(());
        }
        let name = namespace(id.namespace()).map_or(id.namespace(), |(name, _)| name);
        let message = format!(
            "The subscription is not registered to use namespace '{name}'. See https://aka.ms/rps-not-found for how to register subscriptions."
        );
        Err(ArmFailure::gateway(409, "MissingSubscriptionRegistration", message.clone()).detail(
            "MissingSubscriptionRegistration",
            name,
            &message,
        ))
    }

    /// What a nested resource is nested in, and what an extension resource extends, must be there (NF-01, NF-02).
    pub(super) fn gate_parent(&self, id: &ResourceId, write: bool) -> Result<(), ArmFailure> {
        let Some(scope) = id.scope() else { return Ok(()) };
        let kind = scope.type_name();
        if kind == "Microsoft.Resources/subscriptions" || kind == "Microsoft.Resources/resourceGroups" {
            return Ok(());
        }
        if kind.to_lowercase().starts_with("microsoft.management/") || self.world.get(scope.key()).is_some() {
            return Ok(());
        }
        if write && id.parent_resource().is_some() {
            return Err(ArmFailure::gateway(
                404,
                "ParentResourceNotFound",
                format!(
                    "Failed to perform 'write' on resource(s) of type '{}', because the parent resource '{scope}' could not be found.",
                    id.type_name()
                ),
            ));
        }
        Err(not_found(&scope))
    }
}

/// 404 `ResourceNotFound` (NF-01).
pub fn not_found(id: &ResourceId) -> ArmFailure {
    let path = id.as_str();
    let at = id.key().rfind("/providers/").map_or(0, |at| at + "/providers/".len());
    let what = &path[at..];
    let place = match id.resource_group() {
        Some(group) => format!(" under resource group '{group}'"),
        None => String::new(),
    };
    ArmFailure::gateway(
        404,
        "ResourceNotFound",
        format!(
            "The Resource '{what}'{place} was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        ),
    )
}

/// What is not there by the words of its own provider (NF-03): the gateway answers for tracked resources only. Start of the
/// type, code and message; `{id}`, `{name}` and `{hex}` are replaced.
const NOT_FOUND: &[(&str, &str, &str)] = &[
    (
        "Microsoft.Authorization/roleDefinitions",
        "RoleDefinitionDoesNotExist",
        "The specified role definition with ID '{hex}' does not exist.",
    ),
    (
        "Microsoft.Authorization/roleAssignments",
        "RoleAssignmentNotFound",
        "The role assignment '{hex}' is not found.",
    ),
    ("Microsoft.Compute/", "NotFound", "The entity was not found in this Azure location."),
    ("Microsoft.Network/", "NotFound", "Resource {id} not found."),
    ("Microsoft.Search/", "Unknown", "Unable to find {name} of the search service."),
];

/// 404 for a resource that is not there, in the words of who answers for it (NF-01, NF-03).
pub fn absent(id: &ResourceId, rules: &TypeRules) -> ArmFailure {
    let tracked = matches!(rules.location, Location::Regional | Location::Global);
    let kind = id.type_name().to_lowercase();
    let own = NOT_FOUND.iter().find(|(start, ..)| kind.starts_with(&start.to_lowercase()));
    match own.filter(|(start, ..)| !tracked && (id.parent_resource().is_some() || !start.ends_with('/'))) {
        Some((_, code, message)) => {
            let hex = id.name().replace('-', "");
            let message = message.replace("{id}", id.as_str()).replace("{name}", id.name());
            ArmFailure::new(404, *code, message.replace("{hex}", &hex))
        }
        None => not_found(id),
    }
}

/// 404 `ResourceGroupNotFound` (RG-03).
pub fn group_not_found(name: &str) -> ArmFailure {
    ArmFailure::gateway(404, "ResourceGroupNotFound", format!("Resource group '{name}' could not be found."))
}

/// `2024-01-01`, `2024-01-01-preview`.
fn well_formed(version: &str) -> bool {
    let (date, rest) = version.split_at_checked(10).unwrap_or((version, ""));
    let digits = date.chars().enumerate().all(|(at, c)| match at {
        4 | 7 => c == '-',
        _ => c.is_ascii_digit(),
    });
    date.len() == 10
        && digits
        && (rest.is_empty()
            || rest
                .strip_prefix('-')
                .is_some_and(|rest| !rest.is_empty() && rest.chars().all(char::is_alphanumeric)))
}

#[cfg(test)]
mod tests {
    use super::well_formed;

    #[test]
    fn http_01_api_versions_are_dates() {
        for version in ["2024-01-01", "2021-05-01-preview"] {
            assert!(well_formed(version), "{version}");
        }
        for version in ["", "1.0", "2024-01", "2024-01-01-", "latest"] {
            assert!(!well_formed(version), "{version}");
        }
    }
}
