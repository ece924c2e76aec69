//! What a refusal for want of a right says (`AUTH-03`, `AUTH-04`), which built-in role would help, and what a list of
//! permissions allows. Actions and roles are those of the public lists of operations and of built-in roles.
//!
//! Must not know: who asks.

use serde_json::Value;

use super::error::ArmError;

/// Actions that ARM missed, each with where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// `Microsoft.Network/virtualNetworks/write`
    pub action: String,
    /// The id that it was missed on.
    pub scope: String,
}

/// What a refusal misses; nothing if it is another failure.
pub fn missing(error: &ArmError) -> Vec<Missing> {
    let text = error.message.as_str();
    // "… does not have authorization to perform action 'A' over scope 'S' …"; linked: "… however, it does not have
    // permission to perform action(s) 'A,B' on the linked scope(s) 'S,T' …".
    let rest = if error.has_code("LinkedAuthorizationFailed") {
        text.split_once("however").map(|(_, rest)| rest)
    } else if error.has_code("AuthorizationFailed") {
        Some(text)
    } else {
        None
    };
    let quoted: Vec<&str> = rest
        .and_then(|rest| rest.split_once("to perform action"))
        .map(|(_, rest)| rest.split('\'').skip(1).step_by(2).take(2).collect())
        .unwrap_or_default();
    let [actions, scopes] = quoted.as_slice() else { return Vec::new() };
    let pairs = actions.split(',').zip(scopes.split(','));
    pairs
        .map(|(action, scope)| Missing { action: action.trim().into(), scope: scope.trim().into() })
        .collect()
}

/// A built-in role: its name, what it allows, what is taken out of that.
struct Role(&'static str, &'static [&'static str], &'static [&'static str]);

/// The roles that are proposed, the narrowest first.
#[rustfmt::skip]
const ROLES: &[Role] = &[
    Role("Reader", &["*/read"], &[]),
    Role("Private DNS Zone Contributor", &["Microsoft.Network/privateDnsZones/*", "Microsoft.Network/virtualNetworks/join/action"], &[]),
    Role("Managed Identity Operator", &["Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"], &[]),
    Role("Managed Identity Contributor", &["Microsoft.ManagedIdentity/userAssignedIdentities/write", "Microsoft.ManagedIdentity/userAssignedIdentities/delete", "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/*"], &[]),
    Role("Network Contributor", &["Microsoft.Network/*"], &[]),
    Role("Key Vault Contributor", &["Microsoft.KeyVault/*"], &["Microsoft.KeyVault/locations/deletedVaults/purge/action"]),
    Role("Storage Account Contributor", &["Microsoft.Storage/storageAccounts/*", "Microsoft.Insights/diagnosticSettings/*"], &[]),
    Role("Resource Policy Contributor", &["Microsoft.Authorization/policy*"], &[]),
    Role("Role Based Access Control Administrator", &["Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/delete", "*/read"], &[]),
    Role("User Access Administrator", &["Microsoft.Authorization/*", "*/read"], &[]),
    Role("Contributor", &["*"], &["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"]),
    Role("Owner", &["*"], &[]),
];

/// The built-in roles that allow all of these actions: the narrowest one that does, or two where one would have to be Owner.
pub fn roles_for(actions: &[String]) -> Vec<&'static str> {
    let covers = |role: &&Role, action: &String| {
        let any = |patterns: &[&str]| patterns.iter().any(|pattern| fits(pattern, action));
        any(role.1) && !any(role.2)
    };
    let one = |actions: &[&String]| {
        ROLES.iter().find(|role| actions.iter().all(|action| covers(role, action))).map(|role| role.0)
    };
    let (access, other): (Vec<&String>, Vec<&String>) = actions
        .iter()
        .partition(|action| fits("Microsoft.Authorization/*", action) && !fits("*/read", action));
    let groups = match one(&actions.iter().collect::<Vec<_>>()) {
        Some("Owner") | None => vec![other, access],
        Some(role) => return vec![role],
    };
    groups.into_iter().filter(|group| !group.is_empty()).filter_map(|group| one(&group)).collect()
}

/// What to do about a refusal for want of a right: the roles that would help, with the command that assigns each.
pub fn advice(error: &ArmError) -> Option<String> {
    let who = error.message.split_once("with object id '").and_then(|(_, rest)| rest.split('\'').next());
    let mut scopes: Vec<(String, Vec<String>)> = Vec::new();
    for one in missing(error) {
        let scope = home(&one.scope);
        match scopes.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(scope)) {
            Some((_, actions)) => actions.push(one.action),
            None => scopes.push((scope.to_owned(), vec![one.action])),
        }
    }
    let commands: Vec<String> = scopes
        .iter()
        .flat_map(|(scope, actions)| roles_for(actions).into_iter().map(|role| grant(role, scope, who)))
        .map(|command| format!("  {command}"))
        .collect();
    (!commands.is_empty()).then(|| {
        format!(
            "the credential lacks a right; what was assigned just now takes some minutes to count. Have somebody who may assign roles run:\n{}",
            commands.join("\n")
        )
    })
}

/// The command that assigns a role.
pub fn grant(role: &str, scope: &str, principal: Option<&str>) -> String {
    let who = principal.unwrap_or("OBJECT-ID");
    format!(
        "az role assignment create --role \"{role}\" --assignee-object-id {who} --assignee-principal-type ServicePrincipal --scope {scope}"
    )
}

/// Where a role for this scope is best assigned: its resource group, else its subscription. A group that is to be made is
/// the subscription's.
fn home(scope: &str) -> &str {
    let mut ends = scope.match_indices('/').map(|(at, _)| at).chain([scope.len()]).skip(1);
    let subscription = ends.nth(1).unwrap_or(scope.len());
    let group = ends.nth(1);
    let lower = scope.to_ascii_lowercase();
    let in_group = lower[subscription.min(lower.len())..].starts_with("/resourcegroups/");
    match group {
        Some(end) if in_group && end < scope.len() => &scope[..end],
        _ => &scope[..subscription],
    }
}

/// What the caller may do at a scope, as `GET …/permissions` answers: sets, each with patterns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions(Vec<(Vec<String>, Vec<String>)>);

impl Permissions {
    /// Of the items of the list.
    pub fn of<'a>(sets: impl IntoIterator<Item = &'a Value>) -> Permissions {
        let texts = |set: &Value, name: &str| -> Vec<String> {
            let items = set.get(name).and_then(Value::as_array);
            items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Permissions(sets.into_iter().map(|set| (texts(set, "actions"), texts(set, "notActions"))).collect())
    }

    /// Whether nothing at all is said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an action is allowed: by one set, which does not take it out again.
    pub fn allow(&self, action: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| fits(pattern, action));
        self.0.iter().any(|(actions, not)| any(actions) && !any(not))
    }
}

/// Whether a text fits a pattern in which `*` stands for any text, without case.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::ErrorKind;
    use serde_json::json;

    const G: &str = "/subscriptions/s/resourceGroups/g";

    fn refused(code: &str, message: &str) -> ArmError {
        let body = json!({"error": {"code": code, "message": message}}).to_string();
        ArmError::from_body(ErrorKind::Refused, Some(403), body.as_bytes())
    }

    #[test]
    fn auth_03_a_refusal_names_action_and_scope() {
        let message = format!(
            "The client 'c' with object id 'o' does not have authorization to perform action 'Microsoft.KeyVault/vaults/write' over scope '{G}/providers/Microsoft.KeyVault/vaults/v' or the scope is invalid. If access was recently granted, please refresh your credentials."
        );
        let found = missing(&refused("AuthorizationFailed", &message));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].action, "Microsoft.KeyVault/vaults/write");
        assert_eq!(found[0].scope, format!("{G}/providers/Microsoft.KeyVault/vaults/v"));
        let advice = advice(&refused("AuthorizationFailed", &message)).unwrap();
        let command = format!(
            "--role \"Key Vault Contributor\" --assignee-object-id o --assignee-principal-type ServicePrincipal --scope {G}"
        );
        assert!(advice.ends_with(&command), "{advice}");
        assert_eq!(missing(&refused("Conflict", &message)), []);
    }

    #[test]
    fn auth_04_a_linked_refusal_names_what_is_linked() {
        let message = "The client 'c' with object id 'o' has permission to perform action 'Microsoft.Network/privateEndpoints/write' on scope '/x'; however, it does not have permission to perform action(s) 'A.B/c/join/action,A.B/d/join/action' on the linked scope(s) '/1,/2' (respectively) or the linked scope(s) are invalid.";
        let found = missing(&refused("LinkedAuthorizationFailed", message));
        let shown: Vec<String> = found.iter().map(|m| format!("{} {}", m.action, m.scope)).collect();
        assert_eq!(shown, ["A.B/c/join/action /1", "A.B/d/join/action /2"]);
        let older = message
            .replace("action(s)", "action")
            .replace("scope(s)", "scope")
            .replace(",A.B/d/join/action", "")
            .replace("/1,/2", "/1");
        assert_eq!(missing(&refused("LinkedAuthorizationFailed", &older)).len(), 1);
    }

    #[test]
    fn the_narrowest_role_is_proposed_and_never_owner_where_two_do() {
        let roles =
            |actions: &[&str]| roles_for(&actions.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            roles(&["Microsoft.Network/virtualNetworks/subnets/join/action"]),
            ["Network Contributor"]
        );
        assert_eq!(roles(&["Microsoft.Network/privateDnsZones/write"]), ["Private DNS Zone Contributor"]);
        assert_eq!(
            roles(&["Microsoft.Authorization/roleAssignments/write"]),
            ["Role Based Access Control Administrator"]
        );
        assert_eq!(roles(&["Microsoft.Authorization/locks/write"]), ["User Access Administrator"]);
        assert_eq!(
            roles(&[
                "Microsoft.Authorization/locks/write",
                "Microsoft.Authorization/roleAssignments/write",
                "Microsoft.Search/searchServices/write"
            ]),
            ["Contributor", "User Access Administrator"]
        );
        assert_eq!(roles(&["Microsoft.Resources/subscriptions/resourceGroups/write"]), ["Contributor"]);
        assert_eq!(roles(&["Microsoft.KeyVault/locations/deletedVaults/purge/action"]), ["Contributor"]);
    }

    #[test]
    fn roles_are_assigned_on_the_group_or_the_subscription() {
        assert_eq!(home(&format!("{G}/providers/A.B/c/d")), G);
        assert_eq!(home(G), "/subscriptions/s");
        assert_eq!(home("/subscriptions/s/providers/A.B/c/d"), "/subscriptions/s");
        assert_eq!(home("/subscriptions/s"), "/subscriptions/s");
    }

    #[test]
    fn permissions_allow_what_one_set_allows() {
        let sets = [
            json!({"actions": ["*"], "notActions": ["Microsoft.Authorization/*/Write"]}),
            json!({"actions": ["*/read"]}),
        ];
        let all = Permissions::of(&sets);
        assert!(all.allow("Microsoft.Network/virtualNetworks/write"));
        assert!(!all.allow("Microsoft.Authorization/locks/write"));
        assert!(!fits("a*b", "ab/c") && fits("a*b*c", "axbxc") && fits("*", "x") && !fits("x", "xy"));
    }
}
