//! Built-in roles that a secured workspace uses: names, GUIDs and permissions, from the public list of built-in roles.

use serde_json::{Value, json};
use std::sync::OnceLock;

use crate::localcloud::access::permission::Permission;

/// A built-in role.
pub(in crate::localcloud) struct BuiltIn {
    /// Its name, as people say it.
    pub name: &'static str,
    /// What role definitions are called by.
    pub guid: &'static str,
    /// What it permits.
    pub permission: Permission,
}

/// All of them. The table is text: `role GUID NAME`, then lines of `+` actions, `-` notActions, `d` dataActions, `n`
/// notDataActions.
pub(in crate::localcloud) fn all() -> &'static [BuiltIn] {
    static ROLES: OnceLock<Vec<BuiltIn>> = OnceLock::new();
    ROLES.get_or_init(|| {
        let mut roles: Vec<BuiltIn> = Vec::new();
        for line in include_str!("roles.txt").lines() {
            let Some((mark, rest)) = line.split_once(' ').filter(|(mark, _)| *mark != "#") else { continue };
            if mark == "role" {
                let (guid, name) = rest.split_once(' ').unwrap_or_default();
                roles.push(BuiltIn { name, guid, permission: Permission::default() });
                continue;
            }
            let Some(permission) = roles.last_mut().map(|role| &mut role.permission) else { continue };
            let list = match mark {
                "+" => &mut permission.actions,
                "-" => &mut permission.not_actions,
                "d" => &mut permission.data_actions,
                _ => &mut permission.not_data_actions,
            };
            list.push(rest.to_owned());
        }
        roles
    })
}

/// The role that a GUID stands for; `None`: no built-in one.
pub(in crate::localcloud) fn by_guid(guid: &str) -> Option<&'static BuiltIn> {
    all().iter().find(|role| role.guid.eq_ignore_ascii_case(guid))
}

/// The role of this name.
pub(in crate::localcloud) fn by_name(name: &str) -> Option<&'static BuiltIn> {
    all().iter().find(|role| role.name.eq_ignore_ascii_case(name))
}

/// The definitions as they are answered on every scope.
pub(super) fn definitions() -> Vec<Value> {
    all()
        .iter()
        .map(|role| {
            json!({
                "name": role.guid,
                "properties": {
                    "roleName": role.name, "type": "BuiltInRole", "description": role.name, "assignableScopes": ["/"],
                    "permissions": [role.permission.json()],
                    "createdOn": "2015-02-02T21:55:09.8806423Z", "updatedOn": "2023-06-01T15:29:07.4090000Z",
                    "createdBy": null, "updatedBy": null,
                },
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_roles_is_whole() {
        assert!(all().len() > 80, "{}", all().len());
        for role in all() {
            assert!(uuid::Uuid::parse_str(role.guid).is_ok(), "{}", role.name);
            let p = &role.permission;
            assert!(!p.actions.is_empty() || !p.data_actions.is_empty(), "{} permits nothing", role.name);
        }
        assert_eq!(by_name("reader").unwrap().permission.actions, ["*/read"]);
        assert_eq!(by_guid("8E3AF657-A8FF-443C-A75C-2FE8C4BCB635").unwrap().name, "Owner");
    }
}
