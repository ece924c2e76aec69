//! ARM resource ids: one type that parses, compares and takes apart every id that ARM knows.
//!
//! An id is `[/subscriptions/{s}[/resourceGroups/{g}]]` followed by any number of `/providers/{namespace}/{type}/{name}...`
//! blocks; each block after the first is an extension resource (a role assignment, a lock, a diagnostic setting) on what
//! stands before it. ARM compares ids without regard to case and does not keep the caller's case (`HTTP-02`), so equality,
//! order and hash here ignore it.
//!
//! Must not know: which types exist, HTTP.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The type of a resource group's id.
pub const RESOURCE_GROUP: &str = "Microsoft.Resources/resourceGroups";
/// The type of a subscription's id.
pub const SUBSCRIPTION: &str = "Microsoft.Resources/subscriptions";
/// The type of a resource provider's own id (`/subscriptions/{s}/providers/{namespace}`): its registration.
pub const PROVIDER: &str = "Microsoft.Resources/providers";
/// The type of the tenant's own id, `/`.
pub const TENANT: &str = "Microsoft.Resources/tenants";

/// Why a text is not an ARM resource id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an ARM resource id: {why}")]
pub struct IdError {
    /// The text as it was given.
    pub text: String,
    /// What is wrong with it.
    pub why: String,
}

/// A parsed ARM resource id.
///
/// `Display` gives the id as it was written, with the fixed segments (`subscriptions`, `resourceGroups`, `providers`) in
/// their canonical case. `Eq`, `Ord` and `Hash` ignore case. A clone is a reference count.
#[derive(Clone)]
pub struct ArmId(Arc<Parts>);

struct Parts {
    /// The id with canonical fixed segments, without a trailing slash; `/` for the tenant.
    text: Box<str>,
    /// `text` in lower case: what is compared.
    key: Box<str>,
    /// Where the subscription's id stands in `text`.
    subscription: Option<Range<usize>>,
    /// Where the resource group's name stands in `text`.
    group: Option<Range<usize>>,
    /// Where the last `/providers/` block begins, if there is one.
    block: Option<usize>,
    /// `Namespace/type[/type...]` of the last block.
    kind: Box<str>,
    /// Number of type/name pairs in the last block (0 when it only names a provider).
    pairs: usize,
}

impl ArmId {
    /// Parses an id. Case of the fixed segments does not matter; a missing or doubled segment is an error that says where.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let fail = |why: String| Err(IdError { text: text.to_owned(), why });
        if text == "/" {
            return Ok(Self::tenant());
        }
        let Some(rest) = text.strip_prefix('/') else {
            return fail(match text {
                "" => "it is empty".into(),
                t if t.contains("://") => {
                    "it is a URL; an id begins with `/subscriptions/` or `/providers/`".into()
                }
                _ => "it does not begin with `/`".into(),
            });
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let segments: Vec<&str> = rest.split('/').collect();
        if let Some(at) = segments.iter().position(|s| s.trim().is_empty()) {
            return fail(match at.checked_sub(1) {
                Some(before) => format!("nothing follows `{}`", segments[before]),
                None => "its first segment is empty".into(),
            });
        }
        if let Some(odd) = segments.iter().find(|s| s.contains(['?', '#', '{', '}', '<', '>', '%', '\\'])) {
            return fail(format!("segment `{odd}` holds a character that no id has"));
        }
        let mut out = String::with_capacity(text.len() + 2);
        let mut push = |s: &str| {
            out.push('/');
            let from = out.len();
            out.push_str(s);
            from..out.len()
        };
        let (mut subscription, mut group, mut block) = (None, None, None);
        let (mut kind, mut pairs) = (String::from(TENANT), 0);
        let mut at = 0;
        if segments[0].eq_ignore_ascii_case("subscriptions") {
            let Some(s) = segments.get(1) else { return fail("nothing follows `subscriptions`".into()) };
            push("subscriptions");
            subscription = Some(push(s));
            kind = SUBSCRIPTION.into();
            at = 2;
            if segments.get(2).is_some_and(|s| s.eq_ignore_ascii_case("resourceGroups")) {
                let Some(g) = segments.get(3) else { return fail("nothing follows `resourceGroups`".into()) };
                push("resourceGroups");
                group = Some(push(g));
                kind = RESOURCE_GROUP.into();
                at = 4;
            }
        }
        while at < segments.len() {
            if !segments[at].eq_ignore_ascii_case("providers") {
                return fail(match at {
                    0 => format!("it begins with `{}`, not with `subscriptions` or `providers`", segments[0]),
                    2 => {
                        format!("`{}` stands where `resourceGroups` or `providers` is expected", segments[2])
                    }
                    _ => format!("`{}` stands where `providers` is expected", segments[at]),
                });
            }
            let Some(namespace) = segments.get(at + 1) else {
                return fail("nothing follows `providers`".into());
            };
            let start = push("providers").start - 1;
            push(namespace);
            at += 2;
            let first = block.replace(start).is_none();
            kind = (*namespace).to_owned();
            pairs = 0;
            while at < segments.len() && !(pairs > 0 && segments[at].eq_ignore_ascii_case("providers")) {
                let Some(name) = segments.get(at + 1) else {
                    return fail(format!("type `{kind}/{}` has no name after it", segments[at]));
                };
                push(segments[at]);
                push(name);
                kind = format!("{kind}/{}", segments[at]);
                pairs += 1;
                at += 2;
            }
            if pairs == 0 {
                if !first || group.is_some() || at < segments.len() {
                    return fail(format!("no type and name follow the provider `{namespace}`"));
                }
                kind = PROVIDER.into();
            }
        }
        let key = out.to_lowercase().into();
        Ok(Self(Arc::new(Parts {
            text: out.into(),
            key,
            subscription,
            group,
            block,
            kind: kind.into(),
            pairs,
        })))
    }

    /// The tenant: the scope of tenant-level resources.
    pub fn tenant() -> Self {
        Self(Arc::new(Parts {
            text: "/".into(),
            key: "/".into(),
            subscription: None,
            group: None,
            block: None,
            kind: TENANT.into(),
            pairs: 0,
        }))
    }

    /// The id of the subscription with this GUID.
    pub fn of_subscription(subscription: &str) -> Result<Self, IdError> {
        Self::build(&Self::tenant(), SUBSCRIPTION, subscription)
    }

    /// The id of a resource of `kind` (`Microsoft.Network/virtualNetworks/subnets`) called `name` in or on `scope`.
    ///
    /// Where `scope` is a resource of a parent type it is a child (`build(vnet, ".../virtualNetworks/subnets", "a")`),
    /// otherwise a top-level or an extension resource. A type with more segments than the scope gives takes as many names,
    /// separated by `/` (`build(group, ".../virtualNetworks/subnets", "net/a")`).
    pub fn build(scope: &Self, kind: &str, name: &str) -> Result<Self, IdError> {
        let base = scope.base();
        let fail = |why: String| Err(IdError { text: format!("{base}/{kind}/{name}"), why });
        if kind.eq_ignore_ascii_case(RESOURCE_GROUP) {
            return match scope.is_type(SUBSCRIPTION) {
                true => one_name(name).and_then(|n| Self::parse(&format!("{base}/resourceGroups/{n}"))),
                false => fail(format!("a resource group lies in a subscription, not in `{scope}`")),
            };
        }
        if kind.eq_ignore_ascii_case(SUBSCRIPTION) {
            return one_name(name).and_then(|n| Self::parse(&format!("/subscriptions/{n}")));
        }
        if kind.eq_ignore_ascii_case(PROVIDER) {
            return one_name(name).and_then(|n| Self::parse(&format!("{base}/providers/{n}")));
        }
        let Some((namespace, types)) = kind.split_once('/') else {
            return fail(format!("`{kind}` is not a resource type: `Namespace/type` is expected"));
        };
        let below = strip_prefix_ignore_case(kind, scope.resource_type())
            .and_then(|r| r.strip_prefix('/'))
            .filter(|_| scope.0.pairs > 0);
        let (mut text, types) = match below {
            Some(rest) => (base.to_owned(), rest),
            None => (format!("{base}/providers/{namespace}"), types),
        };
        let (types, names): (Vec<_>, Vec<_>) = (types.split('/').collect(), name.split('/').collect());
        if types.len() != names.len() {
            let plural = if types.len() == 1 { "name is" } else { "names, separated by `/`, are" };
            return fail(format!("{} {plural} expected for type `{kind}` under `{scope}`", types.len()));
        }
        for (t, n) in types.iter().zip(names) {
            text.push('/');
            text.push_str(t);
            text.push('/');
            text.push_str(n);
        }
        Self::parse(&text)
    }

    /// A child of this resource: `vnet.child("subnets", "a")`; both may have several segments.
    pub fn child(&self, kind: &str, name: &str) -> Result<Self, IdError> {
        if self.0.pairs == 0 {
            return Err(IdError {
                text: format!("{self}/{kind}/{name}"),
                why: "a scope has no children of its own; name the provider as well".into(),
            });
        }
        Self::build(self, &format!("{}/{kind}", self.resource_type()), name)
    }

    /// The id as text, as `Display` shows it.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The id in lower case: a key for maps that hold text.
    pub fn key(&self) -> &str {
        &self.0.key
    }

    /// The subscription's GUID, unless the id is of the tenant or of a management group.
    pub fn subscription(&self) -> Option<&str> {
        self.0.subscription.clone().map(|r| &self.0.text[r])
    }

    /// The resource group's name.
    pub fn resource_group(&self) -> Option<&str> {
        self.0.group.clone().map(|r| &self.0.text[r])
    }

    /// The id of the subscription that this lies in.
    pub fn subscription_id(&self) -> Option<Self> {
        self.0.subscription.clone().map(|r| self.prefix(r.end))
    }

    /// The id of the resource group that this lies in.
    pub fn resource_group_id(&self) -> Option<Self> {
        self.0.group.clone().map(|r| self.prefix(r.end))
    }

    /// `Namespace/type[/type...]` in the case in which it was written; compare with [`Self::is_type`].
    pub fn resource_type(&self) -> &str {
        &self.0.kind
    }

    /// Whether this is an id of the type `kind`, without regard to case.
    pub fn is_type(&self, kind: &str) -> bool {
        self.0.kind.eq_ignore_ascii_case(kind)
    }

    /// The provider's namespace: what stands before the first `/` of the type.
    pub fn namespace(&self) -> &str {
        self.0.kind.split('/').next().unwrap_or_default()
    }

    /// The last name; `/` for the tenant.
    pub fn name(&self) -> &str {
        match self.0.text.rsplit('/').next() {
            Some("") | None => "/",
            Some(name) => name,
        }
    }

    /// Whether this is the tenant itself.
    pub fn is_tenant(&self) -> bool {
        &*self.0.text == "/"
    }

    /// Whether this is an extension resource: one whose scope is itself a resource of a provider.
    pub fn is_extension(&self) -> bool {
        self.0.pairs > 0 && self.scope().0.pairs > 0
    }

    /// What this lies on, with the whole last `/providers/` block taken off: the resource group of a subnet, the vault of a
    /// lock on it; the subscription of a resource group; the tenant of a subscription (and of itself).
    pub fn scope(&self) -> Self {
        match (self.0.block, &self.0.group, &self.0.subscription) {
            (Some(at), ..) => self.prefix(at),
            (None, Some(_), Some(s)) => self.prefix(s.end),
            _ => Self::tenant(),
        }
    }

    /// What must exist before this: the parent resource of a child, the group (or scope) of a top-level resource, the scope
    /// of an extension, the subscription of a group. `None` for a subscription and for what lies in the tenant itself.
    pub fn parent(&self) -> Option<Self> {
        let parent = match self.0.pairs {
            0 | 1 => self.scope(),
            _ => {
                let end = self.0.text.rmatch_indices('/').nth(1).map_or(0, |(at, _)| at);
                self.prefix(end)
            }
        };
        (!parent.is_tenant()).then_some(parent)
    }

    /// The parents, nearest first, up to the subscription.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), Self::parent)
    }

    /// Whether `other` is above this: a parent of any degree, the group, the subscription, or the scope of an extension.
    /// Nothing is within itself.
    pub fn is_within(&self, other: &Self) -> bool {
        match other.is_tenant() {
            true => !self.is_tenant(),
            false => self.0.key.strip_prefix(&*other.0.key).is_some_and(|rest| rest.starts_with('/')),
        }
    }

    /// The path of the collection that this is an item of: the id without its last name.
    pub fn collection(&self) -> &str {
        match self.0.text.rfind('/') {
            Some(at) if at > 0 => &self.0.text[..at],
            _ => "/",
        }
    }

    /// The text to which further segments can be put.
    fn base(&self) -> &str {
        if self.is_tenant() { "" } else { &self.0.text }
    }

    /// The id that ends at `end` of this text: a part of a valid id at a border between its blocks is one too.
    fn prefix(&self, end: usize) -> Self {
        match end {
            0 => Self::tenant(),
            _ => Self::parse(&self.0.text[..end]).unwrap_or_else(|_| Self::tenant()),
        }
    }
}

/// `name` if it is one segment.
fn one_name(name: &str) -> Result<&str, IdError> {
    match name.contains('/') || name.is_empty() {
        true => Err(IdError { text: name.to_owned(), why: "one name without `/` is expected".into() }),
        false => Ok(name),
    }
}

/// What follows `prefix` in `text`, compared without case.
fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

impl fmt::Display for ArmId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ArmId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ArmId({})", self.as_str())
    }
}

impl PartialEq for ArmId {
    fn eq(&self, other: &Self) -> bool {
        self.0.key == other.0.key
    }
}

impl Eq for ArmId {}

impl PartialOrd for ArmId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ArmId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.key.cmp(&other.0.key)
    }
}

impl Hash for ArmId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.key.hash(state);
    }
}

impl FromStr for ArmId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::parse(text)
    }
}

impl AsRef<str> for ArmId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Serialize for ArmId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ArmId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const G: &str = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-ml";

    fn id(text: &str) -> ArmId {
        ArmId::parse(text).unwrap()
    }

    #[test]
    fn parts_of_every_shape() {
        // id below the group | type | name | parent | scope
        let cases = [
            ("", RESOURCE_GROUP, "rg-ml", "S", "S"),
            (
                "/providers/Microsoft.Network/virtualNetworks/v",
                "Microsoft.Network/virtualNetworks",
                "v",
                "G",
                "G",
            ),
            (
                "/providers/Microsoft.Network/virtualNetworks/v/subnets/a",
                "Microsoft.Network/virtualNetworks/subnets",
                "a",
                "G/providers/Microsoft.Network/virtualNetworks/v",
                "G",
            ),
            (
                "/providers/Microsoft.KeyVault/vaults/kv/providers/Microsoft.Authorization/locks/l",
                "Microsoft.Authorization/locks",
                "l",
                "G/providers/Microsoft.KeyVault/vaults/kv",
                "G/providers/Microsoft.KeyVault/vaults/kv",
            ),
            (
                "/providers/Microsoft.Authorization/roleAssignments/1",
                "Microsoft.Authorization/roleAssignments",
                "1",
                "G",
                "G",
            ),
        ];
        let s = "/subscriptions/22222222-2222-2222-2222-222222222222";
        let full = |t: &str| match t.strip_prefix('G') {
            Some(rest) => format!("{G}{rest}"),
            None => s.to_owned(),
        };
        for (below, kind, name, parent, scope) in cases {
            let i = id(&format!("{G}{below}"));
            assert_eq!(i.resource_type(), kind);
            assert_eq!(i.name(), name);
            assert_eq!(i.parent().unwrap().as_str(), full(parent), "parent of {i}");
            assert_eq!(i.scope().as_str(), full(scope), "scope of {i}");
            assert_eq!(i.resource_group(), Some("rg-ml"));
            assert_eq!(i.subscription_id().unwrap().as_str(), s);
            assert_eq!(i.collection(), &i.as_str()[..i.as_str().len() - name.len() - 1]);
            assert!(i.is_within(&id(s)) && !i.is_within(&i));
            assert_eq!(ArmId::build(&i.parent().unwrap(), kind, name).unwrap(), i);
        }
    }

    #[test]
    fn above_the_resource_group() {
        let mg = id("/providers/Microsoft.Management/managementGroups/corp");
        assert_eq!(mg.resource_type(), "Microsoft.Management/managementGroups");
        assert_eq!((mg.parent(), mg.scope(), mg.subscription()), (None, ArmId::tenant(), None));
        let on_mg = ArmId::build(&mg, "Microsoft.Authorization/roleAssignments", "x").unwrap();
        assert_eq!(on_mg.to_string(), format!("{mg}/providers/Microsoft.Authorization/roleAssignments/x"));
        assert!(on_mg.is_within(&mg) && on_mg.is_extension());
        let sub = id("/Subscriptions/S1");
        assert_eq!((sub.to_string().as_str(), sub.resource_type()), ("/subscriptions/S1", SUBSCRIPTION));
        assert_eq!((sub.parent(), sub.name()), (None, "S1"));
        let rp = id("/subscriptions/s/providers/microsoft.insights");
        assert_eq!((rp.resource_type(), rp.name()), (PROVIDER, "microsoft.insights"));
        assert_eq!(ArmId::build(&id("/subscriptions/s"), PROVIDER, "Microsoft.Insights").unwrap(), rp);
        let definition = id("/providers/Microsoft.Authorization/roleDefinitions/d");
        assert!(definition.is_within(&ArmId::tenant()) && !definition.is_extension());
        assert_eq!(id("/").resource_type(), TENANT);
    }

    #[test]
    fn case_is_ignored_and_the_fixed_segments_are_canonical() {
        let a = id("/subscriptions/ABC/resourcegroups/RG/PROVIDERS/microsoft.keyvault/Vaults/KV");
        let b = id("/subscriptions/abc/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv/");
        assert_eq!(a, b);
        assert_eq!(a.cmp(&b), std::cmp::Ordering::Equal);
        assert!(std::collections::HashSet::from([a.clone()]).contains(&b));
        assert_eq!(
            a.to_string(),
            "/subscriptions/ABC/resourceGroups/RG/providers/microsoft.keyvault/Vaults/KV"
        );
        assert!(a.is_type("Microsoft.KeyVault/vaults"));
    }

    #[test]
    fn build_takes_as_many_names_as_types() {
        let subnet = format!("{G}/providers/Microsoft.Network/virtualNetworks/v/subnets/a");
        let kind = "Microsoft.Network/virtualNetworks/subnets";
        assert_eq!(ArmId::build(&id(G), kind, "v/a").unwrap().as_str(), subnet);
        let v = id(&format!("{G}/providers/Microsoft.Network/virtualNetworks/v"));
        assert_eq!(ArmId::build(&v, kind, "a").unwrap().as_str(), subnet);
        assert_eq!(v.child("subnets", "a").unwrap().as_str(), subnet);
        let e = ArmId::build(&id(G), kind, "a").unwrap_err();
        assert!(e.why.starts_with("2 names"), "{e}");
        assert!(ArmId::build(&id(G), RESOURCE_GROUP, "x").is_err());
        assert!(ArmId::build(&id(G), "virtualNetworks", "x").is_err());
        assert!(id(G).child("subnets", "a").is_err());
    }

    #[test]
    fn a_neighbour_with_the_same_beginning_is_not_within() {
        assert!(!id(&format!("{G}2/providers/A.B/c/d")).is_within(&id(G)));
    }

    #[test]
    fn errors_say_what_is_wrong() {
        for (text, why) in [
            ("", "empty"),
            ("subscriptions/x", "begin with `/`"),
            ("https://x/subscriptions/y", "URL"),
            ("/subscriptions", "nothing follows `subscriptions`"),
            ("/subscriptions//resourceGroups/x", "nothing follows `subscriptions`"),
            ("/subscriptions/s/resourceGroups", "nothing follows `resourceGroups`"),
            ("/subscriptions/s/groups/x", "`groups` stands where"),
            ("/foo/bar", "begins with `foo`"),
            ("/subscriptions/s/resourceGroups/g/providers", "nothing follows `providers`"),
            ("/subscriptions/s/resourceGroups/g/providers/A.B", "no type and name"),
            ("/subscriptions/s/resourceGroups/g/providers/A.B/vaults", "has no name"),
            ("/subscriptions/s/resourceGroups/g/vaults/x", "`vaults` stands where `providers`"),
            ("/subscriptions/${x}/resourceGroups/g", "character"),
        ] {
            let e = ArmId::parse(text).unwrap_err();
            assert!(e.to_string().contains(why), "{text}: {e}");
        }
    }

    #[test]
    fn serde_is_text() {
        let i = id(G);
        let text = serde_json::to_string(&i).unwrap();
        assert_eq!(text, format!("\"{G}\""));
        assert_eq!(serde_json::from_str::<ArmId>(&text).unwrap(), i);
        assert!(serde_json::from_str::<ArmId>("\"x\"").is_err());
    }
}
