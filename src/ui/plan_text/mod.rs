//! The plan as Terraform prints it, and below it what Terraform does not say: findings and how long it will take.

use std::time::Duration;

use super::style::{
    BOLD, BOLD_CYAN, BOLD_GREEN, BOLD_RED, CYAN, GREEN, Paint, RED, Sgr, YELLOW, count, duration, pad, wrap,
};
use crate::lang::Value;
use crate::lang::schema::BlockSpec;
use crate::plan::addr::Mode;
use crate::plan::model::{Change, ChangeAction, Drift, Finding, FindingLevel, Plan, PlanMode, Reason};
use diff::{Act, Node};
use render::{Renderer, Show};

mod diff;
mod render;
#[cfg(test)]
pub(super) mod tests;

/// How a plan is laid out.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Colour codes are written.
    pub colour: bool,
    /// Columns that prose is wrapped at.
    pub width: usize,
}

/// The whole plan, from the drift note to the outputs and findings.
pub fn plan(plan: &Plan, layout: Layout) -> String {
    let text = Text { paint: Paint { colour: layout.colour }, width: layout.width };
    let mut out = String::new();
    text.drift(&mut out, plan);
    let shown: Vec<&Change> = plan.changes.iter().filter(|c| is_shown(c)).collect();
    let outputs = text.outputs(plan);
    if shown.is_empty() && outputs.is_empty() {
        let drift = plan.mode == PlanMode::RefreshOnly && !plan.drift.is_empty();
        if !plan.errored && !drift {
            text.nothing(&mut out, plan);
        }
    } else {
        if !shown.is_empty() {
            text.changes(&mut out, plan, &shown);
        }
        if !outputs.is_empty() {
            out.push_str(&format!("\nChanges to Outputs:\n{outputs}"));
        }
        if shown.is_empty() && plan.mode != PlanMode::RefreshOnly && !plan.errored {
            out.push('\n');
            text.prose(
                &mut out,
                "You can apply this plan to save these new output values to the Terraform state, without changing \
                 any real infrastructure.",
            );
        }
    }
    text.findings(&mut out, &plan.findings);
    out
}

/// What comes after a plan that is not applied at once: where it was saved, or that it was not.
pub fn epilogue(saved: Option<&str>, generated: Option<&str>, layout: Layout) -> String {
    let mut out = String::new();
    out.push_str(&format!("\n{}\n\n", rule(layout)));
    if let Some(path) = generated {
        let note = format!(
            "Terraform has generated configuration and written it to {path}. Please review the configuration and edit it as \
             necessary before adding it to version control."
        );
        out.push_str(&wrap(&note, layout.width));
        out.push_str("\n\n");
    }
    match saved {
        Some(path) => out.push_str(&format!(
            "Saved the plan to: {path}\n\nTo perform exactly these actions, run the following command to apply:\n    \
             ringfence apply {}\n",
            super::style::quote(path)
        )),
        None => {
            let note = "Note: You didn't use the -out option to save this plan, so Terraform can't guarantee to take \
                        exactly these actions if you run \"terraform apply\" now.";
            out.push_str(&wrap(note, layout.width));
            out.push('\n');
        }
    }
    out
}

/// A line across the page.
pub fn rule(layout: Layout) -> String {
    let paint = Paint { colour: layout.colour };
    paint.on(super::style::GREY, &"─".repeat(layout.width.saturating_sub(1)))
}

/// An object as it is, for `show` and `state show`: `{ … }` after the header.
pub(super) fn object_body(object: &Value, spec: &BlockSpec, colour: bool) -> String {
    let node = diff::block(Some(object), Some(object), spec, &[]);
    let renderer = Renderer { paint: Paint { colour }, plain: true };
    let mut out = String::new();
    renderer.node(&mut out, &node, 0, Show { silent_removal: true, everything: true });
    out
}

/// A value as it is, in the manner of plans: bare keys, `<<-EOT`, `(sensitive value)`.
pub(super) fn value_text(value: &Value, sensitive: bool) -> String {
    let node = diff::dynamic(Some(value), Some(value), sensitive);
    let renderer = Renderer { paint: Paint { colour: false }, plain: true };
    let mut out = String::new();
    renderer.node(&mut out, &node, 0, Show { silent_removal: true, everything: true });
    out
}

/// `Plan: 1 to import, 2 to add, 0 to change, 0 to destroy.`
pub(super) fn summary_line(plan: &Plan) -> String {
    let [import, add, update, destroy] = plan.counts();
    let import = if import > 0 { format!("{import} to import, ") } else { String::new() };
    format!("Plan: {import}{add} to add, {update} to change, {destroy} to destroy.")
}

/// `Apply complete! Resources: 1 added, 0 changed, 0 destroyed.`, of what was imported, added, changed, destroyed.
pub fn applied_line(counts: [usize; 4], destroy: bool) -> String {
    let [import, add, update, destroyed] = counts;
    if destroy {
        return format!("Destroy complete! Resources: {destroyed} destroyed.");
    }
    let import = if import > 0 { format!("{import} imported, ") } else { String::new() };
    format!("Apply complete! Resources: {import}{add} added, {update} changed, {destroyed} destroyed.")
}

fn is_shown(change: &Change) -> bool {
    change.action != ChangeAction::NoOp || change.importing.is_some() || change.previous_addr.is_some()
}

struct Text {
    paint: Paint,
    width: usize,
}

/// A row of the legend.
struct Symbol {
    lead: &'static str,
    /// The symbol in its parts; one without a look is plain.
    parts: &'static [(&'static str, Option<Sgr>)],
    words: &'static str,
    is: fn(ChangeAction) -> bool,
}

/// The legend, in order.
const LEGEND: [Symbol; 6] = [
    Symbol {
        lead: "  ",
        parts: &[("+", Some(GREEN))],
        words: "create",
        is: |a| matches!(a, ChangeAction::Create),
    },
    Symbol {
        lead: "  ",
        parts: &[("~", Some(YELLOW))],
        words: "update in-place",
        is: |a| matches!(a, ChangeAction::Update),
    },
    Symbol {
        lead: "  ",
        parts: &[("-", Some(RED))],
        words: "destroy",
        is: |a| matches!(a, ChangeAction::Delete),
    },
    Symbol {
        lead: "",
        parts: &[("-", Some(RED)), ("/", None), ("+", Some(GREEN))],
        words: "destroy and then create replacement",
        is: |a| matches!(a, ChangeAction::Replace { create_first: false }),
    },
    Symbol {
        lead: "",
        parts: &[("+", Some(GREEN)), ("/", None), ("-", Some(RED))],
        words: "create replacement and then destroy",
        is: |a| matches!(a, ChangeAction::Replace { create_first: true }),
    },
    Symbol {
        lead: " ",
        parts: &[("<=", Some(CYAN))],
        words: "read (data resources)",
        is: |a| matches!(a, ChangeAction::Read),
    },
];

impl Text {
    fn bold(&self, text: &str) -> String {
        self.paint.on(BOLD, text)
    }

    fn prose(&self, out: &mut String, text: &str) {
        out.push_str(&wrap(text, self.width));
        out.push('\n');
    }

    fn renderer(&self) -> Renderer {
        Renderer { paint: self.paint, plain: false }
    }

    /// The symbol of an action with the blanks around it: four columns.
    fn symbol(&self, action: ChangeAction) -> String {
        match (LEGEND.iter().find(|row| (row.is)(action)), action) {
            (Some(row), _) => format!("{}{} ", row.lead, self.parts(row)),
            (None, ChangeAction::Forget) => format!(" {} ", self.paint.on(RED, ".")),
            _ => "    ".into(),
        }
    }

    fn parts(&self, row: &Symbol) -> String {
        let one = |(text, look): &(&str, Option<Sgr>)| match look {
            None => text.to_string(),
            Some(look) => self.paint.on(*look, text),
        };
        row.parts.iter().map(one).collect()
    }

    fn changes(&self, out: &mut String, plan: &Plan, shown: &[&Change]) {
        let legend = LEGEND.iter().filter(|row| shown.iter().any(|c| (row.is)(c.action)));
        out.push('\n');
        if shown.iter().any(|c| c.action != ChangeAction::NoOp) {
            self.prose(
                out,
                "Terraform used the selected providers to generate the following execution plan. Resource actions \
                 are indicated with the following symbols:",
            );
            for row in legend {
                out.push_str(&format!("{}{} {}\n", row.lead, self.parts(row), row.words));
            }
            out.push('\n');
        }
        out.push_str(if plan.errored {
            "Terraform planned the following actions, but then encountered a problem:\n"
        } else {
            "Terraform will perform the following actions:\n"
        });
        for change in shown {
            out.push('\n');
            self.change(out, change);
        }
        out.push('\n');
        let line = summary_line(plan);
        out.push_str(&format!("{}{}\n", self.bold("Plan:"), &line["Plan:".len()..]));
        if let Some((seconds, longest)) = plan.forecast.as_ref().filter(|(s, _)| *s > 0) {
            let time = duration(Duration::from_secs(u64::from(*seconds)));
            out.push_str(&format!("{} {time}, {longest} dominates\n", self.bold("Estimated time:")));
        }
    }

    fn change(&self, out: &mut String, change: &Change) {
        let addr = change.addr.to_string();
        let forget = change.action == ChangeAction::Forget;
        let lead = if forget { " # " } else { "  # " };
        for (i, line) in self.header(change, &addr).into_iter().enumerate() {
            if i == 0 {
                out.push_str(&format!("{line}\n"));
            } else {
                out.push_str(&format!("{lead}({line})\n"));
            }
        }
        let node = match change.action {
            ChangeAction::Forget => {
                diff::block(change.before.as_ref(), change.before.as_ref(), &change.schema, &[])
            }
            _ => {
                let node = diff::block(
                    change.before.as_ref(),
                    change.after.as_ref(),
                    &change.schema,
                    &change.replace_paths,
                );
                // A data source has no earlier object; a replacement has both.
                Node { replace: false, ..node }
            }
        };
        let everything = change.action == ChangeAction::NoOp && change.importing.is_some();
        let show = Show { silent_removal: false, everything };
        self.head(out, &self.symbol(change.action), change);
        self.renderer().node(out, &node, 0, show);
        out.push('\n');
    }

    fn head(&self, out: &mut String, symbol: &str, change: &Change) {
        let resource = &change.addr.resource;
        let kind = if resource.mode == Mode::Data { "data" } else { "resource" };
        out.push_str(&format!("{symbol}{kind} \"{}\" \"{}\" ", resource.ty, resource.name));
    }

    /// The verb, then the reasons.
    fn header(&self, change: &Change, addr: &str) -> Vec<String> {
        let mut subject = match &change.deposed {
            Some(key) => format!("{addr} (deposed object {key})"),
            None => addr.to_string(),
        };
        let red = |word: &str| self.paint.on(BOLD_RED, word);
        let detail = change.reason_detail.as_deref();
        let mut more = Vec::new();
        let reason = change.reason;
        let verb = match change.action {
            ChangeAction::Create => "will be created".to_string(),
            ChangeAction::Update => "will be updated in-place".to_string(),
            ChangeAction::Read => {
                more.extend(match reason {
                    Some(Reason::ReadConfigUnknown) => {
                        Some("config refers to values not yet known".to_string())
                    }
                    Some(Reason::ReadDependencyPending) => {
                        Some("depends on a resource or a module with changes pending".to_string())
                    }
                    Some(Reason::ReadCheckNested) => {
                        Some("config will be reloaded to verify a check block".to_string())
                    }
                    _ => None,
                });
                "will be read during apply".to_string()
            }
            ChangeAction::Replace { .. } => match reason {
                Some(Reason::Tainted) => format!("is tainted, so must be {}", red("replaced")),
                Some(Reason::Requested) => format!("will be {}, as requested", red("replaced")),
                Some(Reason::ReplaceTriggeredBy) => {
                    format!("will be {} due to changes in replace_triggered_by", red("replaced"))
                }
                Some(Reason::InsideReplaced) => {
                    more.push(format!("it lives inside {}", detail.unwrap_or("what is replaced")));
                    format!("must be {}", red("replaced"))
                }
                _ => format!("must be {}", red("replaced")),
            },
            ChangeAction::Delete => {
                if change.deposed.is_some() {
                    more.push("left over from a partially-failed replacement of this instance".into());
                } else {
                    more.extend(why_removed(change));
                }
                format!("will be {}", red("destroyed"))
            }
            ChangeAction::Forget => {
                subject = format!(" # {subject}");
                more.push("destroy = false is set in the configuration".into());
                let text = "will no longer be managed by Terraform, but";
                return [format!("{} {text} {}", self.bold(&subject), red("will not be destroyed"))]
                    .into_iter()
                    .chain(more)
                    .collect();
            }
            ChangeAction::NoOp => match (&change.previous_addr, &change.importing) {
                (Some(previous), None) => {
                    let subject = self.bold(&format!("  # {previous}"));
                    return vec![format!("{subject} has moved to {}", self.bold(addr))];
                }
                _ => {
                    more.extend(change.generated.as_ref().map(|_| "config will be generated".to_string()));
                    "will be imported".to_string()
                }
            },
        };
        if let Some(previous) = &change.previous_addr {
            more.push(format!("moved from {previous}"));
        }
        if let Some(id) = change.importing.as_ref().filter(|_| change.action != ChangeAction::NoOp) {
            more.push(format!("imported from \"{id}\""));
        }
        [format!("{} {verb}", self.bold(&format!("  # {subject}")))].into_iter().chain(more).collect()
    }

    fn outputs(&self, plan: &Plan) -> String {
        let width = plan.outputs.keys().map(|n| n.chars().count()).max().unwrap_or(0);
        let mut out = String::new();
        for (name, change) in &plan.outputs {
            if !change.changes() {
                continue;
            }
            let present = |v: &Option<Value>| v.clone().filter(|v| !v.is_null());
            let (before, after) = (present(&change.before), present(&change.after));
            let node = diff::dynamic(before.as_ref(), after.as_ref(), change.sensitive);
            if node.act == Act::NoOp {
                continue;
            }
            let renderer = self.renderer();
            out.push_str(&format!("{}{} = ", renderer.marker(node.act), pad(name, width)));
            renderer.node(&mut out, &node, 0, Show::default());
            out.push('\n');
        }
        out
    }

    fn drift(&self, out: &mut String, plan: &Plan) {
        let only = plan.mode == PlanMode::RefreshOnly;
        let shown: Vec<&Drift> = plan.drift.iter().filter(|d| only || d.relevant).collect();
        if shown.is_empty() {
            return;
        }
        out.push('\n');
        out.push_str(&format!(
            "{}{}\n\n",
            self.paint.on(BOLD_CYAN, "Note:"),
            self.bold(" Objects have changed outside of Terraform")
        ));
        self.prose(
            out,
            "Terraform detected the following changes made outside of Terraform since the last \"terraform \
                 apply\" which may have affected this plan:",
        );
        for drift in shown {
            let (verb, action) = match (&drift.after, &drift.previous_addr) {
                (None, _) => ("has been deleted".to_string(), ChangeAction::Delete),
                (Some(_), None) => ("has changed".to_string(), ChangeAction::Update),
                (Some(_), Some(_)) => {
                    (format!("has moved to {}", self.bold(&drift.addr.to_string())), ChangeAction::NoOp)
                }
            };
            let was = drift.previous_addr.as_ref().unwrap_or(&drift.addr);
            let addr = self.bold(&format!("  # {was}"));
            out.push_str(&format!("\n{addr} {verb}\n"));
            let node = diff::block(Some(&drift.before), drift.after.as_ref(), &drift.schema, &[]);
            let resource = &drift.addr.resource;
            out.push_str(&format!(
                "{}resource \"{}\" \"{}\" ",
                self.symbol(action),
                resource.ty,
                resource.name
            ));
            self.renderer().node(out, &node, 0, Show::default());
            out.push('\n');
        }
        out.push('\n');
        self.prose(
            out,
            if only {
                "This is a refresh-only plan, so Terraform will not take any actions to undo these. If you were \
                 expecting these changes then you can apply this plan to record the updated values in the Terraform \
                 state without changing any remote objects."
            } else {
                "Unless you have made equivalent changes to your configuration, or ignored the relevant attributes \
                 using ignore_changes, the following plan may include actions to undo or respond to these changes."
            },
        );
    }

    fn nothing(&self, out: &mut String, plan: &Plan) {
        let (head, tail, more) = match plan.mode {
            PlanMode::Normal => (
                "No changes.",
                " Your infrastructure matches the configuration.",
                "Terraform has compared your real infrastructure against your configuration and found no \
                 differences, so no changes are needed.",
            ),
            PlanMode::Destroy => (
                "No changes.",
                " No objects need to be destroyed.",
                "Either you have not created any objects yet or the existing objects were already deleted outside \
                 of Terraform.",
            ),
            PlanMode::RefreshOnly => (
                "No changes.",
                " Your infrastructure still matches the configuration.",
                "Terraform has checked that the real remote objects still match the result of your most recent \
                 changes, and found no differences.",
            ),
        };
        out.push_str(&format!("\n{}{}\n\n", self.paint.on(BOLD_GREEN, head), self.bold(tail)));
        self.prose(out, more);
    }

    /// What the plan found out; findings with the same words share them.
    fn findings(&self, out: &mut String, findings: &[Finding]) {
        if findings.is_empty() {
            return;
        }
        let of = |level| findings.iter().filter(|f| f.level == level).count();
        let (blocks, warns) = (of(FindingLevel::Blocks), of(FindingLevel::Warns));
        let mut parts = Vec::new();
        if blocks > 0 {
            parts.push(
                self.paint.on(BOLD_RED, &format!("{blocks} to settle before this plan can be applied")),
            );
        }
        if warns > 0 {
            parts.push(count(warns, "warning"));
        }
        let informs = of(FindingLevel::Informs);
        if informs > 0 {
            parts.push(count(informs, "note"));
        }
        out.push_str(&format!("\n{} {}\n", self.bold("Findings:"), parts.join(", ")));
        let mut sorted: Vec<&Finding> = findings.iter().collect();
        sorted.sort_by_key(|f| f.level);
        let mut groups: Vec<Vec<&Finding>> = Vec::new();
        for finding in sorted {
            let alike = |g: &&mut Vec<&Finding>| {
                let first = g[0];
                (first.code, first.level, &first.summary, &first.detail)
                    == (finding.code, finding.level, &finding.summary, &finding.detail)
            };
            match groups.iter_mut().find(alike) {
                Some(group) => group.push(finding),
                None => groups.push(vec![finding]),
            }
        }
        for group in groups {
            let first = group[0];
            let (word, look) = match first.level {
                FindingLevel::Blocks => ("Blocks", BOLD_RED),
                FindingLevel::Warns => ("Warning", super::style::BOLD_YELLOW),
                FindingLevel::Informs => ("Note", BOLD_CYAN),
            };
            out.push_str(&format!(
                "\n  {} {} [{}]\n",
                self.paint.on(look, &format!("{word}:")),
                self.bold(&first.summary),
                first.code
            ));
            for finding in &group {
                match (&finding.addr, &finding.id) {
                    (Some(addr), Some(id)) => out.push_str(&format!("    {addr}\n      {id}\n")),
                    (Some(addr), None) => out.push_str(&format!("    {addr}\n")),
                    (None, Some(id)) => out.push_str(&format!("    {id}\n")),
                    (None, None) => {}
                }
            }
            for line in wrap(&first.detail, self.width.saturating_sub(4)).lines() {
                out.push_str(format!("    {line}").trim_end());
                out.push('\n');
            }
        }
    }
}

/// The reason in parentheses of a removal.
fn why_removed(change: &Change) -> Option<String> {
    let key = change.addr.key.as_ref().map(|k| k.to_string()).unwrap_or_default();
    let resource = &change.addr.resource;
    let detail = change.reason_detail.as_deref();
    Some(match change.reason? {
        Reason::NoResourceConfig => {
            format!("because {} is not in configuration", detail.unwrap_or(&resource.local()))
        }
        Reason::NoModule => {
            format!("because {} is not in configuration", detail.unwrap_or(&resource.module.to_string()))
        }
        Reason::NoMoveTarget => format!(
            "because {} is not in configuration",
            detail.map_or_else(
                || change.addr.to_string(),
                |d| format!("{} was moved to {d}, which", change.addr)
            )
        ),
        Reason::WrongRepetition => match (&change.addr.key, detail) {
            (_, Some(detail)) => format!("because {detail}"),
            (Some(crate::plan::addr::Key::Index(_)), _) => "because resource does not use count".into(),
            (Some(_), _) => "because resource does not use for_each".into(),
            (None, _) => "because resource uses count or for_each".into(),
        },
        Reason::CountIndex => format!("because index {key} is out of range for count"),
        Reason::EachKey => format!("because key {key} is not in for_each map"),
        _ => return None,
    })
}
