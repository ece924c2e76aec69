//! Whether the tests would notice a mistake in the tables: single changes, chosen by a seed, each judged by the tests that
//! hold the type against the official facts and the local cloud. A change lives on one thread of a test; the program
//! has none of this.

mod judges;
mod tests;

/// What is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Where in the document something stands.
    Path,
    /// A word that is taken, sent or understood.
    Enum,
    /// What holds where nothing is written.
    Default,
    /// Whether a change makes the resource anew.
    ForceNew,
    /// How a value is written, sent, compared and taken back.
    Transformation,
}

impl Kind {
    /// All of them.
    pub(super) const ALL: [Kind; 5] =
        [Kind::Path, Kind::Enum, Kind::Default, Kind::ForceNew, Kind::Transformation];

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Path => "path",
            Kind::Enum => "enum",
            Kind::Default => "default",
            Kind::ForceNew => "force-new",
            Kind::Transformation => "transformation",
        }
    }
}

/// One change.
pub(super) struct Change {
    /// It in words.
    pub(super) says: String,
    /// Why it changes nothing that could be noticed.
    pub(super) nothing: Option<&'static str>,
    /// Makes it on this thread.
    pub(super) install: Box<dyn Fn() + Send + Sync>,
}

/// A row, and the changes of one kind that can be made to it.
pub(super) struct Site {
    pub(super) kind: Kind,
    pub(super) place: String,
    pub(super) changes: Vec<Change>,
}

/// Every place of the tables where something can be changed.
fn sites() -> Vec<Site> {
    let mut all = super::azurerm::tests::mutants::sites();
    all.extend(super::arm::tests::mutants::sites());
    all
}

/// Everything is as it was, on this thread.
fn restore() {
    super::azurerm::tests::mutants::restore();
    super::arm::tests::mutants::restore();
}

/// A word that is nearly the same.
pub(super) fn altered(word: &str) -> String {
    match word.strip_suffix('s') {
        Some(shorter) if !shorter.is_empty() => shorter.to_owned(),
        _ => format!("{word}s"),
    }
}

/// A text that lives as long as a table.
pub(super) fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// Paths with one segment altered, one dropped, or two neighbours swapped.
pub(super) fn paths_of(path: &[&'static str]) -> Vec<Vec<&'static str>> {
    let mut all = Vec::new();
    for (i, step) in path.iter().enumerate().filter(|(_, step)| **step != "*") {
        let (name, items) = step.strip_suffix("[]").map_or((*step, ""), |name| (name, "[]"));
        let mut other = path.to_vec();
        other[i] = leak(format!("{}{items}", altered(name)));
        all.push(other);
        if path.len() > 1 {
            let mut other = path.to_vec();
            other.remove(i);
            all.push(other);
        }
        if path.get(i + 1).is_some_and(|next| next != step) {
            let mut other = path.to_vec();
            other.swap(i, i + 1);
            all.push(other);
        }
    }
    all
}
