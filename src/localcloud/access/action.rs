//! The action that a request is: `Microsoft.X/types/read`, `…/write`, `…/delete`, `…/<verb>/action`, and over which scope.
//! The exceptions are those of the providers' own lists of operations.

use crate::localcloud::id::ResourceId;
use crate::localcloud::registry;
use crate::localcloud::rules::Place;
use crate::localcloud::tables::namespace;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The action, in the casing of the type.
    pub action: String,
    /// The scope: the id of the resource, or where the collection lies.
    pub scope: String,
    /// Whether rights on something below the scope are enough to be let in; a list then shows that alone.
    pub below: bool,
}

/// POSTs that read, as the lists of operations say (all other POSTs are `…/action`): type or namespace, and verb.
const READS: &[(&str, &str)] = &[
    ("Microsoft.KeyVault", "checkNameAvailability"),
    ("Microsoft.Storage", "checkNameAvailability"),
    ("Microsoft.ContainerRegistry", "checkNameAvailability"),
    ("Microsoft.PolicyInsights", "checkPolicyRestrictions"),
    ("Microsoft.Resources", "checkPolicyCompliance"),
    ("Microsoft.MachineLearningServices/workspaces", "diagnose"),
];

const SUBSCRIPTION: &str = "Microsoft.Resources/subscriptions";
const GROUP: &str = "Microsoft.Resources/subscriptions/resourceGroups";

/// What a request asks for; `None`: everybody whose token is good may do it. `verb` is the action of a row that the path
/// names, with the resource.
pub fn asked(method: &str, path: &str, verb: Option<(&ResourceId, &str)>) -> Option<Asked> {
    let path = path.trim_end_matches('/');
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let lower: Vec<String> = segments.iter().map(|segment| segment.to_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let read = matches!(method, "GET" | "HEAD");
    let within = |action: &str, length: usize, below: bool| {
        let scope = format!("/{}", segments[..length].join("/"));
        Some(Asked { action: action.to_owned(), scope, below })
    };
    match lower.as_slice() {
        // What is everybody's: tenants, namespaces, built-in definitions.
        ["tenants" | "subscriptions"] => return None,
        ["providers", rest @ ..]
            if rest.first() != Some(&"microsoft.management") && (read || method == "POST") =>
        {
            return None;
        }
        // Everybody may ask what they may do.
        [.., "providers", "microsoft.authorization", "permissions"] if read => return None,
        ["subscriptions", _] if read => return within(&format!("{SUBSCRIPTION}/read"), 2, true),
        ["subscriptions", _, "locations"] => {
            return within(&format!("{SUBSCRIPTION}/locations/read"), 2, true);
        }
        ["subscriptions", _, "resources"] => {
            return within(&format!("{SUBSCRIPTION}/resources/read"), 2, true);
        }
        ["subscriptions", _, "resourcegroups"] => return within(&format!("{GROUP}/read"), 2, true),
        ["subscriptions", _, "resourcegroups", _, "resources"] => {
            return within(&format!("{GROUP}/resources/read"), 4, true);
        }
        ["subscriptions", _, "providers"] | ["subscriptions", _, "providers", _] if read => {
            return within(&format!("{SUBSCRIPTION}/providers/read"), 2, true);
        }
        _ => {}
    }
    if let Some((id, name)) = verb {
        let first = name.split('/').next().unwrap_or_default();
        return Some(post(method, &type_of(id), id.as_str(), first));
    }
    if let Some(id) = ResourceId::parse(path) {
        let what = match method {
            "GET" | "HEAD" => "read",
            "DELETE" => "delete",
            "POST" => "action",
            _ => "write",
        };
        return Some(Asked {
            action: format!("{}/{what}", type_of(&id)),
            scope: id.as_str().to_owned(),
            below: false,
        });
    }
    let at = lower.iter().rposition(|segment| *segment == "providers");
    let (head, last) = path.rsplit_once('/')?;
    if method == "POST" {
        if let Some(id) = ResourceId::parse(head) {
            return Some(post(method, &type_of(&id), id.as_str(), last));
        }
        // A verb of a namespace, or of one of its collections.
        let (at, space) = at.and_then(|at| Some((at, *segments.get(at + 1)?)))?;
        let kinds: Vec<&str> = segments[at + 2..segments.len() - 1].iter().step_by(2).copied().collect();
        let type_name = [vec![proper(space)], kinds].concat().join("/");
        return Some(post(method, &type_name, &format!("/{}", segments[..at].join("/")), last));
    }
    // A collection: of types in a namespace, or of what is nested in a resource.
    let at = at?;
    let rest = segments.get(at + 1..)?;
    let (space, kinds) = rest.split_first()?;
    if kinds.is_empty() {
        return None;
    }
    let names: Vec<&str> = kinds.iter().step_by(2).copied().collect();
    let type_name = canonical(&format!("{space}/{}", names.join("/")));
    let end = if kinds.len() == 1 { at } else { segments.len() - 1 };
    let scope = format!("/{}", segments[..end].join("/"));
    // A subscription's list of what lies in groups shows everybody his own; what extends a scope is that scope's.
    let below = end == 2 && names.len() == 1 && registry::rules(&type_name).place != Place::Extension;
    Some(Asked { action: format!("{type_name}/read"), scope: scope.trim_end_matches('/').to_owned(), below })
}

fn post(method: &str, type_name: &str, scope: &str, verb: &str) -> Asked {
    let reads = READS
        .iter()
        .any(|(known, name)| known.eq_ignore_ascii_case(type_name) && name.eq_ignore_ascii_case(verb));
    let what = match method {
        "PUT" | "PATCH" => "write",
        "GET" => "read",
        _ if reads => "read",
        _ => "action",
    };
    Asked { action: format!("{type_name}/{verb}/{what}"), scope: scope.to_owned(), below: false }
}

/// The type of an id as actions spell it.
pub fn type_of(id: &ResourceId) -> String {
    canonical(&id.type_name())
}

fn canonical(type_name: &str) -> String {
    if type_name.eq_ignore_ascii_case("Microsoft.Resources/resourceGroups") {
        return GROUP.to_owned();
    }
    let known = registry::rules(type_name).type_name;
    if !known.is_empty() {
        return known.to_owned();
    }
    match type_name.split_once('/') {
        Some((space, rest)) => format!("{}/{rest}", proper(space)),
        None => type_name.to_owned(),
    }
}

/// A namespace in its own casing.
fn proper(space: &str) -> &str {
    namespace(space).map_or(space, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: &str = "/subscriptions/5d1e";
    const G: &str = "/subscriptions/5d1e/resourceGroups/g";

    fn says(method: &str, path: &str) -> String {
        asked(method, path, None).map_or("-".to_owned(), |asked| format!("{} {}", asked.action, asked.scope))
    }

    #[test]
    fn auth_03_a_request_is_an_action_on_a_scope() {
        let vault = format!("{G}/providers/microsoft.keyvault/Vaults/v");
        let grant = format!("{vault}/providers/Microsoft.Authorization/roleAssignments/1");
        let rows = [
            ("GET", S.to_owned(), "Microsoft.Resources/subscriptions/read", S.to_owned()),
            ("PUT", G.to_owned(), "Microsoft.Resources/subscriptions/resourceGroups/write", G.to_owned()),
            ("HEAD", G.to_owned(), "Microsoft.Resources/subscriptions/resourceGroups/read", G.to_owned()),
            (
                "GET",
                format!("{S}/resourcegroups"),
                "Microsoft.Resources/subscriptions/resourceGroups/read",
                S.to_owned(),
            ),
            (
                "POST",
                format!("{G}/moveResources"),
                "Microsoft.Resources/subscriptions/resourceGroups/moveResources/action",
                G.to_owned(),
            ),
            (
                "GET",
                format!("{S}/providers"),
                "Microsoft.Resources/subscriptions/providers/read",
                S.to_owned(),
            ),
            (
                "POST",
                format!("{S}/providers/microsoft.keyvault/register"),
                "Microsoft.KeyVault/register/action",
                S.to_owned(),
            ),
            (
                "POST",
                format!("{S}/providers/Microsoft.KeyVault/checkNameAvailability"),
                "Microsoft.KeyVault/checkNameAvailability/read",
                S.to_owned(),
            ),
            (
                "POST",
                format!("{S}/providers/Microsoft.Search/checkNameAvailability"),
                "Microsoft.Search/checkNameAvailability/action",
                S.to_owned(),
            ),
            ("PATCH", vault.clone(), "Microsoft.KeyVault/vaults/write", vault.clone()),
            ("DELETE", grant.clone(), "Microsoft.Authorization/roleAssignments/delete", grant.clone()),
            ("GET", format!("{vault}/keys"), "Microsoft.KeyVault/vaults/keys/read", vault.clone()),
            (
                "GET",
                format!("{G}/providers/Microsoft.KeyVault/vaults"),
                "Microsoft.KeyVault/vaults/read",
                G.to_owned(),
            ),
            (
                "POST",
                format!("{S}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/v/purge"),
                "Microsoft.KeyVault/locations/deletedVaults/purge/action",
                format!("{S}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/v"),
            ),
            (
                "POST",
                format!("{G}/providers/Microsoft.Resources/deployments/d/validate"),
                "Microsoft.Resources/deployments/validate/action",
                format!("{G}/providers/Microsoft.Resources/deployments/d"),
            ),
        ];
        for (method, path, action, scope) in rows {
            assert_eq!(says(method, &path), format!("{action} {scope}"), "{method} {path}");
        }
        for path in [
            "/tenants",
            "/subscriptions",
            "/providers",
            "/providers/Microsoft.Authorization/roleDefinitions/r",
        ] {
            assert_eq!(says("GET", path), "-", "{path}");
        }
        assert_eq!(says("GET", &format!("{G}/providers/Microsoft.Authorization/permissions")), "-");
    }

    #[test]
    fn auth_03_verbs_of_rows_are_actions_of_their_type() {
        let id = ResourceId::parse(&format!("{G}/providers/Microsoft.KeyVault/vaults/v")).unwrap();
        let says = |method: &str, name: &str| {
            asked(method, &format!("{}/{name}", id.as_str()), Some((&id, name))).unwrap().action
        };
        assert_eq!(says("PUT", "accessPolicies/add"), "Microsoft.KeyVault/vaults/accessPolicies/write");
        assert_eq!(says("POST", "listKeys"), "Microsoft.KeyVault/vaults/listKeys/action");
    }
}
