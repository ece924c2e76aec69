//! A configuration for what is imported and has none: written, planned, and corrected until its plan is quiet.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use tokio_util::sync::CancellationToken;

use super::{AllFunctions, Builtins, Stack, halted, recover, validate};
use crate::apply;
use crate::config::Config;
use crate::lang::schema::BlockSpec;
use crate::lang::{Diagnostics, Severity, Value};
use crate::plan::generate::text::{self, Lessons};
use crate::plan::generate::{self, Found};
use crate::plan::live::LiveCache;
use crate::plan::model::ChangeAction;
use crate::plan::options::PlanOptions;
use crate::plan::run::{self, Planning};
use crate::ui::progress::Progress;

/// The most plans of one text: each teaches something new.
const PLANS: usize = 40;

/// The most often that one argument is written or left out anew.
const TURNS: u32 = 2;

/// What was generated.
pub struct Generated {
    /// The file.
    pub text: String,
    /// The configuration with it.
    pub config: Config,
    /// Its plan; its errors are those that were left.
    pub planning: Planning,
}

/// Reads the configuration with one file more.
pub type Reload<'a> = &'a dyn Fn(&str) -> (Config, Diagnostics);

/// The text of a round, and what each of its lines is about.
struct Draft {
    text: String,
    blocks: Vec<String>,
    places: Vec<(usize, String)>,
}

impl Stack {
    /// Writes blocks for what `import` blocks name and no block has, and plans with them. `file` is the name under which
    /// `reload` puts the text among the files. Nothing: every import has its block.
    #[allow(clippy::too_many_arguments)]
    pub async fn generate(
        &mut self,
        config: &Config,
        reload: Reload<'_>,
        file: &str,
        variables: &BTreeMap<Arc<str>, Value>,
        options: &PlanOptions,
        progress: &dyn Progress,
        cancel: &CancellationToken,
    ) -> Result<Option<Generated>, Diagnostics> {
        let warnings = recover::run(self, config, variables, options, progress, cancel).await?;
        let now = SystemTime::now();
        let functions = AllFunctions(Builtins::planning(&self.root, Some(now)));
        let mut cache = LiveCache::default();
        let work = async {
            let inputs = self.inputs(config, variables, options, &functions, now);
            let mut found = generate::find(&inputs, &mut cache, &self.session).await?;
            if found.is_empty() {
                return Ok(None);
            }
            found.sort_by(|a, b| a.addr.cmp(&b.addr));
            let mut lessons: Vec<Lessons> = vec![Lessons::default(); found.len()];
            for last in (0..PLANS).rev() {
                let draft = draft(&found, &lessons);
                let (with, mut wrong) = reload(&draft.text);
                if !wrong.has_errors() {
                    wrong.extend(validate(&with, &self.root));
                }
                let mut planning = Planning::default();
                if wrong.has_errors() {
                    planning.plan.errored = true;
                    planning.plan.timestamp = inputs.timestamp.clone();
                } else {
                    cache.forced.clear();
                    let inputs = self.inputs(&with, variables, options, &functions, now);
                    planning = run::plan(&inputs, &mut cache, &self.session).await?;
                    planning.plan.forecast = apply::forecast::of(&planning.instances, &planning.deposed);
                    wrong = std::mem::take(&mut planning.diagnostics);
                }
                let learned = learn(&found, &draft, file, &wrong, &planning, &mut lessons);
                if learned && last > 0 {
                    continue;
                }
                planning.diagnostics = wrong;
                for change in &mut planning.plan.changes {
                    let at = found.iter().position(|f| f.addr == change.addr);
                    change.generated = at.map(|at| draft.blocks[at].as_str().into());
                }
                return Ok(Some(Generated { text: draft.text, config: with, planning }));
            }
            Ok(None)
        };
        let made: Result<Option<Generated>, Diagnostics> = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(halted()),
            made = work => made,
        };
        let mut made = made?;
        if let Some(generated) = &mut made {
            generated.planning.diagnostics.extend(warnings);
            self.cache = cache;
        }
        Ok(made)
    }
}

fn draft(found: &[Found], lessons: &[Lessons]) -> Draft {
    let blocks: Vec<(&Found, text::Written)> = found
        .iter()
        .zip(lessons)
        .map(|(one, lessons)| {
            let inside = |other: &Found| match (&one.at, &other.at) {
                (Some(outer), Some(inner)) => inner != outer && inner.is_within(outer),
                _ => false,
            };
            (one, text::block(one, lessons, found.iter().any(inside)))
        })
        .collect();
    let texts = blocks.iter().map(|(_, w)| crate::lang::syntax::format(&(w.lines.join("\n") + "\n")));
    let texts: Vec<String> = texts.map(|t| t.trim_end().to_string()).collect();
    let (text, places) = text::file(&blocks);
    Draft { text, blocks: texts, places }
}

/// Takes from the errors and the changes of a plan what is to be written otherwise. Is there anything new?
fn learn(
    found: &[Found],
    draft: &Draft,
    file: &str,
    wrong: &Diagnostics,
    planning: &Planning,
    lessons: &mut [Lessons],
) -> bool {
    let mut new = false;
    let mut told = vec![false; found.len()];
    for one in wrong.0.iter().filter(|d| d.severity == Severity::Error) {
        let Some(span) = one.subject.as_ref().filter(|s| s.source.path == *file) else { continue };
        let line = span.source.position(span.range.start).0;
        let Some((at, path)) = draft.places.get(line - 1) else { continue };
        // The next plan shows whether what else is wrong still is.
        if *at >= found.len() || path.is_empty() || told[*at] || required(&found[*at].schema, path) {
            continue;
        }
        if turn(&mut lessons[*at], path, false) {
            (told[*at], new) = (true, true);
        }
    }
    if wrong.has_errors() {
        return new;
    }
    for (at, one) in found.iter().enumerate() {
        let Some(planned) = planning.instances.get(&one.addr) else { continue };
        let change = &planned.change;
        let (Some(before), Some(after)) = (&change.before, &change.after) else { continue };
        if change.action == ChangeAction::NoOp {
            continue;
        }
        let mut differing = Vec::new();
        differences(&one.schema, before, after, "", &mut differing);
        let written: Vec<&str> =
            draft.places.iter().filter(|(of, _)| *of == at).map(|(_, path)| path.as_str()).collect();
        for path in differing {
            let is_written = written.contains(&path.as_str());
            if !(is_written && required(&one.schema, &path)) {
                new |= turn(&mut lessons[at], &path, !is_written);
            }
        }
    }
    new
}

/// Decides an argument otherwise, if that was not done too often.
fn turn(lessons: &mut Lessons, path: &str, write: bool) -> bool {
    let turns = lessons.turns.entry(path.to_string()).or_default();
    if *turns >= TURNS {
        return false;
    }
    *turns += 1;
    let (to, from) = match write {
        true => (&mut lessons.write, &mut lessons.leave),
        false => (&mut lessons.leave, &mut lessons.write),
    };
    from.remove(path);
    to.insert(path.to_string())
}

/// Must an argument or block be written where what is around it is?
fn required(spec: &BlockSpec, path: &str) -> bool {
    match path.split_once('.') {
        Some((name, below)) => spec.block(name).is_some_and(|b| required(&b.block, below)),
        None => {
            spec.attribute(path).is_some_and(|a| a.required) || spec.block(path).is_some_and(|b| b.min > 0)
        }
    }
}

/// The arguments that differ; within a block where there is one on both sides.
fn differences(spec: &BlockSpec, before: &Value, after: &Value, at: &str, all: &mut Vec<String>) {
    let differ = |name: &str| {
        let part = |v: &Value| v.get(name).map(Value::unmarked_deep);
        part(before) != part(after)
    };
    for attribute in spec.attributes.iter().filter(|a| a.is_argument() && !a.sensitive && differ(&a.name)) {
        all.push(format!("{at}{}", attribute.name));
    }
    for nested in spec.blocks.iter().filter(|b| differ(&b.name)) {
        let elements = |v: &Value| v.get(&nested.name).and_then(Value::as_sequence).map(<[Value]>::to_vec);
        let (was, is) = (elements(before).unwrap_or_default(), elements(after).unwrap_or_default());
        if let ([was], [is]) = (&was[..], &is[..]) {
            differences(&nested.block, was, is, &format!("{at}{}.", nested.name), all);
        } else {
            all.push(format!("{at}{}", nested.name));
        }
    }
}
