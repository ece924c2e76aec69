//! The resources of `tests/arguments` as trees: every argument of every type with a legal value and mostly a second one.
//! How the files are marked is said in `main.rs` there.

/// What the plan must say about a changed argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    Update,
    Replace,
}

/// What an argument or block changes to.
#[derive(Clone, Debug)]
pub struct Mark {
    pub verdict: Verdict,
    /// The other value; `None`: it is not written any more.
    pub other: Option<String>,
    /// The word that joins what only changes together.
    pub tag: Option<String>,
}

/// An argument or a block.
#[derive(Clone, Debug)]
pub enum Node {
    Argument { name: String, value: String, mark: Option<Mark> },
    Block { name: String, nodes: Vec<Node>, stays: bool, tag: Option<String> },
}

impl Node {
    pub fn name(&self) -> &str {
        match self {
            Node::Argument { name, .. } | Node::Block { name, .. } => name,
        }
    }
}

/// A resource.
#[derive(Clone, Debug)]
pub struct Document {
    pub kind: String,
    pub addr: String,
    pub nodes: Vec<Node>,
    /// It is visited: not only there for others.
    pub marked: bool,
    /// First line, as it is written.
    header: String,
}

/// A file of resources.
#[derive(Default)]
pub struct File {
    pub documents: Vec<Document>,
    /// What is no resource of azurerm's.
    pub other: String,
}

impl File {
    pub fn parse(name: &str, text: &str) -> File {
        let mut file = File::default();
        let mut open: Vec<(String, Vec<Node>, bool, Option<String>)> = Vec::new();
        let (mut document, mut foreign) = (None::<Document>, false);
        for line in text.lines() {
            let trimmed = line.trim();
            if foreign || (document.is_none() && !trimmed.starts_with("resource \"azurerm_")) {
                file.other.push_str(line);
                file.other.push('\n');
                foreign = if foreign { line != "}" } else { trimmed.ends_with('{') };
                continue;
            }
            let Some(now) = &mut document else {
                let words: Vec<&str> = trimmed.split('"').collect();
                let [_, kind, _, own, _] = words[..] else { panic!("{name}: {line}") };
                document = Some(Document {
                    kind: kind.into(),
                    addr: format!("{kind}.{own}"),
                    nodes: Vec::new(),
                    marked: false,
                    header: line.into(),
                });
                continue;
            };
            let put =
                |open: &mut Vec<(String, Vec<Node>, bool, Option<String>)>, now: &mut Document, node| {
                    open.last_mut().map_or(&mut now.nodes, |(_, nodes, ..)| nodes).push(node);
                };
            if trimmed == "}" {
                match open.pop() {
                    Some((name, nodes, stays, tag)) => {
                        put(&mut open, now, Node::Block { name, nodes, stays, tag });
                    }
                    None => {
                        file.documents.extend(document.take());
                    }
                }
            } else if let Some((block, mark)) = block(trimmed) {
                let tag = mark.and_then(|m| tagged(m).1);
                open.push((block.into(), Vec::new(), mark.is_some_and(|m| m.starts_with('!')), tag));
            } else if let Some((argument, rest)) = trimmed.split_once('=') {
                let (value, comment) = rest.split_once(" # ").unwrap_or((rest, ""));
                let mark = mark(value.trim(), comment);
                now.marked |= mark.is_some();
                let node = Node::Argument { name: argument.trim().into(), value: value.trim().into(), mark };
                put(&mut open, now, node);
            }
        }
        file
    }
}

/// `name {`, with its mark.
fn block(line: &str) -> Option<(&str, Option<&str>)> {
    let (name, mark) = match line.split_once(" { # ") {
        Some((name, mark)) => (name, Some(mark)),
        None => (line.strip_suffix(" {")?, None),
    };
    (!name.contains('=')).then_some((name, mark))
}

/// A mark without its word, and the word.
fn tagged(mark: &str) -> (&str, Option<String>) {
    match mark.rsplit_once('@') {
        Some((rest, tag)) if !tag.is_empty() && tag.chars().all(char::is_alphabetic) => {
            (rest.trim(), Some(tag.to_owned()))
        }
        _ => (mark.trim(), None),
    }
}

fn mark(value: &str, comment: &str) -> Option<Mark> {
    let (verdict, rest) = match (comment.strip_prefix("->"), comment.strip_prefix("=>")) {
        (Some(rest), _) => (Verdict::Update, rest),
        (_, Some(rest)) => (Verdict::Replace, rest),
        _ => return None,
    };
    let (other, tag) = tagged(rest.trim());
    let other = match (other, value) {
        ("", "true") => Some("false".into()),
        ("", "false") => Some("true".into()),
        ("" | "-", _) => None,
        (other, _) => Some(other.into()),
    };
    Some(Mark { verdict, other, tag })
}

impl Document {
    /// All nodes with their places, names with dots, and what is around them before what is in them.
    pub fn walk<'d>(&'d self, visit: &mut dyn FnMut(&[usize], &str, &'d Node)) {
        fn below<'d>(
            nodes: &'d [Node],
            place: &mut Vec<usize>,
            path: &str,
            visit: &mut dyn FnMut(&[usize], &str, &'d Node),
        ) {
            for (at, node) in nodes.iter().enumerate() {
                place.push(at);
                let path =
                    if path.is_empty() { node.name().to_owned() } else { format!("{path}.{}", node.name()) };
                visit(place, &path, node);
                if let Node::Block { nodes, .. } = node {
                    below(nodes, place, &path, visit);
                }
                place.pop();
            }
        }
        below(&self.nodes, &mut Vec::new(), "", visit);
    }

    /// First line of its text.
    pub fn header(&self) -> &str {
        &self.header
    }
}

/// The blocks of a text: what each resource is called (`None`: it is something else), and how it is written.
pub fn blocks(text: &str) -> Vec<(Option<String>, String)> {
    let mut all: Vec<(Option<String>, String)> = Vec::new();
    let mut open = false;
    for line in text.lines().filter(|l| !l.is_empty()) {
        if !open {
            let words: Vec<&str> = line.split('"').collect();
            let addr = match words[..] {
                ["resource ", kind, _, name, _] => Some(format!("{kind}.{name}")),
                _ => None,
            };
            all.push((addr, String::new()));
        }
        open = if open { line != "}" } else { line.ends_with('{') };
        if let Some((_, text)) = all.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    all
}
