//! Commands beside plan and apply, as a user meets them: arguments, streams, exit codes.

mod adopt;
#[cfg(unix)]
mod as_terraform;
mod console;
mod data;
mod fmt;
mod imports;
mod ledger;
mod lifecycle;
mod moves;
mod provision;
mod show;
mod test;
mod types;
mod workspace;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The program in a directory, without whatever the tester has in the environment.
fn program(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["TF_", "ARM_", "RINGFENCE_", "NO_COLOR", "CLICOLOR"].iter().any(|p| text.starts_with(p)) {
            command.env_remove(&name);
        }
    }
    command.current_dir(dir);
    command
}

/// Runs the program in a directory with this on standard input.
fn fed(dir: &Path, args: &[&str], input: &str) -> Output {
    let mut command = program(dir);
    command.args(args);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that reads nothing may have gone already.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    child.wait_with_output().expect("the program ends")
}

/// Exit code, standard output and standard error as one text.
fn told(output: &Output) -> String {
    format!(
        "exit {}\n--- stdout\n{}--- stderr\n{}",
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Runs the program; what it told.
fn run(dir: &Path, args: &[&str]) -> String {
    told(&fed(dir, args, ""))
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(path, text).expect("a file");
    }
    dir
}
