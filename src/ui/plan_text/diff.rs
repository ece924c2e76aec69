//! Two values beside each other as a tree of differences. Knows nothing of layout.
//!
//! Values of a declared type are compared by it; values of dynamic type are compared as the JSON that they are.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::lang::schema::{BlockSpec, NestedSpec, Nesting};
use crate::lang::{Kind, PathStep, Type, Value};

/// What happens to a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    NoOp,
    Create,
    Update,
    Delete,
}

/// One part with its two sides.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub act: Act,
    /// It is why the object is replaced.
    pub replace: bool,
    /// The sensitivity of the part changes: becomes (true) or ceases to be (false); and is the value the same?
    pub mark: Option<(bool, bool)>,
    pub shape: Shape,
}

/// The form of a part.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    /// Text of numbers, bools and null.
    Plain(Option<String>, Option<String>),
    /// Strings; none is absent or null.
    Text(Option<String>, Option<String>),
    Sensitive,
    /// Not known yet; what it was.
    Unknown(Option<Box<Node>>),
    /// Another form before than after.
    Switch(Box<Node>, Box<Node>),
    /// `{ name = … }`; the flag: keys are those of a map.
    Entries(BTreeMap<String, Node>, bool),
    /// `[ … ]`; the flag: unchanged neighbours of a change are shown.
    Items(Vec<Node>, bool),
    /// The text of a JSON document; the flag: only its white space changed.
    Encoded(Box<Node>, bool),
    Block(Block),
    /// A nested block that must not be shown.
    Secret,
}

/// A body: attributes and nested blocks by name. A block of a map has its label.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    pub attributes: BTreeMap<String, Node>,
    pub blocks: BTreeMap<String, Vec<(Option<String>, Node)>>,
}

/// Paths into the part at hand that force replacement.
type Paths<'a> = Vec<&'a [PathStep]>;

impl Node {
    fn new(act: Act, shape: Shape) -> Node {
        Node { act, replace: false, mark: None, shape }
    }
}

/// The difference of two bodies.
pub(super) fn block(
    before: Option<&Value>,
    after: Option<&Value>,
    spec: &BlockSpec,
    replace: &[Vec<PathStep>],
) -> Node {
    body(before, after, spec, &replace.iter().map(Vec::as_slice).collect())
}

/// The difference of two values of no declared type: outputs.
pub(super) fn dynamic(before: Option<&Value>, after: Option<&Value>, sensitive: bool) -> Node {
    attribute(before, after, &Type::Dynamic, sensitive, &Vec::new())
}

fn body(before: Option<&Value>, after: Option<&Value>, spec: &BlockSpec, paths: &Paths<'_>) -> Node {
    // An object that is a secret as a whole: each of its attributes is.
    let veil = |v: Option<&Value>| v.filter(|v| v.marks.is_sensitive()).map(veiled);
    if let (old, new) = (veil(before), veil(after))
        && (old.is_some() || new.is_some())
    {
        return body(old.as_ref().or(before), new.as_ref().or(after), spec, paths);
    }
    let (before, after) = (present(before), present(after));
    let mut found = Block::default();
    for attr in &spec.attributes {
        let (old, new) = (part(before, &attr.name), part(after, &attr.name));
        if present(old).is_none() && present(new).is_none() {
            continue;
        }
        let paths = below(paths, |s| matches!(s, PathStep::Attribute(n) if **n == *attr.name));
        found.attributes.insert(attr.name.clone(), attribute(old, new, &attr.ty, attr.sensitive, &paths));
    }
    for nested in &spec.blocks {
        let (old, new) = (part(before, &nested.name), part(after, &nested.name));
        let paths = below(paths, |s| matches!(s, PathStep::Attribute(n) if **n == *nested.name));
        if nested.attr_as_block {
            if present(old).is_some() || present(new).is_some() {
                let ty = nested.implied_type();
                found.attributes.insert(nested.name.clone(), attribute(old, new, &ty, false, &paths));
            }
        } else {
            let all = nested_blocks(old, new, nested, &paths);
            if !all.is_empty() {
                found.blocks.insert(nested.name.clone(), all);
            }
        }
    }
    let changed = found.attributes.values().chain(found.blocks.values().flatten().map(|(_, n)| n));
    let act = act_of(before.is_some(), after.is_some(), changed.map(|n| n.act));
    Node { replace: hit(paths), ..Node::new(act, Shape::Block(found)) }
}

/// The object with its mark on each of its attributes instead.
fn veiled(object: &Value) -> Value {
    let Some(entries) = object.as_entries() else { return object.unmarked_deep() };
    Value::object(entries.iter().map(|(n, v)| (n.clone(), v.clone().marked(&object.marks))))
}

fn nested_blocks(
    before: Option<&Value>,
    after: Option<&Value>,
    spec: &NestedSpec,
    paths: &Paths<'_>,
) -> Vec<(Option<String>, Node)> {
    let (before, after) = (present(before), present(after));
    if [before, after].into_iter().flatten().any(|v| v.marks.is_sensitive()) {
        let act = act_of(before.is_some(), after.is_some(), [changed(before, after)]);
        return vec![(None, Node { replace: hit(paths), ..Node::new(act, Shape::Secret) })];
    }
    let pair = |old: Option<&Value>, new: Option<&Value>, paths: &Paths<'_>| {
        let secret = |v: Option<&Value>| v.is_some_and(|v| v.marks.is_sensitive());
        if let (None, Some(new)) | (Some(_), Some(new)) = (old, new)
            && new.is_unknown()
        {
            let was = old.map(|old| Box::new(body(Some(old), None, &spec.block, &Vec::new())));
            let act = if was.is_some() { Act::Update } else { Act::Create };
            return Node { replace: hit(paths), ..Node::new(act, Shape::Unknown(was)) };
        }
        if secret(old) || secret(new) {
            let act = act_of(old.is_some(), new.is_some(), [changed(old, new)]);
            return Node { replace: hit(paths), ..Node::new(act, Shape::Secret) };
        }
        body(old, new, &spec.block, paths)
    };
    if let Some(new) = after.filter(|v| v.is_unknown()) {
        let mut all: Vec<_> = match before {
            Some(old) if !matches!(spec.nesting, Nesting::Single | Nesting::Group) => {
                elements(old).into_iter().map(|old| (None, pair(Some(old), None, paths))).collect()
            }
            _ => Vec::new(),
        };
        let old = before.filter(|_| matches!(spec.nesting, Nesting::Single | Nesting::Group));
        all.push((None, pair(old, Some(new), paths)));
        return all;
    }
    match spec.nesting {
        Nesting::Single | Nesting::Group => match (before, after) {
            (None, None) => Vec::new(),
            _ => vec![(None, pair(before, after, paths))],
        },
        Nesting::List => {
            let (old, new) = (before.map(elements), after.map(elements));
            let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
            (0..old.len().max(new.len()))
                .map(|i| {
                    let paths = below(paths, |s| *s == PathStep::Index(i));
                    (None, pair(old.get(i).copied(), new.get(i).copied(), &paths))
                })
                .collect()
        }
        Nesting::Set => {
            let (old, new) = (before.map(elements), after.map(elements));
            let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
            // The marks of an element of a set are those of the whole set.
            let hidden = old.iter().chain(&new).any(|v| v.deep_marks().is_sensitive());
            let forced: Paths<'_> = if paths.is_empty() { Vec::new() } else { vec![&[]] };
            let none = Vec::new();
            match_sets(&old, &new)
                .into_iter()
                .map(|(old, new)| {
                    let same = old.is_some() && new.is_some();
                    let mut node = pair(old, new, if same { &none } else { &forced });
                    if hidden {
                        node.shape = Shape::Secret;
                    }
                    (None, node)
                })
                .collect()
        }
        Nesting::Map => {
            let names = keys(before, after);
            names
                .into_iter()
                .map(|name| {
                    let paths = below(paths, |s| matches!(s, PathStep::Key(n) if **n == *name));
                    (Some(name.clone()), pair(part(before, &name), part(after, &name), &paths))
                })
                .collect()
        }
    }
}

/// The difference of two values of a type; absent and null are the same.
fn attribute(
    before: Option<&Value>,
    after: Option<&Value>,
    ty: &Type,
    secret: bool,
    paths: &Paths<'_>,
) -> Node {
    let marked = |v: Option<&Value>| v.is_some_and(|v| v.marks.is_sensitive());
    let (old_secret, new_secret) = (secret || marked(before), secret || marked(after));
    // What nothing uses is not read: unknown before and after, it is not shown.
    let unread = [before, after].iter().all(|v| v.is_some_and(Value::is_unknown));
    let (before, after) = if unread { (None, None) } else { (present(before), present(after)) };
    if old_secret && before.is_some() || new_secret && after.is_some() {
        let inner = changed(before, after);
        let act = act_of(before.is_some(), after.is_some(), [inner]);
        let mark = (old_secret != new_secret && before.is_some() && after.is_some())
            .then_some((new_secret, inner == Act::NoOp));
        let act = if mark.is_some() { Act::Update } else { act };
        return Node { act, replace: hit(paths), mark, shape: Shape::Sensitive };
    }
    let node = match after {
        Some(new) if new.is_unknown() => {
            let was = before.map(|old| Box::new(attribute(Some(old), None, ty, false, &Vec::new())));
            Node::new(if was.is_some() { Act::Update } else { Act::Create }, Shape::Unknown(was))
        }
        _ => match ty {
            Type::Dynamic => return by_content(before, after, paths),
            Type::List(element) => {
                let (old, new) = (before.map(elements), after.map(elements));
                let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
                let object = matches!(**element, Type::Object(_));
                let pairs = align(&old, &new, |_, _| object);
                items(before, after, pairs, paths, true, &|old, new, paths| {
                    attribute(old, new, element, false, paths)
                })
            }
            Type::Set(element) => {
                let (old, new) = (before.map(elements), after.map(elements));
                let pairs = match_sets(&old.unwrap_or_default(), &new.unwrap_or_default());
                let pairs = pairs.into_iter().map(|(o, n)| (o.map(|o| (0, o)), n.map(|n| (0, n))));
                let none = Vec::new();
                let mut node = items(before, after, pairs.collect(), &none, false, &|old, new, _| {
                    attribute(old, new, element, false, &Vec::new())
                });
                node.replace = !paths.is_empty();
                node
            }
            Type::Tuple(types) => {
                let (old, new) = (before.map(elements), after.map(elements));
                let pairs = by_index(&old.unwrap_or_default(), &new.unwrap_or_default());
                let at = |i: usize| types.get(i).unwrap_or(&Type::Dynamic);
                let counter = std::cell::Cell::new(0);
                items(before, after, pairs, paths, false, &|old, new, paths| {
                    let i = counter.replace(counter.get() + 1);
                    attribute(old, new, at(i), false, paths)
                })
            }
            Type::Map(element) => entries(before, after, paths, true, &|_, old, new, paths| {
                match (present(old), present(new)) {
                    // A null element of a map is there.
                    (None, None) => plain(old, new),
                    _ => attribute(old, new, element, false, paths),
                }
            }),
            Type::Object(object) => entries(before, after, paths, false, &|name, old, new, paths| {
                let ty = object.attributes.get(name).unwrap_or(&Type::Dynamic);
                match (present(old), present(new)) {
                    (None, None) => Node::new(Act::NoOp, Shape::Plain(None, None)),
                    _ => attribute(old, new, ty, false, paths),
                }
            }),
            Type::String => text(before, after),
            Type::Bool | Type::Number => plain(before, after),
        },
    };
    Node { replace: node.replace || hit(paths), ..node }
}

/// The difference of two values of dynamic type, as the JSON that they are. Absent is not null here.
fn by_content(before: Option<&Value>, after: Option<&Value>, paths: &Paths<'_>) -> Node {
    // Terraform does not mark a dynamic attribute as a whole, only what is in it.
    let inner: Paths<'_> = paths.iter().copied().filter(|p| !p.is_empty()).collect();
    content(before, after, &inner)
}

fn content(before: Option<&Value>, after: Option<&Value>, paths: &Paths<'_>) -> Node {
    let marked = |v: Option<&Value>| v.is_some_and(|v| v.marks.is_sensitive());
    if marked(before) || marked(after) {
        let inner = changed(before, after);
        let act = act_of(before.is_some(), after.is_some(), [inner]);
        let mark = (marked(before) != marked(after) && before.is_some() && after.is_some())
            .then_some((marked(after), inner == Act::NoOp));
        let act = if mark.is_some() { Act::Update } else { act };
        return Node { act, replace: hit(paths), mark, shape: Shape::Sensitive };
    }
    if after.is_some_and(Value::is_unknown) {
        let was = before.map(|old| Box::new(content(Some(old), None, &Vec::new())));
        let act = if was.is_some() { Act::Update } else { Act::Create };
        return Node { replace: hit(paths), ..Node::new(act, Shape::Unknown(was)) };
    }
    let (form, other) = (before.map(form), after.map(form));
    let node = match (form, other) {
        (Some(a), Some(b)) if a != b && (a != Form::Null || b.nests()) && (b != Form::Null || a.nests()) => {
            let old = content(before, None, &Vec::new());
            let new = content(None, after, &Vec::new());
            Node::new(Act::Update, Shape::Switch(Box::new(old), Box::new(new)))
        }
        (Some(Form::Array), _) | (_, Some(Form::Array)) => {
            let (old, new) = (before.map(elements), after.map(elements));
            let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
            let pairs = if old.len() == new.len() {
                by_index(&old, &new)
            } else {
                let object = |a: &Value, b: &Value| a.as_entries().is_some() && b.as_entries().is_some();
                align(&old, &new, object)
            };
            items(before, after, pairs, paths, true, &content)
        }
        (Some(Form::Object), _) | (_, Some(Form::Object)) => {
            entries(before, after, paths, false, &|_, old, new, paths| content(old, new, paths))
        }
        (Some(Form::Text), _) | (_, Some(Form::Text)) => text(before, after),
        _ => plain(before, after),
    };
    Node { replace: node.replace || hit(paths), ..node }
}

/// What JSON a value is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Null,
    Plain,
    Text,
    Array,
    Object,
}

impl Form {
    fn nests(self) -> bool {
        matches!(self, Form::Array | Form::Object)
    }
}

fn form(value: &Value) -> Form {
    match &value.kind {
        Kind::Null(_) => Form::Null,
        Kind::String(_) => Form::Text,
        Kind::List(..) | Kind::Set(..) | Kind::Tuple(_) => Form::Array,
        Kind::Map(..) | Kind::Object(_) => Form::Object,
        Kind::Bool(_) | Kind::Number(_) | Kind::Unknown(_) => Form::Plain,
    }
}

type Compare<'a> = dyn Fn(Option<&Value>, Option<&Value>, &Paths<'_>) -> Node + 'a;
type CompareNamed<'a> = dyn Fn(&str, Option<&Value>, Option<&Value>, &Paths<'_>) -> Node + 'a;
/// Elements that belong together, with their indices.
type Pairs<'a> = Vec<(Option<(usize, &'a Value)>, Option<(usize, &'a Value)>)>;

fn items(
    before: Option<&Value>,
    after: Option<&Value>,
    pairs: Pairs<'_>,
    paths: &Paths<'_>,
    context: bool,
    compare: &Compare<'_>,
) -> Node {
    let all: Vec<Node> = pairs
        .into_iter()
        .map(|(old, new)| {
            let at = new.or(old).map_or(0, |(i, _)| i);
            let paths = below(paths, |s| *s == PathStep::Index(at));
            compare(old.map(|o| o.1), new.map(|n| n.1), &paths)
        })
        .collect();
    let act = act_of(before.is_some(), after.is_some(), all.iter().map(|n| n.act));
    Node::new(act, Shape::Items(all, context))
}

fn entries(
    before: Option<&Value>,
    after: Option<&Value>,
    paths: &Paths<'_>,
    map: bool,
    compare: &CompareNamed<'_>,
) -> Node {
    let all: BTreeMap<String, Node> = keys(before, after)
        .into_iter()
        .map(|name| {
            let paths = below(paths, |s| match s {
                PathStep::Attribute(n) | PathStep::Key(n) => **n == *name,
                PathStep::Index(_) => false,
            });
            let node = compare(&name, part(before, &name), part(after, &name), &paths);
            (name, node)
        })
        .collect();
    let act = act_of(before.is_some(), after.is_some(), all.values().map(|n| n.act));
    Node::new(act, Shape::Entries(all, map))
}

fn plain(before: Option<&Value>, after: Option<&Value>) -> Node {
    let text = |v: &Value| match &v.kind {
        Kind::Bool(b) => b.to_string(),
        Kind::Number(n) => n.to_string(),
        Kind::String(s) => super::super::style::quote(s),
        _ => "null".to_string(),
    };
    let act = act_of(before.is_some(), after.is_some(), [changed(before, after)]);
    Node::new(act, Shape::Plain(before.map(text), after.map(text)))
}

fn text(before: Option<&Value>, after: Option<&Value>) -> Node {
    if [before, after].into_iter().flatten().any(|v| v.as_str().is_none()) {
        return plain(before, after);
    }
    let (old, new) = (before.and_then(Value::as_str), after.and_then(Value::as_str));
    let act = act_of(old.is_some(), new.is_some(), [changed(before, after)]);
    let (old_json, new_json) = (old.and_then(document), new.and_then(document));
    let shape = match (old, new, old_json, new_json) {
        (None, Some(_), _, Some(j)) => Shape::Encoded(Box::new(content(None, Some(&j), &Vec::new())), false),
        (Some(_), None, Some(j), _) => Shape::Encoded(Box::new(content(Some(&j), None, &Vec::new())), false),
        (Some(_), Some(_), Some(a), Some(b)) => {
            let inner = content(Some(&a), Some(&b), &Vec::new());
            let white = inner.act == Act::NoOp && act == Act::Update;
            Shape::Encoded(Box::new(inner), white)
        }
        (Some(_), Some(_), Some(_), None) | (Some(_), Some(_), None, Some(_)) => {
            let (a, b) = (text(before, None), text(None, after));
            Shape::Switch(Box::new(a), Box::new(b))
        }
        _ => Shape::Text(old.map(str::to_string), new.map(str::to_string)),
    };
    Node::new(act, shape)
}

/// The JSON array or object that a string is.
fn document(text: &str) -> Option<Value> {
    let first = text.trim_start().chars().next()?;
    if first != '{' && first != '[' {
        return None;
    }
    serde_json::from_str::<Json>(text).ok().map(|json| Value::from_json(&json))
}

fn act_of(before: bool, after: bool, parts: impl IntoIterator<Item = Act>) -> Act {
    match (before, after) {
        (false, true) => Act::Create,
        (true, false) => Act::Delete,
        (false, false) => Act::NoOp,
        (true, true) if parts.into_iter().all(|a| a == Act::NoOp) => Act::NoOp,
        (true, true) => Act::Update,
    }
}

/// Does the content differ, whatever the marks?
fn changed(before: Option<&Value>, after: Option<&Value>) -> Act {
    match (before, after) {
        (None, None) => Act::NoOp,
        (Some(a), Some(b)) if same(a, b) => Act::NoOp,
        _ => Act::Update,
    }
}

fn same(a: &Value, b: &Value) -> bool {
    a == b || a.unmarked_deep() == b.unmarked_deep()
}

fn present(value: Option<&Value>) -> Option<&Value> {
    value.filter(|v| !v.is_null())
}

fn part<'a>(value: Option<&'a Value>, name: &str) -> Option<&'a Value> {
    value.and_then(|v| v.get(name))
}

fn elements(value: &Value) -> Vec<&Value> {
    value.as_sequence().map(|all| all.iter().collect()).unwrap_or_default()
}

fn keys(before: Option<&Value>, after: Option<&Value>) -> Vec<String> {
    let of =
        |v: Option<&Value>| v.and_then(Value::as_entries).map(|e| e.keys().map(|k| k.to_string()).collect());
    let mut all: Vec<String> = of(before).unwrap_or_default();
    all.extend::<Vec<String>>(of(after).unwrap_or_default());
    all.sort();
    all.dedup();
    all
}

/// Does one of the paths end here?
fn hit(paths: &Paths<'_>) -> bool {
    paths.iter().any(|p| p.is_empty())
}

/// The rests of the paths that go on with such a step.
fn below<'a>(paths: &Paths<'a>, is: impl Fn(&PathStep) -> bool) -> Paths<'a> {
    paths.iter().filter_map(|p| p.split_first().filter(|(s, _)| is(s)).map(|(_, rest)| rest)).collect()
}

fn by_index<'a>(old: &[&'a Value], new: &[&'a Value]) -> Pairs<'a> {
    let at = |all: &[&'a Value], i: usize| all.get(i).map(|v| (i, *v));
    (0..old.len().max(new.len())).map(|i| (at(old, i), at(new, i))).collect()
}

/// Each element of a set with its equal on the other side, then those that are new.
fn match_sets<'a>(old: &[&'a Value], new: &[&'a Value]) -> Vec<(Option<&'a Value>, Option<&'a Value>)> {
    let mut taken = vec![false; new.len()];
    let mut pairs = Vec::new();
    for a in old {
        let found = new.iter().enumerate().position(|(i, b)| !taken[i] && same(a, b));
        if let Some(i) = found {
            taken[i] = true;
        }
        pairs.push((Some(*a), found.map(|i| new[i])));
    }
    pairs.extend(new.iter().enumerate().filter(|(i, _)| !taken[*i]).map(|(_, b)| (None, Some(*b))));
    pairs
}

/// Elements along the longest common subsequence; what lies between is removed and added, or, where `joined` says so
/// of two that stand at the same place, changed.
fn align<'a>(old: &[&'a Value], new: &[&'a Value], joined: impl Fn(&Value, &Value) -> bool) -> Pairs<'a> {
    let (n, m) = (old.len(), new.len());
    let mut lengths = vec![vec![0u32; m + 1]; n + 1];
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            lengths[i][j] = if same(old[i], new[j]) {
                lengths[i + 1][j + 1] + 1
            } else {
                lengths[i + 1][j].max(lengths[i][j + 1])
            };
        }
    }
    let mut common = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < n && j < m {
        if same(old[i], new[j]) {
            common.push((i, j));
            i += 1;
            j += 1;
        } else if lengths[i + 1][j] >= lengths[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    common.push((n, m));
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    for (to_i, to_j) in common {
        while i < to_i {
            if j < to_j && joined(old[i], new[j]) {
                pairs.push((Some((i, old[i])), Some((j, new[j]))));
                j += 1;
            } else {
                pairs.push((Some((i, old[i])), None));
            }
            i += 1;
        }
        while j < to_j {
            pairs.push((None, Some((j, new[j]))));
            j += 1;
        }
        if i < n && j < m {
            pairs.push((Some((i, old[i])), Some((j, new[j]))));
            i += 1;
            j += 1;
        }
    }
    pairs
}
