//! Instances that the ledger knows and the configuration does not want (any more).

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::addr::{InstanceAddr, Key, Mode, ModulePath};
use super::instance::{ArmWork, ClaimPlan, LocalWork, Planned, Work};
use super::live::{PlanReader, ProviderKey};
use super::model::{Change, ChangeAction, DocumentChange, DocumentVerb, Drift, PlanMode, Reason};
use super::removes;
use super::repeat::{self, Block};
use super::walk::Walk;
use crate::catalog::{Claim, Context, Fetched, Lens, LookUp, ProviderConfig, Recorded, Stop, Target};
use crate::lang::{Diagnostic, Value};
use crate::ledger::Record;

/// What was found of an instance that must go.
pub enum Orphan {
    /// It goes.
    Goes(Rc<Planned>),
    /// It is gone already.
    Gone(Option<Box<Drift>>),
}

/// Plans the deletion of everything in the ledger that was not planned.
pub fn plan(walk: &Walk<'_>) -> BTreeMap<InstanceAddr, Orphan> {
    let options = walk.inputs.options;
    let mut all = BTreeMap::new();
    for (text, record) in &walk.inputs.ledger.instances {
        let Ok(addr) = InstanceAddr::parse(text) else { continue };
        if walk.planned.borrow().contains_key(&addr) || !concerned(walk, &addr) {
            continue;
        }
        if record.documents.is_empty() && record.object.is_none() {
            // Nothing of it is left but what replacements deposed.
            if record.deposed.is_empty() {
                all.insert(addr, Orphan::Gone(None));
            }
            continue;
        }
        let (reason, detail) = match options.mode {
            PlanMode::Destroy => (None, None),
            _ => match home(walk, &addr) {
                home if failed(&home, &addr) => continue,
                home => why(walk, &addr, &home),
            },
        };
        if let Some(found) = orphan(walk, &addr, record, reason, detail) {
            if matches!(found, Orphan::Goes(_)) {
                prevented(walk, &addr);
            }
            all.insert(addr, found);
        }
    }
    all
}

/// Plans the deletion of what replacements that did not finish left: `None` where it is gone already.
pub fn deposed(walk: &Walk<'_>) -> Vec<(InstanceAddr, String, Option<Rc<Planned>>)> {
    let mut all = Vec::new();
    for (text, record) in walk.inputs.ledger.instances.iter().filter(|(_, r)| !r.deposed.is_empty()) {
        let Ok(addr) = InstanceAddr::parse(text) else { continue };
        // What is forgotten is forgotten as a whole.
        if !concerned(walk, &addr) || forgets(walk, &addr) {
            continue;
        }
        for (key, left) in &record.deposed {
            let alone = Arc::new(Record {
                provider: record.provider.clone(),
                documents: left.documents.clone(),
                object: left.object.clone(),
                depends_on: record.depends_on.clone(),
                ..Record::default()
            });
            match orphan(walk, &addr, &alone, None, None) {
                Some(Orphan::Goes(mut planned)) => {
                    if let Some(planned) = Rc::get_mut(&mut planned) {
                        planned.change.deposed = Some(key.clone());
                    }
                    all.push((addr.clone(), key.clone(), Some(planned)));
                }
                Some(Orphan::Gone(_)) => all.push((addr.clone(), key.clone(), None)),
                None => {}
            }
        }
    }
    all
}

/// Where an instance has its block.
enum Home {
    /// There is none in the configuration.
    None,
    /// There is, in a module instance that is not.
    NoModule,
    /// Whether there is its module instance is not known, because of an error.
    Unknown,
    /// There.
    Block(Rc<Block>),
}

fn home(walk: &Walk<'_>, addr: &InstanceAddr) -> Home {
    let mut module = ModulePath::root();
    let mut there = true;
    for (name, key) in &addr.resource.module.0 {
        if !walk.scope(&module).is_some_and(|scope| scope.module.children.contains_key(name)) {
            return Home::None;
        }
        let call = walk.call(&module, name);
        if call.is_unknown() {
            return Home::Unknown;
        }
        there &= call.has(key.as_ref());
        module = module.child(name, key.clone());
    }
    let Some(scope) = walk.scope(&module) else { return Home::None };
    let mode = match addr.resource.mode {
        Mode::Data => crate::lang::refs::Mode::Data,
        Mode::Managed => crate::lang::refs::Mode::Managed,
    };
    let Some(resource) = scope.module.resource(mode, &addr.resource.ty, &addr.resource.name) else {
        return Home::None;
    };
    if !there {
        return Home::NoModule;
    }
    walk.block(&scope, resource).map_or(Home::None, Home::Block)
}

/// Is it wanted, or may it be, and only not planned because of an error?
fn failed(home: &Home, addr: &InstanceAddr) -> bool {
    match home {
        Home::None | Home::NoModule => false,
        Home::Unknown => true,
        Home::Block(block) => block.repetition.is_unknown() || block.repetition.has(addr.key.as_ref()),
    }
}

/// Is the instance among what is planned at all?
fn concerned(walk: &Walk<'_>, addr: &InstanceAddr) -> bool {
    let options = walk.inputs.options;
    options.mode != PlanMode::RefreshOnly
        && (options.targets.is_empty() || options.targets.iter().any(|t| t.covers(addr)))
}

fn orphan(
    walk: &Walk<'_>,
    addr: &InstanceAddr,
    record: &Arc<Record>,
    reason: Option<Reason>,
    detail: Option<String>,
) -> Option<Orphan> {
    let key = ProviderKey::parse(&record.provider);
    let major = super::providers::major(walk, &key.address);
    match walk.inputs.options.mocks.resource(addr, &key, major) {
        Some(LookUp::Arm(lens)) => arm(walk, addr, record, lens, reason, detail),
        Some(LookUp::Local(kind)) => {
            let stored = record.object.as_ref().and_then(|o| o.take(walk.inputs.sealer));
            let schema = kind.schema();
            let before = stored.map(|v| super::local::conform(&v, &schema));
            let provider = match kind.in_cloud() {
                true => {
                    let key = ProviderKey::parse(&record.provider);
                    super::providers::by_key(walk, &key)?;
                    Some(key)
                }
                false => None,
            };
            let work = LocalWork {
                provider,
                on: before.as_ref().and_then(|b| super::local::place(kind, b)),
                prior: before.clone(),
                planned: None,
                record: Some(record.clone()),
            };
            let before = before.map(|b| super::marks::by_schema(&b, &schema));
            Some(goes(walk, addr, record, schema, before, Work::Local(work), reason, detail, Vec::new()))
        }
        None => {
            walk.report([Diagnostic::error(
                "Unknown resource type in the ledger",
                format!("The ledger holds {addr}, whose type is not built in. It was written by another version of Ringfence."),
            )]);
            None
        }
    }
}

fn arm(
    walk: &Walk<'_>,
    addr: &InstanceAddr,
    record: &Arc<Record>,
    lens: &'static dyn Lens,
    reason: Option<Reason>,
    detail: Option<String>,
) -> Option<Orphan> {
    let key = ProviderKey::parse(&record.provider);
    let documents = super::arm::recorded(record);
    let Some(provider) = super::providers::by_key(walk, &key) else {
        walk.needs.borrow_mut().read_ahead(&key, documents);
        return None;
    };
    let schema = lens.schema(provider.major);
    let mut live: BTreeMap<String, Option<Arc<Value>>> = BTreeMap::new();
    let reader = walk.reader(&key);
    for Recorded { key, id, api_version, .. } in &documents {
        match reader.live(id, api_version) {
            Fetched::Ready(found) => live.insert(key.to_string(), found),
            _ => {
                walk.deferred.set(true);
                return None;
            }
        };
    }
    let claims = answer(walk, addr, &provider, &reader, &|cx| lens.withdrawals(&documents, cx))?;
    let find = |key: &str| live.get(key).cloned().flatten();
    let primary_gone = record.documents.first().is_some_and(|d| find(&d.key).is_none());
    let null = Value::null(crate::lang::Type::Dynamic);
    if primary_gone {
        let before = record.documents.first().filter(|_| !record.unfinished).map(|d| {
            let drift = Drift {
                addr: addr.clone(),
                previous_addr: None,
                provider: key.address.clone(),
                schema: schema.clone(),
                before: Value::object([("id", Value::string(&d.id))]),
                after: None,
                relevant: false,
            };
            Box::new(drift)
        });
        return Some(Orphan::Gone(before));
    }
    let before = attributes(walk, addr, &provider, &reader, &|cx| lens.attributes(&null, &find, false, cx))?;
    let before = record.veil(super::marks::by_schema(&before, &schema));
    let changes = claims.iter().map(|c| DocumentChange {
        id: match &c.target {
            Target::Id(id) => Some(id.clone()),
            Target::Unknown => None,
        },
        verb: if c.owns { DocumentVerb::Delete } else { DocumentVerb::Update },
    });
    let changes = changes.collect();
    let prior = claims.into_iter().map(|claim| ClaimPlan::going(find(&claim.key), claim)).collect();
    let work = Work::Arm(ArmWork { provider: key, claims: Vec::new(), prior, record: Some(record.clone()) });
    Some(goes(walk, addr, record, schema, Some(before), work, reason, detail, changes))
}

type Ask<'f, T> = &'f dyn Fn(&Context<'_>) -> Result<T, Stop>;

fn answer(
    walk: &Walk<'_>,
    addr: &InstanceAddr,
    provider: &ProviderConfig,
    reader: &PlanReader<'_>,
    run: Ask<'_, Vec<Claim>>,
) -> Option<Vec<Claim>> {
    settle(walk, addr, run(&Context { provider, reader, wanted: &|_| false, recorded: None }))
}

fn attributes(
    walk: &Walk<'_>,
    addr: &InstanceAddr,
    provider: &ProviderConfig,
    reader: &PlanReader<'_>,
    run: Ask<'_, Value>,
) -> Option<Value> {
    settle(walk, addr, run(&Context { provider, reader, wanted: &|_| false, recorded: None }))
}

fn settle<T>(walk: &Walk<'_>, addr: &InstanceAddr, result: Result<T, Stop>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(Stop::Pending) => {
            walk.deferred.set(true);
            None
        }
        Err(Stop::Problems(problems)) => {
            walk.report(problems.into_iter().map(|p| {
                let mut one = Diagnostic::error(p.summary, p.detail);
                one.severity = p.severity;
                one.with_address(addr.to_string())
            }));
            None
        }
    }
}

#[allow(clippy::too_many_arguments)]
fn goes(
    walk: &Walk<'_>,
    addr: &InstanceAddr,
    record: &Arc<Record>,
    schema: Arc<crate::lang::schema::ResourceSchema>,
    before: Option<Value>,
    work: Work,
    reason: Option<Reason>,
    reason_detail: Option<String>,
    documents: Vec<DocumentChange>,
) -> Orphan {
    let depends: BTreeSet<InstanceAddr> =
        record.depends_on.iter().filter_map(|t| InstanceAddr::parse(t).ok()).collect();
    Orphan::Goes(Rc::new(Planned {
        value: Value::null(crate::lang::Type::Dynamic),
        work,
        depends,
        drift: None,
        findings: Vec::new(),
        change: Change {
            addr: addr.clone(),
            previous_addr: walk.previous(addr),
            provider: ProviderKey::parse(&record.provider).address,
            schema,
            action: if forgets(walk, addr) { ChangeAction::Forget } else { ChangeAction::Delete },
            reason,
            reason_detail,
            before,
            after: None,
            replace_paths: Vec::new(),
            importing: None,
            generated: None,
            deposed: None,
            documents,
        },
    }))
}

/// Does a `removed` block say that an instance is only forgotten?
fn forgets(walk: &Walk<'_>, addr: &InstanceAddr) -> bool {
    removes::of(walk.inputs.config, addr).is_some_and(|removed| !removed.destroy)
}

/// Says so if the block of an instance that goes forbids it.
fn prevented(walk: &Walk<'_>, addr: &InstanceAddr) {
    let block = walk.inputs.config.root.descendant(&addr.resource.module.calls()).and_then(|module| {
        module.resource(crate::lang::refs::Mode::Managed, &addr.resource.ty, &addr.resource.name)
    });
    if let Some(block) = block.filter(|b| b.lifecycle.prevent_destroy) {
        walk.report([super::conditions::prevented(block, addr)]);
    }
}

/// Why an instance is not wanted any more.
fn why(walk: &Walk<'_>, addr: &InstanceAddr, home: &Home) -> (Option<Reason>, Option<String>) {
    let reason = match walk.previous(addr) {
        Some(_) => Reason::NoMoveTarget,
        None => Reason::NoResourceConfig,
    };
    let block = match home {
        Home::NoModule => return (Some(Reason::NoModule), Some(addr.resource.module.to_string())),
        Home::Block(block) => block,
        Home::None | Home::Unknown => return (Some(reason), None),
    };
    match (&block.repetition.kind, &addr.key) {
        (repeat::Kind::Count(_), Some(Key::Index(i))) => (Some(Reason::CountIndex), Some(format!("[{i}]"))),
        (repeat::Kind::Each(_), Some(key @ Key::Name(_))) => (Some(Reason::EachKey), Some(key.to_string())),
        (repeat::Kind::Count(_), _) => (Some(Reason::WrongRepetition), Some("for_each".into())),
        (repeat::Kind::Each(_), _) => (Some(Reason::WrongRepetition), Some("count".into())),
        (_, Some(Key::Index(_))) => (Some(Reason::WrongRepetition), Some("count".into())),
        (_, Some(Key::Name(_))) => (Some(Reason::WrongRepetition), Some("for_each".into())),
        _ => (Some(reason), None),
    }
}
