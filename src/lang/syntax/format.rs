//! The one way to lay a text out: blanks between tokens, indentation, `=` and comments in columns, and what is written in an old way
//! in the new one. What comes out is, byte for byte, what `terraform fmt` writes.
//!
//! A text is lines of tokens, and a line has up to three cells: what leads, an assignment, a comment. Brackets decide on
//! indentation, neighbours on blanks, and cells of consecutive lines stand below each other.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::token::{Kind, Token, tokens};

/// Lays a text out. It must be one that the parser takes: others come out wrong.
pub fn format(text: &str) -> String {
    let found = tokens(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut writer = Rewriter { tokens: &found, at: 0, out: Vec::with_capacity(found.len()) };
    writer.body(&mut Vec::new());
    let mut tokens = writer.out;
    lay_out(&mut tokens);
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for token in &tokens {
        out.extend(std::iter::repeat_n(' ', token.gap));
        out.push_str(token.text);
    }
    out
}

/// Writes what is written in an old way in the new one.
struct Rewriter<'t, 'a> {
    tokens: &'t [Token<'a>],
    at: usize,
    out: Vec<Token<'a>>,
}

impl<'a> Rewriter<'_, 'a> {
    fn take(&mut self) {
        self.out.extend(self.tokens.get(self.at));
        self.at += 1;
    }

    fn kind(&self) -> Option<Kind> {
        self.tokens.get(self.at).map(|t| t.kind)
    }

    /// The body of a file or block, up to the brace that closes it; `within` has the types of the blocks around.
    fn body(&mut self, within: &mut Vec<&'a str>) {
        while let Some(kind) = self.kind() {
            match kind {
                Kind::CloseBrace if !within.is_empty() => return,
                Kind::Name => self.item(within),
                _ => self.take(),
            }
        }
    }

    fn item(&mut self, within: &mut Vec<&'a str>) {
        let name = self.tokens[self.at].text;
        let after = self.tokens[self.at + 1..].iter().position(|t| t.kind != Kind::Comment || t.ends_line());
        let next = after.map(|n| self.tokens[self.at + 1 + n].kind);
        self.take();
        match next {
            Some(Kind::Equal) => {
                while self.kind() != Some(Kind::Equal) {
                    self.take();
                }
                self.take();
                self.expression(*within == ["variable"] && name == "type");
            }
            Some(Kind::Name | Kind::OpenQuote | Kind::OpenBrace) => {
                self.labels();
                self.take();
                within.push(name);
                self.body(within);
                within.pop();
                if self.kind() == Some(Kind::CloseBrace) {
                    self.take();
                }
            }
            _ => {}
        }
    }

    /// Labels get quotes; comments among them are dropped.
    fn labels(&mut self) {
        let brace = self.tokens[self.at..].iter().position(|t| t.kind == Kind::OpenBrace);
        let header = &self.tokens[self.at..self.at + brace.unwrap_or(0)];
        let labels = header.iter().rposition(|t| t.kind != Kind::Comment).map_or(0, |n| n + 1);
        for token in &header[..labels] {
            match token.kind {
                Kind::Comment => {}
                Kind::Name => {
                    self.out.push(Token::new(Kind::OpenQuote, "\""));
                    self.out.push(Token::new(Kind::Text, token.text));
                    self.out.push(Token::new(Kind::CloseQuote, "\""));
                }
                _ => self.out.push(*token),
            }
        }
        self.out.extend(&header[labels..]);
        self.at += header.len();
    }

    /// The expression of an attribute, up to the end of its line.
    fn expression(&mut self, is_type: bool) {
        let mut depth = 0;
        let rest = &self.tokens[self.at..];
        let end = rest.iter().position(|t| {
            let ends = depth == 0 && (t.ends_line() || matches!(t.kind, Kind::CloseBrace | Kind::End));
            depth += t.kind.opens();
            ends
        });
        let all = &rest[..end.unwrap_or(rest.len())];
        let code = |t: &Token| t.kind != Kind::Comment;
        let from = all.iter().position(code).unwrap_or(all.len());
        let to = all.iter().rposition(code).map_or(from, |n| n + 1);
        self.out.extend(&all[..from]);
        self.out.extend(if is_type { type_expression(&all[from..to]) } else { bare(&all[from..to]) });
        self.out.extend(&all[to..]);
        self.at += all.len();
    }
}

/// `"${x}"` is `x`.
fn bare<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let kept = tokens.to_vec();
    let [first, open, inside @ .., close, last] = tokens else { return kept };
    let ends = [first.kind, open.kind, close.kind, last.kind];
    if inside.is_empty()
        || ends != [Kind::OpenQuote, Kind::Interpolation, Kind::SequenceEnd, Kind::CloseQuote]
    {
        return kept;
    }
    // Anything else of a template outside inner strings: there is more than the one sequence.
    let mut quotes = 0;
    for token in inside {
        match token.kind {
            Kind::OpenQuote => quotes += 1,
            Kind::CloseQuote => quotes -= 1,
            Kind::Interpolation | Kind::SequenceEnd | Kind::Text if quotes <= 0 => return kept,
            _ => {}
        }
    }
    let code = |t: &Token| t.kind != Kind::Newline;
    let Some(from) = inside.iter().position(code) else { return Vec::new() };
    let to = inside.iter().rposition(code).map_or(inside.len(), |n| n + 1);
    let inside = &inside[from..to];
    let lines = inside.iter().any(|t| t.kind == Kind::Newline);
    let parens = inside.len() > 1
        && inside.first().is_some_and(|t| t.kind == Kind::OpenParen)
        && inside.last().is_some_and(|t| t.kind == Kind::CloseParen);
    if !lines || parens {
        // Terraform takes one wrapping away each time that it is run; here once is enough.
        return bare(inside);
    }
    let mut out = vec![Token::new(Kind::OpenParen, "(")];
    out.extend(inside);
    out.push(Token::new(Kind::CloseParen, ")"));
    out
}

/// Types as they were written once: in quotes, or collections of nothing.
fn type_expression<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let name = |text| Token::new(Kind::Name, text);
    let of = |collection, element| {
        vec![
            name(collection),
            Token::new(Kind::OpenParen, "("),
            name(element),
            Token::new(Kind::CloseParen, ")"),
        ]
    };
    let kinds: Vec<Kind> = tokens.iter().map(|t| t.kind).collect();
    match kinds[..] {
        [Kind::Name] if ["list", "map", "set"].contains(&tokens[0].text) => of(tokens[0].text, "any"),
        [Kind::OpenQuote, Kind::Text, Kind::CloseQuote] => match tokens[1].text {
            "string" => vec![name("string")],
            "list" => of("list", "string"),
            "map" => of("map", "string"),
            _ => tokens.to_vec(),
        },
        _ => tokens.to_vec(),
    }
}

/// A line in its cells.
struct Line {
    lead: Range<usize>,
    /// From the `=` on, if its value ends on the line.
    assign: Range<usize>,
    comment: Range<usize>,
}

fn lay_out(tokens: &mut [Token<'_>]) {
    let lines = lines(tokens);
    indent(tokens, &lines);
    for line in &lines {
        space(&mut tokens[line.lead.clone()]);
        if !line.assign.is_empty() {
            tokens[line.assign.start].gap = 1;
            space(&mut tokens[line.assign.clone()]);
        }
    }
    // The place of an assignment decides on that of the comment after it.
    align(tokens, &lines, |line| (line.lead.clone(), line.assign.clone()));
    align(tokens, &lines, |line| (line.lead.start..line.assign.end, line.comment.clone()));
}

fn lines(tokens: &[Token<'_>]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (n, token) in tokens.iter().enumerate() {
        let end = match token {
            t if t.kind == Kind::End => n,
            t if t.ends_line() => n + 1,
            _ => continue,
        };
        lines.push(cells(tokens, start..end));
        start = end;
    }
    lines
}

fn cells(tokens: &[Token<'_>], line: Range<usize>) -> Line {
    let mut end = line.end;
    if line.len() > 1 && tokens[end - 1].kind == Kind::Comment {
        end -= 1;
    }
    let net = |from: usize| tokens[from..end].iter().map(|t| t.kind.opens()).sum::<isize>();
    let equal = (line.start + 1..end).find(|n| tokens[*n].kind == Kind::Equal).filter(|n| net(*n) == 0);
    let split = equal.unwrap_or(end);
    Line { lead: line.start..split, assign: split..end, comment: end..line.end }
}

/// Two blanks for each line around that left brackets open, however many.
fn indent(tokens: &mut [Token<'_>], lines: &[Line]) {
    let mut open: Vec<isize> = Vec::new();
    for line in lines {
        let Some(first) = tokens[line.lead.clone()].first() else { continue };
        if first.kind == Kind::Newline {
            tokens[line.lead.start].gap = 0;
            continue;
        }
        // The text of a heredoc has sequences of its own.
        let lead = &tokens[line.lead.clone()];
        let code = lead.iter().position(|t| t.kind == Kind::OpenHeredoc).unwrap_or(lead.len());
        let code = lead[..code].iter().chain(&tokens[line.assign.clone()]);
        let net: isize = code.map(|t| t.kind.opens()).sum();
        let mut closed = -net;
        while closed > 0
            && let Some(last) = open.last_mut()
        {
            let here = closed.min(*last);
            *last -= here;
            closed -= here;
            open.pop_if(|n| *n == 0);
        }
        tokens[line.lead.start].gap = 2 * open.len();
        if net > 0 {
            open.push(net);
        }
    }
}

/// Blanks inside a cell.
fn space(cell: &mut [Token<'_>]) {
    for n in 1..cell.len() {
        let before = n.checked_sub(2).map(|n| cell[n].kind);
        cell[n].gap = usize::from(blank_between(before, &cell[n - 1], cell[n].kind));
    }
}

/// Is there a blank between these two? `before` stands in front of both.
fn blank_between(before: Option<Kind>, left: &Token<'_>, right: Kind) -> bool {
    use Kind::*;
    match (left.kind, right) {
        (_, Newline) => false,
        // Calls, with their namespaces.
        (Name, OpenParen | DoubleColon) | (DoubleColon, Name) => false,
        (Dot, _) | (_, Dot | Comma | Ellipsis) => false,
        (Comma, _) => true,
        (Text | OpenQuote | OpenHeredoc, _) | (_, Text | CloseQuote | CloseHeredoc) => false,
        // `for x in [1, 2]`: no index.
        (Name, _) if left.text == "in" && before == Some(Name) => true,
        (Name | Number, OpenBracket) => false,
        (left, OpenBracket) if left.opens() < 0 => false,
        (Bang, _) => false,
        (Minus, _) => !matches!(
            before,
            None | Some(
                OpenParen
                    | OpenBrace
                    | OpenBracket
                    | Equal
                    | Colon
                    | Comma
                    | Question
                    | Arithmetic
                    | Minus
                    | Comparison
                    | Logic
                    | Bang
            )
        ),
        (OpenBrace, CloseBrace) => false,
        (OpenBrace, _) | (_, CloseBrace) => true,
        // `${ { a = 1 } }`
        (Interpolation | Directive, OpenBrace) | (CloseBrace, SequenceEnd) => true,
        (SequenceEnd, Interpolation | Directive) => false,
        (left, right) => left.opens() <= 0 && right.opens() >= 0,
    }
}

/// Puts the same cell of consecutive lines into one column.
fn align(tokens: &mut [Token<'_>], lines: &[Line], cell: fn(&Line) -> (Range<usize>, Range<usize>)) {
    let width = |tokens: &[Token<'_>]| -> usize {
        tokens.iter().map(|t| t.gap + t.text.graphemes(true).count()).sum()
    };
    for chain in lines.chunk_by(|a, b| cell(a).1.is_empty() == cell(b).1.is_empty()) {
        if chain.iter().any(|line| cell(line).1.is_empty()) {
            continue;
        }
        let widths: Vec<usize> = chain.iter().map(|line| width(&tokens[cell(line).0])).collect();
        let widest = widths.iter().max().copied().unwrap_or(0);
        for (line, width) in chain.iter().zip(widths) {
            tokens[cell(line).1.start].gap = widest - width + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{body, form};
    use super::format;
    use crate::lang::syntax::Body;

    /// What goes in, and what `terraform fmt` 1.11.4 makes of it; of `"${"${x}"}"` it needs two runs.
    const ANSWERS: &[(&str, &str)] = &[
        ("a=1\nbcd =  2 # x\n\ne= 3 //y\n", "a   = 1\nbcd = 2 # x\n\ne = 3 //y\n"),
        ("x = [\n{\na = 1\n},{\nb=2}\n]\n", "x = [\n  {\n    a = 1\n    }, {\n  b = 2 }\n]\n"),
        ("x = f([\n1,\n])\n", "x = f([\n  1,\n])\n"),
        ("a = \"${ x }\"\nb = \"${x}${y}\"\nc = \"${\"${x}\"}\"\n", "a = x\nb = \"${x}${y}\"\nc = x\n"),
        ("a = \"${\n  x ? y\n : z\n}\"\n", "a = (x ? y\n: z)\n"),
        ("a = [for x in[1]:x if x!=-1]\n", "a = [for x in [1] : x if x != -1]\n"),
        ("a = {for k,v in b:k=>-v...}\nb = \"${-1}\"\n", "a = { for k, v in b : k => - v... }\nb = -1\n"),
        ("a = \"x${-1}%{ if ! b ~}c%{ endif }\"\n", "a = \"x${- 1}%{if !b~}c%{endif}\"\n"),
        ("variable v { type = \"list\" }\n", "variable \"v\" { type = list(string) }\n"),
        (
            "variable v {\n type=set\n foo { type = map }\n}\n",
            "variable \"v\" {\n  type = set(any)\n  foo { type = map }\n}\n",
        ),
        ("r /* 1 */ a /* 2 */ \"b\" /* 3 */ {}\n", "r \"a\" \"b\" /* 3 */ {}\n"),
        ("a = <<-X\n   t ${ x [0] . y }\n    X\nbcd = 1\n", "a   = <<-X\n   t ${x[0].y}\n    X\nbcd = 1\n"),
        ("a = f(<<X\n{\nX\n  , 1)\n", "a = f(<<X\n{\nX\n, 1)\n"),
        ("é = 1 # c\naé = 2 # d\n", "é  = 1 # c\naé = 2 # d\n"),
        ("\u{feff}a=1\r\nb  =2\r\n  ", "a = 1\r\nb = 2\r\n  "),
        ("", ""),
    ];

    #[test]
    fn texts_come_out_as_terraform_writes_them() {
        for (given, expected) in ANSWERS {
            assert_eq!(format(given), *expected, "{given:?}");
        }
    }

    fn shape(body: &Body) -> String {
        let attributes = body.attributes.iter().map(|a| format!("{}={};", a.name.text, form(&a.expr)));
        let blocks = body.blocks.iter().map(|b| {
            let labels: Vec<&str> = b.labels.iter().map(|l| &*l.text).collect();
            format!("{} {labels:?} {{{}}}", b.kind.text, shape(&b.body))
        });
        attributes.chain(blocks).collect()
    }

    fn gap() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec!["", " ", "   ", "\t"])
    }

    /// Blanks, lines and comments, as they may be inside brackets.
    fn loose() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec!["", " ", "  ", "\n", " # c\n  ", "\n\n   ", " /* c */ "])
    }

    fn expression() -> impl Strategy<Value = String> {
        let leaf =
            prop::sample::select(vec!["a", "var.x_1", "m[\"k\"].id", "12", "1.5", "\"t\"", "true", "b[*].c"]);
        leaf.prop_map(str::to_string).prop_recursive(4, 24, 4, |inner| {
            let list = prop::collection::vec((inner.clone(), loose()), 0..4).boxed();
            let operator = prop::sample::select(vec!["+", "-", "*", "&&", "==", "<="]);
            prop_oneof![
                (inner.clone(), gap(), operator, inner.clone())
                    .prop_map(|(a, g, o, b)| format!("{a} {o}{g}{b}")),
                (inner.clone(), gap(), inner.clone(), inner.clone())
                    .prop_map(|(a, g, b, c)| format!("{a}{g}?{g}{b} :{g}{c}")),
                (prop::sample::select(vec!["!", "-"]), gap(), inner.clone())
                    .prop_map(|(o, g, a)| o.to_string() + g + &a),
                (loose(), inner.clone(), loose()).prop_map(|(l, a, r)| format!("({l}{a}{r})")),
                (gap(), inner.clone(), gap()).prop_map(|(l, a, r)| format!("\"t${{{l}{a}{r}}}$${{%\"")),
                (gap(), inner.clone()).prop_map(|(g, a)| format!("\"x%{{{g}if {a} ~}}y%{{ endif{g}}}\"")),
                (loose(), list.clone()).prop_map(|(g, all)| {
                    let all: String = all.iter().map(|(e, l)| format!("{e},{l}")).collect();
                    format!("[{g}{all}]")
                }),
                (gap(), list.clone()).prop_map(|(g, all)| {
                    let all: Vec<String> = all.iter().map(|(e, _)| format!("{g}{e}")).collect();
                    format!("f({})", all.join(","))
                }),
                list.prop_map(|all| {
                    let all: String =
                        all.iter().enumerate().map(|(n, (e, _))| format!("k{n}= {e}\n")).collect();
                    format!("{{\n{all}}}")
                }),
                (gap(), inner.clone(), inner)
                    .prop_map(|(g, a, b)| format!("{{for k,v{g} in {a}:{g}k=>{b}}}")),
            ]
        })
    }

    fn configuration() -> impl Strategy<Value = String> {
        let tail = prop::sample::select(vec!["\n", " # c\n", "   // d\n", "\n\n", "\n   # e\n"]);
        let attribute = (gap(), gap(), expression(), tail);
        let lines = prop::collection::vec(attribute, 0..6)
            .prop_map(|all| {
                let of =
                    |(n, (l, r, e, t)): (usize, (&str, &str, String, &str))| format!("{l}n{n}{r}={l}{e}{t}");
                all.into_iter().enumerate().map(of).collect::<String>()
            })
            .boxed();
        let heredoc = (gap(), gap()).prop_map(|(g, h)| format!("h =<<-EOT\n{g}one ${{{h}a}}\n{h}EOT\n"));
        (lines.clone(), lines, prop::option::of(heredoc), gap()).prop_map(|(top, inner, heredoc, g)| {
            let heredoc = heredoc.unwrap_or_default();
            format!("{top}{heredoc}{g}r{g} \"l\"{g}{{\n{inner}{heredoc}b{g}{{ {g}}}\n{g}}}\n")
        })
    }

    proptest! {
        #[test]
        fn formatting_twice_is_once_and_says_the_same(text in configuration()) {
            let once = format(&text);
            prop_assert_eq!(&format(&once), &once);
            prop_assert_eq!(shape(&body(&once)), shape(&body(&text)));
        }
    }

    #[test]
    fn what_we_ship_is_laid_out() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut folders = vec![root.join("modules"), root.join("examples")];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "tf") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    assert!(format(&text) == text, "{} is not laid out", path.display());
                    files += 1;
                }
            }
        }
        assert!(files > 10, "{files} files");
    }
}
