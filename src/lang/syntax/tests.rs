use super::*;
use crate::lang::diag::Source;

fn faults(text: &str) -> Vec<(String, String)> {
    let source = Source::new("t.tf", text);
    let (_, diagnostics) = parse_body(&source);
    diagnostics
        .0
        .iter()
        .map(|d| (d.summary.clone(), d.subject.as_ref().map_or(String::new(), |s| s.text().to_string())))
        .collect()
}

pub(super) fn body(text: &str) -> Body {
    let source = Source::new("t.tf", text);
    let (body, diagnostics) = parse_body(&source);
    assert_eq!(diagnostics.0, [], "{text}");
    body
}

fn expr(text: &str) -> Expr {
    let source = Source::new("t", text);
    parse_expression(&source).unwrap_or_else(|d| panic!("{text}: {:?}", d.0))
}

#[test]
fn comments_may_stand_around_an_expression() {
    for text in ["/* c */ 1", "1 /* c */", "# c\n1", " // c\n 1 # d"] {
        assert_eq!(form(&expr(text)), "1", "{text}");
    }
}

/// The forms of an expression as a short text: what the tree holds, whatever its places.
pub(super) fn form(e: &Expr) -> String {
    let all = |es: &[Expr]| es.iter().map(form).collect::<Vec<_>>().join(" ");
    match &e.kind {
        ExprKind::Literal(v) => v.to_json().map_or("?".into(), |j| j.to_string()),
        ExprKind::Template(parts) => {
            format!("(template {})", parts.iter().map(part).collect::<Vec<_>>().join(" "))
        }
        ExprKind::Wrap(e) => format!("(wrap {})", form(e)),
        ExprKind::Reference(r) => r.to_string(),
        ExprKind::Traversal(e, steps) => {
            format!("(get {} {})", form(e), steps.iter().map(ToString::to_string).collect::<String>())
        }
        ExprKind::Index(a, b) => format!("(index {} {})", form(a), form(b)),
        ExprKind::Splat { source, each, .. } => format!("(splat {} {})", form(source), form(each)),
        ExprKind::Item => "@".into(),
        ExprKind::For(f) => format!(
            "(for {} {} {}{}{}{})",
            f.value_name.text,
            form(&f.collection),
            f.key.as_ref().map_or(String::new(), |k| format!("{} => ", form(k))),
            form(&f.value),
            if f.grouping { "..." } else { "" },
            f.condition.as_ref().map_or(String::new(), |c| format!(" if {}", form(c))),
        ),
        ExprKind::Conditional(a, b, c) => format!("(? {} {} {})", form(a), form(b), form(c)),
        ExprKind::Unary(op, e) => format!("({op:?} {})", form(e)),
        ExprKind::Binary(op, a, b) => format!("({} {} {})", op.symbol(), form(a), form(b)),
        ExprKind::Call { name, args, expand } => {
            format!("({}{} {})", name.text, if *expand { "..." } else { "" }, all(args))
        }
        ExprKind::Paren(e) => format!("(paren {})", form(e)),
        ExprKind::Object(items) => {
            let one = |i: &ObjectItem| match &i.key {
                ObjectKey::Name(n) => format!("{}={}", n.text, form(&i.value)),
                ObjectKey::Expr(k) => format!("[{}]={}", form(k), form(&i.value)),
            };
            format!("{{{}}}", items.iter().map(one).collect::<Vec<_>>().join(" "))
        }
        ExprKind::Tuple(es) => format!("[{}]", all(es)),
    }
}

fn part(p: &TemplatePart) -> String {
    let all = |ps: &[TemplatePart]| ps.iter().map(part).collect::<Vec<_>>().join(" ");
    match p {
        TemplatePart::Text(t) => format!("{t:?}"),
        TemplatePart::Interpolation(e) => form(e),
        TemplatePart::If { condition, yes, no } => {
            format!("(if {} [{}] [{}])", form(condition), all(yes), all(no))
        }
        TemplatePart::For { value, collection, body, .. } => {
            format!("(each {} {} [{}])", value.text, form(collection), all(body))
        }
    }
}

#[test]
fn forms() {
    let cases = [
        ("a.b[\"c\"][0].d", "a.b[\"c\"][0].d"),
        ("a.0.b", "a[0].b"),
        ("a[b.c].d", "(get (index a b.c) .d)"),
        ("a[-1]", "(index a (Negate 1))"),
        ("f(x).y", "(get (f x) .y)"),
        ("a.*.b[0]", "(get (splat a (get @ .b)) [0])"),
        ("a[*].b[0]", "(splat a (get @ .b[0]))"),
        ("a[*].b[*].c", "(splat a (splat (get @ .b) (get @ .c)))"),
        ("a[*].b[c]", "(splat a (index (get @ .b) c))"),
        ("1 + 2 * 3 == 7 && !x || y", "(|| (&& (== (+ 1 (* 2 3)) 7) (Not x)) y)"),
        ("a ? b : c ? d : e", "(? a b (? c d e))"),
        ("-a.b", "(Negate a.b)"),
        (
            "{a = 1, \"b\" : 2, (c) = 3, \"${d}\" = 4, null = 5}",
            "{a=1 [\"b\"]=2 [(paren c)]=3 [(wrap d)]=4 null=5}",
        ),
        ("{a = 1\n b = 2\n a = 3}", "{a=1 b=2 a=3}"),
        ("{\"k\" = 1, \"k\" = 2}", "{[\"k\"]=1 [\"k\"]=2}"),
        ("[for k, v in m : v if k]", "(for v m v if k)"),
        ("{for k, v in m : k\n ? 1\n : 2 => v\n && w...}", "(for v m (? k 1 2) => (&& v w)...)"),
        ("[\n for x in y : # note\n x\n]", "(for x y x)"),
        ("f(a, b...)", "(f... a b)"),
        ("provider::x::y(1)", "(provider::x::y 1)"),
        ("\"a${b}c\"", "(template \"a\" b \"c\")"),
        ("\"${a}\"", "(wrap a)"),
        ("\"$${a} %%{b} \\u00e9\\n\"", "\"${a} %{b} é\\n\""),
        ("\"%{ if a }b%{ else }c%{ endif }\"", "(template (if a [\"b\"] [\"c\"]))"),
        ("\"x %{ for a in b ~} y %{~ endfor }\"", "(template \"x \" (each a b [\"y\"]))"),
        ("(\n a\n + b\n)", "(paren (+ a b))"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("for_each", "for_each"),
        ("f(<<EOT\nx\nEOT\n)", "(f \"x\\n\")"),
        ("[<<-A\n  x\n  A\n, {\n b = <<B\ny\nB\n c = 1\n}]", "[\"x\\n\" {b=\"y\\n\" c=1}]"),
        ("[format(1)]", "[(format 1)]"),
    ];
    for (text, want) in cases {
        let got = form(&expr(text));
        // JSON numbers beyond 64 bits are not compared digit by digit.
        if !text.starts_with("1234") {
            assert_eq!(got, want, "{text}");
        }
    }
}

#[test]
fn heredocs_are_dedented_as_terraform_does() {
    let cases = [
        ("<<EOT\n  a\nb\nEOT\n", "  a\nb\n"),
        ("<<EOT\nEOT\n", ""),
        ("<<-EOT\n    a\n\n      b\n    EOT\n", "a\n\n  b\n"),
        ("<<-EOT\n    a\n  b\n  EOT\n", "  a\nb\n"),
        ("<<EOT\n\\n $${x}\nEOT\n", "\\n ${x}\n"),
        ("<<EOT\na\r\nb\r\nEOT\r\n", "a\r\nb\r\n"),
    ];
    for (text, want) in cases {
        let source = Source::new("t.tf", format!("x = {text}"));
        let (body, diagnostics) = parse_body(&source);
        assert_eq!(diagnostics.0, [], "{text:?}");
        assert_eq!(body.attributes[0].expr.as_plain_string(), Some(want), "{text:?}");
    }
    let directive =
        form(&body("x = <<-EOT\n    %{ if a }\n      b\n    %{ endif }\n    EOT\n").attributes[0].expr);
    assert_eq!(directive, "(template (if a [\"\\n  b\\n\"] []) \"\\n\")");
    let interpolation = form(&body("x = <<-EOT\n    a ${b}\n    c\n  EOT\n").attributes[0].expr);
    assert_eq!(interpolation, "(template \"a \" b \"\\nc\\n\")");
}

#[test]
fn bodies_with_bom_crlf_and_comments() {
    let b = body(
        "\u{feff}# note\r\nresource \"t\" n {\r\n  a = 1 // one\r\n  /* two\r\n lines */ b = [\r\n    1, # x\r\n    2,\r\n  ]\r\n  c {\r\n  }\r\n}\r\n",
    );
    let block = &b.blocks[0];
    assert_eq!((block.context().as_str(), block.header.text()), ("resource \"t\" \"n\"", "resource \"t\" n"));
    assert_eq!(form(&block.body.attributes[1].expr), "[1 2]");
    assert_eq!(block.body.blocks[0].kind.span.text(), "c");
}

#[test]
fn places_are_those_of_the_text() {
    let source = Source::new("t.tf", "ä = \"é ${ a.b [ 0 ] . c }\"\nx = (\n  f(a,\n b)\n)\n");
    let (body, _) = parse_body(&source);
    let ExprKind::Template(parts) = &body.attributes[0].expr.kind else { panic!("no template") };
    let TemplatePart::Interpolation(e) = &parts[1] else { panic!("no interpolation") };
    assert_eq!(e.span.text(), "a.b [ 0 ] . c");
    let ExprKind::Reference(r) = &e.kind else { panic!("no reference") };
    let steps: Vec<&str> = r.steps.iter().map(|s| s.span.text()).collect();
    assert_eq!(steps, [".b", "[ 0 ]", ". c"]);
    assert_eq!(body.attributes[1].expr.span.text(), "(\n  f(a,\n b)\n)");
}

#[test]
fn faults_have_terraforms_words_and_their_own_places() {
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("a = [1 2]\n", &[("Missing item separator", "2")]),
        ("a = {b c}\n", &[("Missing key/value separator", "c")]),
        ("a = {b}\n", &[("Missing key/value separator", "}")]),
        ("a = {b = 1 c = 2}\n", &[("Missing attribute separator", "c")]),
        ("a = f(1 2)\n", &[("Missing argument separator", "2")]),
        ("a = (1 2)\n", &[("Unbalanced parentheses", "2")]),
        ("a = 1 b = 2\n", &[("Missing newline after argument", "b")]),
        ("a =\n", &[("Invalid expression", "\n")]),
        ("a = 1 +\n", &[("Invalid expression", "\n")]),
        ("a = b ? c\n", &[("Missing false expression in conditional", "\n")]),
        (
            "a = \"x\ny = 1\n",
            &[
                ("Invalid multi-line string", "\n"),
                ("Unterminated template string", "\n"),
                ("Invalid multi-line string", "\n"),
            ],
        ),
        ("a = \"\\q\"\n", &[("Invalid escape sequence", "\\q")]),
        ("a = b..c\n", &[("Invalid attribute name", ".")]),
        ("a = b & c\n", &[("Unsupported operator", "&"), ("Missing newline after argument", "&")]),
        ("a {\n  b = 1\n", &[("Unclosed configuration block", "{")]),
        ("a = [\n", &[("Missing expression", "")]),
        ("a = <<EOT\nx\n", &[("Unterminated template string", "")]),
        ("a { b c }\n", &[("Argument definition required", "b c")]),
        ("a { b = 1, c = 2 }\n", &[("Invalid single-argument block definition", ",")]),
        ("a { b = 1\n}\n", &[("Invalid single-argument block definition", "\n")]),
        ("a {\n  b =\n  c = 1\n}\nd = }\ne {\n  f = 2\n}\n", &[("Invalid expression", "\n")]),
        ("a = \"${b c}\"\n", &[("Extra characters after interpolation expression", "c")]),
        ("a = \"%{ if x }\"\n", &[("Unexpected end of template", "\"")]),
        ("a { b = 1 c = 2 }\n", &[("Invalid single-argument block definition", "c")]),
        ("a = 1\na = 2\n", &[("Attribute redefined", "a")]),
        ("}\n", &[("Argument or block definition required", "}")]),
        ("\"a\" = 1\n", &[("Invalid argument name", "\"")]),
        ("a b c\n", &[("Invalid block definition", "\n")]),
        ("/* a\n", &[("Argument or block definition required", "/")]),
        ("a = [for x in y : z...]\n", &[("Invalid 'for' expression", "...")]),
        ("a = {for x in y : z}\n", &[("Invalid 'for' expression", "z")]),
        ("a = [for x y : z]\n", &[("Invalid 'for' expression", "y")]),
    ];
    let mut wrong = Vec::new();
    for (text, want) in cases {
        let got = faults(text);
        let got: Vec<(&str, &str)> = got.iter().map(|(s, p)| (s.as_str(), p.as_str())).collect();
        if got != *want {
            wrong.push(format!("{text:?}: want {want:?} got {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_right_is_kept_beside_what_is_wrong() {
    let source = Source::new(
        "t.tf",
        "locals {\n  a = [1 2]\n  b = 3\n}\nresource \"t\" \"n\" {\n  c = 'x'\n  d {\n    e = 1\n    f = \n  }\n}\n",
    );
    let (body, diagnostics) = parse_body(&source);
    assert_eq!(diagnostics.0.len(), 2);
    assert_eq!(body.blocks.len(), 2);
    assert!(body.blocks[0].body.attribute("a").is_some() && body.blocks[0].body.attribute("b").is_some());
    let inner = &body.blocks[1].body.blocks[0];
    // An argument whose value cannot be read is there all the same: nobody asks for it.
    assert_eq!((inner.body.attribute("e").is_some(), inner.body.attribute("f").is_some()), (true, true));
}

#[test]
fn templates_alone() {
    let source = Source::new("t.tftpl", "Hi ${name}!\n%{ for x in l ~}\n- ${x}\n%{ endfor ~}\n");
    let template = parse_template(&source).expect("parses");
    assert_eq!(form(&template), "(template \"Hi \" name \"!\\n\" (each x l [\"- \" x \"\\n\"]))");
    let broken = Source::new("t.tftpl", "${a");
    let diagnostics = parse_template(&broken).expect_err("does not parse");
    assert_eq!(diagnostics.0[0].summary, "Unclosed template interpolation sequence");
}

/// Nothing that is read can make the reader panic, hang or point outside of the text.
#[test]
fn any_text_gives_a_tree_or_faults() {
    let seed = "resource \"t\" n { a = [for k, v in {x = 1} : \"${k}%{ if v }é%{ endif }\"] b { c = <<-E\n x\n E\n } }\n# '$`\\{(";
    let chars: Vec<char> = seed.chars().collect();
    let mut state = 7u64;
    let mut next = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % n
    };
    for _ in 0..3000 {
        let mut text: Vec<char> = chars.clone();
        for _ in 0..next(6) + 1 {
            let at = next(text.len().max(1));
            match next(3) {
                _ if text.is_empty() => text.push('x'),
                0 => {
                    text.remove(at);
                }
                1 => text.insert(at, chars[next(chars.len())]),
                _ => text.truncate(at + 1),
            }
        }
        let text: String = text.into_iter().collect();
        for diagnostics in [
            parse_body(&Source::new("t.tf", text.as_str())).1,
            parse_json_body(&Source::new("t.tf.json", text.as_str())).1,
            parse_template(&Source::new("t", text.as_str())).err().unwrap_or_default(),
            parse_expression(&Source::new("t", text.as_str())).err().unwrap_or_default(),
        ] {
            for d in diagnostics {
                let span = d.subject.expect("a place");
                assert!(span.source.text.get(span.range.clone()).is_some(), "{text:?}: {:?}", span.range);
            }
        }
    }
}
