//! The table: resources with marked lines.

use std::collections::{BTreeMap, BTreeSet};

/// What the plan must say about a changed document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    Update,
    Replace,
    /// Nothing is planned.
    Nothing,
}

/// The change of one argument, or of several that only change together.
pub struct Mutation {
    /// Where it is, with dots and without indexes.
    pub paths: BTreeSet<String>,
    pub verdict: Verdict,
    /// Line numbers, and what stands there instead.
    edits: Vec<(usize, String)>,
    /// The word that joins changes of several lines.
    tag: Option<String>,
    /// It takes a block away that has no mark: the facts say what that means.
    pub taken: bool,
}

/// One resource block of a file.
pub struct Document {
    /// `azurerm_subnet`
    pub kind: String,
    /// `azurerm_subnet.one`
    pub addr: String,
    /// The argument that is refused.
    pub refused: Option<String>,
    /// All arguments that are written.
    pub written: BTreeSet<String>,
    /// What is changed, one in each round.
    pub mutations: Vec<Mutation>,
    lines: Vec<String>,
    /// Blocks that are taken away and not closed yet, with their first lines.
    whole: Vec<(String, usize)>,
}

/// A file of the table.
#[derive(Default)]
pub struct File {
    pub documents: Vec<Document>,
    /// Type, path and reason of what cannot be changed, or not even written.
    pub left_out: Vec<(String, String, String)>,
    /// Blocks that are no resources.
    other: String,
}

impl File {
    /// Every argument and every brace of a resource stands on a line of its own.
    pub fn parse(file: &str, text: &str) -> File {
        let mut all = File::default();
        let mut open: Vec<String> = Vec::new();
        let mut refused = None;
        let mut foreign = false;
        for line in text.lines() {
            let trimmed = line.trim();
            if foreign {
                all.other.push_str(line);
                all.other.push('\n');
                foreign = line != "}";
                continue;
            }
            if open.is_empty() {
                if let Some(argument) = trimmed.strip_prefix("# refused: ") {
                    refused = Some(argument.trim().to_owned());
                } else if let Some(words) = trimmed.strip_prefix("# left out: ") {
                    let words: Vec<&str> = words.splitn(3, ' ').collect();
                    let [kind, path, reason] = words[..] else { panic!("{file}: {line}") };
                    all.left_out.push((kind.to_owned(), path.to_owned(), reason.to_owned()));
                } else if let Some(header) = trimmed.strip_prefix("resource ") {
                    let words: Vec<&str> = header.split('"').collect();
                    let [_, kind, _, name, _] = words[..] else { panic!("{file}: {line}") };
                    all.documents.push(Document {
                        kind: kind.to_owned(),
                        addr: format!("{kind}.{name}"),
                        refused: refused.take(),
                        written: BTreeSet::new(),
                        mutations: Vec::new(),
                        lines: vec![line.to_owned()],
                        whole: Vec::new(),
                    });
                    open.push(String::new());
                } else if trimmed.ends_with('{') {
                    foreign = true;
                    all.other.push_str(line);
                    all.other.push('\n');
                } else {
                    let kept = trimmed.is_empty() || trimmed.starts_with('#') || trimmed.ends_with('}');
                    assert!(kept, "{file}: `{line}` is outside of a block");
                    all.other.push_str(line);
                    all.other.push('\n');
                }
                continue;
            }
            let Some(document) = all.documents.last_mut() else { continue };
            document.lines.push(line.to_owned());
            let (trimmed, mark) = match trimmed.split_once(" { # ") {
                Some((block, mark)) => (block, Some(mark)),
                None => (trimmed.strip_suffix(" {").unwrap_or(trimmed), None),
            };
            if trimmed == "}" {
                if let (Some(path), Some(document)) = (open.pop(), all.documents.last_mut()) {
                    document.close(path.trim_end_matches('.'));
                }
            } else if line.contains(" {") && !trimmed.contains('=') {
                let prefix = open.last().map_or("", String::as_str);
                let path = format!("{prefix}{trimmed}");
                open.push(format!("{path}."));
                document.open(path, mark);
            } else if let Some((name, rest)) = trimmed.split_once('=') {
                let prefix = open.last().map_or("", String::as_str);
                let path = format!("{prefix}{}", name.trim());
                document.written.insert(path.clone());
                if let Some((_, reason)) = rest.split_once(" # -- ") {
                    all.left_out.push((document.kind.clone(), path, reason.to_owned()));
                } else {
                    document.mark(path, name, rest);
                }
            }
        }
        assert!(open.is_empty() && !foreign, "{file}: a block is not closed");
        all
    }

    /// What is neither changed nor refused, and all resources with the changes of a round.
    pub fn text(&self, change: Option<usize>) -> String {
        let mut text = self.other.clone();
        for document in self.documents.iter().filter(|d| d.refused.is_none()) {
            text.push_str(&document.text(change));
        }
        text
    }
}

impl Document {
    /// A block begins: it is taken away, unless its mark says that it must stay.
    fn open(&mut self, path: String, mark: Option<&str>) {
        let first = self.lines.len() - 1;
        match mark {
            Some(mark) if mark.starts_with('!') => {
                assert!(mark.len() > 3, "{path} stays without a reason");
                return;
            }
            Some(mark) => self.mark(path.clone(), "", &format!("{{ # {mark}")),
            None => self.mutations.push(Mutation {
                paths: BTreeSet::from([path.clone()]),
                verdict: Verdict::Nothing,
                edits: vec![(first, String::new())],
                tag: None,
                taken: true,
            }),
        }
        self.whole.push((path, first));
    }

    /// A block ends: what takes it away takes all its lines away.
    fn close(&mut self, path: &str) {
        let Some(at) = self.whole.iter().position(|(p, _)| p == path) else { return };
        let (_, first) = self.whole.remove(at);
        let lines = first + 1..self.lines.len();
        let own = |m: &&mut Mutation| m.edits.iter().any(|(line, _)| *line == first);
        if let Some(mutation) = self.mutations.iter_mut().find(own) {
            mutation.edits.extend(lines.map(|line| (line, String::new())));
        }
    }

    fn mark(&mut self, path: String, name: &str, rest: &str) {
        let Some((value, mark)) = rest.split_once(" # ") else { return };
        let (verdict, other) = match (mark.strip_prefix("->"), mark.strip_prefix("=>")) {
            (Some(other), _) => (Verdict::Update, other.trim()),
            (_, Some(other)) => (Verdict::Replace, other.trim()),
            _ => return,
        };
        let (other, tag) = match other.rsplit_once('@') {
            Some((other, tag)) if !tag.is_empty() && tag.chars().all(char::is_alphabetic) => {
                (other.trim(), Some(tag.to_owned()))
            }
            _ => (other, None),
        };
        let text = match (other, value.trim()) {
            ("", "true") => format!("{name} = false"),
            ("", "false") => format!("{name} = true"),
            ("" | "-", _) => String::new(),
            (other, _) => format!("{name} = {other}"),
        };
        let edit = (self.lines.len() - 1, text);
        if let Some(joined) = self.mutations.iter_mut().find(|m| tag.is_some() && m.tag == tag) {
            joined.paths.insert(path);
            joined.edits.push(edit);
            return;
        }
        let paths = BTreeSet::from([path]);
        self.mutations.push(Mutation { paths, verdict, edits: vec![edit], tag, taken: false });
    }

    /// Decides what the taking away of blocks means; those of which nothing is known stay.
    pub fn judge_taken(&mut self, verdict: impl Fn(&str, &str) -> Option<Verdict>) {
        let kind = self.kind.clone();
        // What is there several times is for others to stand on; of several blocks one name says nothing.
        let several = self.written.contains("count");
        let taken = self.mutations.iter().filter(|m| m.taken).flat_map(|m| m.paths.clone());
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        taken.for_each(|path| *counts.entry(path).or_default() += 1);
        self.mutations.retain_mut(|m| {
            let path = m.paths.first().map(String::as_str).unwrap_or_default();
            match verdict(&kind, path) {
                _ if !m.taken => true,
                _ if several || counts.get(path).is_some_and(|n| *n > 1) => false,
                Some(decided) => {
                    m.verdict = decided;
                    true
                }
                None => false,
            }
        });
    }

    /// Blocks without a mark, of a resource that has marks.
    pub fn unmarked(&self) -> impl Iterator<Item = &str> {
        let marked = self.mutations.iter().any(|m| !m.taken);
        let taken = self.mutations.iter().filter(move |m| marked && m.taken);
        taken.flat_map(|m| m.paths.iter().map(String::as_str))
    }

    /// The text with the change of a round.
    pub fn text(&self, change: Option<usize>) -> String {
        let mutation = change.and_then(|c| self.mutations.get(c));
        let edited = |index| {
            let (_, text) = mutation?.edits.iter().find(|(line, _)| *line == index)?;
            Some(text)
        };
        let mut text = String::from("\n");
        for (index, line) in self.lines.iter().enumerate() {
            text.push_str(edited(index).unwrap_or(line));
            text.push('\n');
        }
        text
    }
}
