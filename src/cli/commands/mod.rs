//! The commands: the table of what there is, and one file for each.

use super::args::{COMMON, Flag, Takes, flag};
use super::{Context, Exit};

mod version;

/// One command, or a group of them.
pub struct CommandSpec {
    /// `["state", "list"]`
    pub path: &'static [&'static str],
    /// One line.
    pub about: &'static str,
    /// What it does.
    pub(super) long: &'static str,
    /// What stands after the flags.
    pub(super) usage: &'static str,
    /// The flags, in titled lists.
    pub(super) flags: &'static [(&'static str, &'static [Flag])],
    /// How many arguments it takes.
    pub(super) arguments: usize,
    /// What to say to more.
    pub(super) too_many: &'static str,
    /// One of the commands that everybody needs.
    pub(super) main: bool,
    /// It only holds other commands.
    pub(super) group: bool,
    /// With `-json` it writes a stream of messages, errors too.
    pub(super) streams: bool,
    /// Runs it.
    pub(super) run: fn(&Context) -> Exit,
}

impl CommandSpec {
    /// All flags it takes.
    pub(super) fn all_flags(&self) -> impl Iterator<Item = &'static Flag> {
        self.flags.iter().flat_map(|(_, all)| all.iter()).chain(&COMMON)
    }

    /// A flag by name.
    pub(super) fn flag(&self, name: &str) -> Option<&'static Flag> {
        self.all_flags().find(|f| f.name == name)
    }
}

/// What most commands have in common.
const PLAIN: CommandSpec = CommandSpec {
    path: &[],
    about: "",
    long: "",
    usage: "",
    flags: &[],
    arguments: 0,
    too_many: "The command takes no arguments.",
    main: false,
    group: false,
    streams: false,
    run: |_| Exit::Failure,
};

const JSON: Flag = flag("json", Takes::Switch(false), "Write JSON instead of text.");

/// Every command.
pub(super) static COMMANDS: &[CommandSpec] = &[CommandSpec {
    path: &["version"],
    about: "Show the current Ringfence version",
    long: "Displays the version of Ringfence, of the language that it follows, and its providers.",
    flags: &[("Options", &[JSON])],
    run: version::run,
    ..PLAIN
}];
