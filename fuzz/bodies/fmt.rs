//! Layout: once is enough, and what it lays out says the same as before.

use std::fmt::Write as _;

use ringfence::config::source;
use ringfence::lang::syntax::{
    Body, Expr, ExprKind, ObjectItem, ObjectKey, TemplatePart, format, parse_body,
};

/// Lays the text out, if it is one that `fmt` would.
pub fn fmt(bytes: &[u8]) {
    let Ok(text) = source("fuzz.tf", bytes.to_vec()) else { return };
    let once = format(&text.text);
    let (before, found) = parse_body(&text);
    if found.has_errors() {
        return;
    }
    let laid_out = source("fuzz.tf", once.clone().into_bytes()).expect("text");
    let (after, found) = parse_body(&laid_out);
    assert!(!found.has_errors(), "{:?}\nlaid out:\n{once}\n{found:?}", text.text);
    assert_eq!(said(&before), said(&after), "{:?}\nlaid out:\n{once}", text.text);
    assert_eq!(format(&once), once, "{:?}", text.text);
    // What is written in an old way gets letters, and comments among labels go.
    if !["type", "/*"].iter().any(|old| text.text.contains(old)) {
        assert_eq!(letters(&once), letters(&text.text));
    }
}

/// All but what layout is made of, and what is around an expression that was written in an old way.
fn letters(text: &str) -> String {
    text.chars().filter(|c| !" \t\r\n\u{feff}\"${}()".contains(*c)).collect()
}

/// What a body holds, whatever its places.
fn said(body: &Body) -> String {
    let mut out = String::new();
    for attribute in &body.attributes {
        // `type = "list"` becomes `list(string)`.
        let is_type = &*attribute.name.text == "type";
        let says = if is_type { String::new() } else { form(&attribute.expr) };
        let _ = writeln!(out, "{}={says}", attribute.name.text);
    }
    for block in &body.blocks {
        let _ = writeln!(out, "{}{{\n{}}}", block.context(), said(&block.body));
    }
    out
}

fn forms(all: &[Expr]) -> String {
    all.iter().map(|e| form(e) + ",").collect()
}

fn form(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Literal(value) => format!("{value:?}"),
        ExprKind::Template(all) => format!("\"{}\"", parts(all)),
        // `"${x}"` is written as `x`, or as `(x)` over several lines.
        ExprKind::Wrap(inner) | ExprKind::Paren(inner) => form(inner),
        ExprKind::Reference(reference) => reference.to_string(),
        ExprKind::Traversal(source, steps) => {
            format!("{}|{}", form(source), steps.iter().map(ToString::to_string).collect::<String>())
        }
        ExprKind::Index(source, key) => format!("{}[{}]", form(source), form(key)),
        ExprKind::Splat { source, each, .. } => format!("{}[*]{}", form(source), form(each)),
        ExprKind::Item => "@".into(),
        ExprKind::For(all) => format!(
            "for {:?},{} in {}: {:?}=>{} {} if {:?}",
            all.key_name.as_ref().map(|n| &n.text),
            all.value_name.text,
            form(&all.collection),
            all.key.as_ref().map(form),
            form(&all.value),
            all.grouping,
            all.condition.as_ref().map(form)
        ),
        ExprKind::Conditional(condition, yes, no) => {
            format!("({}?{}:{})", form(condition), form(yes), form(no))
        }
        ExprKind::Unary(op, of) => format!("({op:?} {})", form(of)),
        ExprKind::Binary(op, left, right) => format!("({}{}{})", form(left), op.symbol(), form(right)),
        ExprKind::Call { name, args, expand } => format!("{}({}{expand})", name.text, forms(args)),
        ExprKind::Object(items) => format!("{{{}}}", items.iter().map(item).collect::<String>()),
        ExprKind::Tuple(all) => format!("[{}]", forms(all)),
    }
}

fn item(item: &ObjectItem) -> String {
    match &item.key {
        ObjectKey::Name(name) => format!("{}={},", name.text, form(&item.value)),
        ObjectKey::Expr(key) => format!("[{}]={},", form(key), form(&item.value)),
    }
}

fn parts(all: &[TemplatePart]) -> String {
    let one = |part: &TemplatePart| match part {
        TemplatePart::Text(text) => text.to_string(),
        TemplatePart::Interpolation(expr) => format!("${{{}}}", form(expr)),
        TemplatePart::If { condition, yes, no } => {
            format!("%if {}:{}:{};", form(condition), parts(yes), parts(no))
        }
        TemplatePart::For { key, value, collection, body } => format!(
            "%for {:?},{} in {}:{};",
            key.as_ref().map(|n| &n.text),
            value.text,
            form(collection),
            parts(body)
        ),
    };
    all.iter().map(one).collect()
}
