//! The `backend` block: what it asks for, and how `init` prepares it.

use std::path::Path;

use super::Context;
use crate::config::content::literal;
use crate::config::{Backend, Config, Disk, LoadOptions, read_root};
use crate::lang::diag::Source;
use crate::lang::refs::body_references;
use crate::lang::syntax::{parse_body, parse_json_values};
use crate::lang::{Diagnostic, Diagnostics, Type};
use crate::stack::backend::{ARGUMENTS, AZURERM, Noted, Place, Settings, Takes, block_digest};
use crate::stack::data_dir;

/// The backends that Terraform knows.
const KNOWN: [&str; 13] = [
    "local",
    "azurerm",
    "remote",
    "cloud",
    "consul",
    "cos",
    "gcs",
    "http",
    "kubernetes",
    "oci",
    "oss",
    "pg",
    "s3",
];

/// Judges the block by itself, as `init` does.
pub(super) fn judge(config: &Config) -> Diagnostics {
    let Some(backend) = &config.root.settings.backend else { return Diagnostics::default() };
    if !KNOWN.contains(&&*backend.kind) {
        let detail = format!("There is no backend type named \"{}\".", backend.kind);
        return Diagnostic::error("Unsupported backend type", detail).at(backend.header.clone()).into();
    }
    let found = body_references(&backend.body).into_iter().map(|reference| {
        Diagnostic::error("Variables not allowed", "Variables may not be used here.").at(reference.span)
    });
    config.with_contexts(Diagnostics(found.collect()))
}

/// What the block says, as far as it is of the backend `azurerm`.
fn said(backend: &Backend) -> Result<Settings, Diagnostics> {
    let mut out = Diagnostics::default();
    let mut all = Settings::new();
    for attribute in &backend.body.attributes {
        let name = &*attribute.name.text;
        let Some((_, takes, _)) = ARGUMENTS.iter().find(|(n, _, _)| *n == name) else {
            let detail = format!("An argument named {name:?} is not expected here.");
            out.push(Diagnostic::error("Unsupported argument", detail).at(attribute.name.span.clone()));
            continue;
        };
        let ty = if *takes == Takes::Flag { Type::Bool } else { Type::String };
        let value = literal(&attribute.expr, &ty, &mut out).and_then(|value| value.to_json());
        all.extend(value.filter(|v| !v.is_null()).map(|value| (name.to_string(), value)));
    }
    if out.has_errors() { Err(out) } else { Ok(all) }
}

/// The place of the block that says where the ledger is.
fn shared(config: &Config) -> Option<&Backend> {
    config.root.settings.backend.as_ref().filter(|b| &*b.kind == AZURERM)
}

/// The data folder of the working directory.
fn data(cx: &Context) -> std::path::PathBuf {
    data_dir(Path::new("."), &|name| cx.env(name))
}

/// What a run must know of the block: `init` must have seen it as it is.
pub(super) fn usable(cx: &Context, config: &Config) -> Diagnostics {
    let backend = config.root.settings.backend.as_ref();
    if cx.args.cloud == super::Cloud::Local {
        let Some(backend) = backend else { return Diagnostics::default() };
        let detail = "With -cloud=local the ledger is kept beside the local cloud's world, under .ringfence.";
        return Diagnostic::warning("The backend is not used", detail).at(backend.header.clone()).into();
    }
    let judged = judge(config);
    if judged.has_errors() {
        return judged;
    }
    if let Some(backend) = backend.filter(|b| !["local", AZURERM].contains(&&*b.kind)) {
        let detail = format!(
            "The configuration keeps its state in the backend \"{}\". Ringfence keeps its ledger in a local file or in the \
             backend \"azurerm\": working without the common place could do the same things twice. Remove the block to \
             work with a local ledger.",
            backend.kind
        );
        return Diagnostic::error("Backend not supported", detail).at(backend.header.clone()).into();
    }
    let known = match Noted::read(&data(cx)) {
        Ok(known) => known,
        Err(wrong) => return wrong,
    };
    let reason = match (shared(config), known) {
        (None, None) => return judged,
        (None, Some(_)) => "Unsetting the previously set backend \"azurerm\"".to_string(),
        (Some(_), None) => "Initial configuration of the requested backend \"azurerm\"".to_string(),
        (Some(backend), Some(known)) => match said(backend) {
            Err(wrong) => return wrong,
            Ok(settings) if block_digest(AZURERM, &settings) == known.block => return judged,
            Ok(_) => "Backend configuration block has changed".to_string(),
        },
    };
    Diagnostic::error(
        "Backend initialization required, please run \"ringfence init\"",
        format!(
            "Reason: {reason}\n\nThe \"backend\" is the place where Ringfence keeps its ledger. After a change of its block the \
             place must be prepared: \"ringfence init\" does so, with -reconfigure where the ledger stays where it is, or \
             -migrate-state where it is to be carried over. Nothing was changed."
        ),
    )
    .into()
}

/// The same for commands that need no configuration: only the block is looked at.
pub(super) fn guard(cx: &Context) -> Result<(), Diagnostics> {
    if cx.args.cloud == super::Cloud::Local {
        return Ok(());
    }
    let (root, found) = read_root(Path::new("."), &LoadOptions { files: &Disk::here() });
    if found.has_errors() {
        // What cannot be read says nothing of the place; the note does.
        return Ok(());
    }
    let found = usable(cx, &root);
    if found.has_errors() { Err(found) } else { Ok(()) }
}

/// Prepares the place that the block names, as `init` does. Answers what is to be said.
pub(super) async fn prepare(cx: &Context, config: &Config) -> Result<Option<String>, Diagnostics> {
    let data = data(cx);
    // A note that cannot be read is made anew.
    let fresh = cx.args.switch("reconfigure");
    let known = if fresh { Noted::read(&data).unwrap_or_default() } else { Noted::read(&data)? };
    let given = !cx.args.values("backend-config").is_empty();
    let Some(backend) = shared(config) else {
        if given && config.root.settings.backend.is_none() {
            let detail = "-backend-config was used without a \"backend\" block in the configuration.\n\nIf you intended to \
                          override the default local backend configuration, no action is required, but you may add an \
                          explicit backend block to your configuration to clear this warning:\n\nterraform {\n  backend \
                          \"local\" {}\n}\n\nHowever, if you intended to override a defined backend, please verify that the \
                          backend configuration is present and valid.";
            let warning = Diagnostic::warning("Missing backend configuration", detail);
            crate::ui::diagnostics::show(&cx.ui, &warning.into(), false);
        }
        let Some(known) = known else { return Ok(None) };
        allowed(cx, "Unsetting the previously set backend \"azurerm\"")?;
        if !fresh {
            let env = |name: &str| cx.env(name);
            let from = Place::Shared(&known.settings(&data)?)
                .carry(&Place::Local, &data, &env, &|| agreed(cx))
                .await;
            from?;
        }
        Noted::write(None, &data).map_err(|e| unwritten(&e))?;
        return Ok(Some("Successfully unset the backend \"azurerm\". The ledger is a local file.".into()));
    };
    let block = said(backend)?;
    let mut settings = block.clone();
    for text in cx.args.values("backend-config") {
        settings.extend(argument(text)?);
    }
    let missing: Vec<_> = ARGUMENTS
        .iter()
        .filter(|(name, takes, _)| {
            *takes == Takes::Needed && settings.get(*name).and_then(|v| v.as_str()).is_none_or(str::is_empty)
        })
        .map(|(name, _, _)| {
            let detail = format!(
                "The attribute {name:?} is required by the backend: write it into the block, or give it with \
             -backend-config={name}=...."
            );
            Diagnostic::error("Missing required argument", detail).at(backend.header.clone())
        })
        .collect();
    if !missing.is_empty() {
        return Err(Diagnostics(missing));
    }
    let noted = Noted::of(block_digest(AZURERM, &block), &settings, &data);
    let before = known.as_ref().map(|known| known.settings(&data)).transpose()?;
    let same = before.as_ref() == Some(&settings);
    let again = known.is_some() && !given && !fresh;
    if same && !fresh || again && known.as_ref().is_some_and(|k| k.block == noted.block) {
        return Ok(None);
    }
    if known.is_some() {
        allowed(cx, "Backend configuration block has changed")?;
    }
    let env = |name: &str| cx.env(name);
    let to = Place::Shared(&settings);
    to.reach(&env).await?;
    if !fresh {
        let from = match &before {
            Some(settings) => Place::Shared(settings),
            None => Place::Local,
        };
        from.carry(&to, &data, &env, &|| agreed(cx)).await?;
    }
    Noted::write(Some(&noted), &data).map_err(|e| unwritten(&e))?;
    Ok(Some(
        "Successfully configured the backend \"azurerm\"! Terraform will automatically\nuse this backend unless the backend \
         configuration changes."
            .into(),
    ))
}

/// A change of a place that was prepared must be meant.
fn allowed(cx: &Context, reason: &str) -> Result<(), Diagnostics> {
    if cx.args.switch("reconfigure") || cx.args.switch("migrate-state") || cx.args.switch("force-copy") {
        return Ok(());
    }
    Err(Diagnostic::error(
        "Backend configuration changed",
        format!(
            "A change in the backend configuration has been detected, which may require migrating existing state: \
             {reason}.\n\nIf you wish to attempt automatic migration of the state, use \"ringfence init \
             -migrate-state\".\nIf you wish to store the current configuration with no changes to the state, use \"ringfence \
             init -reconfigure\"."
        ),
    )
    .into())
}

/// May a ledger be carried from one place to the other?
fn agreed(cx: &Context) -> Result<bool, Diagnostics> {
    if cx.args.switch("force-copy") {
        return Ok(true);
    }
    if !cx.args.switch("input") {
        let detail = "There is a ledger already. Run the command again with -force-copy to carry it to the new place, or with \
                      -reconfigure to leave it where it is.";
        return Err(Diagnostic::error(
            "Can't ask approval for state migration when interactive input is disabled.",
            detail,
        )
        .into());
    }
    let lines = [
        "Pre-existing state was found while migrating the previous backend to the",
        "newly configured one. No existing state was found in the newly configured",
        "one. Do you want to copy this state? Enter \"yes\" to copy and \"no\" to",
        "start with an empty state.",
    ];
    let question = "Do you want to copy existing state to the new backend?";
    super::prompt::approve(cx, question, &lines)
        .map_err(|why| Diagnostic::error("Error asking for approval", format!("No answer: {why}.")).into())
}

fn unwritten(error: &std::io::Error) -> Diagnostics {
    let detail = format!("What the backend is cannot be noted in the data folder: {error}.");
    Diagnostic::error("The backend cannot be prepared", detail).into()
}

/// One `-backend-config`: `NAME=VALUE`, or a file of arguments.
fn argument(text: &str) -> Result<Settings, Diagnostics> {
    let unknown = |name: &str| {
        let detail = format!(
            "The backend configuration argument {name:?} given on the command line is not expected for the selected backend \
             type."
        );
        Diagnostics::from(Diagnostic::error("Invalid backend configuration argument", detail))
    };
    let known = |name: &str| ARGUMENTS.iter().find(|(n, _, _)| *n == name).map(|(_, takes, _)| *takes);
    if let Some((name, value)) = text.split_once('=') {
        let takes = known(name.trim()).ok_or_else(|| unknown(name))?;
        let value = match (takes, value) {
            (Takes::Flag, "true" | "1") => true.into(),
            (Takes::Flag, "false" | "0") => false.into(),
            (Takes::Flag, _) => {
                let detail = format!("The argument {name:?} is true or false, not {value:?}.");
                return Err(Diagnostic::error("Invalid backend configuration argument", detail).into());
            }
            _ => value.into(),
        };
        return Ok(Settings::from([(name.trim().to_string(), value)]));
    }
    let content = std::fs::read_to_string(text).map_err(|why| {
        let detail = format!("The file {text:?} of -backend-config cannot be read: {why}.");
        Diagnostics::from(Diagnostic::error("Failed to read file", detail))
    })?;
    let source = Source::new(text, content);
    let (body, mut found) =
        if text.ends_with(".json") { parse_json_values(&source) } else { parse_body(&source) };
    let mut all = Settings::new();
    for attribute in &body.attributes {
        let name = &*attribute.name.text;
        let takes = known(name).ok_or_else(|| unknown(name))?;
        let ty = if takes == Takes::Flag { Type::Bool } else { Type::String };
        let value = literal(&attribute.expr, &ty, &mut found).and_then(|value| value.to_json());
        all.extend(value.map(|value| (name.to_string(), value)));
    }
    if found.has_errors() { Err(found) } else { Ok(all) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_come_as_pairs_and_as_files() {
        let one = |text: &str| argument(text).map(|all| serde_json::to_value(all).unwrap());
        assert_eq!(one("key=a=b").unwrap(), serde_json::json!({"key": "a=b"}));
        assert_eq!(one("use_oidc=true").unwrap(), serde_json::json!({"use_oidc": true}));
        let wrong = |text: &str| one(text).unwrap_err().0[0].clone();
        assert_eq!(wrong("nothing=1").summary, "Invalid backend configuration argument");
        assert!(wrong("snapshot=maybe").detail.contains("true or false"));
        assert_eq!(wrong("not-there.hcl").summary, "Failed to read file");
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            one(&path.display().to_string())
        };
        let both = serde_json::json!({"container_name": "c", "snapshot": true});
        assert_eq!(file("a.hcl", "container_name = \"c\"\nsnapshot = true\n").unwrap(), both);
        assert_eq!(file("a.json", "{\"container_name\": \"c\", \"snapshot\": true}").unwrap(), both);
        assert_eq!(file("b.hcl", "key = var.x").unwrap_err().0[0].summary, "Variables not allowed");
    }
}
