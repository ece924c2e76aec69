//! The command line in Terraform's shape: global options, a command, its flags with one dash or two, its arguments.
//!
//! One table says which flags there are; parsing and help come from it.

use std::collections::BTreeMap;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::commands::{COMMANDS, CommandSpec};
use super::words;
use crate::ui::output::Wishes;

/// What a flag takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// `-flag`, `-flag=true`, `-flag=false`; the value when it is absent.
    Switch(bool),
    /// `-flag=value`, once; the word for the value.
    One(&'static str),
    /// `-flag=value`, any number of times; the word for the value.
    Many(&'static str),
}

/// A flag of a command.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flag {
    pub name: &'static str,
    pub takes: Takes,
    pub help: &'static str,
}

/// Shorthand for rows of the table.
pub(super) const fn flag(name: &'static str, takes: Takes, help: &'static str) -> Flag {
    Flag { name, takes, help }
}

/// Flags that every command takes.
pub(super) const COMMON: [Flag; 2] = [
    flag("no-color", Takes::Switch(false), "Write no colour codes."),
    flag(
        "cloud",
        Takes::One("local|public"),
        "Where to work: the cloud that is built in, or Azure (the default). RINGFENCE_CLOUD does the same.",
    ),
];

/// Which cloud a run is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cloud {
    /// The built-in one, its world in a file.
    Local,
    /// Whatever the providers say.
    Public,
}

/// A command line that makes sense.
pub struct Parsed {
    /// The command.
    pub command: &'static CommandSpec,
    /// `-chdir`
    pub chdir: Option<String>,
    /// `-cloud`, `RINGFENCE_CLOUD`
    pub cloud: Cloud,
    /// What is not a flag.
    pub rest: Vec<String>,
    flags: BTreeMap<&'static str, Vec<String>>,
    /// `-var` and `-var-file` as they follow each other.
    pub variables: Vec<(&'static str, String)>,
}

impl Parsed {
    /// Is a switch on?
    pub fn switch(&self, name: &str) -> bool {
        let given = self.flags.get(name).and_then(|v| v.last()).map(|v| v == "true");
        given.unwrap_or_else(|| match self.command.flag(name).map(|f| f.takes) {
            Some(Takes::Switch(default)) => default,
            _ => false,
        })
    }

    /// The value of a flag; the last one counts.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.flags.get(name).and_then(|v| v.last()).map(String::as_str)
    }

    /// All values of a flag.
    pub fn values(&self, name: &str) -> &[String] {
        self.flags.get(name).map_or(&[], Vec::as_slice)
    }
}

/// What a command line comes to.
pub(super) enum Outcome {
    Run(Box<Parsed>),
    /// `-help`, of a command or of all.
    Help(Option<&'static CommandSpec>),
    /// There is no such command (of a group), or none at all: what is wrong, if something is.
    NoCommand(Option<&'static CommandSpec>, String),
    /// There is no such command.
    Wrong(String),
    /// The command cannot be run like that.
    WrongFlags {
        command: &'static CommandSpec,
        summary: String,
        detail: String,
        wishes: Wishes,
    },
}

/// Reads a command line.
pub(super) fn read(argv: Vec<String>, env: &dyn Fn(&str) -> Option<String>) -> Outcome {
    let mut argv = argv.into_iter().peekable();
    let mut chdir = None;
    let mut global: Vec<String> = Vec::new();
    // `-version` is another name for the command.
    let mut version = None;
    while let Some(word) = argv.next_if(|w| w.starts_with('-')) {
        let (name, value) = split_flag(&word);
        let mut value_or_next = || value.map(str::to_string).or_else(|| argv.next());
        match name {
            "chdir" => match value_or_next() {
                Some(dir) if !dir.is_empty() => chdir = Some(dir),
                _ => {
                    return Outcome::Wrong(
                        "Invalid -chdir option: must include a directory to change to\n".into(),
                    );
                }
            },
            "cloud" => global.extend(value_or_next().map(|v| format!("--cloud={v}"))),
            "no-color" => global.push("--no-color".into()),
            "help" | "h" => return Outcome::Help(None),
            "version" | "v" => {
                version = Some("version".to_string());
                break;
            }
            other => return Outcome::NoCommand(None, format!("\nThere is no global option -{other}.\n")),
        }
    }
    let Some(first) = version.or_else(|| argv.next()) else { return Outcome::NoCommand(None, String::new()) };
    let Some(mut command) = COMMANDS.iter().find(|c| c.path == [first.as_str()]) else {
        return Outcome::Wrong(format!("{}\n\n{MORE}", no_command(&first, &[])));
    };
    if command.group {
        let word = argv.next_if(|w| !w.starts_with('-'));
        let wants_help = argv.peek().is_some_and(|w| matches!(split_flag(w).0, "help" | "h"));
        match word {
            Some(word) => match COMMANDS.iter().find(|c| c.path == [first.as_str(), word.as_str()]) {
                Some(found) => command = found,
                None if command.alone => {
                    return Outcome::Wrong(format!("Too many command line arguments. {CHDIR}\n"));
                }
                None => {
                    let said = format!("\n{}\n", no_command(&word, command.path));
                    return Outcome::NoCommand(Some(command), said);
                }
            },
            None if wants_help => return Outcome::Help(Some(command)),
            None if command.alone => {}
            None => return Outcome::NoCommand(Some(command), String::new()),
        }
    }
    let mut words = Vec::new();
    for name in ["TF_CLI_ARGS".to_string(), format!("TF_CLI_ARGS_{}", command.path.join("_"))] {
        let Some(line) = env(&name) else { continue };
        match words::split(&line) {
            Some(more) => words.extend(more),
            None => return Outcome::Wrong(format!("{name} has a quote that is not closed: {line}\n")),
        }
    }
    words.extend(argv);
    flags(command, chdir, global, words, env)
}

/// What a command says to arguments that may have been meant as a directory.
pub(super) const CHDIR: &str = "Did you mean to use -chdir?";

const MORE: &str = "To see all of Ringfence's top-level commands, run:\n  ringfence -help\n\n";

/// `-name=value`, with one dash or two.
fn split_flag(word: &str) -> (&str, Option<&str>) {
    let word = word.strip_prefix("--").or_else(|| word.strip_prefix('-')).unwrap_or(word);
    word.split_once('=').map_or((word, None), |(n, v)| (n, Some(v)))
}

fn flags(
    command: &'static CommandSpec,
    chdir: Option<String>,
    global: Vec<String>,
    words: Vec<String>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Outcome {
    let mut line = global;
    let mut rest = Vec::new();
    let mut variables = Vec::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if word == "--" {
            rest.extend(words.by_ref());
            break;
        }
        if !word.starts_with('-') || word == "-" {
            rest.push(word);
            continue;
        }
        let (name, value) = split_flag(&word);
        if matches!(name, "help" | "h") {
            return Outcome::Help(Some(command));
        }
        // Flags get the shape that clap knows; a value may begin with a dash.
        let takes = command.flag(name).map(|f| f.takes);
        let value = match (value, takes) {
            (None, Some(Takes::One(_) | Takes::Many(_))) => words.next(),
            (value, _) => value.map(str::to_string),
        };
        match (&value, name) {
            (Some(value), "var") => variables.push(("var", value.clone())),
            (Some(value), "var-file") => variables.push(("var-file", value.clone())),
            _ => {}
        }
        line.push(match &value {
            Some(value) => format!("--{name}={value}"),
            None => format!("--{name}"),
        });
    }
    let json = |line: &[String]| line.iter().any(|w| w == "--json" || w == "--json=true");
    let wishes = Wishes {
        no_color: line.iter().any(|w| w == "--no-color" || w == "--no-color=true"),
        json: json(&line) && command.flag("json").is_some_and(|_| command.streams),
    };
    let wrong = |summary: &str, detail: String| Outcome::WrongFlags {
        command,
        summary: summary.to_string(),
        detail,
        wishes,
    };
    let mut known = clap::Command::new("ringfence").no_binary_name(true).disable_help_flag(true);
    for flag in command.all_flags() {
        let arg = clap::Arg::new(flag.name).long(flag.name);
        known = known.arg(match flag.takes {
            Takes::Switch(_) => arg
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value("true")
                .value_parser(["true", "false", "1", "0"])
                .overrides_with(flag.name),
            Takes::One(_) => arg.num_args(1).allow_hyphen_values(true).overrides_with(flag.name),
            Takes::Many(_) => arg.num_args(1).allow_hyphen_values(true).action(clap::ArgAction::Append),
        });
    }
    let matches = match known.try_get_matches_from(line) {
        Ok(matches) => matches,
        Err(error) => return wrong("Failed to parse command-line flags", explain(&error)),
    };
    if rest.len() > command.arguments && command.too_many == CHDIR {
        return Outcome::Wrong(format!("Too many command line arguments. {CHDIR}\n"));
    }
    if rest.len() > command.arguments {
        return wrong("Too many command line arguments", command.too_many.to_string());
    }
    let flags: BTreeMap<&'static str, Vec<String>> = command
        .all_flags()
        .filter_map(|f| {
            let values: Vec<String> = matches.get_many::<String>(f.name)?.cloned().collect();
            let plain = |v: String| match (f.takes, v.as_str()) {
                (Takes::Switch(_), "1") => "true".to_string(),
                (Takes::Switch(_), "0") => "false".to_string(),
                _ => v,
            };
            Some((f.name, values.into_iter().map(plain).collect()))
        })
        .collect();
    let cloud = flags.get("cloud").and_then(|v| v.last().cloned());
    let cloud = match cloud.or_else(|| env("RINGFENCE_CLOUD")).as_deref() {
        None | Some("" | "public") => Cloud::Public,
        Some("local") => Cloud::Local,
        Some(other) => {
            let detail = format!(
                "-cloud (or RINGFENCE_CLOUD) is \"local\" for the cloud that is built in, or \"public\" for Azure, \
                 not {other:?}. Other clouds are named in the provider's block or by its environment variables."
            );
            return wrong("There is no such cloud", detail);
        }
    };
    Outcome::Run(Box::new(Parsed { command, chdir, cloud, rest, flags, variables }))
}

/// What clap found wrong, in the words of Terraform where it has some.
fn explain(error: &clap::Error) -> String {
    let text = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(s)) => Some(s.clone()),
        Some(ContextValue::Strings(all)) => all.first().cloned(),
        _ => None,
    };
    let flag = text(ContextKind::InvalidArg).unwrap_or_default();
    let flag = flag.split(['=', ' ', '[']).next().unwrap_or_default().trim_start_matches('-');
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let hint = text(ContextKind::SuggestedArg)
                .map(|s| format!("\n\nDid you mean -{}?", s.trim_start_matches('-')))
                .unwrap_or_default();
            format!("flag provided but not defined: -{flag}{hint}")
        }
        ErrorKind::InvalidValue => match text(ContextKind::InvalidValue).filter(|v| !v.is_empty()) {
            Some(value) => {
                format!(
                    "invalid boolean value {value:?} for -{flag}: parse error: write -{flag}=true or -{flag}=false"
                )
            }
            None => format!("flag needs an argument: -{flag}"),
        },
        _ => format!("flag needs an argument: -{flag}"),
    }
}

/// There is no such command; the one that was meant, if it is near.
fn no_command(word: &str, group: &[&'static str]) -> String {
    let names = COMMANDS.iter().filter(|c| c.path.len() == group.len() + 1 && c.path.starts_with(group));
    let known = clap::Command::new("ringfence")
        .no_binary_name(true)
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .subcommands(names.map(|c| clap::Command::new(c.path[c.path.len() - 1])));
    let near = known.try_get_matches_from([word]).err().and_then(|e| {
        match e.get(ContextKind::SuggestedSubcommand) {
            Some(ContextValue::Strings(all)) => all.first().cloned(),
            Some(ContextValue::String(one)) => Some(one.clone()),
            _ => None,
        }
    });
    let asked = group.iter().copied().chain([word]).collect::<Vec<_>>().join(" ");
    let hint = near.map(|n| format!(" Did you mean {n:?}?")).unwrap_or_default();
    format!("Ringfence has no command named {asked:?}.{hint}")
}
