//! Template directives: `%{ if }`, `%{ for }` and what ends them must be balanced within one template.

use std::ops::Range;

use super::fault::Fault;

/// The directives of one template that have no end yet: the word and its place.
#[derive(Debug, Default)]
pub(super) struct Directives(Vec<(&'static str, Range<usize>)>);

const UNBALANCED: &str = "The control directives within this template are unbalanced.";

impl Directives {
    /// A sequence that starts with `%{` at a place. `end`: the text goes no further.
    pub(super) fn sequence(&mut self, src: &str, at: usize, end: usize) -> Option<Fault> {
        let inside = &src[at + 2..end];
        let word_at = at + 2 + (inside.len() - inside.trim_start_matches(['~', ' ', '\t', '\n', '\r']).len());
        let rest = &src[word_at..end];
        let word = &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())];
        let whole = at..src[at..end].find('}').map_or(end, |n| at + n + 1);
        let unexpected =
            |word: &str| Some(Fault::new(whole.clone(), format!("Unexpected {word} directive"), UNBALANCED));
        match (word, self.0.last().map(|(word, _)| *word)) {
            ("if", _) => self.0.push(("if", whole)),
            ("for", _) => self.0.push(("for", whole)),
            ("else", Some("if")) => {
                if let Some(open) = self.0.last_mut() {
                    open.0 = "else";
                }
            }
            ("endif", Some("if" | "else")) | ("endfor", Some("for")) => {
                self.0.pop();
            }
            ("else" | "endif" | "endfor", _) => return unexpected(word),
            ("", _) => {
                let next = rest.chars().next().map_or(0, char::len_utf8);
                return Some(Fault::new(
                    word_at..word_at + next,
                    "Invalid template directive",
                    "A template directive keyword (\"if\", \"for\", etc) is expected at the beginning of a %{ sequence.",
                ));
            }
            (word, _) => {
                let near = crate::lang::suggest::did_you_mean(word, ["if", "for", "else", "endif", "endfor"])
                    .map_or(String::new(), |n| format!(" Did you mean \"{n}\"?"));
                return Some(Fault::new(
                    word_at..word_at + word.len(),
                    "Invalid template control keyword",
                    format!("\"{word}\" is not a valid template control keyword.{near}"),
                ));
            }
        }
        None
    }

    /// The template ends at a place: what is still open has no end.
    pub(super) fn end(&self, src: &str, at: Range<usize>) -> Option<Fault> {
        let (word, place) = self.0.last()?;
        let word = if *word == "for" { "for" } else { "if" };
        let line = src[..place.start].matches('\n').count() + 1;
        Some(Fault::new(
            at,
            "Unexpected end of template",
            format!("The {word} directive in line {line} is missing its corresponding end{word} directive."),
        ))
    }
}
