//! What differs between the tables and the official data and is right so: `otherwise.txt`, by test and by reason.

use std::collections::BTreeSet;

/// The exceptions of one test, and those that were needed.
pub(super) struct Otherwise {
    known: Vec<String>,
    used: BTreeSet<String>,
    wrong: Vec<String>,
}

impl Otherwise {
    /// The places below `[test] reason` in the file; `*` at the end of one stands for anything.
    pub(super) fn of(test: &str) -> Otherwise {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/catalog/otherwise.txt");
        let text = std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{file}: {e}"));
        let (mut known, mut here) = (Vec::new(), false);
        for line in text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
            match line.strip_prefix('[').and_then(|l| l.split_once("] ")) {
                Some((name, why)) => {
                    assert!(!why.is_empty(), "{line}: why?");
                    here = name == test;
                }
                None if here => known.push(line.to_owned()),
                None => {}
            }
        }
        Otherwise { known, used: BTreeSet::new(), wrong: Vec::new() }
    }

    /// Something differs at a place.
    pub(super) fn differs(&mut self, place: &str, says: impl std::fmt::Display) {
        let fits = |known: &str| known.strip_suffix('*').map_or(known == place, |p| place.starts_with(p));
        match self.known.iter().find(|known| fits(known)) {
            Some(known) => _ = self.used.insert(known.clone()),
            None => self.wrong.push(format!("{place} {says}")),
        }
    }

    /// Nothing else may differ, and of the types that are looked at every exception must be one.
    pub(super) fn end(self, is_looked_at: impl Fn(&str) -> bool) {
        assert!(self.wrong.is_empty(), "{}:\n{}", self.wrong.len(), self.wrong.join("\n"));
        let of = |known: &&String| known.split([' ', '.', ':']).next().is_some_and(&is_looked_at);
        // Names of ARM types have dots.
        let arm = |known: &&String| known.split([' ', ':']).next().is_some_and(&is_looked_at);
        let idle = self.known.iter().filter(|k| of(k) || arm(k)).filter(|k| !self.used.contains(*k));
        let idle: Vec<&String> = idle.collect();
        assert!(idle.is_empty(), "not needed: {idle:#?}");
    }
}
