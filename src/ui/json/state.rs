//! The state document: `show -json`, and the `values` part that plans share.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::super::state_view::{StateObject, StateView};
use super::{TERRAFORM_VERSION, checks, mask};
use crate::plan::addr::{InstanceAddr, Mode, ModulePath};

/// The document of `show -json` without a plan.
pub fn document(state: &StateView) -> Json {
    if state.is_empty() {
        return json!({"format_version": "1.0"});
    }
    let mut out = json!({
        "format_version": "1.0",
        "terraform_version": TERRAFORM_VERSION,
        "values": values(state),
    });
    if !state.checks.is_empty() {
        out["checks"] = checks::checks(&state.checks);
    }
    out
}

/// The document of `output -json`.
pub fn outputs(state: &StateView) -> Json {
    let one = |output: &super::super::state_view::StateOutput| {
        json!({
            "sensitive": output.sensitive,
            "type": output.value.ty().to_json(),
            "value": mask::known(&output.value),
        })
    };
    Json::Object(state.outputs.iter().map(|(n, o)| (n.to_string(), one(o))).collect())
}

fn values(state: &StateView) -> Json {
    let mut out = Map::new();
    if !state.outputs.is_empty() {
        let one = |output: &super::super::state_view::StateOutput| {
            json!({
                "sensitive": output.sensitive,
                "value": mask::known(&output.value),
                "type": output.value.ty().to_json(),
            })
        };
        let all: Map<String, Json> = state.outputs.iter().map(|(n, o)| (n.to_string(), one(o))).collect();
        out.insert("outputs".into(), Json::Object(all));
    }
    let resources = state.objects.iter().map(|o| (&o.addr, resource(o))).collect();
    out.insert("root_module".into(), modules(resources));
    Json::Object(out)
}

fn resource(object: &StateObject) -> Json {
    let mut out = head(&object.addr, &object.provider);
    out.insert("values".into(), mask::present(&object.value));
    out.insert("sensitive_values".into(), mask::sensitive(&object.value, &object.schema));
    if !object.depends_on.is_empty() {
        out.insert("depends_on".into(), object.depends_on.clone().into());
    }
    if object.tainted {
        out.insert("tainted".into(), true.into());
    }
    if let Some(key) = &object.deposed {
        out.insert("deposed_key".into(), key.as_str().into());
    }
    Json::Object(out)
}

/// What every resource of a values document begins with.
pub(super) fn head(addr: &InstanceAddr, provider: &str) -> Map<String, Json> {
    let resource = &addr.resource;
    let mut out = Map::new();
    out.insert("address".into(), addr.to_string().into());
    out.insert("mode".into(), if resource.mode == Mode::Data { "data" } else { "managed" }.into());
    out.insert("type".into(), resource.ty.to_string().into());
    out.insert("name".into(), resource.name.to_string().into());
    if let Some(key) = &addr.key {
        out.insert("index".into(), super::key(key));
    }
    out.insert("provider_name".into(), provider.into());
    out.insert("schema_version".into(), 0.into());
    out
}

/// Resources as a tree of modules, sorted by address.
pub(super) fn modules(resources: Vec<(&InstanceAddr, Json)>) -> Json {
    let mut tree: BTreeMap<ModulePath, Vec<(&InstanceAddr, Json)>> = BTreeMap::new();
    tree.entry(ModulePath::root()).or_default();
    for (addr, json) in resources {
        let mut path = addr.resource.module.clone();
        while let Some(parent) = path.parent() {
            tree.entry(path).or_default();
            path = parent;
        }
        tree.entry(addr.resource.module.clone()).or_default().push((addr, json));
    }
    module(&ModulePath::root(), &mut tree)
}

fn module(path: &ModulePath, tree: &mut BTreeMap<ModulePath, Vec<(&InstanceAddr, Json)>>) -> Json {
    let mut out = Map::new();
    let mut own = tree.remove(path).unwrap_or_default();
    own.sort_by(|(a, _), (b, _)| (a.resource.local(), &a.key).cmp(&(b.resource.local(), &b.key)));
    if !own.is_empty() {
        out.insert("resources".into(), own.into_iter().map(|(_, json)| json).collect());
    }
    if !path.is_root() {
        out.insert("address".into(), path.to_string().into());
    }
    let children: Vec<ModulePath> =
        tree.keys().filter(|p| p.parent().as_ref() == Some(path)).cloned().collect();
    if !children.is_empty() {
        out.insert("child_modules".into(), children.iter().map(|p| module(p, tree)).collect());
    }
    Json::Object(out)
}
