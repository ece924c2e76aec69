//! What a value carries beside its content: secrecy, and where it came from.

use std::sync::Arc;

/// The object a value was made of, numbered by whoever evaluates (the planner numbers resource instances).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(pub u32);

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Inner {
    sensitive: bool,
    ephemeral: bool,
    broken: bool,
    origins: Vec<Origin>,
    early: Vec<Origin>,
}

/// The marks of one value; the marks of its parts are their own. Cheap to clone; no marks costs nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Marks(Option<Arc<Inner>>);

impl Marks {
    /// No marks.
    pub const NONE: Marks = Marks(None);

    /// The mark of secrets: never shown.
    pub fn sensitive() -> Marks {
        Marks(Some(Arc::new(Inner { sensitive: true, ..Inner::default() })))
    }

    /// The mark of values that no file may keep.
    pub fn ephemeral() -> Marks {
        Marks(Some(Arc::new(Inner { ephemeral: true, ..Inner::default() })))
    }

    /// The mark of what was made of something that could not be evaluated: nothing more is to be said of it.
    pub fn broken() -> Marks {
        Marks(Some(Arc::new(Inner { broken: true, ..Inner::default() })))
    }

    /// Made of this object.
    pub fn origin(origin: Origin) -> Marks {
        Marks(Some(Arc::new(Inner { origins: vec![origin], ..Inner::default() })))
    }

    /// Made of this object and known before it exists (Terraform would say "known after apply").
    pub fn early(origin: Origin) -> Marks {
        Marks(Some(Arc::new(Inner { origins: vec![origin], early: vec![origin], ..Inner::default() })))
    }

    /// Is there no mark at all?
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Is the value a secret?
    pub fn is_sensitive(&self) -> bool {
        self.0.as_ref().is_some_and(|m| m.sensitive)
    }

    /// May no file keep the value?
    pub fn is_ephemeral(&self) -> bool {
        self.0.as_ref().is_some_and(|m| m.ephemeral)
    }

    /// Was it made of something that could not be evaluated?
    pub fn is_broken(&self) -> bool {
        self.0.as_ref().is_some_and(|m| m.broken)
    }

    /// The objects that the value was made of, sorted.
    pub fn origins(&self) -> &[Origin] {
        self.0.as_ref().map_or(&[], |m| &m.origins)
    }

    /// Of those, the ones whose value was predicted before they exist, sorted.
    pub fn early_from(&self) -> &[Origin] {
        self.0.as_ref().map_or(&[], |m| &m.early)
    }

    /// Both: the marks of a value made of two.
    pub fn union(&self, other: &Marks) -> Marks {
        match (&self.0, &other.0) {
            (None, _) => other.clone(),
            (_, None) => self.clone(),
            (Some(a), Some(b)) if Arc::ptr_eq(a, b) => self.clone(),
            (Some(a), Some(b)) => {
                if a.contains(b) {
                    return self.clone();
                }
                if b.contains(a) {
                    return other.clone();
                }
                Marks(Some(Arc::new(Inner {
                    sensitive: a.sensitive || b.sensitive,
                    ephemeral: a.ephemeral || b.ephemeral,
                    broken: a.broken || b.broken,
                    origins: merge(&a.origins, &b.origins),
                    early: merge(&a.early, &b.early),
                })))
            }
        }
    }

    /// The same marks without secrecy (`nonsensitive`).
    pub fn without_sensitive(&self) -> Marks {
        self.map(|m| m.sensitive = false)
    }

    /// The same marks without ephemerality (`ephemeralasnull`, write-only arguments).
    pub fn without_ephemeral(&self) -> Marks {
        self.map(|m| m.ephemeral = false)
    }

    /// Only secrecy and ephemerality: what a reader of the value must honour wherever it went.
    pub fn without_origins(&self) -> Marks {
        self.map(|m| {
            m.origins.clear();
            m.early.clear();
        })
    }

    fn map(&self, change: impl FnOnce(&mut Inner)) -> Marks {
        let Some(inner) = &self.0 else { return Marks::NONE };
        let mut inner = (**inner).clone();
        change(&mut inner);
        if inner == Inner::default() { Marks::NONE } else { Marks(Some(Arc::new(inner))) }
    }
}

impl Inner {
    fn contains(&self, other: &Inner) -> bool {
        (self.sensitive || !other.sensitive)
            && (self.ephemeral || !other.ephemeral)
            && (self.broken || !other.broken)
            && other.origins.iter().all(|o| self.origins.binary_search(o).is_ok())
            && other.early.iter().all(|o| self.early.binary_search(o).is_ok())
    }
}

fn merge(a: &[Origin], b: &[Origin]) -> Vec<Origin> {
    let mut all: Vec<Origin> = a.iter().chain(b).copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn union_keeps_both_and_shares_what_is_contained() {
        let a = Marks::origin(Origin(1)).union(&Marks::sensitive());
        let b = Marks::early(Origin(2));
        let both = a.union(&b);
        assert!(both.is_sensitive());
        assert_eq!(both.origins(), [Origin(1), Origin(2)]);
        assert_eq!(both.early_from(), [Origin(2)]);
        assert_eq!(both.union(&a), both);
        assert!(Marks::sensitive().without_sensitive().is_empty());
    }
}
