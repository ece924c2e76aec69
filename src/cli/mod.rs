//! Arguments, exit codes, and which command calls what. One file a command, no logic.
//!
//! Knows the rooms that commands call. Must not know ARM or JSON bodies.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use crate::lang::Diagnostic;
use crate::ui::output::{Ui, Wishes};
use crate::ui::{diagnostics, log};

mod addresses;
mod args;
mod backend;
mod cloud;
mod commands;
mod completions;
mod help;
mod inputs;
mod prompt;
mod runtime;
mod variables;
mod words;
mod work;

pub use args::{Cloud, Parsed};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked.
    Success,
    /// Something is wrong, or the answer was no.
    Failure,
    /// `plan -detailed-exitcode`: there are changes.
    Changes,
    /// `fmt`: there is something that cannot be read, or is no configuration.
    Unreadable,
    /// `fmt -check`: something is not laid out as it should be.
    Unformatted,
    /// `-deadline`: it was not done in time.
    Late,
    /// No command was named.
    NoCommand,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Success => 0,
            Exit::Failure => 1,
            Exit::Changes | Exit::Unreadable => 2,
            Exit::Unformatted => 3,
            Exit::Late => 4,
            Exit::NoCommand => 127,
        })
    }
}

/// What every command is run with.
pub struct Context {
    /// The door for output.
    pub ui: Arc<Ui>,
    /// The arguments.
    pub args: Parsed,
}

impl Context {
    /// Reads a variable of the environment; empty ones count as unset.
    pub fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|v| !v.is_empty())
    }

    /// Prints a problem of the command itself and ends it.
    pub fn fail(&self, summary: impl Into<String>, detail: impl Into<String>) -> Exit {
        diagnostics::show(&self.ui, &Diagnostic::error(summary, detail).into(), false);
        Exit::Failure
    }

    /// The same of how the command is called.
    pub fn misused(&self, summary: impl Into<String>, detail: impl Into<String>) -> Exit {
        misused(&self.ui, self.args.command, summary, detail)
    }

    /// Says what is missing, and how the command is called.
    pub fn usage(&self, missing: &str) -> Exit {
        self.ui.error(&format!("{missing}\n"));
        self.ui.print(&format!("\n{}", help::text(Some(self.args.command))));
        Exit::Failure
    }
}

/// Says what is wrong with how a command is called, and where its help is.
fn misused(
    ui: &Ui,
    command: &commands::CommandSpec,
    summary: impl Into<String>,
    detail: impl Into<String>,
) -> Exit {
    diagnostics::show(ui, &Diagnostic::error(summary, detail).into(), false);
    if !ui.json {
        let name = command.path.join(" ");
        ui.error(&format!("\nFor more help on using this command, run:\n  ringfence {name} -help\n"));
    }
    Exit::Failure
}

/// Runs the program with these arguments (without its own name).
pub fn run(argv: impl IntoIterator<Item = OsString>) -> Exit {
    let argv: Vec<String> = argv.into_iter().map(|a| a.to_string_lossy().into_owned()).collect();
    match args::read(argv, &|name| std::env::var(name).ok()) {
        args::Outcome::Help(command) => {
            Ui::standard(Wishes::default()).print(&help::text(command));
            Exit::Success
        }
        args::Outcome::NoCommand(group, said) => {
            let ui = Ui::standard(Wishes::default());
            ui.print(&help::text(group));
            if !said.is_empty() {
                ui.error(&said);
            }
            if group.is_some() { Exit::Failure } else { Exit::NoCommand }
        }
        args::Outcome::Wrong(problem) => {
            Ui::standard(Wishes::default()).error(&problem);
            Exit::Failure
        }
        args::Outcome::WrongFlags { command, detail, summary, wishes } => {
            let ui = Ui::standard(wishes);
            misused(&ui, command, summary, detail)
        }
        args::Outcome::Run(parsed) => {
            if let Some(dir) = &parsed.chdir
                && let Err(problem) = std::env::set_current_dir(dir)
            {
                let ui = Ui::standard(Wishes::default());
                ui.error(&format!("Error handling -chdir option: chdir {dir}: {problem}\n"));
                return Exit::Failure;
            }
            let json = parsed.switch("json") && parsed.command.streams;
            let wishes = Wishes { no_color: parsed.switch("no-color"), json };
            let ui = Ui::standard(wishes);
            if let Some(problem) = log::start(&|name| std::env::var(name).ok().filter(|v| !v.is_empty())) {
                ui.error(&format!("[WARN] {problem}\n"));
            }
            let run = parsed.command.run;
            run(&Context { ui: Arc::new(ui), args: *parsed })
        }
    }
}
