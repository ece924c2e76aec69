//! What `import` blocks take that no resource block has: the objects as they are, for a configuration that is generated.

pub mod text;

use std::sync::Arc;

use super::addr::InstanceAddr;
use super::live::{LiveCache, PlanReader};
use super::run::{self, Fetch};
use super::walk::{Inputs, Resources, Walk};
use super::{imports, providers};
use crate::arm::id::ArmId;
use crate::catalog::{self, Context, Detail, Fetched, Lens, LookUp, Problem, Recorded, Stop, type_facts};
use crate::config::{Import, ProviderRef};
use crate::lang::refs;
use crate::lang::schema::ResourceSchema;
use crate::lang::{Diagnostic, Diagnostics, Type, Value};

/// The most rounds of reading: an object, what is beside it, and what that names.
const ROUNDS: usize = 12;

const SUMMARY: &str = "Configuration for import target does not exist";

/// An object that is imported and has no block.
pub struct Found {
    /// Its address.
    pub addr: InstanceAddr,
    /// The id of the `import` block.
    pub id: String,
    /// The provider that the block names.
    pub provider: Option<ProviderRef>,
    /// The schema of its type.
    pub schema: Arc<ResourceSchema>,
    /// What it is, attributes and all.
    pub object: Value,
    /// What else is known of its type.
    pub kind: LookUp,
    /// Where it is in ARM.
    pub at: Option<ArmId>,
}

impl Found {
    /// What is known of an argument.
    pub fn detail(&self, path: &[&str]) -> Detail {
        match self.kind {
            LookUp::Arm(lens) => lens.detail(path),
            LookUp::Local(local) => local.detail(path),
        }
    }
}

/// Reads all objects that are imported and have no block.
pub async fn find(
    inputs: &Inputs<'_>,
    cache: &mut LiveCache,
    fetch: &dyn Fetch,
) -> Result<Vec<Found>, Diagnostics> {
    for _ in 0..ROUNDS {
        let walk = Walk::new(inputs, cache, Resources::Planned);
        let found: Vec<Found> =
            inputs.config.root.imports.iter().filter_map(|import| one(&walk, import)).collect();
        let needs = walk.needs.take();
        let wrong = std::mem::take(&mut *walk.diagnostics.borrow_mut());
        drop(walk);
        // What is wrong is judged when nothing is to be read any more: what was not there yet may have been the reason.
        if needs.is_empty() {
            return if wrong.has_errors() { Err(wrong) } else { Ok(found) };
        }
        run::satisfy(needs, cache, fetch).await?;
    }
    Err(Diagnostic::error(
        "Reading what is imported does not come to an end",
        "Every round of reading asked for more to be read. This is a defect of Ringfence: please report it with the configuration.",
    )
    .into())
}

fn one(walk: &Walk<'_>, import: &Import) -> Option<Found> {
    let calls: Vec<_> = import.to.modules.iter().map(|(name, _)| name.clone()).collect();
    let module = walk.inputs.config.root.descendant(&calls);
    if module.is_some_and(|m| m.resources.contains_key(&import.to.resource)) {
        return None;
    }
    let said = |detail: String| {
        walk.report([Diagnostic::error(SUMMARY, detail).at(import.to.span.clone())]);
    };
    let kind = &import.to.resource.kind;
    let unfit = "The given import block is not compatible with config generation. The -generate-config-out option cannot be used \
                 with import blocks which use for_each, or resources which use for_each or count.";
    if import.for_each.is_some() || import.to.modules.is_empty() && import.to.key.is_some() {
        said(unfit.into());
        return None;
    }
    let (addr, scope) = imports::targets(walk, import).into_iter().next()?;
    if !import.to.modules.is_empty() {
        said(format!(
            "The configuration for the given import target {addr} does not exist. All target instances must have an \
             associated configuration to be imported."
        ));
        return None;
    }
    if walk.inputs.ledger.instances.contains_key(&addr.to_string()) {
        return None;
    }
    let Some(known) = catalog::resource(kind).filter(|_| import.to.resource.mode == refs::Mode::Managed)
    else {
        let near = crate::lang::suggest::did_you_mean(kind, catalog::resource_names().iter().copied());
        let near = near.map(|n| format!(" Did you mean \"{n}\"?")).unwrap_or_default();
        let detail = format!("There is no resource type \"{kind}\" that could be imported.{near}");
        walk.report([Diagnostic::error("Invalid resource type", detail).at(import.to.span.clone())]);
        return None;
    };
    let id = imports::identifier(walk, import, &scope)?;
    let wrong = |problem: Problem| {
        walk.report([Diagnostic::error(problem.summary, problem.detail).at(import.header.clone())]);
    };
    let finish = |schema: Arc<ResourceSchema>, object: Value, at: Option<ArmId>| Found {
        addr: addr.clone(),
        id: id.clone(),
        provider: import.provider.clone(),
        schema,
        object,
        kind: known,
        at,
    };
    let lens = match known {
        LookUp::Arm(lens) => lens,
        LookUp::Local(local) => {
            let object = local.import(&id, &walk.inputs.timestamp).map_err(wrong).ok()?;
            let schema = local.schema();
            return Some(finish(schema.clone(), super::local::conform(&object, &schema), None));
        }
    };
    let named = import.provider.clone().unwrap_or_else(|| ProviderRef {
        name: kind.split('_').next().unwrap_or_default().into(),
        alias: None,
    });
    let key = walk.provider_key(&[], &named).0;
    let provider = providers::by_key(walk, &key)?;
    let reader = walk.reader(&key);
    let cx = Context { provider: &provider, reader: &reader, wanted: &|_| false, recorded: None };
    match read(lens, &id, &reader, &cx) {
        Ok(Some((object, at))) => Some(finish(lens.schema(provider.major), object, Some(at))),
        Ok(None) => {
            let detail = format!(
                "While attempting to import an existing object to \"{addr}\", the provider detected that no object exists with \
                 the given id. Only pre-existing objects can be imported; check that the id is correct and that it is associated \
                 with the provider's configured region or endpoint, or use \"terraform apply\" to create a new remote object for \
                 this resource."
            );
            let error = Diagnostic::error("Cannot import non-existent remote object", detail);
            walk.report([error.at(import.header.clone())]);
            None
        }
        Err(Stop::Pending) => None,
        Err(Stop::Problems(problems)) => {
            problems.into_iter().for_each(wrong);
            None
        }
    }
}

/// The attributes of what an id names, and where it is; nothing if it is not there.
fn read(
    lens: &dyn Lens,
    id: &str,
    reader: &PlanReader<'_>,
    cx: &Context<'_>,
) -> Result<Option<(Value, ArmId)>, Stop> {
    let named = lens.import(id, cx).map_err(|p| Stop::Problems(vec![p]))?;
    let mut documents: Vec<(Arc<str>, Arc<Value>)> = Vec::new();
    let mut primary = None;
    for Recorded { key, id: at, api_version, .. } in &named {
        match reader.live(at, api_version) {
            Fetched::Ready(Some(live)) => documents.push((key.clone(), live)),
            Fetched::Ready(None) => return Ok(None),
            Fetched::Pending | Fetched::Later => return Err(Stop::Pending),
        }
        primary.get_or_insert((key.clone(), at.clone(), api_version.clone()));
    }
    let Some((key, at, api_version)) = primary else { return Ok(None) };
    let nothing = Value::null(Type::Dynamic);
    let attributes = |documents: &[(Arc<str>, Arc<Value>)]| {
        let look = |wanted: &str| match wanted.strip_suffix('*') {
            Some(prefix) => {
                let all = documents.iter().filter(|(key, _)| key.starts_with(prefix));
                Some(Arc::new(Value::tuple(all.map(|(_, d)| (**d).clone()).collect())))
            }
            // An item of a shared array is known by its own key, and read from the array's document.
            None => documents
                .iter()
                .find(|(own, _)| **own == *wanted || wanted.is_empty() && *own == key)
                .map(|(_, d)| d.clone()),
        };
        lens.attributes(&nothing, &look, false, cx)
    };
    let first = attributes(&documents)?;
    documents.extend(lens.beside(&at, &first, cx)?);
    let object = attributes(&documents)?;
    if object.get("body").is_none() || object.get("schema_validation_enabled").is_none() {
        return Ok(Some((object, at)));
    }
    // `azapi_resource`: what the service says of itself is not written, and the version is that of the id.
    let mut all = object.as_entries().cloned().unwrap_or_default();
    if let Some(body) = all.get("body") {
        let body = text::writable(body, &type_facts(at.resource_type()).body);
        all.insert("body".into(), body.unwrap_or_else(|| Value::object::<Arc<str>>([])));
    }
    all.insert("type".into(), format!("{}@{api_version}", at.resource_type()).into());
    Ok(Some((Value::object(all), at)))
}
