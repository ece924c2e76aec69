//! Versions and version constraints: `>= 1.2, < 2.0.0`, `~> 4.0`, `!= 4.1.0-beta1`.

use std::cmp::Ordering;
use std::fmt;

/// A version: numbers, and a prerelease that comes before the release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Major, minor, patch and so on, as many as were written.
    pub numbers: Vec<u64>,
    /// After `-`.
    pub prerelease: Option<String>,
    /// After `+`; of no meaning.
    pub metadata: Option<String>,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// The comparison.
    pub op: Op,
    /// The version compared with.
    pub version: Version,
}

/// The comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// `=` or nothing
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `~>`
    Pessimistic,
}

/// Comparisons that must all hold; empty: any version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constraints(pub Vec<Constraint>);

impl Version {
    /// Reads a version; a leading `v` is allowed.
    pub fn parse(text: &str) -> Option<Version> {
        let text = text.trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, metadata) = match text.split_once('+') {
            Some((text, metadata)) => (text, Some(metadata)),
            None => (text, None),
        };
        let (numbers, prerelease) = match text.split_once('-') {
            Some((numbers, prerelease)) => (numbers, Some(prerelease)),
            None => (text, None),
        };
        let valid = |part: &str| {
            part.split('.')
                .all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        };
        if !prerelease.is_none_or(valid) || !metadata.is_none_or(valid) {
            return None;
        }
        let digits =
            |part: &str| (!part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())).then_some(());
        let numbers: Option<Vec<u64>> =
            numbers.split('.').map(|n| digits(n).and_then(|()| n.parse().ok())).collect();
        Some(Version {
            numbers: numbers?,
            prerelease: prerelease.map(str::to_string),
            metadata: metadata.map(str::to_string),
        })
    }

    /// One of its numbers, by place; 0 where it has none there.
    pub fn number(&self, n: usize) -> u64 {
        self.numbers.get(n).copied().unwrap_or(0)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Version) -> Ordering {
        let length = self.numbers.len().max(other.numbers.len());
        for n in 0..length {
            match self.number(n).cmp(&other.number(n)) {
                Ordering::Equal => {}
                unequal => return unequal,
            }
        }
        match (&self.prerelease, &other.prerelease) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => compare_prerelease(a, b),
        }
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Version) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn compare_prerelease(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(x), Some(y)) => match (x.parse::<u64>(), y.parse::<u64>()) {
                (Ok(x), Ok(y)) => x.cmp(&y),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => x.cmp(y),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

impl Constraints {
    /// Reads comparisons separated by commas; the error names the part that is none.
    pub fn parse(text: &str) -> Result<Constraints, String> {
        let mut all = Vec::new();
        for part in text.split(',') {
            let part = part.trim();
            let ops = [
                ("~>", Op::Pessimistic),
                (">=", Op::GreaterOrEqual),
                ("<=", Op::LessOrEqual),
                ("!=", Op::NotEqual),
                ("=", Op::Equal),
                (">", Op::Greater),
                ("<", Op::Less),
            ];
            let (op, rest) = ops
                .iter()
                .find_map(|(symbol, op)| part.strip_prefix(symbol).map(|rest| (*op, rest)))
                .unwrap_or((Op::Equal, part));
            let version = Version::parse(rest).ok_or_else(|| part.to_string())?;
            all.push(Constraint { op, version });
        }
        Ok(Constraints(all))
    }

    /// Do all hold for a version?
    pub fn allow(&self, version: &Version) -> bool {
        self.0.iter().all(|c| c.allows(version))
    }

    /// The highest of `majors` (ascending) of which some version is allowed: the one that a registry would give.
    pub fn major_of(&self, majors: &[u64]) -> Option<u64> {
        majors.iter().rev().copied().find(|major| self.allows_some_of(*major))
    }

    fn allows_some_of(&self, major: u64) -> bool {
        // The versions at which the answer can change: those that are named, their neighbours, and both ends.
        let mut candidates = vec![vec![major, 0, 0], vec![major, 99_999, 0]];
        for c in self.0.iter().filter(|c| c.version.number(0) == major) {
            let (minor, patch) = (c.version.number(1), c.version.number(2));
            candidates.push(vec![major, minor, patch]);
            candidates.push(vec![major, minor, patch + 1]);
            candidates.push(vec![major, minor + 1, 0]);
            if let Some(patch) = patch.checked_sub(1) {
                candidates.push(vec![major, minor, patch]);
            }
            if let Some(minor) = minor.checked_sub(1) {
                candidates.push(vec![major, minor, 99_999]);
            }
        }
        candidates
            .into_iter()
            .any(|numbers| self.allow(&Version { numbers, prerelease: None, metadata: None }))
            || self.0.iter().any(|c| c.version.number(0) == major && self.allow(&c.version))
    }
}

impl Constraint {
    fn allows(&self, version: &Version) -> bool {
        let bound = &self.version;
        // A prerelease is only taken by a comparison that names it exactly.
        if version.prerelease.is_some() && !(matches!(self.op, Op::Equal) && version == bound) {
            return matches!(self.op, Op::NotEqual) && version != bound;
        }
        match self.op {
            Op::Equal => version.cmp(bound) == Ordering::Equal,
            Op::NotEqual => version.cmp(bound) != Ordering::Equal,
            Op::Greater => version > bound,
            Op::GreaterOrEqual => version >= bound,
            Op::Less => version < bound,
            Op::LessOrEqual => version <= bound,
            Op::Pessimistic => {
                // All numbers but the last that was written are fixed; `~> 1` fixes nothing.
                let fixed = bound.numbers.len().saturating_sub(1);
                version >= bound && (0..fixed).all(|n| version.number(n) == bound.number(n))
            }
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, number) in self.numbers.iter().enumerate() {
            write!(f, "{}{number}", if n == 0 { "" } else { "." })?;
        }
        if let Some(prerelease) = &self.prerelease {
            write!(f, "-{prerelease}")?;
        }
        if let Some(metadata) = &self.metadata {
            write!(f, "+{metadata}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Constraints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, c) in self.0.iter().enumerate() {
            let symbol = match c.op {
                Op::Equal => "",
                Op::NotEqual => "!= ",
                Op::Greater => "> ",
                Op::GreaterOrEqual => ">= ",
                Op::Less => "< ",
                Op::LessOrEqual => "<= ",
                Op::Pessimistic => "~> ",
            };
            write!(f, "{}{symbol}{}", if n == 0 { "" } else { ", " }, c.version)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_allow_what_terraform_allows() {
        let cases = [
            (">= 1.2, < 2.0.0", "1.11.4", true),
            ("~> 1.2", "1.11.4", true),
            ("~> 1.2.0", "1.11.4", false),
            ("~> 2", "3.0.0", true),
            ("~> 2", "1.0.0", false),
            ("1.11.4", "1.11.4", true),
            ("= 1.11", "1.11.0", true),
            ("!= 1.11.4", "1.11.4", false),
            ("> 1.11.3", "1.11.4", true),
            ("<= 1.11", "1.11.4", false),
            (">= 1.0", "1.2.0-beta1", false),
            ("1.2.0-beta1", "1.2.0-beta1", true),
        ];
        for (constraint, version, expected) in cases {
            let constraints = Constraints::parse(constraint).expect(constraint);
            let version = Version::parse(version).expect(version);
            assert_eq!(constraints.allow(&version), expected, "{constraint} {version}");
        }
        assert_eq!(Constraints::parse(">= 1, x"), Err("x".to_string()));
        assert_eq!(Constraints::parse(""), Err(String::new()));
    }

    #[test]
    fn the_major_is_the_newest_that_is_allowed() {
        let major = |text: &str| Constraints::parse(text).ok().and_then(|c| c.major_of(&[2, 3, 4, 5]));
        assert_eq!(major("~> 3.0"), Some(3));
        assert_eq!(major(">= 3.0, < 4.0"), Some(3));
        assert_eq!(major(">= 2.0"), Some(5));
        assert_eq!(major("=2.76.0"), Some(2));
        assert_eq!(major("~> 4.12.1"), Some(4));
        assert_eq!(major(">= 4.0, != 5.0.0, < 5.0.1"), Some(4));
        assert_eq!(major("> 9"), None);
    }
}
