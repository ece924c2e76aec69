//! The table: resources with marked lines.

use std::collections::BTreeSet;

/// The change of one argument.
pub struct Mutation {
    /// Where it is, with dots and without indexes.
    pub path: String,
    /// It makes the resource anew.
    pub replace: bool,
    line: usize,
    text: String,
}

/// One resource block of a file.
pub struct Document {
    /// `azurerm_subnet`
    pub kind: String,
    /// `azurerm_subnet.one`
    pub addr: String,
    /// The words of the comment above it.
    pub comment: String,
    /// All arguments that are written.
    pub written: BTreeSet<String>,
    /// What is changed, one in each round.
    pub mutations: Vec<Mutation>,
    lines: Vec<String>,
}

impl Document {
    /// The resources of a file. Every argument and every brace stands on a line of its own.
    pub fn parse(file: &str, text: &str) -> Vec<Document> {
        let mut all: Vec<Document> = Vec::new();
        let mut open: Vec<String> = Vec::new();
        let mut comment = String::new();
        for line in text.lines() {
            let trimmed = line.trim();
            if open.is_empty() {
                if let Some(words) = trimmed.strip_prefix('#') {
                    comment = words.trim().to_owned();
                } else if let Some(header) = trimmed.strip_prefix("resource ") {
                    let words: Vec<&str> = header.split('"').collect();
                    let [_, kind, _, name, _] = words[..] else { panic!("{file}: {line}") };
                    all.push(Document {
                        kind: kind.to_owned(),
                        addr: format!("{kind}.{name}"),
                        comment: std::mem::take(&mut comment),
                        written: BTreeSet::new(),
                        mutations: Vec::new(),
                        lines: vec![line.to_owned()],
                    });
                    open.push(String::new());
                } else {
                    assert!(trimmed.is_empty(), "{file}: `{line}` is outside of a resource");
                }
                continue;
            }
            let Some(document) = all.last_mut() else { continue };
            document.lines.push(line.to_owned());
            if trimmed == "}" {
                open.pop();
            } else if let Some(block) = trimmed.strip_suffix(" {") {
                let prefix = open.last().map_or("", String::as_str);
                open.push(format!("{prefix}{block}."));
            } else if let Some((name, rest)) = trimmed.split_once('=') {
                let prefix = open.last().map_or("", String::as_str);
                let path = format!("{prefix}{}", name.trim());
                document.written.insert(path.clone());
                document.mark(path, name, rest);
            }
        }
        assert!(open.is_empty(), "{file}: a block is not closed");
        all
    }

    fn mark(&mut self, path: String, name: &str, rest: &str) {
        let Some((value, mark)) = rest.split_once(" # ") else { return };
        let (replace, other) = match (mark.strip_prefix("->"), mark.strip_prefix("=>")) {
            (Some(other), _) => (false, other.trim()),
            (_, Some(other)) => (true, other.trim()),
            _ => return,
        };
        let text = match (other, value.trim()) {
            ("", "true") => format!("{name} = false"),
            ("", "false") => format!("{name} = true"),
            ("", _) => String::new(),
            (other, _) => format!("{name} = {other}"),
        };
        self.mutations.push(Mutation { path, replace, line: self.lines.len() - 1, text });
    }

    /// The text with the change of a round.
    pub fn text(&self, change: Option<usize>) -> String {
        let mutation = change.and_then(|c| self.mutations.get(c));
        let mut text = String::from("\n");
        for (index, line) in self.lines.iter().enumerate() {
            let line = mutation.filter(|m| m.line == index).map_or(line, |m| &m.text);
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}
