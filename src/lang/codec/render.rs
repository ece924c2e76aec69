//! Values in the language's own syntax, as `output` and `console` print them.

use super::quote;
use crate::lang::types::Type;
use crate::lang::value::{Kind, Value};

/// The value as `terraform output` and `console` print it; secrets, ephemeral and unknown parts as words in brackets.
pub fn render(value: &Value) -> String {
    let mut out = String::new();
    write_value(value, 0, &mut out);
    out
}

fn write_value(value: &Value, indent: usize, out: &mut String) {
    if value.marks.is_sensitive() {
        return out.push_str("(sensitive value)");
    }
    if value.marks.is_ephemeral() {
        return out.push_str("(ephemeral value)");
    }
    match &value.kind {
        Kind::Unknown(_) => out.push_str("(known after apply)"),
        Kind::Null(ty) => out.push_str(&null(ty)),
        Kind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Kind::Number(n) => out.push_str(&n.to_string()),
        Kind::String(s) => write_string(s, indent, out),
        Kind::List(_, all) => write_call("tolist", &|out| write_sequence(all, indent, out), out),
        Kind::Set(_, all) => write_call("toset", &|out| write_sequence(all, indent, out), out),
        Kind::Map(_, all) => {
            write_call("tomap", &|out| write_entries(all.iter(), all.is_empty(), indent, out), out)
        }
        Kind::Tuple(all) => write_sequence(all, indent, out),
        Kind::Object(all) => write_entries(all.iter(), all.is_empty(), indent, out),
    }
}

fn null(ty: &Type) -> String {
    match ty {
        Type::Dynamic => "null".into(),
        Type::String => "tostring(null)".into(),
        Type::Number => "tonumber(null)".into(),
        Type::Bool => "tobool(null)".into(),
        Type::List(t) => format!("tolist(null) /* of {} */", t.friendly_name()),
        Type::Set(t) => format!("toset(null) /* of {} */", t.friendly_name()),
        Type::Map(t) => format!("tomap(null) /* of {} */", t.friendly_name()),
        Type::Object(_) | Type::Tuple(_) => format!("null /* {} */", ty.friendly_name()),
    }
}

fn write_call(name: &str, inner: &dyn Fn(&mut String), out: &mut String) {
    out.push_str(name);
    out.push('(');
    inner(out);
    out.push(')');
}

fn new_line(indent: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

fn write_sequence(all: &[Value], indent: usize, out: &mut String) {
    out.push('[');
    for part in all {
        new_line(indent + 2, out);
        write_value(part, indent + 2, out);
        out.push(',');
    }
    if !all.is_empty() {
        new_line(indent, out);
    }
    out.push(']');
}

fn write_entries<'a>(
    all: impl Iterator<Item = (&'a std::sync::Arc<str>, &'a Value)>,
    empty: bool,
    indent: usize,
    out: &mut String,
) {
    out.push('{');
    for (name, part) in all {
        new_line(indent + 2, out);
        out.push_str(&quote(name));
        out.push_str(" = ");
        write_value(part, indent + 2, out);
    }
    if !empty {
        new_line(indent, out);
    }
    out.push('}');
}

/// A quoted string, or a heredoc if there are several lines. As in Terraform, `${` stays as it is.
fn write_string(text: &str, indent: usize, out: &mut String) {
    if !text.contains('\n') {
        return out.push_str(&quote(text));
    }
    let mut marker = "EOT".to_string();
    while text.split('\n').any(|l| l.trim() == marker) {
        marker.push('_');
    }
    out.push_str(if indent > 0 { "<<-" } else { "<<" });
    out.push_str(&marker);
    for line in text.split('\n') {
        new_line(indent, out);
        out.push_str(line);
    }
    new_line(indent, out);
    out.push_str(&marker);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::marks::Marks;

    /// As `terraform output` printed it.
    #[test]
    fn prints_as_output() {
        let value = Value::object([
            ("a", Value::list(Type::Number, vec![1.into()])),
            ("b", Value::tuple(vec![])),
            ("c", Value::from("x").marked(&Marks::sensitive())),
            ("d", Value::unknown(Type::String)),
            ("e", "${x} \u{1}\u{a0}\t".into()),
            ("f", Value::null(Type::String)),
            ("g", Value::tuple(vec![Value::object([("k", "EOT\n\ntab\t${a}\n".into())])])),
            ("h", Value::null(Type::list(Type::Dynamic))),
        ]);
        let want = [
            "{",
            "  \"a\" = tolist([",
            "    1,",
            "  ])",
            "  \"b\" = []",
            "  \"c\" = (sensitive value)",
            "  \"d\" = (known after apply)",
            "  \"e\" = \"${x} \\x01\\u00a0\\t\"",
            "  \"f\" = tostring(null)",
            "  \"g\" = [",
            "    {",
            "      \"k\" = <<-EOT_",
            "      EOT",
            "      ",
            "      tab\t${a}",
            "      ",
            "      EOT_",
            "    },",
            "  ]",
            "  \"h\" = tolist(null) /* of dynamic */",
            "}",
        ];
        assert_eq!(render(&value), want.join("\n"));
        assert_eq!(render(&"a\nb\n".into()), "<<EOT\na\nb\n\nEOT");
    }
}
