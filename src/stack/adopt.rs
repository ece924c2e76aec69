//! Taking over a whole stack that Terraform has made: the `adopt` command. Nothing in Azure is changed, and neither is
//! Terraform's file.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

use super::Stack;
use crate::apply::digests;
use crate::arm::ArmId;
use crate::catalog::{self, LocalType, LookUp, Target};
use crate::config::Config;
use crate::lang::refs::Mode;
use crate::lang::schema::{AttrSpec, BlockSpec};
use crate::lang::{Diagnostics, Kind, Marks, Type, Value};
use crate::ledger::terraform::{StateObject, TerraformState, typed};
use crate::ledger::{DocumentRecord, OutputRecord, Record, Stored};
use crate::plan::addr::InstanceAddr;
use crate::plan::diff::Why;
use crate::plan::instance::{ArmWork, Planned, Work};
use crate::plan::model::ChangeAction;
use crate::plan::options::PlanOptions;
use crate::ui::progress::Progress;

/// What became of a state.
#[derive(Debug, Default)]
pub struct Adopted {
    /// The instances that are owned now, with their ids.
    pub taken: Vec<(InstanceAddr, Option<String>)>,
    /// The instances that were owned already.
    pub known: Vec<InstanceAddr>,
    /// Objects that were not taken, and why.
    pub left: Vec<(String, String)>,
    /// So many outputs are known now.
    pub outputs: usize,
}

impl Stack {
    /// Records what a state of Terraform records, as far as it is there and the configuration has it. Values of types
    /// without a cloud are taken from the state, secrets sealed; of all others the documents that are live.
    pub async fn adopt(
        &mut self,
        config: &Config,
        variables: &BTreeMap<Arc<str>, Value>,
        state: &TerraformState,
        progress: &dyn Progress,
        cancel: &CancellationToken,
    ) -> Result<Adopted, Diagnostics> {
        let mut done = Adopted::default();
        super::recover::run(self, config, variables, &PlanOptions::default(), progress, cancel).await?;
        let before = self.ledger.clone();
        let mut wanted: BTreeMap<InstanceAddr, &StateObject> = BTreeMap::new();
        for object in state.objects.iter().filter(|o| o.managed) {
            match self.judge(config, object) {
                Ok((addr, _)) if before.instances.contains_key(&addr.to_string()) => done.known.push(addr),
                Ok((addr, local)) => {
                    if let Some((kind, provider)) = local {
                        let record = self.of_state(kind, provider, object);
                        self.ledger.instances.insert(addr.to_string(), record.into());
                    }
                    wanted.insert(addr, object);
                }
                Err(why) => done.left.push((object.address.clone(), why)),
            }
        }
        let found = self.live(config, variables, &wanted, progress, cancel).await;
        let found = match found {
            Ok(found) => found,
            Err(wrong) => {
                self.ledger = before;
                return Err(wrong);
            }
        };
        for (addr, result) in found {
            match result {
                Ok((record, id)) => {
                    self.ledger.instances.insert(addr.to_string(), record.into());
                    done.taken.push((addr, id));
                }
                Err(why) => {
                    self.ledger.instances.remove(&addr.to_string());
                    done.left.push((addr.to_string(), why));
                }
            }
        }
        for (name, output) in &state.outputs {
            let value = output.typed().filter(|_| config.root.outputs.contains_key(name.as_str()));
            let Some(value) = value.filter(|_| !self.ledger.outputs.contains_key(name)) else { continue };
            let value = Stored::put(&value, output.sensitive, &self.sealer);
            self.ledger.outputs.insert(name.clone(), OutputRecord { sensitive: output.sensitive, value });
            done.outputs += 1;
        }
        if self.ledger != before {
            self.ledger.serial += 1;
            self.store.write(&self.ledger).await.map_err(super::ledger_error)?;
        }
        Ok(done)
    }

    /// The address of an object that can be taken, and its type and provider if it has no cloud behind it.
    fn judge(
        &self,
        config: &Config,
        object: &StateObject,
    ) -> Result<(InstanceAddr, Option<(&'static dyn LocalType, String)>), String> {
        if object.deposed {
            return Err(
                "it is what an unfinished replacement left: let Terraform, or the portal, remove it".into()
            );
        }
        let addr = InstanceAddr::parse(&object.address)?;
        let kind = catalog::resource(&object.kind)
            .ok_or_else(|| format!("the type {} is not supported", object.kind))?;
        let block = config.root.descendant(&addr.resource.module.calls());
        let block = block.and_then(|module| {
            let resource = module.resource(Mode::Managed, &addr.resource.ty, &addr.resource.name)?;
            Some((module, resource))
        });
        let (module, resource) = block.ok_or("the configuration has no such resource")?;
        let LookUp::Local(local) = kind else { return Ok((addr, None)) };
        let address = module.provider_address(&resource.provider.name);
        let provider = match &resource.provider.alias {
            Some(alias) => format!("{address}.{alias}"),
            None => address,
        };
        Ok((addr, Some((local, provider))))
    }

    /// The record of an object that is all in the state.
    fn of_state(&self, kind: &dyn LocalType, provider: String, object: &StateObject) -> Record {
        let schema = kind.schema();
        let names = schema.attributes.iter().filter(|a| !a.write_only);
        let parts = names.filter_map(|attribute| {
            let json = object.attributes.get(&attribute.name)?;
            let value = match attribute.ty {
                Type::Dynamic => dynamic(json),
                _ => Value::from_json(json),
            };
            let secret = attribute.sensitive || object.sensitive.contains(&attribute.name);
            Some((attribute.name.clone(), (value, secret)))
        });
        let parts: BTreeMap<String, (Value, bool)> = parts.collect();
        let blocks = schema.blocks.iter().filter_map(|block| {
            let json = object.attributes.get(&block.name)?;
            Some((block.name.clone(), (Value::from_json(json), object.sensitive.contains(&block.name))))
        });
        let all: BTreeMap<String, (Value, bool)> = parts.into_iter().chain(blocks).collect();
        let plain = Value::object(all.iter().map(|(n, (v, _))| (n.as_str(), v.clone())));
        let whole = crate::plan::local::conform(&plain, &schema);
        let secret = |name: &str| all.get(name).is_some_and(|(_, secret)| *secret);
        let marked = whole.as_entries().into_iter().flatten().map(|(name, value)| {
            let value = value.clone();
            (name.clone(), if secret(name) { value.marked(&Marks::sensitive()) } else { value })
        });
        Record {
            provider,
            object: Some(Stored::put(&Value::object(marked), false, &self.sealer)),
            tainted: object.tainted,
            create_before_destroy: object.create_before_destroy,
            ..Record::default()
        }
    }

    /// Looks at what the state names. Answered is the record of each instance with its id, or why there is none.
    async fn live(
        &mut self,
        config: &Config,
        variables: &BTreeMap<Arc<str>, Value>,
        wanted: &BTreeMap<InstanceAddr, &StateObject>,
        progress: &dyn Progress,
        cancel: &CancellationToken,
    ) -> Result<Vec<(InstanceAddr, Result<(Record, Option<String>), String>)>, Diagnostics> {
        let options = PlanOptions { adopt: true, ..PlanOptions::default() };
        let mut planning = self.plan(config, variables, &options, progress, cancel).await?;
        // What has no name of its own is where the state says that it is.
        let mut more = false;
        for (addr, object) in wanted {
            let Some(planned) = planning.instances.get(addr) else { continue };
            let (Work::Arm(work), None) = (&planned.work, &planned.change.before) else { continue };
            let (Some(id), Some(first)) = (id_of(object), work.claims.first()) else { continue };
            // What was looked for where it is, and what another subscription has, is not there.
            let elsewhere = match &first.claim.target {
                Target::Id(seen) => *seen != id && subscription(seen) == subscription(&id),
                Target::Unknown => true,
            };
            if !elsewhere {
                continue;
            }
            let document = DocumentRecord {
                key: first.claim.key.to_string(),
                id: id.to_string(),
                api_version: first.claim.api_version.to_string(),
                owned: first.claim.owns,
            };
            let record = Record {
                provider: work.provider.to_string(),
                documents: vec![document],
                ..Record::default()
            };
            self.ledger.instances.insert(addr.to_string(), record.into());
            more = true;
        }
        if more && !planning.diagnostics.has_errors() {
            planning = self.plan(config, variables, &options, progress, cancel).await?;
        }
        if planning.diagnostics.has_errors() {
            return Err(planning.diagnostics);
        }
        let look = |(addr, object): (&InstanceAddr, &&StateObject)| {
            let result = match planning.instances.get(addr) {
                None => Err("the configuration has no such instance".to_string()),
                Some(planned) => self.confirmed(addr, planned, object),
            };
            (addr.clone(), result)
        };
        Ok(wanted.iter().map(look).collect())
    }

    fn confirmed(
        &self,
        addr: &InstanceAddr,
        planned: &Planned,
        object: &StateObject,
    ) -> Result<(Record, Option<String>), String> {
        let managed = planned.depends.iter().filter(|d| d.resource.mode == addr.resource.mode);
        let depends_on: Vec<String> = managed.map(ToString::to_string).collect();
        let Work::Arm(work) = &planned.work else {
            let known = self.ledger.instances.get(&addr.to_string());
            let mut record = known.map(|r| (**r).clone()).unwrap_or_default();
            // What the configuration makes secret is so in the ledger, too.
            let plain = |v: &Option<Value>| v.as_ref().map(Value::unmarked_deep);
            let same = planned.change.action == ChangeAction::NoOp
                || planned.change.action == ChangeAction::Update
                    && plain(&planned.change.before) == plain(&planned.change.after);
            if let (true, Some(after)) = (same, &planned.change.after) {
                record.object = Some(Stored::put(after, false, &self.sealer));
            }
            let id = object.attributes["id"].as_str().map(str::to_string);
            return Ok((Record { depends_on, ..record }, id));
        };
        let said = id_of(object);
        if planned.change.before.is_none() {
            let which = said.map(|id| format!(" ({id})")).unwrap_or_default();
            return Err(format!("it is not there{which}"));
        }
        let recorded = self.ledger.instances.get(&addr.to_string()).map(|r| &r.documents[..]).unwrap_or(&[]);
        let documents: Vec<DocumentRecord> =
            work.claims.iter().filter_map(|c| document(c, recorded)).collect();
        let primary = documents.first().map(|d| d.id.clone());
        if let (Some(said), Some(Ok(found))) = (&said, primary.as_deref().map(ArmId::parse))
            && *said != found
            && work.claims.first().is_some_and(|c| c.claim.owns)
        {
            return Err(format!("the state says {said}, the configuration means {found}"));
        }
        let provider = work.provider.to_string();
        let record = Record {
            provider,
            documents,
            digests: self.applied(planned, work, object),
            secrets: planned.change.after.as_ref().map(Record::secrets_of).unwrap_or_default(),
            depends_on,
            tainted: object.tainted,
            create_before_destroy: object.create_before_destroy,
            ..Record::default()
        };
        Ok((record, said.map(|id| id.to_string()).or(primary)))
    }

    /// What counts as applied: all that is claimed, if nothing differs from it, and what ARM does not tell is what Terraform
    /// sent.
    fn applied(&self, planned: &Planned, work: &ArmWork, object: &StateObject) -> BTreeMap<String, String> {
        let mut differences = work.claims.iter().flat_map(|c| &c.differences).peekable();
        let untold = differences.peek().is_some();
        let as_sent = || sent(&planned.change.schema, planned.change.after.as_ref(), &object.attributes);
        if differences.any(|d| d.why != Why::Unread) || untold && !as_sent() {
            return BTreeMap::new();
        }
        let claims: Vec<_> = work.claims.iter().map(|c| c.claim.clone()).collect();
        digests::of(&claims, &self.sealer)
    }
}

/// Are the secrets of the configuration those that the state has? What cannot be told is not.
fn sent(schema: &BlockSpec, after: Option<&Value>, state: &Json) -> bool {
    let secret_blocks = schema.blocks.iter().any(|b| holds_secrets(&b.block));
    let same = |name: &str| {
        let wanted = after.and_then(|a| a.get(name));
        wanted.is_none_or(|w| w.is_null() || w.to_json().as_ref() == state.get(name))
    };
    let mut secrets = schema.attributes.iter().filter(|a| a.is_argument() && (a.sensitive || a.write_only));
    // What is written and never kept has a version beside it that is.
    let kept = |a: &AttrSpec| if a.write_only { format!("{}_version", a.name) } else { a.name.clone() };
    !secret_blocks && secrets.all(|a| same(&kept(a)))
}

fn holds_secrets(block: &BlockSpec) -> bool {
    block.attributes.iter().any(|a| a.sensitive && a.is_argument())
        || block.blocks.iter().any(|b| holds_secrets(&b.block))
}

/// The document of a claim that is there: where the claim says, else where the state does.
fn document(claim: &crate::plan::instance::ClaimPlan, recorded: &[DocumentRecord]) -> Option<DocumentRecord> {
    let known = recorded.iter().find(|d| d.key == *claim.claim.key);
    let id = match (&claim.claim.target, known) {
        (_, Some(known)) => known.id.clone(),
        (Target::Id(id), None) => {
            claim.live.as_ref()?;
            id.to_string()
        }
        (Target::Unknown, None) => return None,
    };
    Some(DocumentRecord {
        key: claim.claim.key.to_string(),
        id,
        api_version: claim.claim.api_version.to_string(),
        owned: claim.claim.owns,
    })
}

/// The ARM id of an object, if that is what its id is.
fn id_of(object: &StateObject) -> Option<ArmId> {
    object.attributes["id"].as_str().and_then(|id| ArmId::parse(id).ok())
}

/// `/subscriptions/ID`, in small letters.
fn subscription(id: &ArmId) -> String {
    id.to_string().to_ascii_lowercase().splitn(4, '/').take(3).collect::<Vec<_>>().join("/")
}

/// A value of any type, which a state keeps beside its type.
fn dynamic(json: &Json) -> Value {
    let beside =
        json.as_object().filter(|o| o.len() == 2).and_then(|o| typed(o.get("value")?, o.get("type")?));
    let value = beside.unwrap_or_else(|| Value::from_json(json));
    // Null has no type of its own.
    if matches!(value.kind, Kind::Null(_)) { Value::null(Type::Dynamic) } else { value }
}
