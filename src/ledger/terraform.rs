//! Terraform's state files (version 4), and the outputs of other stacks, whoever keeps them. They are only read.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::file::LedgerFile;
use super::record::Stored;
use super::seal::Sealer;
use crate::lang::convert::convert;
use crate::lang::{Type, Value};

/// A state file.
#[derive(Debug, Clone, Default)]
pub struct TerraformState {
    /// The root outputs.
    pub outputs: BTreeMap<String, StateOutput>,
    /// The objects, in the file's order.
    pub objects: Vec<StateObject>,
}

/// A root output.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StateOutput {
    /// Its value.
    pub value: Json,
    /// Its type, as plan documents write it.
    pub r#type: Json,
    /// It is declared sensitive.
    #[serde(default)]
    pub sensitive: bool,
}

/// One object of an instance.
#[derive(Debug, Clone)]
pub struct StateObject {
    /// The address of the instance: `module.a["k"].azurerm_subnet.b[0]`.
    pub address: String,
    /// `azurerm_subnet`
    pub kind: String,
    /// It is a resource, not a data source.
    pub managed: bool,
    /// The attributes.
    pub attributes: Json,
    /// The attributes that hold something secret beyond what the schema says.
    pub sensitive: Vec<String>,
    /// It must be made anew.
    pub tainted: bool,
    /// Its replacement is made before it goes.
    pub create_before_destroy: bool,
    /// It is what a replacement left.
    pub deposed: bool,
}

#[derive(Deserialize)]
struct File {
    version: u64,
    #[serde(default)]
    outputs: BTreeMap<String, StateOutput>,
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(default)]
    module: String,
    mode: String,
    r#type: String,
    name: String,
    #[serde(default)]
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
struct Instance {
    #[serde(default)]
    index_key: Json,
    #[serde(default)]
    status: String,
    #[serde(default)]
    deposed: String,
    #[serde(default)]
    attributes: Json,
    #[serde(default)]
    sensitive_attributes: Vec<Json>,
    #[serde(default)]
    create_before_destroy: bool,
}

impl TerraformState {
    /// Reads a state file; the error says what is wrong with it.
    pub fn parse(text: &[u8]) -> Result<TerraformState, String> {
        let file: File =
            serde_json::from_slice(text).map_err(|e| format!("it is no state of Terraform: {e}"))?;
        if file.version != 4 {
            return Err(format!(
                "its format is {}, and this version reads 4: let a newer Terraform write it first",
                file.version
            ));
        }
        let objects = file.resources.into_iter().flat_map(|resource| {
            let head = match (resource.module.as_str(), resource.mode.as_str()) {
                ("", "data") => "data.".to_string(),
                ("", _) => String::new(),
                (module, "data") => format!("{module}.data."),
                (module, _) => format!("{module}."),
            };
            let head = format!("{head}{}.{}", resource.r#type, resource.name);
            let (kind, managed) = (resource.r#type, resource.mode == "managed");
            resource.instances.into_iter().map(move |instance| object(&head, &kind, managed, instance))
        });
        Ok(TerraformState { objects: objects.collect(), outputs: file.outputs })
    }
}

fn object(head: &str, kind: &str, managed: bool, instance: Instance) -> StateObject {
    let key = match &instance.index_key {
        Json::Null => String::new(),
        // As the language quotes it.
        Json::String(name) => format!("[{}]", crate::lang::codec::render(&name.as_str().into())),
        other => format!("[{other}]"),
    };
    let sensitive = instance.sensitive_attributes.iter();
    let sensitive = sensitive.filter_map(|path| Some(path.get(0)?["value"].as_str()?.to_string()));
    StateObject {
        address: format!("{head}{key}"),
        kind: kind.to_string(),
        managed,
        attributes: instance.attributes,
        sensitive: sensitive.collect(),
        tainted: instance.status == "tainted",
        create_before_destroy: instance.create_before_destroy,
        deposed: !instance.deposed.is_empty(),
    }
}

impl StateOutput {
    /// The value with its type.
    pub fn typed(&self) -> Option<Value> {
        typed(&self.value, &self.r#type)
    }
}

/// A value that stands beside its type.
pub fn typed(value: &Json, ty: &Json) -> Option<Value> {
    convert(&Value::from_json(value), &Type::from_json(ty)?).ok()
}

/// Where another stack's outputs are looked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OtherStack {
    /// A state file of Terraform, a ledger, or the folder of a stack.
    pub path: PathBuf,
    /// The folder of the states of workspaces.
    pub workspace_dir: PathBuf,
    /// `default`
    pub workspace: String,
}

impl OtherStack {
    /// Its outputs: of its ledger, if it has one, else of Terraform's state. What was sealed is secret. `None`: there is
    /// neither. `local`: what it owns in the local cloud.
    pub fn outputs(
        &self,
        local: bool,
        key: Option<String>,
    ) -> Result<Option<BTreeMap<String, StateOutput>>, String> {
        let usual = self.workspace == "default";
        let file = match usual {
            true => self.path.clone(),
            false => self.workspace_dir.join(&self.workspace).join("terraform.tfstate"),
        };
        let folder =
            if self.path.is_dir() { &self.path } else { self.path.parent().unwrap_or(Path::new("")) };
        let data = folder.join(".ringfence");
        let ledger = match (local, usual) {
            (true, true) => data.join("local.ledger.json"),
            (true, false) => data.join("local.ledger.d").join(format!("{}.json", self.workspace)),
            (false, true) => folder.join("ringfence.ledger.json"),
            (false, false) => {
                folder.join("ringfence.ledger.d").join(&self.workspace).join("ringfence.ledger.json")
            }
        };
        // A file that is named and there is what is meant.
        let text = if file.is_dir() { None } else { read(&file)? };
        let named = text.as_ref().is_some_and(|t| is_ledger(t));
        // A ledger stands in for the state that a stack would have by Terraform, not for any file that is not there.
        if text.is_none() && !file.is_dir() && file.file_name() != Some("terraform.tfstate".as_ref()) {
            return Ok(None);
        }
        if let (Some(text), false) = (&text, named) {
            let state = TerraformState::parse(text).map_err(|why| format!("{}: {why}", file.display()))?;
            // Terraform keeps all in clear, and says of nothing that it reads so that it is secret.
            let plain = |(name, output)| (name, StateOutput { sensitive: false, ..output });
            return Ok(Some(state.outputs.into_iter().map(plain).collect()));
        }
        let ledger = LedgerFile::new(if named { file } else { ledger });
        let Some(known) = ledger.read().map_err(|e| e.to_string())? else { return Ok(None) };
        let sealer = Sealer::new(key, &data.join("key"));
        let outputs = known.outputs.into_iter().map(|(name, output)| {
            let value = output.value.take(&sealer).ok_or_else(|| {
                format!(
                    "the output {name:?} in {} was sealed with another key: set RINGFENCE_ENCRYPTION_KEY to the one of \
                     that stack",
                    ledger.path().display()
                )
            })?;
            let sealed = matches!(output.value, Stored::Sealed { .. });
            let found = StateOutput {
                value: value.to_json().unwrap_or(Json::Null),
                r#type: value.ty().to_json(),
                sensitive: sealed || output.sensitive,
            };
            Ok((name, found))
        });
        outputs.collect::<Result<_, String>>().map(Some)
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, String> {
    match std::fs::read(path) {
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => Ok(Some(text)),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(format!("{} cannot be read: {e}", path.display())),
    }
}

/// A ledger says `instances` where a state says `resources`.
fn is_ledger(text: &[u8]) -> bool {
    serde_json::from_slice::<Json>(text)
        .is_ok_and(|json| json["instances"].is_object() && json["version"] == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Ledger, OutputRecord};

    const STATE: &str = r#"{"version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "x",
        "outputs": {"ids": {"value": ["a"], "type": ["list", "string"]}, "pin": {"value": "1", "type": "string", "sensitive": true}},
        "resources": [
          {"module": "module.m[\"k\"]", "mode": "managed", "type": "terraform_data", "name": "a", "provider": "p",
           "instances": [{"index_key": "x\"y", "schema_version": 0, "attributes": {"id": "1"},
             "sensitive_attributes": [[{"type": "get_attr", "value": "input"}]]},
            {"index_key": 2, "status": "tainted", "deposed": "abc", "attributes": {}}]},
          {"mode": "data", "type": "http", "name": "d", "provider": "p", "instances": [{"attributes": {}}]}]}"#;

    #[test]
    fn a_state_is_read() {
        let state = TerraformState::parse(STATE.as_bytes()).unwrap();
        let addresses: Vec<&str> = state.objects.iter().map(|o| o.address.as_str()).collect();
        assert_eq!(
            addresses,
            [
                r#"module.m["k"].terraform_data.a["x\"y"]"#,
                r#"module.m["k"].terraform_data.a[2]"#,
                "data.http.d"
            ]
        );
        assert_eq!(state.objects[0].sensitive, ["input"]);
        assert!(state.objects[1].tainted && state.objects[1].deposed && !state.objects[2].managed);
        assert_eq!(state.outputs["ids"].typed().unwrap().ty(), Type::list(Type::String));
        assert!(TerraformState::parse(b"{\"version\": 3}").unwrap_err().contains("format is 3"));
        assert!(TerraformState::parse(b"{").is_err());
    }

    #[test]
    fn outputs_come_from_wherever_a_stack_keeps_them() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str, workspace: &str| OtherStack {
            path: folder.path().join(path),
            workspace_dir: folder.path().join("terraform.tfstate.d"),
            workspace: workspace.into(),
        };
        assert!(at("terraform.tfstate", "default").outputs(false, None).unwrap().is_none());
        std::fs::write(folder.path().join("terraform.tfstate"), STATE).unwrap();
        let found = at("terraform.tfstate", "default").outputs(false, None).unwrap().unwrap();
        assert_eq!(found["pin"].value, "1");
        assert!(!found["pin"].sensitive);
        assert!(at("terraform.tfstate", "blue").outputs(false, None).unwrap().is_none());
        // A folder's ledger; what is sealed is opened with the key beside it.
        let sealer = Sealer::new(None, &folder.path().join(".ringfence/key"));
        let mut ledger = Ledger::new();
        let value = Stored::put(&"hunter2".into(), true, &sealer);
        ledger.outputs.insert("pin".into(), OutputRecord { sensitive: true, value });
        LedgerFile::new(folder.path().join("ringfence.ledger.json")).write(&ledger).unwrap();
        for path in ["", "ringfence.ledger.json"] {
            let found = at(path, "default").outputs(false, None).unwrap().unwrap();
            assert_eq!(found["pin"].value, "hunter2", "{path}");
            assert!(found["pin"].sensitive);
        }
        assert!(at("", "default").outputs(false, Some("other".into())).unwrap_err().contains("another key"));
        assert!(at("", "default").outputs(true, None).unwrap().is_none());
    }
}
