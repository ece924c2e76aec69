//! A table as a lens.

use std::sync::Arc;

use super::table::{Mode, Place, Row, Table, What};
use super::write::{turned, withdraw};
use crate::arm::id::ArmId;
use crate::catalog::lens::{
    Claim, Context, Detail, Lens, OnDemand, Problem, Recorded, Replace, STAND_IN, Stop, Target, Withdraw,
};
use crate::catalog::value::{error, same};
use crate::lang::schema::{Nesting, ResourceSchema};
use crate::lang::{PathStep, Type, Value};

impl Lens for Table {
    fn schema(&self, provider_major: u32) -> Arc<ResourceSchema> {
        self.schema_of(provider_major)
    }

    fn timeouts(&self) -> [u32; 4] {
        self.timeouts
    }

    fn documents(&self) -> Vec<(&'static str, &'static str)> {
        let mut all = Vec::new();
        for doc in &self.docs {
            if !all.contains(&(doc.arm_type, doc.api_version)) {
                all.push((doc.arm_type, doc.api_version));
            }
        }
        all
    }

    fn detail(&self, path: &[&str]) -> Detail {
        self.detail_of(path)
    }

    fn check(&self, config: &Value, cx: &Context<'_>) -> Vec<Problem> {
        self.check_config(config, cx)
    }

    fn complete(&self, config: &Value, cx: &Context<'_>) -> Value {
        self.complete_config(config, cx)
    }

    fn claims(&self, config: &Value, cx: &Context<'_>) -> Result<Vec<Claim>, Stop> {
        self.make_claims(config, cx)
    }

    fn withdrawals(&self, documents: &[Recorded], cx: &Context<'_>) -> Result<Vec<Claim>, Stop> {
        let all = documents.iter().map(|Recorded { key, id, api_version, owns }| {
            let word = key.split('/').next().unwrap_or_default();
            let each = || self.docs.iter().find(|d| d.key == word && d.each.is_some());
            let item = || self.docs.iter().find(|d| d.item.is_some());
            let doc = self.doc(key).or_else(each).or_else(item);
            let delete = || Withdraw::Delete { query: Vec::new(), then: Vec::new() };
            let going = if key.ends_with(STAND_IN) { Some(delete()) } else { None };
            let going = going
                .unwrap_or_else(|| doc.map_or(Withdraw::Leave, |doc| withdraw(doc, key, id, cx.provider)));
            Claim {
                key: key.clone(),
                target: Target::Id(id.clone()),
                api_version: api_version.clone(),
                owns: *owns,
                write: doc.map_or(crate::catalog::lens::Write::Merge, |d| d.write),
                body: Value::object::<Arc<str>>([]),
                unread: Vec::new(),
                yields: Vec::new(),
                withdraw: going,
                locks: Vec::new(),
                options: None,
            }
        });
        Ok(all.collect())
    }

    fn attributes(
        &self,
        config: &Value,
        documents: &dyn Fn(&str) -> Option<Arc<Value>>,
        planned: bool,
        cx: &Context<'_>,
    ) -> Result<Value, Stop> {
        self.read_attributes(config, documents, planned, cx)
    }

    fn argument_of(&self, config: &Value, key: &str, path: &[PathStep]) -> Vec<PathStep> {
        self.arguments_of(config, key, path).swap_remove(0)
    }

    fn arguments_of(&self, config: &Value, key: &str, path: &[PathStep]) -> Vec<Vec<PathStep>> {
        let word = key.split('/').next().unwrap_or_default();
        let key = key.strip_suffix(STAND_IN).unwrap_or(key);
        if self.doc(key).is_none()
            && let Some((block, _)) = self.docs.iter().find(|d| d.key == word).and_then(|d| d.each)
        {
            return vec![vec![PathStep::Attribute(block.into())]];
        }
        if let (Some(Place::ChildNamed(_, block, name)), [PathStep::Attribute(own)]) =
            (self.doc(key).map(|d| &d.place), path)
            && &**own == "name"
            && !block.is_empty()
        {
            let step = |name: &str| PathStep::Attribute(name.into());
            return vec![vec![step(block), PathStep::Index(0), step(name)]];
        }
        let named = |name: &str| self.rows.iter().find(|r| r.name == name);
        // The key of a shared array's item is its id.
        let key = if self.docs.iter().any(|d| d.item.is_some()) { "" } else { key };
        let doc_of = |row: &Row| row.alias.and_then(|(target, _)| named(target)).map_or(row.doc, |r| r.doc);
        let rows: Vec<&Row> = self.rows.iter().filter(|r| doc_of(r) == key && !self.is_each(r)).collect();
        let mut all: Vec<Vec<PathStep>> = find(&rows, config, path).into_iter().map(|o| o.argument).collect();
        if all.is_empty() {
            all.push(Vec::new());
        }
        all
    }

    fn replaces(&self, argument: &[PathStep], before: &Value, after: &Value) -> Replace {
        judge(&self.rows, argument, before, after)
    }

    fn on_demand(&self, attribute: &str, provider_major: u32) -> Option<OnDemand> {
        let row = self.rows.iter().find(|r| r.name == attribute)?;
        let demand = row.demand?;
        let doc = self.docs.first()?;
        Some(OnDemand {
            action: demand.action,
            api_version: doc.api_version,
            take: demand.take,
            secrets: demand.secrets(provider_major),
        })
    }

    fn not_in_arm(&self, attribute: &str) -> Option<&'static str> {
        self.rows.iter().find(|r| r.name == attribute)?.not_in_arm
    }

    fn beside(
        &self,
        primary: &ArmId,
        object: &Value,
        cx: &Context<'_>,
    ) -> Result<Vec<(Arc<str>, Arc<Value>)>, Stop> {
        self.documents_beside(primary, object, cx)
    }

    fn import(&self, id: &str, cx: &Context<'_>) -> Result<Vec<Recorded>, Problem> {
        let Some(doc) = self.docs.first() else { return Ok(Vec::new()) };
        let wrong = |why: String| error(Vec::new(), "Invalid import id", format!("{why}."));
        let parse = |id: &str| ArmId::parse(id).map_err(|e| wrong(e.to_string()));
        let parsed = match (self.hooks.import, self.pair, id.split_once('|')) {
            (Some(own), ..) => own(id, cx)?,
            // The first is what the document is on, or the document itself.
            (_, Some(_), Some((first, second))) => match &doc.place {
                Place::Under(_) => {
                    ArmId::build(&parse(first)?, doc.arm_type, second).map_err(|e| wrong(e.to_string()))?
                }
                _ => parse(first)?,
            },
            (_, Some((first, second)), None) => {
                parse(id).map_err(|_| wrong(format!("`{id}` is not `{{{first}}}|{{{second}}}`")))?
            }
            _ => parse(id)?,
        };
        let held = |kind: &str| crate::catalog::type_facts(kind).item_of;
        let alike = held(doc.arm_type).is_some() && held(parsed.resource_type()) == held(doc.arm_type);
        if !parsed.is_type(doc.arm_type) && !alike {
            let found = parsed.resource_type();
            return Err(wrong(format!("`{id}` is a `{found}`, but `{}` is a `{}`", self.name, doc.arm_type)));
        }
        let second = id.split_once('|').map(|(_, second)| second.to_lowercase());
        let key = doc.item.and(second).map_or_else(|| doc.key.into(), Arc::from);
        Ok(vec![Recorded { key, id: parsed, api_version: doc.api_version.into(), owns: doc.owns }])
    }
}

fn step_name(step: &PathStep) -> Option<&str> {
    match step {
        PathStep::Attribute(n) | PathStep::Key(n) => Some(n),
        PathStep::Index(_) => None,
    }
}

/// Does a path lead through these names?
fn begins(path: &[PathStep], names: &[&str]) -> bool {
    names.len() <= path.len() && names.iter().zip(path).all(|(n, step)| step_name(step) == Some(*n))
}

/// An argument that may have made a path of a document.
struct Offer {
    argument: Vec<PathStep>,
    /// How much of the path it explains.
    score: usize,
    /// The configuration writes it.
    written: bool,
}

/// The arguments that explain most of a path of a document, those that are written first.
fn find(rows: &[&Row], config: &Value, path: &[PathStep]) -> Vec<Offer> {
    let is_written = |row: &Row| {
        config
            .get(row.name)
            .is_some_and(|v| !v.is_null() && v.as_sequence().is_none_or(|all| !all.is_empty()))
    };
    let mut all: Vec<Offer> = Vec::new();
    for row in rows {
        let value = config.get(row.name);
        if value.is_none() && config.as_entries().is_some() {
            // Another major version's name.
            continue;
        }
        let written = is_written(row);
        if let Some(of) = row.version_of
            && written
            && rows.iter().any(|r| r.name == of && r.paths.iter().any(|p| begins(path, p)))
        {
            // It stands for what nobody is told.
            all.push(Offer { argument: vec![PathStep::Attribute(row.name.into())], score: 1_000, written });
        }
        let hidden = row.own && row.alias.is_none() && row.paths.is_empty();
        if hidden || row.refused.is_some() || row.mode == Mode::Computed {
            continue;
        }
        // What is written under another name is shown under that name.
        let other = row.alias.and_then(|(target, _)| rows.iter().find(|r| r.name == target));
        let renamed = |target: &Row| {
            !is_written(target)
                && rows.iter().any(|r| r.alias.is_some_and(|(t, _)| t == target.name) && is_written(r))
        };
        let source: &Row = match (row.alias, other) {
            (Some(_), Some(target)) if written && !is_written(target) => target,
            (Some(_), _) => continue,
            _ if renamed(row) => continue,
            _ => row,
        };
        let mut offer = |argument: Vec<PathStep>, score: usize| all.push(Offer { argument, score, written });
        let name = PathStep::Attribute(row.name.into());
        let common = |steps: &[&str]| {
            steps
                .iter()
                .zip(path)
                .take_while(|(s, p)| step_name(p).is_some_and(|p| p.eq_ignore_ascii_case(s)))
                .count()
        };
        for (beside, _) in &source.beside {
            if common(beside) == beside.len() && !beside.is_empty() {
                offer(vec![name.clone()], 2 * beside.len());
            }
        }
        let empty = [Vec::new()];
        let paths: &[_] =
            if source.paths.is_empty() && source.as_block().is_some() { &empty } else { &source.paths };
        for steps in paths {
            let n = common(steps);
            if n < steps.len() {
                // The path ends above the row: the row is a part of what changed.
                if n == path.len() && n > 0 {
                    offer(vec![name.clone()], 2 * n - 1);
                }
                continue;
            }
            let rest = &path[n..];
            match &source.what {
                What::Plain(ty) => {
                    let mut argument = vec![name.clone()];
                    if let (Type::Map(_), Some(key)) = (ty, rest.first().and_then(step_name)) {
                        argument.push(PathStep::Key(key.into()));
                    }
                    offer(argument, 2 * n + 1);
                }
                What::Block(block) => {
                    let (index, inner) = match rest.first() {
                        Some(PathStep::Index(i)) if block.many => (*i, &rest[1..]),
                        _ if block.many => (0, &rest[..0]),
                        _ => (0, rest),
                    };
                    let nothing = Value::null(Type::Dynamic);
                    let elements = value.and_then(Value::as_sequence).unwrap_or_default();
                    let element = elements.get(index).or(elements.first()).unwrap_or(&nothing);
                    let inside: Vec<&Row> = block.rows.iter().collect();
                    let found = find(&inside, element, inner);
                    if found.is_empty() && n > 0 {
                        offer(vec![name.clone()], 2 * n);
                    }
                    for below in found {
                        let mut argument = vec![name.clone()];
                        // What is written anew or taken away is the block as a whole.
                        let gone = value.is_some() && elements.is_empty();
                        if block.nesting != Nesting::Set && !gone {
                            argument.push(PathStep::Index(index));
                            argument.extend(below.argument);
                        }
                        offer(argument, 2 * n + below.score);
                    }
                }
            }
        }
    }
    let best = all.iter().map(|o| o.score).max().unwrap_or_default();
    all.retain(|o| o.score == best);
    all.sort_by_key(|o| !o.written);
    all
}

/// What a change of an argument means, from the rows on its way.
fn judge(rows: &[Row], argument: &[PathStep], before: &Value, after: &Value) -> Replace {
    let Some((first, rest)) = argument.split_first() else { return Replace::No };
    let Some(row) = step_name(first).and_then(|name| rows.iter().find(|r| r.name == name)) else {
        return Replace::No;
    };
    if let Some((target, inverted)) = row.alias {
        let named = [PathStep::Attribute(target.into())];
        return judge(rows, &named, &turned(before, inverted), &turned(after, inverted));
    }
    let rest = match rest.first() {
        Some(PathStep::Index(_)) => &rest[1..],
        _ => rest,
    };
    if let Some(decide) = row.replaces {
        return decide(before, after);
    }
    let count = |v: &Value| v.as_sequence().map_or(0, <[Value]>::len);
    match row.as_block() {
        _ if row.new => Replace::Yes,
        Some(block) if !rest.is_empty() => judge(&block.rows, rest, before, after),
        Some(_) if row.new_whole && count(before) != count(after) => Replace::Yes,
        Some(block) => judge_block(&block.rows, before, after),
        None => Replace::No,
    }
}

/// A block as a whole changed: what of its arguments did?
fn judge_block(rows: &[Row], before: &Value, after: &Value) -> Replace {
    let (a, b) = (before.as_sequence().unwrap_or_default(), after.as_sequence().unwrap_or_default());
    let nothing = Value::null(Type::Dynamic);
    for index in 0..a.len().max(b.len()) {
        let (x, y) = (a.get(index).unwrap_or(&nothing), b.get(index).unwrap_or(&nothing));
        for row in rows.iter().filter(|r| r.mode != Mode::Computed) {
            let (old, new) = (x.get(row.name).unwrap_or(&nothing), y.get(row.name).unwrap_or(&nothing));
            if same(old, new) {
                continue;
            }
            let verdict = judge(rows, &[PathStep::Attribute(row.name.into())], old, new);
            if verdict != Replace::No {
                return verdict;
            }
        }
    }
    Replace::No
}
