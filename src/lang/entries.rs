//! The entries of an object or map, sorted by name, in one piece of memory.
//!
//! Most objects have few entries and there are very many of them: a tree's node has room for eleven entries however few
//! there are. Whoever makes a map of many entries one by one in no order collects them elsewhere first.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::value::Value;

/// Values by name, sorted by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entries(Vec<(Arc<str>, Value)>);

/// The entries in order.
pub type Iter<'a> = std::iter::Map<
    std::slice::Iter<'a, (Arc<str>, Value)>,
    fn(&'a (Arc<str>, Value)) -> (&'a Arc<str>, &'a Value),
>;

impl Entries {
    /// None.
    pub fn new() -> Entries {
        Entries::default()
    }

    fn at(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| (**known).cmp(name))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.get_key_value(name).map(|(_, value)| value)
    }

    /// A name as it stands here, and its value.
    pub fn get_key_value(&self, name: &str) -> Option<(&Arc<str>, &Value)> {
        let (name, value) = &self.0[self.at(name).ok()?];
        Some((name, value))
    }

    /// The value of a name, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        let at = self.at(name).ok()?;
        Some(&mut self.0[at].1)
    }

    /// Is there a value of this name?
    pub fn contains_key(&self, name: &str) -> bool {
        self.at(name).is_ok()
    }

    /// Puts a value under a name; answers the one that was there.
    pub fn insert(&mut self, name: Arc<str>, value: Value) -> Option<Value> {
        match self.at(&name) {
            Ok(at) => Some(std::mem::replace(&mut self.0[at].1, value)),
            Err(at) => {
                self.0.insert(at, (name, value));
                None
            }
        }
    }

    /// The value of a name, put there if there is none.
    pub fn or_insert(&mut self, name: Arc<str>, value: impl FnOnce() -> Value) -> &mut Value {
        let at = self.at(&name).unwrap_or_else(|at| {
            self.0.insert(at, (name, value()));
            at
        });
        &mut self.0[at].1
    }

    /// Takes a value away.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        Some(self.0.remove(self.at(name).ok()?).1)
    }

    /// Keeps what is to be kept.
    pub fn retain(&mut self, mut keep: impl FnMut(&Arc<str>, &mut Value) -> bool) {
        self.0.retain_mut(|(name, value)| keep(name, value));
    }

    /// The entries in order.
    pub fn iter(&self) -> Iter<'_> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    /// The entries in order, the values to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Arc<str>, &mut Value)> {
        self.0.iter_mut().map(|(name, value)| (&*name, value))
    }

    /// The names in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Arc<str>> + ExactSizeIterator + Clone {
        self.0.iter().map(|(name, _)| name)
    }

    /// The values in the order of their names.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator + Clone {
        self.0.iter().map(|(_, value)| value)
    }

    /// The values in the order of their names, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    /// The names, the values given away.
    pub fn into_keys(self) -> impl Iterator<Item = Arc<str>> {
        self.0.into_iter().map(|(name, _)| name)
    }

    /// The values, the names given away.
    pub fn into_values(self) -> impl Iterator<Item = Value> {
        self.0.into_iter().map(|(_, value)| value)
    }

    /// The first entry.
    pub fn first_key_value(&self) -> Option<(&Arc<str>, &Value)> {
        self.iter().next()
    }
}

impl FromIterator<(Arc<str>, Value)> for Entries {
    /// Of several of one name the last counts.
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Value)>>(entries: I) -> Entries {
        let mut all: Vec<_> = entries.into_iter().collect();
        if !all.is_sorted_by(|a, b| a.0 < b.0) {
            all.sort_by(|a, b| a.0.cmp(&b.0));
            // The later of two takes the place of the earlier.
            all.dedup_by(|later, earlier| {
                let same = later.0 == earlier.0;
                if same {
                    std::mem::swap(later, earlier);
                }
                same
            });
        }
        all.shrink_to_fit();
        Entries(all)
    }
}

impl Extend<(Arc<str>, Value)> for Entries {
    fn extend<I: IntoIterator<Item = (Arc<str>, Value)>>(&mut self, entries: I) {
        let mut all = std::mem::take(&mut self.0);
        all.extend(entries);
        *self = all.into_iter().collect();
    }
}

impl From<BTreeMap<Arc<str>, Value>> for Entries {
    fn from(all: BTreeMap<Arc<str>, Value>) -> Entries {
        Entries(all.into_iter().collect())
    }
}

impl From<Entries> for BTreeMap<Arc<str>, Value> {
    fn from(all: Entries) -> Self {
        all.0.into_iter().collect()
    }
}

impl<const N: usize> From<[(Arc<str>, Value); N]> for Entries {
    fn from(all: [(Arc<str>, Value); N]) -> Entries {
        all.into_iter().collect()
    }
}

impl IntoIterator for Entries {
    type Item = (Arc<str>, Value);
    type IntoIter = std::vec::IntoIter<(Arc<str>, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Entries {
    type Item = (&'a Arc<str>, &'a Value);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl std::ops::Index<&str> for Entries {
    type Output = Value;

    fn index(&self, name: &str) -> &Value {
        match self.get(name) {
            Some(value) => value,
            None => panic!("there is no entry {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_are_as_a_tree_has_them(
            all in proptest::collection::vec(("[a-d]{0,2}", 0i64..9), 0..12),
            more in proptest::collection::vec(("[a-d]{0,2}", 0i64..9), 0..6),
            gone in "[a-d]{0,2}",
        ) {
            let pairs = |of: &[(String, i64)]| -> Vec<(Arc<str>, Value)> {
                of.iter().map(|(n, v)| (n.as_str().into(), Value::from(*v))).collect()
            };
            let mut tree: BTreeMap<_, _> = pairs(&all).into_iter().collect();
            let mut entries: Entries = pairs(&all).into_iter().collect();
            let mut one_by_one = Entries::new();
            for (name, value) in pairs(&all) {
                one_by_one.insert(name, value);
            }
            prop_assert_eq!(&entries, &one_by_one);
            prop_assert_eq!(&entries, &Entries::from(tree.clone()));
            tree.extend(pairs(&more));
            entries.extend(pairs(&more));
            prop_assert_eq!(entries.remove(&gone), tree.remove(&*gone));
            prop_assert_eq!(entries.get("a"), tree.get("a"));
            prop_assert!(entries.iter().eq(tree.iter()));
        }
    }
}
