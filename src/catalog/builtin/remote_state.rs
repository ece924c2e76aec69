//! `terraform_remote_state`: the outputs of another stack, of its state file or of its ledger.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use super::Lazy;
use crate::catalog::lens::{Context, DataSource, Fetched, Outside, Problem, Stop};
use crate::catalog::value::{argument, error, text};
use crate::lang::convert::convert;
use crate::lang::schema::{AttrSpec, ResourceSchema};
use crate::lang::{Entries, Marks, Type, Value};

/// Its name.
pub(super) const NAME: &str = "terraform_remote_state";

/// The data source.
pub(super) struct RemoteState;

#[derive(Deserialize)]
struct Output {
    value: Json,
    r#type: Json,
    #[serde(default)]
    sensitive: bool,
}

/// The backends that are somewhere else.
const ELSEWHERE: [&str; 12] =
    ["azurerm", "remote", "cloud", "consul", "cos", "gcs", "http", "kubernetes", "oci", "oss", "pg", "s3"];

const INVALID: &str = "Invalid backend configuration";

impl DataSource for RemoteState {
    fn schema(&self, _provider_major: u32) -> Arc<ResourceSchema> {
        static SCHEMA: Lazy = Lazy::new(|| {
            super::schema(vec![
                AttrSpec::required("backend", Type::String),
                AttrSpec::optional("config", Type::Dynamic),
                AttrSpec::optional("defaults", Type::Dynamic),
                AttrSpec::optional("workspace", Type::String),
                AttrSpec::computed("outputs", Type::Dynamic),
            ])
        });
        SCHEMA.clone()
    }

    fn check(&self, config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        match text(config, "backend") {
            None | Some("local") => {}
            Some(kind) if ELSEWHERE.contains(&kind) => {
                let detail = format!(
                    "The outputs of a stack in the backend {kind:?} cannot be read: only \"local\" is supported, which reads \
                     state files and ledgers of this machine. Where that stack is still Terraform's, write its state into a file \
                     (`terraform state pull > other.tfstate`) and name it here: backend = \"local\", config = {{ path = \
                     \"other.tfstate\" }}. What is in Azure needs no state: a data source of its type reads it."
                );
                problems.push(error(argument("backend"), INVALID, detail));
            }
            Some(kind) => {
                let detail = format!("There is no backend type named {kind:?}.");
                problems.push(error(argument("backend"), INVALID, detail));
            }
        }
        let known = config.get("config").filter(|c| !c.is_null() && !c.is_unknown());
        let names = known.and_then(Value::as_entries);
        let wrong = match (known, names) {
            (Some(_), None) => Some("an object is needed".to_string()),
            (_, Some(names)) => names
                .keys()
                .find(|name| !matches!(&***name, "path" | "workspace_dir"))
                .map(|name| format!("unexpected attribute {:?}", &**name)),
            (None, None) => None,
        };
        if let (Some(why), Some("local")) = (wrong, text(config, "backend")) {
            let detail = format!("The given configuration is not valid for backend \"local\": {why}.");
            problems.push(error(argument("config"), INVALID, detail));
        }
        let defaults = config.get("defaults").filter(|d| !d.is_null() && !d.is_unknown());
        if defaults.is_some_and(|d| d.as_entries().is_none()) {
            let detail = "Defaults must be given in an object value.";
            problems.push(error(argument("defaults"), "Invalid default values", detail));
        }
        problems
    }

    fn read(&self, config: &Value, cx: &Context<'_>) -> Result<Value, Stop> {
        let place = |name: &str| config.get("config").and_then(|c| text(c, name));
        let asked = Outside::Stack {
            path: place("path").unwrap_or("terraform.tfstate").into(),
            workspace_dir: place("workspace_dir").unwrap_or("terraform.tfstate.d").into(),
            workspace: text(config, "workspace").unwrap_or("default").into(),
        };
        let answer = match cx.reader.outside(&asked) {
            Fetched::Ready(answer) => answer,
            Fetched::Pending | Fetched::Later => return Err(Stop::Pending),
        };
        let failed = |at: &'static str, summary: &str, why: String| {
            Stop::Problems(vec![error(argument(at), summary.to_string(), why)])
        };
        if let Some(why) = text(&answer, "error") {
            return Err(failed(
                "config",
                "Error loading state",
                format!("error loading the remote state: {why}"),
            ));
        }
        let Some(found) = text(&answer, "outputs") else {
            let why = "No stored state was found for the given workspace in the given backend.";
            return Err(failed("workspace", "Unable to find remote state", why.into()));
        };
        let found: BTreeMap<String, Output> = serde_json::from_str(found).map_err(|e| {
            failed("config", "Error loading state", format!("error loading the remote state: {e}"))
        })?;
        let mut outputs: Entries =
            config.get("defaults").and_then(Value::as_entries).cloned().unwrap_or_default();
        for (name, output) in found {
            let plain = Value::from_json(&output.value);
            let typed = Type::from_json(&output.r#type).and_then(|ty| convert(&plain, &ty).ok());
            let value = typed.unwrap_or(plain);
            outputs.insert(
                name.into(),
                if output.sensitive { value.marked(&Marks::sensitive()) } else { value },
            );
        }
        let mut all = config.as_entries().cloned().unwrap_or_default();
        all.insert("outputs".into(), Value::object(outputs));
        Ok(Value::object(all))
    }
}
