//! Saved plans: everything that is needed to plan the same again, and to tell that it is the same.
//!
//! A saved plan holds the configuration, the variables (sensitive ones sealed), the options, the ledger's serial, and a
//! fingerprint of every planned change. Applying it plans once more, without asking, and refuses when live, ledger or
//! outcome have changed since.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::lang::{Diagnostic, Diagnostics, Kind, Value};
use crate::ledger::{Ledger, Sealed, Sealer, Stored, write_atomically};
use crate::plan::addr::{InstanceAddr, Partial};
use crate::plan::model::{ChangeAction, Plan, PlanMode};
use crate::plan::options::PlanOptions;

/// What a plan file begins with.
const FORMAT: &str = "ringfence plan 1";

/// A plan in a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedPlan {
    format: String,
    /// The ledger's lineage and serial when it was made.
    pub lineage: String,
    /// See `lineage`.
    pub serial: u64,
    /// `normal`, `destroy`, `refresh-only`
    mode: String,
    targets: Vec<String>,
    replace: Vec<String>,
    adopt: bool,
    /// The workspace that it was made in; none: `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    workspace: Option<String>,
    /// The files of the configuration: path as it was read, and text.
    sources: BTreeMap<String, String>,
    /// Those in which a secret stands.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    sealed_sources: BTreeMap<String, Sealed>,
    variables: BTreeMap<String, Stored>,
    /// Ephemeral variables that were given a value, which is not kept: it must be given again.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub ephemeral: BTreeSet<String>,
    /// Of every change, by address.
    pub fingerprints: BTreeMap<String, String>,
    /// It failed half-way, and cannot be applied.
    pub errored: bool,
    /// What `show` prints.
    pub text: String,
    /// What `show -json` prints; sensitive values are withheld.
    pub json: Json,
    /// The same with them, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<Sealed>,
}

/// What a plan is saved with, beside the plan itself.
pub struct Saving<'s> {
    /// The ledger that it was made from.
    pub ledger: &'s Ledger,
    /// The options.
    pub options: &'s PlanOptions,
    /// The configuration's files.
    pub sources: BTreeMap<String, String>,
    /// Texts that must not be in the file in clear.
    pub secrets: BTreeSet<String>,
    /// The root variables.
    pub variables: &'s BTreeMap<Arc<str>, Value>,
    /// Ephemeral variables that were given a value.
    pub ephemeral: BTreeSet<String>,
    /// Seals sensitive variables.
    pub sealer: &'s Sealer,
    /// The rendered plan.
    pub text: String,
    /// The plan document, its sensitive values withheld.
    pub json: Json,
    /// The text of the document with them, where there are any; it is sealed.
    pub clear: Option<String>,
}

impl SavedPlan {
    /// Makes the file's content.
    pub fn new(plan: &Plan, saving: Saving<'_>) -> SavedPlan {
        let options = saving.options;
        let target = |t: &Partial| match t {
            Partial::Module(module) => module.to_string(),
            Partial::Resource(resource, key) => resource.instance(key.clone()).to_string(),
        };
        let holds_secret = |text: &String| saving.secrets.iter().any(|s| text.contains(s.as_str()));
        let (sealed, sources): (BTreeMap<_, _>, _) =
            saving.sources.into_iter().partition(|(_, text)| holds_secret(text));
        let sealed_sources =
            sealed.into_iter().map(|(path, text)| (path, saving.sealer.seal(text.as_bytes()))).collect();
        SavedPlan {
            format: FORMAT.into(),
            lineage: saving.ledger.lineage.clone(),
            serial: saving.ledger.serial,
            mode: mode_name(options.mode).into(),
            targets: options.targets.iter().map(target).collect(),
            replace: options.replace.iter().map(InstanceAddr::to_string).collect(),
            adopt: options.adopt,
            workspace: options.workspace.as_deref().map(str::to_string),
            sources,
            sealed_sources,
            variables: saving
                .variables
                .iter()
                .filter(|(_, v)| !v.deep_marks().is_ephemeral())
                .map(|(n, v)| (n.to_string(), Stored::put(v, false, saving.sealer)))
                .collect(),
            ephemeral: saving.ephemeral,
            fingerprints: fingerprints(plan),
            errored: plan.errored,
            text: saving.text,
            json: saving.json,
            sealed: saving.clear.map(|text| saving.sealer.seal(text.as_bytes())),
        }
    }

    /// What `show -json` prints: with sensitive values for those who have the key.
    pub fn document(&self, sealer: &Sealer) -> Json {
        let open = |sealed: &Sealed| serde_json::from_slice(&sealer.open(sealed)?).ok();
        self.sealed.as_ref().and_then(open).unwrap_or_else(|| self.json.clone())
    }

    /// Writes it.
    pub fn write(&self, path: &Path) -> Result<(), Diagnostics> {
        let text = serde_json::to_vec(self).unwrap_or_default();
        write_atomically(path, &text).map_err(|e| {
            Diagnostic::error("Failed to write plan file", format!("{}: {e}.", path.display())).into()
        })
    }

    /// Reads one.
    pub fn read(path: &Path) -> Result<SavedPlan, Diagnostics> {
        let failed = |why: String| {
            Diagnostics::from(Diagnostic::error(
                format!("Failed to load \"{}\" as a plan file", path.display()),
                why,
            ))
        };
        let text = std::fs::read(path).map_err(|e| {
            failed(match e.kind() {
                std::io::ErrorKind::NotFound => {
                    format!("Error: stat {}: no such file or directory", path.display())
                }
                _ => format!("Error: {e}"),
            })
        })?;
        SavedPlan::parse(&text).map_err(failed)
    }

    /// Reads the content of a file; the error is a sentence that says why it is none.
    pub fn parse(text: &[u8]) -> Result<SavedPlan, String> {
        let plan: SavedPlan = serde_json::from_slice(text)
            .map_err(|e| format!("It is not a plan that Ringfence has written: {e}."))?;
        if plan.format != FORMAT {
            return Err(format!("Its format is {:?}; this version reads {FORMAT:?}.", plan.format));
        }
        Ok(plan)
    }

    /// The options that it was made with.
    pub fn options(&self, working_dir: &Path) -> PlanOptions {
        PlanOptions {
            mode: match self.mode.as_str() {
                "destroy" => PlanMode::Destroy,
                "refresh-only" => PlanMode::RefreshOnly,
                _ => PlanMode::Normal,
            },
            targets: self.targets.iter().filter_map(|t| Partial::parse(t).ok()).collect(),
            replace: self.replace.iter().filter_map(|t| InstanceAddr::parse(t).ok()).collect(),
            no_refresh: false,
            adopt: self.adopt,
            deny_exec: false,
            working_dir: working_dir.to_path_buf(),
            mocks: Arc::default(),
            workspace: self.workspace.as_deref().map(Into::into),
        }
    }

    /// The files of the configuration that it was made from.
    pub fn sources(&self, sealer: &Sealer) -> Result<BTreeMap<String, String>, Diagnostics> {
        let mut all = self.sources.clone();
        for (path, sealed) in &self.sealed_sources {
            let text = sealer.open(sealed).and_then(|text| String::from_utf8(text).ok());
            let text = text.ok_or_else(|| other_key(&format!("{path}, which holds a secret,")))?;
            all.insert(path.clone(), text);
        }
        Ok(all)
    }

    /// The variables that it was made with.
    pub fn variables(&self, sealer: &Sealer) -> Result<BTreeMap<Arc<str>, Value>, Diagnostics> {
        let open = |(name, stored): (&String, &Stored)| match stored.take(sealer) {
            Some(value) => Ok((Arc::from(name.as_str()), value)),
            None => Err(other_key(&format!("The sensitive variable {name}"))),
        };
        self.variables.iter().map(open).collect()
    }

    /// Judges whether a plan that was just made is still this one.
    pub fn judge(&self, plan: &Plan, ledger: &Ledger) -> Result<(), Diagnostics> {
        if self.errored {
            return Err(Diagnostic::error(
                "Cannot apply incomplete plan",
                "Planning failed when this plan was made. Correct the problems, and plan again.",
            )
            .into());
        }
        let fresh_stack = ledger.is_empty() && self.serial == 0;
        if (self.lineage != ledger.lineage && !fresh_stack) || self.serial != ledger.serial {
            return Err(Diagnostic::error(
                "Saved plan is stale",
                "The given plan file can no longer be applied because the ledger was changed by another operation after the plan was created.",
            )
            .into());
        }
        let now = fingerprints(plan);
        let names = self.fingerprints.keys().chain(now.keys());
        let changed: BTreeSet<&String> =
            names.filter(|name| self.fingerprints.get(*name) != now.get(*name)).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let list: String = changed.iter().map(|c| format!("\n  - {c}")).collect();
        Err(Diagnostic::error(
            "Saved plan is stale",
            format!("The given plan file can no longer be applied because what is in Azure has changed since it was made. What would be done now differs for:{list}\n\nPlan again, and look at it."),
        )
        .into())
    }
}

fn other_key(what: &str) -> Diagnostics {
    let detail = format!(
        "{what} was sealed with another key. Set RINGFENCE_ENCRYPTION_KEY to the one that the plan was made with."
    );
    Diagnostic::error("Saved plan cannot be opened", detail).into()
}

fn mode_name(mode: PlanMode) -> &'static str {
    match mode {
        PlanMode::Normal => "normal",
        PlanMode::Destroy => "destroy",
        PlanMode::RefreshOnly => "refresh-only",
    }
}

/// A fingerprint of every change, output and drift by name; sensitive values do not go into it.
pub fn fingerprints(plan: &Plan) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for change in &plan.changes {
        if change.action == ChangeAction::NoOp && change.importing.is_none() {
            continue;
        }
        let parts = json!([
            format!("{:?}", change.action),
            change.before.as_ref().map(veiled),
            change.after.as_ref().map(veiled),
            change.importing,
            format!("{:?}", change.documents),
        ]);
        all.insert(change.addr.to_string(), hash(&parts));
    }
    for (name, output) in &plan.outputs {
        if output.changes() {
            let parts = json!([output.before.as_ref().map(veiled), output.after.as_ref().map(veiled)]);
            all.insert(format!("output.{name}"), hash(&parts));
        }
    }
    all
}

fn hash(json: &Json) -> String {
    let sum = digest(&SHA256, json.to_string().as_bytes());
    sum.as_ref()[..16].iter().map(|b| format!("{b:02x}")).collect()
}

/// The value as JSON with what is secret or unknown replaced by words.
fn veiled(value: &Value) -> Json {
    if value.marks.is_sensitive() {
        return json!({"sensitive": true});
    }
    match &value.kind {
        Kind::Unknown(_) => json!({"unknown": true}),
        Kind::List(_, all) | Kind::Set(_, all) | Kind::Tuple(all) => all.iter().map(veiled).collect(),
        Kind::Map(_, all) | Kind::Object(all) => {
            Json::Object(all.iter().map(|(n, v)| (n.to_string(), veiled(v))).collect())
        }
        _ => value.to_json().unwrap_or(Json::Null),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Marks;
    use crate::plan::model::OutputChange;

    fn plan(value: Value) -> Plan {
        let change = OutputChange { before: None, after: Some(value), sensitive: false, flips: false };
        Plan { outputs: [(Arc::from("a"), change)].into(), ..Plan::default() }
    }

    fn saved(plan: &Plan, ledger: &Ledger, folder: &Path) -> SavedPlan {
        let secret = Value::string("hunter2").marked(&Marks::sensitive());
        let variables = [(Arc::from("v"), secret)].into();
        let sealer = Sealer::new(None, &folder.join("key"));
        let saving = Saving {
            ledger,
            options: &PlanOptions::default(),
            sources: [("a.tf".into(), "x = \"hunter2\"".into()), ("b.tf".into(), "y = 1".into())].into(),
            secrets: ["hunter2".to_owned()].into(),
            variables: &variables,
            ephemeral: BTreeSet::new(),
            sealer: &sealer,
            text: String::new(),
            json: Json::Null,
            clear: None,
        };
        SavedPlan::new(plan, saving)
    }

    #[test]
    fn a_plan_comes_back_without_secrets_in_clear() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p");
        let plan = plan("x".into());
        let ledger = Ledger::new();
        saved(&plan, &ledger, folder.path()).write(&path).unwrap();
        assert!(!std::fs::read_to_string(&path).unwrap().contains("hunter2"));
        let read = SavedPlan::read(&path).unwrap();
        let sealer = Sealer::new(None, &folder.path().join("key"));
        assert_eq!(read.variables(&sealer).unwrap()["v"].as_str(), Some("hunter2"));
        assert_eq!(read.sources(&sealer).unwrap()["a.tf"], "x = \"hunter2\"");
        assert!(std::fs::read_to_string(&path).unwrap().contains("y = 1"));
        let stranger = Sealer::new(None, &folder.path().join("other"));
        let refused = read.sources(&stranger).unwrap_err();
        assert!(refused.0[0].detail.contains("RINGFENCE_ENCRYPTION_KEY"), "{refused:?}");
        assert!(read.judge(&plan, &ledger).is_ok());
    }

    #[test]
    fn what_changed_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::new();
        let saved = saved(&plan("x".into()), &ledger, folder.path());
        let error = saved.judge(&plan("y".into()), &ledger).unwrap_err();
        assert!(error.0[0].detail.contains("output.a"), "{error:?}");
        ledger.serial = 7;
        assert_eq!(saved.judge(&plan("x".into()), &ledger).unwrap_err().0[0].summary, "Saved plan is stale");
    }
}
