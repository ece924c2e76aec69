//! A table as a lens.

use std::sync::Arc;

use super::table::{Mode, Place, Row, Table, What};
use super::write::withdraw;
use crate::arm::id::ArmId;
use crate::catalog::lens::{Claim, Context, Lens, OnDemand, Problem, Replace, Stop, Target, Withdraw};
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

    fn check(&self, config: &Value, cx: &Context<'_>) -> Vec<Problem> {
        self.check_config(config, cx)
    }

    fn complete(&self, config: &Value, cx: &Context<'_>) -> Value {
        self.complete_config(config, cx)
    }

    fn claims(&self, config: &Value, cx: &Context<'_>) -> Result<Vec<Claim>, Stop> {
        self.make_claims(config, cx)
    }

    fn withdrawals(
        &self,
        documents: &[(Arc<str>, ArmId, Arc<str>, bool)],
        cx: &Context<'_>,
    ) -> Result<Vec<Claim>, Stop> {
        let all = documents.iter().map(|(key, id, api_version, owns)| {
            let word = key.split('/').next().unwrap_or_default();
            let doc = self.doc(key).or_else(|| self.docs.iter().find(|d| d.key == word && d.each.is_some()));
            let going = doc.map_or(Withdraw::Leave, |doc| withdraw(doc, id, cx.provider));
            Claim {
                key: key.clone(),
                target: Target::Id(id.clone()),
                api_version: api_version.clone(),
                owns: *owns,
                write: doc.map_or(crate::catalog::lens::Write::Merge, |d| d.write),
                body: Value::object::<Arc<str>>([]),
                unread: Vec::new(),
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
        let word = key.split('/').next().unwrap_or_default();
        if self.doc(key).is_none()
            && let Some((block, _)) = self.docs.iter().find(|d| d.key == word).and_then(|d| d.each)
        {
            return vec![PathStep::Attribute(block.into())];
        }
        let rows = || self.rows.iter().filter(|r| r.doc == key && !self.is_each(r));
        find(&mut rows(), config, path).map(|(argument, _)| argument).unwrap_or_default()
    }

    fn replaces(&self, argument: &[PathStep], before: &Value, after: &Value) -> Replace {
        judge(&self.rows, argument, before, after)
    }

    fn on_demand(&self, attribute: &str) -> Option<OnDemand> {
        let row = self.rows.iter().find(|r| r.name == attribute)?;
        let demand = row.demand?;
        let doc = self.docs.first()?;
        Some(OnDemand { action: demand.action, api_version: doc.api_version, take: demand.take })
    }

    fn not_in_arm(&self, attribute: &str) -> Option<&'static str> {
        self.rows.iter().find(|r| r.name == attribute)?.not_in_arm
    }

    fn import(&self, id: &str, cx: &Context<'_>) -> Result<Vec<(Arc<str>, ArmId, Arc<str>, bool)>, Problem> {
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
        if !parsed.is_type(doc.arm_type) {
            let found = parsed.resource_type();
            return Err(wrong(format!("`{id}` is a `{found}`, but `{}` is a `{}`", self.name, doc.arm_type)));
        }
        Ok(vec![(doc.key.into(), parsed, doc.api_version.into(), doc.owns)])
    }
}

fn step_name(step: &PathStep) -> Option<&str> {
    match step {
        PathStep::Attribute(n) | PathStep::Key(n) => Some(n),
        PathStep::Index(_) => None,
    }
}

/// The argument at a path of a document, and how many steps of the path it explains.
fn find(
    rows: &mut dyn Iterator<Item = &Row>,
    config: &Value,
    path: &[PathStep],
) -> Option<(Vec<PathStep>, usize)> {
    let mut best: Option<(Vec<PathStep>, (usize, bool))> = None;
    for row in rows {
        let value = config.get(row.name);
        if value.is_none() && config.as_entries().is_some() {
            // Another major version's name.
            continue;
        }
        let written =
            value.is_some_and(|v| !v.is_null() && v.as_sequence().is_none_or(|all| !all.is_empty()));
        let mut offer = |argument: Vec<PathStep>, score: usize| {
            if best.as_ref().is_none_or(|(_, s)| (score, written) > *s) {
                best = Some((argument, (score, written)));
            }
        };
        if row.alias.is_some() || row.refused.is_some() || row.own || row.mode == Mode::Computed {
            continue;
        }
        let name = PathStep::Attribute(row.name.into());
        let common = |steps: &[&str]| {
            steps
                .iter()
                .zip(path)
                .take_while(|(s, p)| step_name(p).is_some_and(|p| p.eq_ignore_ascii_case(s)))
                .count()
        };
        for (beside, _) in &row.beside {
            if common(beside) == beside.len() && !beside.is_empty() {
                offer(vec![name.clone()], 2 * beside.len());
            }
        }
        let empty = [Vec::new()];
        let paths: &[_] = if row.paths.is_empty() && row.as_block().is_some() { &empty } else { &row.paths };
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
            match &row.what {
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
                    let found = find(&mut block.rows.iter(), element, inner);
                    match found {
                        Some((below, score)) if block.nesting != Nesting::Set => {
                            let mut argument = vec![name.clone(), PathStep::Index(index)];
                            argument.extend(below);
                            offer(argument, 2 * n + score);
                        }
                        Some((_, score)) => offer(vec![name.clone()], 2 * n + score),
                        None if n > 0 => offer(vec![name.clone()], 2 * n),
                        None => {}
                    }
                }
            }
        }
    }
    best.map(|(argument, (score, _))| (argument, score))
}

/// What a change of an argument means, from the rows on its way.
fn judge(rows: &[Row], argument: &[PathStep], before: &Value, after: &Value) -> Replace {
    let Some((first, rest)) = argument.split_first() else { return Replace::No };
    let Some(row) = step_name(first).and_then(|name| rows.iter().find(|r| r.name == name)) else {
        return Replace::No;
    };
    let rest = match rest.first() {
        Some(PathStep::Index(_)) => &rest[1..],
        _ => rest,
    };
    if let Some(decide) = row.replaces
        && rest.is_empty()
    {
        return decide(before, after);
    }
    if row.new {
        let in_place = row.as_block().is_some_and(|block| only_in_place(&block.rows, rest, before, after));
        return if in_place { Replace::No } else { Replace::Yes };
    }
    match row.as_block() {
        Some(block) if !rest.is_empty() => judge(&block.rows, rest, before, after),
        Some(block) => judge_block(&block.rows, before, after),
        None => Replace::No,
    }
}

/// Whether, of a block whose changes replace, only arguments changed that can be changed in place.
fn only_in_place(rows: &[Row], rest: &[PathStep], before: &Value, after: &Value) -> bool {
    if let Some(name) = rest.first().and_then(step_name) {
        return rows.iter().any(|r| r.name == name && r.in_place);
    }
    let (a, b) = (before.as_sequence().unwrap_or_default(), after.as_sequence().unwrap_or_default());
    let part =
        |of: &Value, row: &Row| of.get(row.name).cloned().unwrap_or_else(|| Value::null(Type::Dynamic));
    a.len() == b.len()
        && rows.iter().any(|r| r.in_place)
        && a.iter()
            .zip(b)
            .all(|(x, y)| rows.iter().filter(|r| !r.in_place).all(|r| same(&part(x, r), &part(y, r))))
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
