//! What `plan`, `apply` and `destroy` share: flags become options, a configuration and an open stack.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::args::{Flag, Takes, flag};
use super::cloud::{clock, duration};
use super::{Cloud, Context};
use crate::config::manifest::FILE as MANIFEST;
use crate::config::{Config, Disk, LoadOptions, judge, load_files};
use crate::lang::{Diagnostic, Diagnostics};
use crate::ledger::write_atomically;
use crate::localcloud::ClockMode;
use crate::plan::addr::{InstanceAddr, Partial};
use crate::plan::model::{Change, ChangeAction, Finding, FindingLevel, Plan, PlanMode};
use crate::plan::options::{DENY_EXEC, PlanOptions, denies_exec};
use crate::stack::workspace::Workspaces;
use crate::stack::{Choice, LocalSettings, Opening, Recorded, Stack};
use crate::ui::json::stream;
use crate::ui::progress::{Doing, Event, Phase, Progress};
use crate::ui::timeline::{self, Timeline};

/// Flags that say what a plan is about.
pub(super) const PLANNING: &[Flag] = &[
    flag("destroy", Takes::Switch(false), "Plan to destroy everything that this configuration manages."),
    flag(
        "refresh-only",
        Takes::Switch(false),
        "Only take note of what was changed outside; nothing is changed in Azure.",
    ),
    flag("refresh", Takes::Switch(true), "Do not tell what was changed outside. Azure is read all the same."),
    flag("replace", Takes::Many("ADDRESS"), "Make this instance anew, even if it needs no change."),
    flag(
        "target",
        Takes::Many("ADDRESS"),
        "Only this module, resource or instance, and what it depends on. For exceptional use.",
    ),
    flag(
        "adopt",
        Takes::Switch(false),
        "Take over resources that exist in Azure and that the ledger does not know.",
    ),
    flag("var", Takes::Many("NAME=VALUE"), "Set a variable of the root module."),
    flag(
        "var-file",
        Takes::Many("FILE"),
        "Set variables from a file, beside terraform.tfvars and *.auto.tfvars.",
    ),
];

/// Flags that say how a run goes.
pub(super) const RUNNING: &[Flag] = &[
    flag(
        "compact-warnings",
        Takes::Switch(false),
        "Show warnings by their summaries alone, if there is no error.",
    ),
    flag(
        "deny-exec",
        Takes::Switch(false),
        "Apply nothing that runs commands on this machine (provisioners).",
    ),
    flag("findings", Takes::One("FILE"), "Write what the plan found out to this file, as JSON."),
    flag("input", Takes::Switch(true), "Do not ask for the values of variables."),
    flag(
        "lock",
        Takes::Switch(true),
        "Do not hold the ledger's lock. Dangerous if others work at the same time.",
    ),
    flag("lock-timeout", Takes::One("TIME"), "Wait so long for another holder of the lock: 60s."),
    flag("parallelism", Takes::One("N"), "So many changes at once (10). Reads do not count."),
];

/// What the flags ask of the planner, or why they make no sense together.
pub(super) fn plan_options(cx: &Context, destroy: bool) -> Result<PlanOptions, Diagnostics> {
    let args = &cx.args;
    let mut wrong = Diagnostics::default();
    let destroy = destroy || args.switch("destroy");
    let mode = match (destroy, args.switch("refresh-only")) {
        (true, true) => {
            wrong.push(Diagnostic::error(
                "Incompatible plan mode options",
                "The -destroy and -refresh-only options are mutually-exclusive.",
            ));
            PlanMode::Destroy
        }
        (true, false) => PlanMode::Destroy,
        (false, true) => PlanMode::RefreshOnly,
        (false, false) => PlanMode::Normal,
    };
    if mode == PlanMode::RefreshOnly && !args.switch("refresh") {
        wrong.push(Diagnostic::error(
            "Incompatible refresh options",
            "It doesn't make sense to use -refresh-only at the same time as -refresh=false, because Terraform would \
             have nothing to do.",
        ));
    }
    let mut targets = Vec::new();
    for text in args.values("target") {
        match Partial::parse(text) {
            Ok(target) => targets.push(target),
            Err(why) => {
                let detail = super::addresses::invalid(text, &why).detail;
                wrong.push(Diagnostic::error(format!("Invalid target {text:?}"), detail));
            }
        }
    }
    let mut replace = Vec::new();
    for text in args.values("replace") {
        match InstanceAddr::parse(text) {
            Ok(addr) => replace.push(addr),
            Err(why) => {
                let summary = format!("Invalid force-replace address {text:?}");
                wrong.push(Diagnostic::error(summary, super::addresses::invalid(text, &why).detail));
            }
        }
    }
    if mode != PlanMode::Normal && !replace.is_empty() {
        wrong.push(Diagnostic::error(
            "Unsupported plan mode",
            "Forcing resource instance replacement (with -replace=...) is allowed only in normal planning mode.",
        ));
    }
    if wrong.has_errors() {
        return Err(wrong);
    }
    Ok(PlanOptions {
        mode,
        targets,
        replace,
        no_refresh: !args.switch("refresh"),
        adopt: args.switch("adopt"),
        deny_exec: deny_exec(cx),
        working_dir: working_dir(),
        workspace: Some(workspace()?),
        mocks: Arc::default(),
    })
}

/// Are commands on this machine forbidden, by `-deny-exec` or the environment?
pub(super) fn deny_exec(cx: &Context) -> bool {
    let asked = cx.args.command.flag("deny-exec").is_some() && cx.args.switch("deny-exec");
    asked || denies_exec(cx.env(DENY_EXEC).as_deref())
}

pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", chars.as_str())
}

/// The working directory, as `path.cwd` shows it.
pub(super) fn working_dir() -> PathBuf {
    std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."))
}

/// The chosen workspace.
pub(super) fn workspace() -> Result<Arc<str>, Diagnostics> {
    Workspaces::of(Path::new("."), &|name| std::env::var(name).ok()).current()
}

/// `-parallelism`; zero means the default, as in Terraform.
pub(super) fn parallelism(cx: &Context) -> Result<usize, Diagnostics> {
    const DEFAULT: usize = 10;
    let Some(text) = cx.args.value("parallelism") else { return Ok(DEFAULT) };
    match text.parse::<usize>() {
        Ok(0) => Ok(DEFAULT),
        Ok(n) => Ok(n),
        Err(_) => Err(Diagnostic::error(
            "Failed to parse command-line flags",
            format!("invalid value {text:?} for flag -parallelism: it is a number of changes"),
        )
        .into()),
    }
}

/// Reads the configuration of the working directory, and judges it; warnings go on the list.
pub(super) fn configuration(warnings: &mut Diagnostics, mode: PlanMode) -> Result<Config, Diagnostics> {
    let config = files(warnings, mode)?;
    let judged = judge(&config);
    if judged.has_errors() {
        return Err(judged);
    }
    warnings.extend(judged);
    Ok(config)
}

/// Reads the configuration of the working directory; warnings go on the list. What blocks say of one another is judged later,
/// with everything else that needs no values.
pub(super) fn files(warnings: &mut Diagnostics, mode: PlanMode) -> Result<Config, Diagnostics> {
    let (config, mut found) = load_files(Path::new("."), &LoadOptions { files: &Disk::here() });
    if !found.has_errors() {
        found.extend(super::commands::missing_providers(&config));
    }
    if !found.has_errors() && config.sources.is_empty() && mode != PlanMode::Destroy {
        found.push(Diagnostic::error(
            "No configuration files",
            "Plan requires configuration to be present. Planning without a configuration would mark everything for \
             destruction, which is normally not what is desired. If you would like to destroy everything, run plan \
             with the -destroy option. Otherwise, create a Terraform configuration file (.tf file) and try again.",
        ));
    }
    if found.has_errors() {
        return Err(found);
    }
    warnings.extend(found);
    Ok(config)
}

/// `-lock-timeout`
pub(super) fn patience(cx: &Context) -> Result<Duration, Diagnostics> {
    match cx.args.value("lock-timeout") {
        Some("0") => Ok(Duration::ZERO),
        _ => time(cx, "lock-timeout").map(Option::unwrap_or_default),
    }
}

/// Judges `-timeline` before anything is done: there must be a folder for it.
pub(super) fn timeline_can_be(cx: &Context) -> Result<(), Diagnostics> {
    let Some(path) = cx.args.value("timeline").map(Path::new) else { return Ok(()) };
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.file_name().is_none() || path.is_dir() || !folder.is_dir() {
        let detail = format!(
            "-timeline={} names no file in a folder that is there. Nothing was done.",
            path.display()
        );
        return Err(Diagnostic::error("The timeline cannot be written", detail).into());
    }
    Ok(())
}

/// Writes the page that `-timeline` asks for. That it cannot be written is said, and changes nothing about the run.
pub(super) fn write_timeline(cx: &Context, timeline: &Timeline) -> Option<Diagnostic> {
    let path = Path::new(cx.args.value("timeline")?);
    let written = write_atomically(path, timeline::page(timeline).as_bytes());
    let why = written.err()?;
    Some(Diagnostic::warning("The timeline could not be written", format!("{}: {why}.", path.display())))
}

/// `-deadline`
pub(super) fn deadline(cx: &Context) -> Result<Option<Duration>, Diagnostics> {
    time(cx, "deadline")
}

/// The time that a flag says.
fn time(cx: &Context, name: &str) -> Result<Option<Duration>, Diagnostics> {
    let read = |text: &str| {
        duration(text).ok_or_else(|| {
            let detail = format!("invalid value {text:?} for flag -{name}: write a time such as 60s");
            Diagnostic::error("Failed to parse command-line flags", detail).into()
        })
    };
    cx.args.value(name).map(read).transpose()
}

/// Says that the lock is waited for.
pub(super) fn say_waiting(cx: &Context) {
    let text = "Acquiring state lock. This may take a few moments...";
    if cx.ui.json { stream::log(&cx.ui, text) } else { cx.ui.line(text) }
}

/// Opens the stack of the working directory. `operation` is what the lock says; none: it is not taken.
pub(super) async fn open(cx: &Context, operation: Option<&str>) -> Result<Stack, Diagnostics> {
    let patience = patience(cx)?;
    let rules = super::cloud::chaos(&cx.args)?;
    let locks = cx.args.command.flag("lock").is_none() || cx.args.switch("lock");
    let opening = Opening {
        root: Path::new("."),
        cloud: choice(cx)?,
        env: Arc::new(|name| std::env::var(name).ok()),
        lock: operation.filter(|_| locks),
        patience,
    };
    let stack = Stack::open_telling(opening, &|| say_waiting(cx)).await?;
    if let Some(cloud) = stack.local_cloud() {
        cloud.cloud.add_chaos(rules);
    }
    if let Some(cloud) = stack.local_cloud()
        && cx.args.command.flag("lock").is_some()
    {
        let text = format!(
            "Working on the local cloud at {} (its world: {}): credentials and endpoints of providers are not used.",
            cloud.endpoint,
            stack.world().unwrap_or(Path::new("")).display()
        );
        if cx.ui.json { stream::log(&cx.ui, &text) } else { cx.ui.line(&text) }
    }
    Ok(stack)
}

/// What the ledger of the working directory records; no cloud is started for it.
pub(super) fn recorded(cx: &Context) -> Result<Recorded, Diagnostics> {
    super::backend::guard(cx)?;
    let choice = choice(cx)?;
    let env = |name: &str| std::env::var(name).ok();
    super::runtime::wait(Recorded::read(Path::new("."), &choice, &env)).map_err(no_runtime)?
}

/// The system gave nothing to wait with.
pub(super) fn no_runtime(problem: std::io::Error) -> Diagnostics {
    Diagnostic::error("No runtime", format!("The system gave no threads to work with: {problem}.")).into()
}

/// Azure, or the local cloud with its clock and world.
pub(super) fn choice(cx: &Context) -> Result<Choice, Diagnostics> {
    if cx.args.cloud == Cloud::Public {
        return Ok(Choice::Azure);
    }
    let clock = cx.args.value("clock").map_or(Ok(ClockMode::Scaled(60.0)), clock)?;
    Ok(Choice::Local(LocalSettings { clock, world: cx.args.value("world").map(PathBuf::from) }))
}

/// Tells what the planner has read: what is ours, unless nobody wants to know it, and data sources.
pub(super) fn tell_reads(progress: &dyn Progress, plan: &Plan, refresh: bool) {
    if refresh {
        tell_refreshed(progress, &plan.changes);
    }
    for read in &plan.reads {
        let of = |phase| Event::new(&read.addr, Doing::Read, phase).with_id(read.id.as_deref());
        progress.event(of(Phase::Start));
        progress.event(of(if read.failed { Phase::Errored } else { Phase::Complete }));
    }
}

/// Tells that what is ours was read.
pub(super) fn tell_refreshed<'c>(progress: &dyn Progress, changes: impl IntoIterator<Item = &'c Change>) {
    for change in changes {
        let Some(before) = &change.before else { continue };
        if change.importing.is_some() || change.action == ChangeAction::Read {
            continue;
        }
        let id = before.get("id").and_then(crate::lang::Value::as_str);
        let of = |phase| Event::new(&change.addr, Doing::Refresh, phase).with_id(id);
        progress.event(of(Phase::Start));
        progress.event(of(Phase::Complete));
    }
}

/// The error that stands for findings which keep a plan from being applied.
pub(super) fn blocked(plan: &Plan) -> Option<Diagnostic> {
    let blocks: Vec<&Finding> = plan.findings.iter().filter(|f| f.level == FindingLevel::Blocks).collect();
    let first = blocks.first()?;
    let more = match blocks.len() {
        1 => String::new(),
        2 => "\n\nOne more finding must be settled too.".to_string(),
        n => format!("\n\n{} more findings must be settled too.", n - 1),
    };
    let whose = first.addr.as_ref().map(|a| format!("{a}: ")).unwrap_or_default();
    Some(Diagnostic::error(
        "The plan cannot be applied as it is",
        format!("{whose}{}. {}{more}", first.summary.trim_end_matches('.'), first.detail),
    ))
}

/// Writes `-findings=FILE`.
pub(super) fn write_findings(cx: &Context, plan: &Plan) -> Result<(), Diagnostics> {
    let Some(path) = cx.args.value("findings") else { return Ok(()) };
    let all: Vec<_> = plan.findings.iter().map(stream::finding_json).collect();
    let document = serde_json::json!({"format_version": "1.0", "findings": all});
    super::cloud::write(Path::new(path), &format!("{document:#}\n"))
}

/// The configuration that a saved plan was made of.
pub(super) struct Kept<'a>(pub &'a std::collections::BTreeMap<String, String>);

impl crate::config::Files for Kept<'_> {
    fn list(&self, dir: &Path) -> std::io::Result<Vec<String>> {
        let dir = dir.strip_prefix(".").unwrap_or(dir);
        let names = self.0.keys().filter_map(|path| {
            let path = Path::new(path);
            (path.parent() == Some(dir)).then(|| path.file_name()?.to_str().map(str::to_string)).flatten()
        });
        Ok(names.collect())
    }

    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        let path = path.strip_prefix(".").unwrap_or(path);
        let text = path.to_str().and_then(|p| self.0.get(p));
        text.map(|t| t.clone().into_bytes()).ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }

    fn manifest(&self) -> PathBuf {
        let kept = self.0.keys().map(Path::new).find(|p| p.file_name() == Some(MANIFEST.as_ref()));
        kept.unwrap_or(Path::new(MANIFEST)).to_path_buf()
    }
}

/// The disk, and in the working directory one file more.
pub(super) struct Beside<'a> {
    /// The disk.
    pub disk: &'a Disk,
    /// The name of the file.
    pub name: &'a str,
    /// What is in it.
    pub text: &'a str,
}

impl crate::config::Files for Beside<'_> {
    fn list(&self, dir: &Path) -> std::io::Result<Vec<String>> {
        let mut all = self.disk.list(dir)?;
        let here = dir.strip_prefix(".").unwrap_or(dir).as_os_str().is_empty();
        all.extend(here.then(|| self.name.to_string()));
        Ok(all)
    }

    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        match path.strip_prefix(".").unwrap_or(path) == Path::new(self.name) {
            true => Ok(self.text.as_bytes().to_vec()),
            false => self.disk.read(path),
        }
    }

    fn manifest(&self) -> PathBuf {
        self.disk.manifest()
    }
}
