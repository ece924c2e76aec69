//! Provisioners: commands of the configuration that run on this machine when an object was made, or before it goes.
//!
//! An object is noted as tainted while they run: whatever happens, the next plan makes it anew unless all of them ended well.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::failure::Failure;
use super::run::Run;
use crate::config::Provisioner;
use crate::lang::{Diagnostic, Diagnostics, Value};
use crate::plan::addr::InstanceAddr;
use crate::plan::provisioners;
use crate::plan::run::Planning;
use crate::ui::progress::Phase;

/// What is shown instead of lines that may hold a secret.
const SUPPRESSED: &str = "(output suppressed due to sensitive value in config)";

/// A command as it is run.
struct Exec {
    words: Vec<String>,
    command: String,
    environment: Vec<(String, String)>,
    working_dir: Option<String>,
    quiet: bool,
    secret: bool,
}

impl Exec {
    fn of(config: &Value) -> Option<Exec> {
        let text = |name: &str| config.get(name).and_then(Value::as_str).map(str::to_string);
        let command = text("command")?;
        let written = config.get("interpreter").and_then(Value::as_sequence).unwrap_or_default();
        let mut words: Vec<String> = written.iter().filter_map(Value::as_str).map(str::to_string).collect();
        if words.is_empty() {
            let shell = if cfg!(windows) { ["cmd", "/C"] } else { ["/bin/sh", "-c"] };
            words.extend(shell.map(str::to_string));
        }
        words.push(command.clone());
        let entries = config.get("environment").and_then(Value::as_entries);
        let environment = entries
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.to_string(), value.as_str()?.to_string())))
            .collect();
        Some(Exec {
            words,
            command,
            environment,
            working_dir: text("working_dir"),
            quiet: config.get("quiet").and_then(Value::as_bool) == Some(true),
            secret: config.deep_marks().is_sensitive(),
        })
    }

    fn spawn(&self, root: &std::path::Path) -> std::io::Result<Child> {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).envs(self.environment.iter().cloned());
        command.current_dir(self.working_dir.as_ref().map_or(root.to_path_buf(), |d| root.join(d)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
    }
}

/// Sends the lines of a stream until it ends.
fn forward(stream: Option<impl Read + Send + 'static>, to: UnboundedSender<String>) {
    let Some(stream) = stream else { return };
    std::thread::spawn(move || {
        let mut lines = BufReader::new(stream);
        let mut line = Vec::new();
        while matches!(lines.read_until(b'\n', &mut line), Ok(n) if n > 0) {
            let text = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_string();
            line.clear();
            if to.send(text).is_err() {
                break;
            }
        }
    });
}

/// `exit status 3`, as Go says it.
fn status(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit status {code}"),
        None => status.to_string(),
    }
}

/// Refuses a plan whose objects would run commands, if that is denied.
pub(super) fn denied(planning: &Planning, config: &crate::config::Config) -> Option<Diagnostic> {
    let all = provisioners::planned(config, planning.instances.values().map(|p| &p.change));
    let lines: String = all.iter().map(|(addr, _, words)| format!("\n  - {addr}: {words}")).collect();
    (!lines.is_empty()).then(|| {
        Diagnostic::error(
            "Commands on this machine are denied",
            format!(
                "-deny-exec or RINGFENCE_DENY_EXEC forbids provisioners, and this plan would run:{lines}\n\nNothing was \
                 changed. Take the provisioners out of the configuration, or apply without the prohibition."
            ),
        )
    })
}

impl Run<'_> {
    /// Does making an instance run anything?
    pub(super) fn provisions(&self, addr: &InstanceAddr) -> bool {
        !provisioners::of(self.bench.inputs.config, addr, false).is_empty()
    }

    /// Runs what an instance asks for when it was made, or before it goes.
    pub(super) async fn provision(
        &self,
        addr: &InstanceAddr,
        object: &Value,
        on_destroy: bool,
    ) -> Result<(), Failure> {
        for one in provisioners::of(self.bench.inputs.config, addr, on_destroy) {
            let result = self.run_one(addr, object, one).await;
            match result {
                Err(Failure::Said(_)) if one.continue_on_failure => {}
                other => other?,
            }
        }
        Ok(())
    }

    async fn run_one(&self, addr: &InstanceAddr, object: &Value, one: &Provisioner) -> Result<(), Failure> {
        let config = self.bench.provisioner(addr, one, object).await?;
        let failed = |detail: String| {
            Failure::from(Diagnostics::from(
                Diagnostic::error("local-exec provisioner error", detail)
                    .at(one.header.clone())
                    .with_address(addr.to_string()),
            ))
        };
        let Some(exec) = Exec::of(&config) else {
            return Err(failed("Its command is null or not known.".into()));
        };
        let progress = self.shared.progress;
        let tell = |phase, line: Option<&str>| progress.provision(addr, &one.kind, phase, line);
        let line = |text: &str| tell(Phase::Waiting, Some(if exec.secret { SUPPRESSED } else { text }));
        tell(Phase::Start, None);
        let words: Vec<String> = exec.words.iter().map(|w| format!("{w:?}")).collect();
        match exec.quiet {
            true => line("local-exec: Executing: Suppressed by quiet=true"),
            false => line(&format!("Executing: [{}]", words.join(" "))),
        }
        let shown = if exec.secret { "(sensitive)" } else { &exec.command };
        let outcome = self.execute(&exec, &line).await;
        let (status, output) = match outcome {
            Ok(done) => done,
            Err(error) => {
                tell(Phase::Errored, None);
                return Err(match error {
                    Some(why) => failed(format!("Error running command '{shown}': {why}. Output: ")),
                    None => Failure::Interrupted,
                });
            }
        };
        if status.success() {
            tell(Phase::Complete, None);
            return Ok(());
        }
        tell(Phase::Errored, None);
        let output = if exec.secret { SUPPRESSED } else { &output };
        Err(failed(format!("Error running command '{shown}': {}. Output: {output}", self::status(status))))
    }

    /// Runs a command to its end, telling its lines. `Err(None)`: interrupted.
    async fn execute(
        &self,
        exec: &Exec,
        line: &dyn Fn(&str),
    ) -> Result<(ExitStatus, String), Option<std::io::Error>> {
        let mut child = exec.spawn(&self.bench.inputs.options.working_dir).map_err(Some)?;
        let (to, mut lines) = unbounded_channel();
        forward(child.stdout.take(), to.clone());
        forward(child.stderr.take(), to);
        let mut output = String::new();
        loop {
            let next = tokio::select! {
                biased;
                () = self.shared.cancel.cancelled() => {
                    // It may have ended by itself already.
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(None);
                }
                next = lines.recv() => next,
            };
            let Some(text) = next else { break };
            line(&text);
            output.push_str(&text);
            output.push('\n');
        }
        child.wait().map(|status| (status, output)).map_err(Some)
    }
}
