//! Help, from the table of commands.

use super::args::{COMMON, Flag, Takes};
use super::commands::{COMMANDS, CommandSpec};
use crate::ui::style::wrap;

/// Where the text of a flag begins.
const COLUMN: usize = 28;

/// The help of a command, or of the program.
pub(super) fn text(command: Option<&CommandSpec>) -> String {
    match command {
        None => overview(),
        Some(command) if command.group => group(command),
        Some(command) => one(command),
    }
}

fn overview() -> String {
    let mut out = String::from(
        "Usage: ringfence [global options] <subcommand> [args]\n\n\
         Plans and applies secured Azure Machine Learning workspaces, and whatever else is\n\
         written in Terraform's language for Azure, against what is really there.\n",
    );
    for (title, main) in [("Main commands", true), ("All other commands", false)] {
        out.push_str(&format!("\n{title}:\n"));
        for command in COMMANDS.iter().filter(|c| c.path.len() == 1 && c.main == main) {
            out.push_str(&format!("  {:<12}  {}\n", command.path[0], command.about));
        }
    }
    out.push_str("\nGlobal options (use these before the subcommand):\n");
    let chdir = Flag {
        name: "chdir",
        takes: Takes::One("DIR"),
        help: "Switch to a different working directory before executing the given subcommand.",
    };
    for flag in [chdir, COMMON[1], COMMON[0]] {
        row(&mut out, &flag);
    }
    out.push_str("  -help                     Show this help, or the help of a subcommand.\n");
    out.push_str("  -version                  An alias for the \"version\" subcommand.\n");
    out
}

fn group(command: &CommandSpec) -> String {
    let name = command.path.join(" ");
    let mut out = format!("Usage: ringfence [global options] {name} <subcommand> [options] [args]\n\n");
    out.push_str(&paragraphs(command.long));
    out.push_str("\nSubcommands:\n");
    for sub in COMMANDS.iter().filter(|c| c.path.len() == 2 && c.path.starts_with(command.path)) {
        out.push_str(&format!("  {:<12}  {}\n", sub.path[1], sub.about));
    }
    out
}

fn one(command: &CommandSpec) -> String {
    let name = command.path.join(" ");
    let usage = if command.usage.is_empty() { String::new() } else { format!(" {}", command.usage) };
    let mut out = format!("Usage: ringfence [global options] {name} [options]{usage}\n\n");
    out.push_str(&paragraphs(command.long));
    for (title, flags) in command.flags {
        out.push_str(&format!("\n{title}:\n"));
        for flag in *flags {
            row(&mut out, flag);
        }
    }
    out.push_str("\nCommon options:\n");
    for flag in &COMMON {
        row(&mut out, flag);
    }
    out
}

fn paragraphs(text: &str) -> String {
    text.split("\n\n").map(|p| indent(&wrap(p, 76), 2)).collect::<Vec<_>>().join("\n")
}

fn indent(text: &str, by: usize) -> String {
    text.lines().map(|l| format!("{}{l}\n", " ".repeat(by))).collect()
}

fn row(out: &mut String, flag: &Flag) {
    let name = match flag.takes {
        Takes::Switch(true) => format!("-{}=false", flag.name),
        Takes::Switch(false) => format!("-{}", flag.name),
        Takes::One(value) | Takes::Many(value) => format!("-{}={value}", flag.name),
    };
    let text = wrap(flag.help, 80 - COLUMN);
    let mut lines = text.lines();
    if name.len() + 4 > COLUMN {
        out.push_str(&format!("  {name}\n"));
    } else {
        out.push_str(&format!("  {name:<26}{}\n", lines.next().unwrap_or_default()));
    }
    for line in lines {
        out.push_str(&format!("{}{line}\n", " ".repeat(COLUMN)));
    }
}
