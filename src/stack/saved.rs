//! Saved plans: everything that is needed to plan the same again, and to tell that it is the same.
//!
//! A saved plan holds the configuration, the variables (sensitive ones sealed), the options, the ledger's serial, a
//! fingerprint of every planned change, and an imprint of every document that one touches. Applying it plans once more, without
//! asking, and refuses when files, ledger, documents or outcome have changed since. Its digest is that of its content: who
//! approves a plan names it by that.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::apply::imprint;
use crate::catalog::Target;
use crate::config::manifest::FILE as MANIFEST;
use crate::lang::{Diagnostic, Diagnostics, Kind, Value};
use crate::ledger::{Ledger, Sealed, Sealer, Stored, write_atomically};
use crate::plan::addr::{InstanceAddr, Partial};
use crate::plan::instance::{ClaimPlan, Work};
use crate::plan::model::{ChangeAction, Plan, PlanMode};
use crate::plan::options::PlanOptions;
use crate::plan::run::Planning;

/// The format of the content.
const FORMAT: &str = "ringfence plan 2";
/// What stands before the digest of the content, between both, and at the end of a plan file.
const HEAD: &str = "{\"digest\":\"";
const MIDDLE: &str = "\",\"plan\":";
const TAIL: &str = "}\n";
/// What a digest begins with; 64 digits follow.
const SHA: &str = "sha256:";

/// A document as a plan found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Its id.
    pub id: String,
    /// Its etag, if it has one in its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The imprint of its body; none: it was not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl Document {
    fn of(plan: &ClaimPlan) -> Option<Document> {
        let Target::Id(id) = &plan.claim.target else { return None };
        let live = plan.live.as_ref().and_then(|live| live.to_json());
        let etag = live.as_ref().and_then(|live| live.get("etag")?.as_str().map(str::to_string));
        let body = live.as_ref().map(|live| imprint(live, &plan.claim.facts().body));
        Some(Document { id: id.to_string(), etag, body })
    }

    /// Is it as it was? A new etag over the same body is none of ours: something in it that only the server writes.
    fn is(&self, before: &Document) -> bool {
        self.body == before.body || self.etag.is_some() && self.etag == before.etag
    }

    /// What happened to it since.
    fn since(&self, before: &Document) -> &'static str {
        match (&before.body, &self.body) {
            (None, _) => "is there now, and was not when the plan was made",
            (_, None) => "is not there any more",
            _ => "was changed in Azure",
        }
    }
}

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
    /// What every change touches, by address.
    documents: BTreeMap<String, Vec<Document>>,
    /// It failed half-way, and cannot be applied.
    pub errored: bool,
    /// What `show` prints; what is secret is withheld.
    text: String,
    /// The same with it, where there is any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed_text: Option<Sealed>,
    /// What `show -json` prints; sensitive values are withheld.
    pub json: Json,
    /// The same with them, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<Sealed>,
    /// Of the content; it stands before it in the file.
    #[serde(skip)]
    digest: String,
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
    pub fn new(planning: &Planning, saving: Saving<'_>) -> SavedPlan {
        let plan = &planning.plan;
        let options = saving.options;
        let target = |t: &Partial| match t {
            Partial::Module(module) => module.to_string(),
            Partial::Resource(resource, key) => resource.instance(key.clone()).to_string(),
        };
        let holds_secret = |text: &String| saving.secrets.iter().any(|s| text.contains(s.as_str()));
        let (sealed, sources): (BTreeMap<_, _>, _) =
            saving.sources.into_iter().partition(|(_, text)| holds_secret(text));
        let sealed_text = holds_secret(&saving.text).then(|| saving.sealer.seal(saving.text.as_bytes()));
        let text = without(saving.text, &saving.secrets);
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
            documents: documents(planning),
            errored: plan.errored,
            text,
            sealed_text,
            json: saving.json,
            sealed: saving.clear.map(|text| saving.sealer.seal(text.as_bytes())),
            digest: String::new(),
        }
    }

    /// The digest of a plan that was read: `sha256:` and 64 digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Is it the plan that somebody names by its digest?
    ///
    /// Errors: it is another one, or that is no digest.
    pub fn approved(&self, digest: &str) -> Result<(), Diagnostics> {
        let digits =
            digest.strip_prefix(SHA).filter(|d| d.len() == 64 && d.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(digits) = digits else {
            let detail = format!(
                "-plan-digest={digest} is no digest: write sha256: and 64 hexadecimal digits, as \"ringfence show FILE\" prints them. Nothing was done."
            );
            return Err(Diagnostic::error("Invalid plan digest", detail).into());
        };
        if self.digest.strip_prefix(SHA).is_some_and(|own| own.eq_ignore_ascii_case(digits)) {
            return Ok(());
        }
        let detail = format!(
            "The digest of the given plan file is {}, and -plan-digest accepts {digest} alone: it is not the plan that was approved. Nothing was done.",
            self.digest
        );
        Err(Diagnostic::error("Plan file is another one than approved", detail).into())
    }

    /// What `show -json` prints: with sensitive values for those who have the key.
    pub fn document(&self, sealer: &Sealer) -> Json {
        let open = |sealed: &Sealed| serde_json::from_slice(&sealer.open(sealed)?).ok();
        self.sealed.as_ref().and_then(open).unwrap_or_else(|| self.json.clone())
    }

    /// What `show` prints: with what is secret for those who have the key.
    pub fn text(&self, sealer: &Sealer) -> String {
        let open = |sealed: &Sealed| String::from_utf8(sealer.open(sealed)?).ok();
        self.sealed_text.as_ref().and_then(open).unwrap_or_else(|| self.text.clone())
    }

    /// Writes it. Answers its digest.
    pub fn write(&self, path: &Path) -> Result<String, Diagnostics> {
        // Maps with texts as keys and nothing else: it cannot fail.
        let content = serde_json::to_string(self).unwrap_or_default();
        let digest = digest_of(content.as_bytes());
        let text = [HEAD, &digest, MIDDLE, &content, TAIL].concat();
        write_atomically(path, text.as_bytes()).map_err(|e| {
            Diagnostics::from(Diagnostic::error(
                "Failed to write plan file",
                format!("{}: {e}.", path.display()),
            ))
        })?;
        Ok(digest)
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
        let split = || {
            let (digest, rest) = text.strip_prefix(HEAD.as_bytes())?.split_at_checked(SHA.len() + 64)?;
            Some((digest, rest.strip_prefix(MIDDLE.as_bytes())?.strip_suffix(TAIL.as_bytes())?))
        };
        let Some((digest, content)) = split() else {
            // What older versions wrote has no digest.
            let older = serde_json::from_slice::<Json>(text).ok();
            let older = older.as_ref().and_then(|plan| plan.get("format")?.as_str());
            return Err(match older {
                Some(format) => {
                    format!("Its format is {format:?}; this version reads {FORMAT:?}. Plan again.")
                }
                None => "It is not a plan that Ringfence has written, or not whole.".into(),
            });
        };
        let own = digest_of(content);
        if own.as_bytes() != digest {
            return Err(format!(
                "Its content was altered: it says that its digest is {}, and that is {own}. Plan again.",
                String::from_utf8_lossy(digest)
            ));
        }
        SavedPlan::content(content).map(|plan| SavedPlan { digest: own, ..plan })
    }

    /// Reads what stands behind the digest; the error is a sentence that says why it is no plan.
    pub fn content(text: &[u8]) -> Result<SavedPlan, String> {
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

    /// Judges by files and ledger, before anything of Azure is read, whether it can still be carried out.
    pub fn outdated(&self, root: &Path, ledger: &Ledger, sealer: &Sealer) -> Result<(), Diagnostics> {
        if self.errored {
            return Err(Diagnostic::error(
                "Cannot apply incomplete plan",
                "Planning failed when this plan was made. Correct the problems, and plan again.",
            )
            .into());
        }
        let files = self.changed_files(root, sealer)?;
        let fresh_stack = ledger.is_empty() && self.serial == 0;
        let moved = match (self.serial != ledger.serial, self.lineage != ledger.lineage && !fresh_stack) {
            (true, _) => Some(format!("its serial was {}, and is {} now", self.serial, ledger.serial)),
            (_, true) => Some("its lineage is another one".to_string()),
            _ => None,
        };
        let mut why = Vec::new();
        if let Some(moved) = moved {
            why.push(format!(
                "because the ledger was changed by another operation after the plan was created: {moved}."
            ));
        }
        if !files.is_empty() {
            why.push(format!(
                "because files of its configuration are not as they were when the plan was created:{}",
                list(&files)
            ));
        }
        if why.is_empty() { Ok(()) } else { Err(stale(&why)) }
    }

    /// Judges whether a plan that was just made is still this one.
    pub fn judge(&self, planning: &Planning) -> Result<(), Diagnostics> {
        let now = documents(planning);
        let mut touched = Vec::new();
        let mut named = BTreeSet::new();
        for (addr, before) in &self.documents {
            // What is not touched any more differs in its fingerprint.
            for document in now.get(addr).into_iter().flatten() {
                let same = |d: &&Document| d.id.eq_ignore_ascii_case(&document.id);
                if let Some(before) = before.iter().find(same).filter(|before| !document.is(before)) {
                    touched.push(format!("{addr}: {} {}", document.id, document.since(before)));
                    named.insert(addr);
                }
            }
        }
        let now = fingerprints(&planning.plan);
        let names: BTreeSet<&String> = self.fingerprints.keys().chain(now.keys()).collect();
        let differs =
            |name: &&&String| self.fingerprints.get(**name) != now.get(**name) && !named.contains(**name);
        let id_of = |name: &str| Some(&self.documents.get(name)?.first()?.id);
        let with_id = |name: &&String| match id_of(name) {
            Some(id) => format!("{name}: {id}"),
            None => name.to_string(),
        };
        let changed: Vec<String> = names.iter().filter(differs).map(with_id).collect();
        let mut why = Vec::new();
        if !touched.is_empty() {
            why.push(format!("because what it changes has changed since it was made:{}", list(&touched)));
        }
        if !changed.is_empty() {
            why.push(format!(
                "because what is in Azure has changed since it was made. What would be done now differs for:{}",
                list(&changed)
            ));
        }
        if why.is_empty() { Ok(()) } else { Err(stale(&why)) }
    }

    /// The files of the configuration that are not as they were, each with what happened. Where none is at hand there is
    /// nothing to compare with: the plan has them all.
    fn changed_files(&self, root: &Path, sealer: &Sealer) -> Result<Vec<String>, Diagnostics> {
        let kept = self.sources(sealer)?;
        let kept: BTreeMap<PathBuf, &String> = kept
            .iter()
            .map(|(path, text)| (PathBuf::from(path), text))
            .filter(|(path, _)| path.file_name() != Some(MANIFEST.as_ref()) && !path.ends_with(MANIFEST))
            .collect();
        let folders: BTreeSet<&Path> = kept.keys().filter_map(|path| path.parent()).collect();
        let mut changed = Vec::new();
        for folder in folders {
            let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
            let names = entries.flatten().map(|entry| folder.join(entry.file_name()));
            let there: BTreeSet<PathBuf> = names.filter(|path| is_configuration(path)).collect();
            if there.is_empty() {
                continue;
            }
            for (path, text) in kept.iter().filter(|(path, _)| path.parent() == Some(folder)) {
                match std::fs::read(root.join(path)) {
                    Ok(now) if now == text.as_bytes() => {}
                    Ok(_) => changed.push(format!("{} was changed", path.display())),
                    Err(_) => changed.push(format!("{} is not there any more", path.display())),
                }
            }
            let new = there.iter().filter(|path| !kept.contains_key(*path));
            changed.extend(new.map(|path| format!("{} is new", path.display())));
        }
        Ok(changed)
    }
}

/// Is it one of the files that a configuration is read from?
fn is_configuration(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let passed_over = name.starts_with('.') || name.ends_with('~') || name.starts_with('#');
    !passed_over && (name.ends_with(".tf") || name.ends_with(".tf.json"))
}

/// A text without these, the longest first: one may be part of another.
fn without(text: String, secrets: &BTreeSet<String>) -> String {
    let mut all: Vec<&String> = secrets.iter().collect();
    all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    all.into_iter().fold(text, |text, secret| match text.contains(secret.as_str()) {
        true => text.replace(secret.as_str(), "(sensitive value)"),
        false => text,
    })
}

fn list(all: &[String]) -> String {
    all.iter().map(|one| format!("\n  - {one}")).collect()
}

fn stale(why: &[String]) -> Diagnostics {
    let why: Vec<String> =
        why.iter().map(|why| format!("The given plan file can no longer be applied {why}")).collect();
    let detail = format!("{}\n\nPlan again, and look at it.", why.join("\n\n"));
    Diagnostic::error("Saved plan is stale", detail).into()
}

fn digest_of(content: &[u8]) -> String {
    let sum = digest(&SHA256, content);
    let digits: String = sum.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    format!("{SHA}{digits}")
}

/// The documents that changes touch, as they were found.
fn documents(planning: &Planning) -> BTreeMap<String, Vec<Document>> {
    let mut all = BTreeMap::new();
    for (addr, planned) in &planning.instances {
        let Work::Arm(work) = &planned.work else { continue };
        if matches!(planned.change.action, ChangeAction::NoOp | ChangeAction::Read | ChangeAction::Forget) {
            continue;
        }
        let mut found: Vec<Document> = Vec::new();
        for document in work.claims.iter().chain(&work.prior).filter_map(Document::of) {
            if !found.iter().any(|known| known.id.eq_ignore_ascii_case(&document.id)) {
                found.push(document);
            }
        }
        all.insert(addr.to_string(), found);
    }
    all
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

    fn plan(value: Value) -> Planning {
        let change = OutputChange { before: None, after: Some(value), sensitive: false, flips: false };
        let plan = Plan { outputs: [(Arc::from("a"), change)].into(), ..Plan::default() };
        Planning { plan, ..Planning::default() }
    }

    fn saved(plan: &Planning, ledger: &Ledger, folder: &Path) -> SavedPlan {
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
            text: "a = \"hunter2\"".into(),
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
        assert_eq!(read.text(&sealer), "a = \"hunter2\"");
        assert_eq!(read.text(&stranger), "a = \"(sensitive value)\"");
        let refused = read.sources(&stranger).unwrap_err();
        assert!(refused.0[0].detail.contains("RINGFENCE_ENCRYPTION_KEY"), "{refused:?}");
        assert!(read.judge(&plan).is_ok());
        let nowhere = folder.path().join("nowhere");
        assert!(read.outdated(&nowhere, &ledger, &sealer).is_ok());
    }

    #[test]
    fn a_file_that_was_altered_anywhere_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p");
        let digest = saved(&plan("x".into()), &Ledger::new(), folder.path()).write(&path).unwrap();
        let whole = std::fs::read(&path).unwrap();
        assert_eq!(SavedPlan::parse(&whole).unwrap().digest(), digest);
        for at in 0..whole.len() {
            let mut altered = whole.clone();
            altered[at] ^= 1;
            assert!(SavedPlan::parse(&altered).is_err(), "byte {at}");
            assert!(SavedPlan::parse(&whole[..at]).is_err(), "cut at {at}");
        }
        let older = SavedPlan::parse(b"{\"format\":\"ringfence plan 1\"}").unwrap_err();
        assert!(older.contains("Plan again"), "{older}");
    }

    #[test]
    fn only_the_digest_that_was_approved_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("1"), folder.path().join("2"));
        let ledger = Ledger::new();
        let first = saved(&plan("x".into()), &ledger, folder.path()).write(&one).unwrap();
        let second = saved(&plan("y".into()), &ledger, folder.path()).write(&other).unwrap();
        let read = SavedPlan::read(&one).unwrap();
        assert!(
            read.approved(&first).is_ok()
                && read.approved(&first.to_uppercase().replace("SHA", "sha")).is_ok()
        );
        let refused = &read.approved(&second).unwrap_err().0[0];
        assert!(refused.detail.contains(&first) && refused.detail.contains(&second), "{refused:?}");
        for none in ["", "sha256:", &first["sha256:".len()..], &first[..70]] {
            assert_eq!(read.approved(none).unwrap_err().0[0].summary, "Invalid plan digest", "{none}");
        }
    }

    #[test]
    fn files_that_are_not_as_they_were_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        std::fs::create_dir(&root).unwrap();
        let ledger = Ledger::new();
        let saved = saved(&plan("x".into()), &ledger, folder.path());
        let sealer = Sealer::new(None, &folder.path().join("key"));
        let why = || match saved.outdated(&root, &ledger, &sealer) {
            Ok(()) => String::new(),
            Err(all) => all.0[0].detail.clone(),
        };
        assert_eq!(why(), "", "the files need not be there");
        std::fs::write(root.join("a.tf"), "x = \"hunter2\"").unwrap();
        std::fs::write(root.join("b.tf"), "y = 1").unwrap();
        std::fs::write(root.join("notes.txt"), "").unwrap();
        assert_eq!(why(), "");
        std::fs::write(root.join("b.tf"), "y = 2").unwrap();
        std::fs::write(root.join("c.tf"), "").unwrap();
        std::fs::remove_file(root.join("a.tf")).unwrap();
        let said = why();
        for part in ["a.tf is not there any more", "b.tf was changed", "c.tf is new"] {
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn a_document_is_what_it_was_if_its_etag_or_its_body_is() {
        let document = |etag: Option<&str>, body: Option<&str>| Document {
            id: "/x".into(),
            etag: etag.map(str::to_string),
            body: body.map(str::to_string),
        };
        let before = document(Some("1"), Some("a"));
        assert!(document(Some("2"), Some("a")).is(&before) && document(Some("1"), Some("b")).is(&before));
        let changed = document(Some("2"), Some("b"));
        assert!(!changed.is(&before) && changed.since(&before).contains("changed in Azure"));
        let (gone, none) = (document(None, None), document(None, None));
        assert!(!gone.is(&before) && gone.since(&before).contains("not there any more"));
        assert!(none.is(&gone) && !before.is(&none) && before.since(&none).contains("is there now"));
    }

    #[test]
    fn what_changed_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::new();
        let saved = saved(&plan("x".into()), &ledger, folder.path());
        let error = saved.judge(&plan("y".into())).unwrap_err();
        assert!(error.0[0].detail.contains("output.a"), "{error:?}");
        ledger.serial = 7;
        let sealer = Sealer::new(None, &folder.path().join("key"));
        let error = saved.outdated(&folder.path().join("none"), &ledger, &sealer).unwrap_err();
        assert_eq!(error.0[0].summary, "Saved plan is stale");
        assert!(error.0[0].detail.contains("its serial was 0, and is 7 now"), "{error:?}");
    }
}
