//! A tree of differences as text, in Terraform's layout.

use super::diff::{Act, Block, Node, Shape};
use crate::ui::style::{GREEN, GREY, Paint, RED, YELLOW, count, key, pad, quote};

/// Attributes that are shown even when they do not change.
const ALWAYS_SHOWN: [&str; 3] = ["id", "name", "tags"];

/// Lays out differences.
#[derive(Debug, Clone, Copy)]
pub(super) struct Renderer {
    pub paint: Paint,
    /// Without markers: this is how things are, not how they change.
    pub plain: bool,
}

/// How a part is shown.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Show {
    /// What encloses the part says already that it goes: no `-> null`.
    pub silent_removal: bool,
    /// Unchanged parts are shown too.
    pub everything: bool,
}

fn margin(indent: usize) -> String {
    "    ".repeat(indent)
}

impl Renderer {
    /// The marker column of a part.
    pub fn marker(&self, act: Act) -> String {
        if self.plain {
            return String::new();
        }
        match act {
            Act::NoOp => "    ".into(),
            Act::Create => format!("  {} ", self.paint.on(GREEN, "+")),
            Act::Update => format!("  {} ", self.paint.on(YELLOW, "~")),
            Act::Delete => format!("  {} ", self.paint.on(RED, "-")),
        }
    }

    fn arrow(&self) -> String {
        self.paint.on(YELLOW, "->")
    }

    fn forces(&self, node: &Node) -> String {
        if node.replace { format!(" {}", self.paint.on(RED, "# forces replacement")) } else { String::new() }
    }

    fn gone(&self, act: Act, show: Show) -> String {
        if act == Act::Delete && !show.silent_removal {
            format!(" {}", self.paint.on(GREY, "-> null"))
        } else {
            String::new()
        }
    }

    fn hidden(&self, out: &mut String, indent: usize, n: usize, noun: &str) {
        if n > 0 {
            let text = format!("# ({n} unchanged {} hidden)", &count(n, noun)[n.to_string().len() + 1..]);
            out.push_str(&margin(indent));
            out.push_str(&self.marker(Act::NoOp));
            out.push_str(&self.paint.on(GREY, &text));
            out.push('\n');
        }
    }

    /// The lines before a part whose sensitivity changes.
    fn warning(&self, out: &mut String, indent: usize, node: &Node) {
        let Some((becomes, same)) = node.mark else { return };
        let (first, second) = if becomes {
            (
                "this attribute value will be marked as sensitive and will not",
                "display in UI output after applying this change.",
            )
        } else {
            ("this attribute value will no longer be marked as sensitive", "after applying this change.")
        };
        let tail = if same { " The value is unchanged." } else { "" };
        let word = self.paint.on(YELLOW, "Warning:");
        out.push_str(&format!("{0}  # {word} {first}\n{0}  # {second}{tail}\n", margin(indent)));
    }

    /// A part; its first line goes on where the text ends.
    pub fn node(&self, out: &mut String, node: &Node, indent: usize, show: Show) {
        match &node.shape {
            Shape::Plain(before, after) => {
                let text = |side: &Option<String>| side.clone().unwrap_or_else(|| "null".into());
                self.sides(out, node, &text(before), &text(after), show);
            }
            Shape::Text(before, after) => {
                self.text(out, node, before.as_deref(), after.as_deref(), indent, show)
            }
            Shape::Sensitive => {
                out.push_str("(sensitive value)");
                out.push_str(&self.gone(node.act, show));
                out.push_str(&self.forces(node));
            }
            Shape::Unknown(before) => {
                if let Some(before) = before {
                    self.node(out, before, indent, Show { silent_removal: true, ..show });
                    out.push_str(&format!(" {} ", self.arrow()));
                }
                out.push_str("(known after apply)");
                out.push_str(&self.forces(node));
            }
            Shape::Switch(before, after) => {
                self.node(out, before, indent, Show { silent_removal: true, ..show });
                out.push_str(&format!(" {} ", self.arrow()));
                self.node(out, after, indent, show);
                out.push_str(&self.forces(node));
            }
            Shape::Encoded(inner, white) => {
                out.push_str("jsonencode(");
                if *white {
                    out.push_str(&format!(" {}", self.paint.on(GREY, "# whitespace changes")));
                }
                out.push_str(&self.forces(node));
                let act = if node.act == Act::Update { inner.act } else { Act::NoOp };
                out.push_str(&format!("\n{}{}", margin(indent + 1), self.marker(act)));
                let inside = Show { silent_removal: true, everything: show.everything || *white };
                self.node(out, inner, indent + 1, inside);
                out.push_str(&format!("\n{}{})", margin(indent), self.marker(Act::NoOp)));
                out.push_str(&self.gone(node.act, show));
            }
            Shape::Entries(all, map) => {
                if all.is_empty() {
                    out.push_str(&format!("{{}}{}{}", self.gone(node.act, show), self.forces(node)));
                    return;
                }
                out.push_str(&format!("{{{}\n", self.forces(node)));
                let inside =
                    Show { silent_removal: show.silent_removal || !*map || node.act == Act::Delete, ..show };
                let name = |n: &str| if *map { quote(n) } else { key(n) };
                let width = all.keys().map(|n| name(n).chars().count()).max().unwrap_or(0);
                let mut hidden = 0;
                for (n, part) in all {
                    let kept = !*map && ALWAYS_SHOWN.contains(&n.as_str());
                    if part.act == Act::NoOp && !inside.everything && !kept {
                        hidden += 1;
                        continue;
                    }
                    self.entry(out, &name(n), width, part, indent + 1, inside, kept);
                }
                self.hidden(out, indent + 1, hidden, if *map { "element" } else { "attribute" });
                out.push_str(&format!("{}{}}}", margin(indent), self.marker(Act::NoOp)));
                out.push_str(&self.gone(node.act, show));
            }
            Shape::Items(all, context) => self.items(out, node, all, *context, indent, show),
            Shape::Block(block) => self.block(out, node, block, indent, show),
            Shape::Secret => {
                out.push_str(&format!("{{{}\n", self.forces(node)));
                let lead = format!("{}{}", margin(indent + 1), if self.plain { "" } else { "  " });
                out.push_str(&format!(
                    "{lead}# At least one attribute in this block is (or was) sensitive,\n"
                ));
                out.push_str(&format!("{lead}# so its contents will not be displayed.\n"));
                out.push_str(&format!("{}{}}}", margin(indent), self.marker(Act::NoOp)));
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn entry(
        &self,
        out: &mut String,
        name: &str,
        width: usize,
        part: &Node,
        indent: usize,
        show: Show,
        kept: bool,
    ) {
        self.warning(out, indent, part);
        out.push_str(&format!("{}{}{} = ", margin(indent), self.marker(part.act), pad(name, width)));
        self.node(out, part, indent, Show { everything: show.everything || kept, ..show });
        out.push('\n');
    }

    /// The two sides of a single value.
    fn sides(&self, out: &mut String, node: &Node, before: &str, after: &str, show: Show) {
        match node.act {
            Act::Create => out.push_str(after),
            Act::Delete | Act::NoOp => out.push_str(before),
            Act::Update => out.push_str(&format!("{before} {} {after}", self.arrow())),
        }
        out.push_str(&self.gone(node.act, show));
        out.push_str(&self.forces(node));
    }

    fn text(
        &self,
        out: &mut String,
        node: &Node,
        before: Option<&str>,
        after: Option<&str>,
        indent: usize,
        show: Show,
    ) {
        if ![before, after].into_iter().flatten().any(|t| t.contains('\n')) {
            let text = |side: Option<&str>| side.map_or_else(|| "null".into(), quote);
            return self.sides(out, node, &text(before), &text(after), show);
        }
        out.push_str(&format!("<<-EOT{}\n", self.forces(node)));
        let lead = margin(indent + 1);
        let lines = |text: &str| -> Vec<String> {
            text.strip_suffix('\n').unwrap_or(text).split('\n').map(str::to_string).collect()
        };
        let mut line = |act: Act, text: &str| {
            out.push_str(&format!("{lead}{}{text}", self.marker(act)));
            let end = out.trim_end_matches(' ').len();
            if text.is_empty() && act == Act::NoOp {
                out.truncate(end);
            }
            out.push('\n');
        };
        match (before, after) {
            (Some(old), Some(new)) if node.act == Act::Update => {
                let (old, new) = (lines(old), lines(new));
                for op in similar::capture_diff_slices(similar::Algorithm::Lcs, &old, &new) {
                    let (tag, from, to) = op.as_tag_tuple();
                    if tag == similar::DiffTag::Equal {
                        old[from].iter().for_each(|t| line(Act::NoOp, t));
                        continue;
                    }
                    old[from].iter().for_each(|t| line(Act::Delete, t));
                    new[to].iter().for_each(|t| line(Act::Create, t));
                }
            }
            (before, after) => {
                let text = before.or(after).unwrap_or_default();
                lines(text).iter().for_each(|t| line(Act::NoOp, t));
            }
        }
        out.push_str(&format!(
            "{}{}EOT{}",
            margin(indent),
            self.marker(Act::NoOp),
            self.gone(node.act, show)
        ));
    }

    fn items(&self, out: &mut String, node: &Node, all: &[Node], context: bool, indent: usize, show: Show) {
        if all.is_empty() {
            out.push_str(&format!("[]{}{}", self.gone(node.act, show), self.forces(node)));
            return;
        }
        out.push_str(&format!("[{}\n", self.forces(node)));
        let item = |out: &mut String, part: &Node, everything: bool| {
            self.warning(out, indent + 1, part);
            out.push_str(&format!("{}{}", margin(indent + 1), self.marker(part.act)));
            self.node(out, part, indent + 1, Show { silent_removal: true, everything });
            out.push_str(",\n");
        };
        let shown = |part: &Node| part.act != Act::NoOp || show.everything;
        let mut hidden = 0;
        for (i, part) in all.iter().enumerate() {
            // An unchanged element beside a change is its context.
            let near = context && (i > 0 && shown(&all[i - 1]) || all.get(i + 1).is_some_and(shown));
            if shown(part) || near {
                if context {
                    self.hidden(out, indent + 1, std::mem::take(&mut hidden), "element");
                }
                item(out, part, show.everything || near && !shown(part));
            } else {
                hidden += 1;
            }
        }
        self.hidden(out, indent + 1, hidden, "element");
        out.push_str(&format!("{}{}]{}", margin(indent), self.marker(Act::NoOp), self.gone(node.act, show)));
    }

    fn block(&self, out: &mut String, node: &Node, block: &Block, indent: usize, show: Show) {
        if block.attributes.is_empty() && block.blocks.is_empty() {
            out.push_str(&format!("{{}}{}", self.forces(node)));
            return;
        }
        out.push_str(&format!("{{{}\n", self.forces(node)));
        let inside = Show { silent_removal: false, ..show };
        let width = block.attributes.keys().map(|n| n.chars().count()).max().unwrap_or(0);
        let mut hidden = 0;
        for (name, part) in &block.attributes {
            let kept = ALWAYS_SHOWN.contains(&name.as_str());
            if part.act == Act::NoOp && !inside.everything && !kept {
                hidden += 1;
            } else {
                self.entry(out, name, width, part, indent + 1, inside, kept);
            }
        }
        self.hidden(out, indent + 1, hidden, "attribute");
        let (mut hidden, mut first) = (0, true);
        for (name, all) in &block.blocks {
            for (label, part) in all {
                if part.act == Act::NoOp && !inside.everything {
                    hidden += 1;
                    continue;
                }
                if std::mem::take(&mut first) && !block.attributes.is_empty() {
                    out.push('\n');
                }
                self.warning(out, indent + 1, part);
                let label = label.as_ref().map(|l| format!(" {}", quote(l))).unwrap_or_default();
                out.push_str(&format!("{}{}{name}{label} ", margin(indent + 1), self.marker(part.act)));
                self.node(out, part, indent + 1, inside);
                out.push('\n');
            }
        }
        if hidden > 0 {
            out.push('\n');
        }
        self.hidden(out, indent + 1, hidden, "block");
        out.push_str(&format!("{}{}}}", margin(indent), self.marker(Act::NoOp)));
    }
}
