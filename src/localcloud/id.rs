//! Resource ids as ARM reads them: `{scope}/providers/{namespace}/{type}/{name}[/{type}/{name}…]`, and the ids above them
//! (subscriptions and resource groups). Names compare without case (HTTP-02); the text is kept as it was written.

use std::fmt;

/// An id that names one resource (never a collection).
#[derive(Debug, Clone)]
pub struct ResourceId {
    text: String,
    key: String,
}

impl ResourceId {
    /// Reads an id; `None` if the text names no resource (a collection, an action, nothing).
    pub fn parse(text: &str) -> Option<ResourceId> {
        let text = text.trim_end_matches('/');
        if !text.starts_with('/') || text.contains("//") {
            return None;
        }
        let segments: Vec<&str> = text[1..].split('/').collect();
        if segments.iter().any(|segment| segment.is_empty()) {
            return None;
        }
        let names_resource = match last_providers(&segments) {
            Some(at) => {
                let rest = segments.len() - at - 1;
                rest >= 3 && rest % 2 == 1
            }
            None => match segments.len() {
                2 => segments[0].eq_ignore_ascii_case("subscriptions"),
                4 => {
                    segments[0].eq_ignore_ascii_case("subscriptions")
                        && segments[2].eq_ignore_ascii_case("resourceGroups")
                }
                _ => false,
            },
        };
        names_resource.then(|| ResourceId { text: text.to_owned(), key: text.to_lowercase() })
    }

    /// The id as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The id in lower case: what documents are kept and compared by.
    pub fn key(&self) -> &str {
        &self.key
    }

    fn segments(&self) -> Vec<&str> {
        self.text[1..].split('/').collect()
    }

    /// `Microsoft.Network/virtualNetworks/subnets` as written in the id; `Microsoft.Resources/resourceGroups` and
    /// `Microsoft.Resources/subscriptions` for the ids without a provider.
    pub fn type_name(&self) -> String {
        let segments = self.segments();
        match last_providers(&segments) {
            Some(at) => {
                let mut name = segments[at + 1].to_owned();
                for part in segments[at + 2..].iter().step_by(2) {
                    name.push('/');
                    name.push_str(part);
                }
                name
            }
            None if segments.len() == 4 => "Microsoft.Resources/resourceGroups".to_owned(),
            None => "Microsoft.Resources/subscriptions".to_owned(),
        }
    }

    /// The namespace, as written.
    pub fn namespace(&self) -> &str {
        let segments = self.segments();
        match last_providers(&segments) {
            Some(at) => segments[at + 1],
            None => "Microsoft.Resources",
        }
    }

    /// The last segment.
    pub fn name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }

    /// The subscription's id, if the resource is in one.
    pub fn subscription(&self) -> Option<&str> {
        let segments = self.segments();
        (segments.len() >= 2 && segments[0].eq_ignore_ascii_case("subscriptions")).then(|| segments[1])
    }

    /// The resource group's name, if the resource is in one.
    pub fn resource_group(&self) -> Option<&str> {
        let segments = self.segments();
        (segments.len() >= 4 && segments[2].eq_ignore_ascii_case("resourceGroups")).then(|| segments[3])
    }

    /// The id of the resource group, if the resource is in one (for a group: itself).
    pub fn resource_group_id(&self) -> Option<ResourceId> {
        let segments = self.segments();
        self.resource_group()?;
        ResourceId::parse(&format!("/{}", segments[..4].join("/")))
    }

    /// The resource this one is nested in by type (`subnets` in `virtualNetworks`); `None` for a top-level type.
    pub fn parent_resource(&self) -> Option<ResourceId> {
        let segments = self.segments();
        let at = last_providers(&segments)?;
        (segments.len() - at > 4)
            .then(|| ResourceId::parse(&format!("/{}", segments[..segments.len() - 2].join("/"))))
            .flatten()
    }

    /// What the resource lives in: its parent resource, for an extension resource the resource, group or subscription it
    /// extends, for a top-level resource its group or subscription, for a group the subscription.
    pub fn scope(&self) -> Option<ResourceId> {
        if let Some(parent) = self.parent_resource() {
            return Some(parent);
        }
        let segments = self.segments();
        let end = match last_providers(&segments) {
            Some(at) => at,
            None if segments.len() == 4 => 2,
            None => 0,
        };
        if end == 0 {
            return None;
        }
        ResourceId::parse(&format!("/{}", segments[..end].join("/")))
    }

    /// The scope that an extension resource extends, `""` for the tenant; the text before the last `/providers/`.
    pub fn extended(&self) -> &str {
        let segments = self.segments();
        match last_providers(&segments) {
            Some(at) => {
                let length: usize = segments[..at].iter().map(|segment| segment.len() + 1).sum();
                &self.text[..length]
            }
            None => "",
        }
    }

    /// True if the resource extends another resource (locks, role assignments, diagnostic settings on a resource).
    pub fn is_on_resource(&self) -> bool {
        self.key.matches("/providers/").count() > 1
    }

    /// True if `self` is `scope` or lies below it.
    pub fn is_within(&self, scope: &str) -> bool {
        within(&self.key, &scope.to_lowercase())
    }

    /// The id of a child: `child("subnets", "default")`.
    pub fn child(&self, segment: &str, name: &str) -> ResourceId {
        self.join(&format!("{segment}/{name}"))
    }

    /// The id of an extension resource: `extension("Microsoft.Authorization/locks", "keep")`.
    pub fn extension(&self, type_name: &str, name: &str) -> ResourceId {
        self.join(&format!("providers/{type_name}/{name}"))
    }

    /// A sibling of the same type with another name.
    pub fn sibling(&self, name: &str) -> ResourceId {
        let stem = self.text.rsplit_once('/').map_or("", |(stem, _)| stem);
        let text = format!("{stem}/{name}");
        ResourceId { key: text.to_lowercase(), text }
    }

    fn join(&self, tail: &str) -> ResourceId {
        let text = format!("{}/{tail}", self.text);
        ResourceId { key: text.to_lowercase(), text }
    }
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for ResourceId {}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// True if the lower-case id `key` is `scope` (lower case) or lies below it.
pub fn within(key: &str, scope: &str) -> bool {
    let scope = scope.trim_end_matches('/');
    key.strip_prefix(scope).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn last_providers(segments: &[&str]) -> Option<usize> {
    segments.iter().rposition(|segment| segment.eq_ignore_ascii_case("providers"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBNET: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/x";

    #[test]
    fn nested_and_extension_ids_know_what_they_live_in() {
        let subnet = ResourceId::parse(SUBNET).unwrap();
        assert_eq!(subnet.type_name(), "Microsoft.Network/virtualNetworks/subnets");
        assert_eq!(subnet.scope().unwrap().name(), "v");
        let lock = subnet.extension("Microsoft.Authorization/locks", "l");
        assert_eq!(lock.type_name(), "Microsoft.Authorization/locks");
        assert_eq!(lock.scope().unwrap(), subnet);
        assert_eq!(lock.extended(), SUBNET);
        assert!(lock.is_on_resource() && !subnet.is_on_resource());
        let group = subnet.resource_group_id().unwrap();
        assert_eq!(group.type_name(), "Microsoft.Resources/resourceGroups");
        assert_eq!(group.scope().unwrap().as_str(), "/subscriptions/s");
        assert!(subnet.is_within("/SUBSCRIPTIONS/s/resourcegroups/G"));
        assert!(!subnet.is_within("/subscriptions/s/resourceGroups/g2"));
    }

    #[test]
    fn collections_and_actions_are_no_ids() {
        for text in [
            "",
            "/",
            "/subscriptions",
            "/subscriptions/s/resourceGroups",
            "/subscriptions/s/providers/A.B/c",
            "/x//y",
        ] {
            assert!(ResourceId::parse(text).is_none(), "{text}");
        }
    }
}
