//! Facts about ARM types that azapi and azurerm share: how values compare, what is create-only, what the server adds.
//! Each table row says where it comes from; tests check the tables against the official data.

use std::collections::BTreeMap;

/// How two values at one path are compared: `true` equality of meaning, not of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compare {
    /// Exactly.
    #[default]
    Exact,
    /// Letter case does not matter (ids, enums that services re-case).
    IgnoreCase,
    /// `West Europe` is `westeurope`.
    Location,
    /// `1.2.3.4` is `1.2.3.4/32`.
    Cidr,
    /// Comma-separated words in any order, spaces around them ignored, case ignored.
    Words,
    /// A trailing slash does not matter.
    TrailingSlash,
    /// The last GUID of the two ids is the same (role definition ids lose and gain the subscription).
    LastSegment,
    /// ISO 8601 durations of the same length.
    Duration,
    /// Never compared: ARM does not return it.
    WriteOnly,
}

/// What is known of one path of a document, and of the paths below it.
#[derive(Debug, Clone, Default)]
pub struct FactNode {
    /// How it is compared.
    pub compare: Compare,
    /// It is set when the document is created and cannot be changed.
    pub create_only: bool,
    /// The service fills it; a client must not send it.
    pub read_only: bool,
    /// What ARM answers when nothing was sent, as JSON text; an absent live value equals it. Of an item of a set: an item
    /// with these properties is as good as none (a disabled log of a diagnostic setting).
    pub default: Option<&'static str>,
    /// What is sent when an instance that claimed it no longer does, as JSON text (an identity: `{"type":"None"}`).
    pub neutral: Option<&'static str>,
    /// An array whose order means nothing: the properties that name an item (`["name"]`; empty: the whole item).
    pub set_key: Option<&'static [&'static str]>,
    /// A secret.
    pub secret: bool,
    /// An object that a claim says all of: what it does not name is not there.
    pub whole: bool,
    /// Properties below it, by lower-case name.
    pub properties: BTreeMap<&'static str, FactNode>,
    /// Items of an array, or values of a map with free keys.
    pub items: Option<Box<FactNode>>,
}

impl FactNode {
    /// The facts of a property below this node, whatever its casing.
    pub fn property(&self, name: &str) -> Option<&FactNode> {
        self.properties
            .get(name)
            .or_else(|| self.properties.get(name.to_ascii_lowercase().as_str()))
            .or(self.items.as_deref())
    }
}

/// Whether a text is a GUID: 32 hexadecimal digits in five groups.
pub fn is_guid(text: &str) -> bool {
    let groups = [8, 4, 4, 4, 12];
    text.split('-').count() == groups.len()
        && text.split('-').zip(groups).all(|(g, n)| g.len() == n && g.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Whether two texts mean the same. Ids of ARM and GUIDs are compared without regard to case whatever the rule (HTTP-02).
pub fn alike(compare: Compare, a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let is_id = |t: &str| {
        ["/subscriptions/", "/providers/"]
            .iter()
            .any(|p| t.get(..p.len()).is_some_and(|h| h.eq_ignore_ascii_case(p)))
    };
    match compare {
        Compare::WriteOnly => true,
        _ if is_id(a) && is_id(b) => match compare {
            Compare::LastSegment => last(a).eq_ignore_ascii_case(last(b)),
            _ => a.trim_end_matches('/').eq_ignore_ascii_case(b.trim_end_matches('/')),
        },
        Compare::Exact => is_guid(a) && a.eq_ignore_ascii_case(b),
        Compare::IgnoreCase => a.to_lowercase() == b.to_lowercase(),
        Compare::Location => {
            let plain = |t: &str| t.chars().filter(|c| *c != ' ').collect::<String>().to_lowercase();
            plain(a) == plain(b)
        }
        Compare::Cidr => a.strip_suffix("/32").unwrap_or(a) == b.strip_suffix("/32").unwrap_or(b),
        Compare::Words => {
            let words = |t: &str| {
                let mut all: Vec<String> = t.split(',').map(|w| w.trim().to_lowercase()).collect();
                all.sort();
                all
            };
            words(a) == words(b)
        }
        Compare::TrailingSlash => a.trim_end_matches('/') == b.trim_end_matches('/'),
        Compare::LastSegment => last(a).eq_ignore_ascii_case(last(b)),
        Compare::Duration => match (seconds(a), seconds(b)) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        },
    }
}

fn last(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// The length of an ISO 8601 duration (`PT5M`), with months of 30 and years of 365 days.
fn seconds(text: &str) -> Option<f64> {
    let mut rest = text.strip_prefix('P')?;
    let (mut total, mut time) = (0.0, false);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('T') {
            (time, rest) = (true, after);
            continue;
        }
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        let unit = rest[end..].chars().next()?;
        total += number
            * match (unit, time) {
                ('Y', false) => 31_536_000.0,
                ('M', false) => 2_592_000.0,
                ('W', false) => 604_800.0,
                ('D', false) => 86_400.0,
                ('H', true) => 3600.0,
                ('M', true) => 60.0,
                ('S', true) => 1.0,
                _ => return None,
            };
        rest = &rest[end + unit.len_utf8()..];
    }
    Some(total)
}

/// Keys that nothing else may hold while a document is written (arm-mapping's lock table; CON-01, CON-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutex {
    /// The document itself.
    Own,
    /// Its parent resource (subnets of one VNet).
    Parent,
    /// The documents that these paths of the body name (`properties.networkSecurityGroup.id`).
    Named(&'static str),
    /// Of the documents that these paths name, those of this ARM type.
    NamedOf(&'static str, &'static str),
    /// One for all documents of the type in the subscription (peerings, pricings).
    PerSubscription,
}

/// How a deleted document lingers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoftDelete {
    /// Seen at `/subscriptions/{s}/providers/{ns}/locations/{l}/{collection}/{name}`; a create must say how it recovers
    /// (Key Vault: `properties.createMode = "recover"`), NAM-02.
    Located {
        /// `deletedVaults`
        collection: &'static str,
        /// The version to read it at.
        api_version: &'static str,
        /// The property that recovers, with its value.
        recover: (&'static str, &'static str),
    },
    /// A create under the same name recovers by itself; listed at `{group}/providers/{ns}/{collection}` (NAM-07).
    Silent {
        /// `deletedWorkspaces`
        collection: &'static str,
        /// The version to list at.
        api_version: &'static str,
    },
    /// A create fails until it is purged (NAM-06).
    Blocks,
}

/// Where a document is that has no address in ARM: an item of an array on another document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemOf {
    /// The type of the document that holds it.
    pub holder: &'static str,
    /// The array.
    pub path: &'static [&'static str],
    /// The properties that name an item; they are the types of its id, too.
    pub keys: &'static [&'static str],
}

/// Seconds to make, to change and to remove a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Durations {
    /// To make it.
    pub create: u32,
    /// To change it.
    pub update: u32,
    /// To remove it.
    pub delete: u32,
}

/// Facts of an ARM type.
#[derive(Debug, Clone, Default)]
pub struct TypeFacts {
    /// `Microsoft.KeyVault/vaults`, as ARM spells it.
    pub arm_type: &'static str,
    /// The version that is used where none is said (imports).
    pub api_version: &'static str,
    /// It has no location of its own although it is not a child of another resource.
    pub no_location: bool,
    /// Facts of the body's paths.
    pub body: FactNode,
    /// It holds data: never replaced unless asked for by address. What it holds, in words.
    pub holds_data: Option<&'static str>,
    /// How it lingers.
    pub soft_delete: Option<SoftDelete>,
    /// What must be held while it is written.
    pub mutexes: &'static [Mutex],
    /// How long it usually takes; the longest chain starts first by these.
    pub durations: Durations,
    /// Made by its parent and always there (IMP-03, IMP-07): no `-adopt` needed, never deleted.
    pub implied: bool,
    /// Made by an instance of ours only by its name in the world (a name nobody else may hold): global name check.
    pub global_name: bool,
    /// It is still read for a while when its deletion is done (DEL-01).
    pub lingers: bool,
    /// Paths that change in a request of their own, in this order, after everything else (CON-04).
    pub stages: &'static [&'static str],
    /// It is an item of an array on another document.
    pub item_of: Option<ItemOf>,
    /// Properties that are another value after another property was written (the version of a secret): which, by what.
    pub renewed: &'static [(&'static str, &'static str)],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_mean_the_same_are_alike() {
        for (compare, a, b) in [
            (Compare::Exact, "/subscriptions/a/resourceGroups/b", "/subscriptions/A/resourcegroups/B"),
            (Compare::IgnoreCase, "Premium", "premium"),
            (Compare::Location, "West Europe", "westeurope"),
            (Compare::Cidr, "1.2.3.4", "1.2.3.4/32"),
            (Compare::Words, "Logging, Metrics", "metrics,Logging"),
            (Compare::TrailingSlash, "https://x/", "https://x"),
            (Compare::LastSegment, "/subscriptions/s/providers/a/b/X", "/providers/a/b/x"),
            (Compare::Duration, "PT120S", "PT2M"),
        ] {
            assert!(alike(compare, a, b), "{compare:?}");
            assert!(
                compare == Compare::Exact || !alike(Compare::Exact, a, b) || a.starts_with('/'),
                "{compare:?}"
            );
        }
        assert!(!alike(Compare::Words, "a,b", "a") && !alike(Compare::Duration, "P1D", "P2D"));
    }

    #[test]
    fn properties_are_found_in_any_casing() {
        let mut node = FactNode::default();
        node.properties.insert("vaulturi", FactNode { read_only: true, ..FactNode::default() });
        assert!(node.property("vaultUri").is_some_and(|n| n.read_only));
        assert!(node.property("other").is_none());
    }
}
