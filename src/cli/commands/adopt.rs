//! `adopt`

use std::path::{Path, PathBuf};

use super::super::args::{Flag, Takes, flag};
use super::super::runtime::{self, Farewell};
use super::super::{Context, Exit, variables, work};
use super::ledger::{LOCK, LOCK_TIMEOUT};
use super::plan::finish;
use crate::config::Config;
use crate::config::content::literal_string;
use crate::lang::{Diagnostic, Diagnostics};
use crate::ledger::terraform::TerraformState;
use crate::plan::model::PlanMode;
use crate::stack::{self, Adopted};
use crate::ui::progress::Silent;
use crate::ui::style::{BOLD_GREEN, Paint};

pub(super) const FLAGS: &[Flag] = &[
    flag(
        "from",
        Takes::One("FILE"),
        "The state file; without it that of the workspace in the backend \"local\": terraform.tfstate.",
    ),
    flag("input", Takes::Switch(true), "Do not ask for the values of variables."),
    LOCK,
    LOCK_TIMEOUT,
    flag("var", Takes::Many("NAME=VALUE"), "Set a variable of the root module."),
    flag("var-file", Takes::Many("FILE"), "Set variables from a file."),
];

pub(super) fn run(cx: &Context) -> Exit {
    finish(cx, adopt(cx))
}

fn adopt(cx: &Context) -> Result<Exit, Diagnostics> {
    let mut found = Diagnostics::default();
    let config = work::configuration(&mut found, PlanMode::Normal)?;
    let path = match cx.args.value("from") {
        Some(path) => PathBuf::from(path),
        None => of_backend(&config)?,
    };
    let failed = |why: String| {
        let detail = format!("{}: {why}.\n\nName Terraform's state with -from=FILE.", path.display());
        Diagnostics::from(Diagnostic::error("The state cannot be read", detail))
    };
    let text = std::fs::read(&path).map_err(|e| failed(e.to_string()))?;
    let state = TerraformState::parse(&text).map_err(failed)?;
    let (values, _) = variables::read(cx, &config, &mut found)?;
    let judged = stack::validate(&config, Path::new("."));
    if judged.has_errors() {
        return Err(judged);
    }
    Ok(runtime::run(cx, Farewell::Patience, |cancel| async move {
        let adopted = async {
            let mut stack = work::open(cx, Some("OperationTypeInvalid")).await?;
            let adopted = stack.adopt(&config, &values, &state, &Silent, &cancel).await;
            stack.close().await;
            Ok(tell(cx, &adopted?, &path))
        };
        finish(cx, adopted.await)
    }))
}

/// The state file of the chosen workspace in the backend that the configuration names.
fn of_backend(config: &Config) -> Result<PathBuf, Diagnostics> {
    let workspace = work::workspace()?;
    let mut out = Diagnostics::default();
    let mut said = |name: &str| {
        let attribute = config.root.settings.backend.as_ref()?.body.attribute(name)?;
        literal_string(&attribute.expr, &mut out)
    };
    if let Some(backend) = config.root.settings.backend.as_ref().filter(|b| &*b.kind != "local") {
        let names = ["resource_group_name", "storage_account_name", "container_name", "key"];
        let parts: Vec<String> = names.iter().filter_map(|n| Some(format!("{n} {:?}", said(n)?))).collect();
        let place = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
        let select = match &*workspace {
            "default" => String::new(),
            name => format!("terraform workspace select {name}\n  "),
        };
        let detail = format!(
            "The configuration keeps its state in the backend {:?}{place}, which is not read. Let Terraform write it into a file, and \
             adopt that:\n\n  terraform init\n  {select}terraform state pull > pulled.tfstate\n  ringfence adopt \
             -from=pulled.tfstate\n\nThe file holds secrets in clear: remove it when the plan is empty.",
            backend.kind
        );
        return Err(Diagnostic::error("The state cannot be read", detail).at(backend.header.clone()).into());
    }
    let path = match &*workspace {
        "default" => said("path").map_or_else(|| PathBuf::from("terraform.tfstate"), PathBuf::from),
        name => {
            let folder = said("workspace_dir").unwrap_or_else(|| "terraform.tfstate.d".into());
            Path::new(&folder).join(name).join("terraform.tfstate")
        }
    };
    if out.has_errors() { Err(out) } else { Ok(path) }
}

fn tell(cx: &Context, adopted: &Adopted, path: &Path) -> Exit {
    for addr in &adopted.known {
        cx.ui.line(&format!("{addr}: owned already"));
    }
    for (addr, id) in &adopted.taken {
        let id = id.as_ref().map(|id| format!(" [id={id}]")).unwrap_or_default();
        cx.ui.line(&format!("{addr}: taken{id}"));
    }
    for (addr, why) in &adopted.left {
        cx.ui.line(&format!("{addr}: not taken: {why}"));
    }
    let outputs = match adopted.outputs {
        0 => String::new(),
        n => format!(" Outputs: {n}."),
    };
    let paint = Paint { colour: cx.ui.colour };
    if adopted.taken.is_empty() && adopted.left.is_empty() && adopted.outputs == 0 {
        let there = match adopted.known.len() {
            0 => "the state has no resources".to_string(),
            n => format!("all that the state has is owned already ({n})"),
        };
        cx.ui.line(&format!(
            "\n{} {there}.\n{} was left as it was.",
            paint.on(BOLD_GREEN, "Nothing to do:"),
            path.display()
        ));
        return Exit::Success;
    }
    cx.ui.line(&format!(
        "\n{} {} taken, {} owned already, {} not taken.{outputs}\n{} was left as it was.",
        paint.on(BOLD_GREEN, "Adoption complete!"),
        adopted.taken.len(),
        adopted.known.len(),
        adopted.left.len(),
        path.display()
    ));
    if adopted.left.is_empty() {
        return Exit::Success;
    }
    cx.fail(
        "Not all of the state was taken",
        "What was not taken is not owned: the next plan would make what the configuration has of it. The reasons are above.",
    )
}
