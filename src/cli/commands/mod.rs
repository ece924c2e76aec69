//! The commands: the table of what there is, and one file for each.

use super::args::{CHDIR, COMMON, Flag, Takes, flag};
use super::cloud::WORLD_FLAGS;
use super::work::{PLANNING, RUNNING};
use super::{Context, Exit};

mod adopt;
mod apply;
mod cloud;
mod completions;
mod console;
mod fmt;
mod generate;
mod graph;
mod import;
mod init;
mod ledger;
mod metadata;
mod plan;
mod providers;
mod show;
mod test;
mod validate;
mod version;
mod workspace;

pub(super) use init::missing_providers;

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
    /// A group that does something by itself too.
    pub(super) alone: bool,
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
    alone: false,
    streams: false,
    run: |_| Exit::Failure,
};

const JSON: Flag = flag("json", Takes::Switch(false), "Write JSON instead of text.");

const APPROVE: Flag =
    flag("auto-approve", Takes::Switch(false), "Do not ask before the plan is carried out.");
const DEADLINE: Flag = flag(
    "deadline",
    Takes::One("TIME"),
    "Begin nothing new after this time, 25m, and end as after an interrupt, with exit code 4.",
);
const TIMELINE: Flag = flag(
    "timeline",
    Takes::One("FILE"),
    "Write a page (HTML) that shows what took how long, whatever comes of the run.",
);

const PLAN_DIGEST: Flag = flag(
    "plan-digest",
    Takes::One("DIGEST"),
    "Carry out the saved plan only if this is its digest, sha256:…, as \"plan -out\" and \"show\" print it.",
);

/// What reading everything needs of the configuration.
const VARIABLES: &[Flag] = &[
    flag("var", Takes::Many("NAME=VALUE"), "Set a variable of the root module."),
    flag("var-file", Takes::Many("FILE"), "Set variables from a file."),
    flag("input", Takes::Switch(true), "Do not ask for the values of variables."),
];

const SERVE: &[Flag] = &[
    flag("listen", Takes::One("ADDRESS"), "Where to listen, 127.0.0.1:PORT; without it any free port."),
    flag("latency", Takes::One("TIME"), "What every answer takes longer: 50ms."),
    flag(
        "client-certificate",
        Takes::One("FILE"),
        "A certificate (PEM) that the client may prove itself with, beside its secret.",
    ),
    flag(
        "roles",
        Takes::One("ROLES"),
        "The roles of the client, between commas, as `cloud roles` takes them; without it those of the world, at first Owner.",
    ),
    flag("ca-out", Takes::One("FILE"), "Write the certificate to trust to this file."),
    flag(
        "unruly",
        Takes::One("SEED"),
        "Answer unlike what was sent, as services do: other casing, other order, nulls, properties nobody asked for.",
    ),
    flag("log", Takes::One("FILE"), "Write every request to this file, as lines of JSON without secrets."),
];

const INIT: &[Flag] = &[
    JSON,
    flag("input", Takes::Switch(true), "Do not ask whether a ledger is to be carried over."),
    flag(
        "from-module",
        Takes::One("SOURCE"),
        "Copy this module into the working directory first, which has no configuration yet.",
    ),
    flag("backend", Takes::Switch(true), "Do not prepare the backend: what an earlier init noted stays."),
    flag(
        "backend-config",
        Takes::Many("PATH"),
        "An argument of the backend, NAME=VALUE, or a file of such arguments. They win over the block.",
    ),
    flag(
        "reconfigure",
        Takes::Switch(false),
        "Take the backend as it is configured now. Ledgers stay where they are.",
    ),
    flag("migrate-state", Takes::Switch(false), "Carry the ledger from the former backend to the new one."),
    flag("force-copy", Takes::Switch(false), "The same, without asking."),
    flag("upgrade", Takes::Switch(false), "Fetch modules anew, in the newest versions that are allowed."),
    flag("get", Takes::Switch(true), "Install modules; without it those that are installed are used."),
    flag("lockfile", Takes::One("MODE"), "Accepted: .terraform.lock.hcl is never written."),
    flag("plugin-dir", Takes::Many("PATH"), "Accepted: there are no plugins."),
    flag("lock", Takes::Switch(true), "Accepted: init changes nothing."),
    flag("lock-timeout", Takes::One("TIME"), "Accepted: init changes nothing."),
    flag("test-directory", Takes::One("PATH"), "Where test files are (tests)."),
    flag("ignore-remote-version", Takes::Switch(false), "Accepted: there is no remote version."),
];

const LOCK: &[Flag] = &[
    flag("platform", Takes::Many("OS_ARCH"), "Accepted: there are no packages."),
    flag("fs-mirror", Takes::One("PATH"), "Accepted: there are no packages."),
    flag("net-mirror", Takes::One("URL"), "Accepted: there are no packages."),
    flag("enable-plugin-cache", Takes::Switch(false), "Accepted: there are no packages."),
];

/// Every command.
pub(super) static COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        path: &["init"],
        about: "Install modules, and check that everything the configuration needs is there",
        long: "Installs the modules that the configuration calls into .terraform/modules, and judges the configuration's \
               structure and its providers, which are all built in: every version constraint is satisfied by them.",
        flags: &[("Options", INIT)],
        too_many: CHDIR,
        main: true,
        streams: true,
        run: init::run,
        ..PLAIN
    },
    CommandSpec {
        path: &["get"],
        about: "Install or upgrade the modules that the configuration calls",
        long: "Installs modules into .terraform/modules: from git repositories, registries, archives and directories. A \
               folder that Terraform has filled is used as it is, and the other way round.",
        flags: &[(
            "Options",
            &[
                flag(
                    "update",
                    Takes::Switch(false),
                    "Fetch modules anew, in the newest versions that are allowed.",
                ),
                flag("test-directory", Takes::One("PATH"), "Where test files are (tests)."),
            ],
        )],
        too_many: CHDIR,
        run: init::get,
        ..PLAIN
    },
    CommandSpec {
        path: &["validate"],
        about: "Check whether the configuration is valid",
        long: "Judges the configuration without any cloud, without variables and without a ledger.",
        flags: &[(
            "Options",
            &[
                JSON,
                flag("no-tests", Takes::Switch(false), "Do not judge test files."),
                flag("test-directory", Takes::One("PATH"), "Where test files are (tests)."),
            ],
        )],
        usage: "[DIR]",
        arguments: 1,
        too_many: "Expected at most one positional argument.",
        main: true,
        run: validate::run,
        ..PLAIN
    },
    CommandSpec {
        path: &["plan"],
        about: "Show changes required by the current configuration",
        long: "Reads what is really there, compares it with the configuration, and shows what would be done. Nothing \
               is changed.",
        flags: &[
            ("Plan options", PLANNING),
            (
                "Other options",
                &[
                    JSON,
                    flag("out", Takes::One("FILE"), "Save the plan; \"apply FILE\" carries out exactly it."),
                    flag(
                        "generate-config-out",
                        Takes::One("FILE"),
                        "Write a configuration for \"import\" blocks without one into this new file.",
                    ),
                    flag(
                        "detailed-exitcode",
                        Takes::Switch(false),
                        "Exit with 0 for no changes, 1 for an error, 2 for changes.",
                    ),
                ],
            ),
            ("Run options", RUNNING),
            ("Local cloud", WORLD_FLAGS),
        ],
        too_many: "To specify a working directory for the plan, use the global -chdir flag.",
        main: true,
        streams: true,
        run: plan::run,
        ..PLAIN
    },
    CommandSpec {
        path: &["apply"],
        about: "Create or update infrastructure",
        long: "Makes a plan, asks whether it is right, and carries it out. With a plan file it carries out that \
               plan, without a question, unless something has changed since.",
        usage: "[PLAN]",
        flags: &[
            ("Plan options", PLANNING),
            ("Other options", &[JSON, APPROVE, DEADLINE, TIMELINE, PLAN_DIGEST]),
            ("Run options", RUNNING),
            ("Local cloud", WORLD_FLAGS),
        ],
        arguments: 1,
        too_many: "Expected at most one positional argument.",
        main: true,
        streams: true,
        run: apply::apply,
        ..PLAIN
    },
    CommandSpec {
        path: &["destroy"],
        about: "Destroy previously-created infrastructure",
        long: "Removes everything that this configuration manages: another name for apply -destroy.",
        flags: &[
            ("Plan options", PLANNING),
            ("Other options", &[JSON, APPROVE, DEADLINE, TIMELINE]),
            ("Run options", RUNNING),
            ("Local cloud", WORLD_FLAGS),
        ],
        arguments: 1,
        too_many: "Expected at most one positional argument.",
        main: true,
        streams: true,
        run: apply::destroy,
        ..PLAIN
    },
    CommandSpec {
        path: &["refresh"],
        about: "Take note of what was changed outside",
        long: "Reads what is there and notes it with the outputs that follow from it; nothing is changed in Azure. Another \
               name for apply -refresh-only -auto-approve.",
        flags: &[
            ("Plan options", PLANNING),
            ("Other options", &[JSON]),
            ("Run options", RUNNING),
            ("Local cloud", WORLD_FLAGS),
        ],
        too_many: "Expected at most one positional argument.",
        streams: true,
        run: apply::refresh,
        ..PLAIN
    },
    CommandSpec {
        path: &["show"],
        about: "Show what is there, or a saved plan",
        long: "Without a file: everything that the ledger knows, as it is now. With a file: the plan that was saved.",
        usage: "[FILE]",
        flags: &[("Options", &[JSON]), ("Variables", VARIABLES), ("Local cloud", WORLD_FLAGS)],
        arguments: 1,
        too_many: "Expected at most one positional argument.",
        run: show::show,
        ..PLAIN
    },
    CommandSpec {
        path: &["fmt"],
        about: "Lay out configuration files in the standard style",
        long: "Lays out configuration files (.tf), variables (.tfvars) and tests (.tftest.hcl) in the one standard \
               style, of the working directory or of the files and directories that are named. A dash stands for \
               standard input; the result then goes to standard output. JSON files are left alone.",
        usage: "[TARGET...]",
        flags: &[("Options", fmt::FLAGS)],
        arguments: usize::MAX,
        run: fmt::run,
        ..PLAIN
    },
    CommandSpec {
        path: &["output"],
        about: "Show output values of the root module",
        long: "Prints the outputs as the last apply recorded them. With a name it prints that one, even if it is \
               sensitive.",
        usage: "[NAME]",
        flags: &[(
            "Options",
            &[
                JSON,
                flag(
                    "raw",
                    Takes::Switch(false),
                    "Write the text of one output, without quotes or line end.",
                ),
            ],
        )],
        arguments: usize::MAX,
        run: show::output,
        ..PLAIN
    },
    CommandSpec {
        path: &["state"],
        about: "What the ledger owns: list, show, mv, rm, pull, push",
        long: "The ledger records which resources are owned, and where they are.",
        group: true,
        ..PLAIN
    },
    CommandSpec {
        path: &["state", "list"],
        about: "List the instances that are owned",
        long: "Lists the addresses of all instances, or of those that the given addresses name.",
        usage: "[ADDRESS...]",
        flags: &[("Options", &[flag("id", Takes::One("ID"), "Only instances whose object has this id.")])],
        arguments: usize::MAX,
        run: show::state_list,
        ..PLAIN
    },
    CommandSpec {
        path: &["state", "show"],
        about: "Show one instance as it is",
        long: "Prints the attributes of one instance, read from Azure.",
        usage: "ADDRESS",
        flags: &[("Variables", VARIABLES), ("Local cloud", WORLD_FLAGS)],
        arguments: 1,
        run: show::state_show,
        ..PLAIN
    },
    CommandSpec {
        path: &["state", "mv"],
        about: "Give what is owned another address",
        long: "Moves an instance, all instances of a resource, or a module in the ledger. Nothing in Azure changes. A \
               moved block in the configuration does the same, and says so to everybody.",
        usage: "SOURCE DESTINATION",
        flags: &[("Options", ledger::DRY_RUN)],
        arguments: 2,
        run: ledger::state_mv,
        ..PLAIN
    },
    CommandSpec {
        path: &["state", "rm"],
        about: "Forget what is owned",
        long: "Removes instances from the ledger. What is in Azure stays, and is not ours any more.",
        usage: "ADDRESS...",
        flags: &[("Options", ledger::DRY_RUN)],
        arguments: usize::MAX,
        run: ledger::state_rm,
        ..PLAIN
    },
    CommandSpec {
        path: &["state", "pull"],
        about: "Write the ledger to standard output",
        long: "Writes the ledger of the chosen workspace, as it is kept: what is secret in it is sealed. Nothing where there is \
               none yet.",
        arguments: usize::MAX,
        run: ledger::pull,
        ..PLAIN
    },
    CommandSpec {
        path: &["state", "push"],
        about: "Put another ledger in the place of this one",
        long: "Reads a ledger that \"state pull\" has written, from a file or (a dash) from standard input, and makes it the \
               ledger of the chosen workspace. It must be a later one of the same stack, unless -force is given.",
        usage: "PATH",
        flags: &[("Options", ledger::PUSH)],
        arguments: 1,
        run: ledger::push,
        ..PLAIN
    },
    CommandSpec {
        path: &["test"],
        about: "Carry out the tests of a module",
        long: "Carries out the runs of the test files (.tftest.hcl, .tftest.json) of the root module and of its folder \"tests\", \
               in order, and judges their assertions. What lives in Azure is made in a local cloud that each file has for \
               itself, and removed at its end; neither Azure nor the ledger of the root module is touched.",
        flags: &[("Options", test::FLAGS)],
        arguments: usize::MAX,
        streams: true,
        run: test::run,
        ..PLAIN
    },
    CommandSpec {
        path: &["workspace"],
        about: "Several ledgers of one configuration: list, show, new, select, delete",
        long: "A workspace is a ledger of its own for the same configuration. In it, terraform.workspace is its name. \
               TF_WORKSPACE chooses one for a single run.",
        group: true,
        ..PLAIN
    },
    CommandSpec {
        path: &["workspace", "list"],
        about: "List the workspaces",
        long: "Lists all workspaces; the chosen one has a star.",
        too_many: CHDIR,
        run: workspace::list,
        ..PLAIN
    },
    CommandSpec {
        path: &["workspace", "show"],
        about: "Show the name of the chosen workspace",
        long: "Writes the name of the chosen workspace.",
        arguments: usize::MAX,
        run: workspace::show,
        ..PLAIN
    },
    CommandSpec {
        path: &["workspace", "new"],
        about: "Make a workspace, and choose it",
        long: "Makes a workspace that owns nothing yet, and chooses it.",
        usage: "NAME",
        flags: &[("Options", workspace::NEW)],
        arguments: 1,
        too_many: "Expected a single argument: NAME.",
        run: workspace::new,
        ..PLAIN
    },
    CommandSpec {
        path: &["workspace", "select"],
        about: "Choose a workspace",
        long: "Chooses a workspace that is there.",
        usage: "NAME",
        flags: &[("Options", workspace::SELECT)],
        arguments: 1,
        too_many: "Expected a single argument: NAME.",
        run: workspace::select,
        ..PLAIN
    },
    CommandSpec {
        path: &["workspace", "delete"],
        about: "Remove a workspace",
        long: "Removes a workspace that owns nothing. With -force it is removed all the same: what it owns stays in Azure, and \
               is not ours any more.",
        usage: "NAME",
        flags: &[("Options", workspace::DELETE)],
        arguments: 1,
        too_many: "Expected a single argument: NAME.",
        run: workspace::delete,
        ..PLAIN
    },
    CommandSpec {
        path: &["console"],
        about: "Try expressions at an interactive command prompt",
        long: "Evaluates expressions where the root module's expressions are evaluated, one a line: what exists has the values \
               that it has, all else is known after apply. Where the input is a pipe, only the last result is written. Nothing \
               is changed.",
        flags: &[("Options", console::FLAGS), ("Local cloud", WORLD_FLAGS)],
        too_many: CHDIR,
        run: console::run,
        ..PLAIN
    },
    CommandSpec {
        path: &["metadata"],
        about: "What the program knows of the language: functions",
        long: "Documents about the language, for editors and other programs.",
        group: true,
        ..PLAIN
    },
    CommandSpec {
        path: &["metadata", "functions"],
        about: "Write the signatures of all functions",
        long: "Writes a JSON document with the parameters and results of all functions of the language.",
        flags: &[("Options", &[JSON])],
        run: metadata::functions,
        ..PLAIN
    },
    CommandSpec {
        path: &["import"],
        about: "Take something that exists as an instance of the configuration",
        long: "Records in the ledger that an instance of the configuration stands for an object that exists. Nothing in \
               Azure changes; the next plan shows where the object differs from the configuration. An import block, and \
               -adopt, do the same within plan and apply.",
        usage: "ADDRESS ID",
        flags: &[("Options", import::FLAGS), ("Local cloud", WORLD_FLAGS)],
        arguments: 2,
        run: import::run,
        ..PLAIN
    },
    CommandSpec {
        path: &["adopt"],
        about: "Take over a stack that Terraform has made",
        long: "Records in the ledger what a state file of Terraform records, as far as it is there and the configuration has \
               it, and says what it took and what it could not. Nothing in Azure changes, and the file stays as it is.",
        flags: &[("Options", adopt::FLAGS), ("Local cloud", WORLD_FLAGS)],
        run: adopt::run,
        ..PLAIN
    },
    CommandSpec {
        path: &["taint"],
        about: "Mark an instance to be made anew",
        long: "Marks an instance in the ledger: the next apply replaces it. plan -replace=ADDRESS does the same once, and \
               shows what follows from it.",
        usage: "ADDRESS",
        flags: &[("Options", ledger::TAINT)],
        arguments: 1,
        run: ledger::taint,
        ..PLAIN
    },
    CommandSpec {
        path: &["untaint"],
        about: "Take the mark of taint away",
        long: "Says that an instance is whole: it need not be made anew.",
        usage: "ADDRESS",
        flags: &[("Options", ledger::TAINT)],
        arguments: 1,
        run: ledger::untaint,
        ..PLAIN
    },
    CommandSpec {
        path: &["force-unlock"],
        about: "Release a stuck lock on the current workspace's ledger",
        long: "Takes the lock of a shared ledger away from its holder, whose ID the error about the lock says. The holder can \
               write nothing from then on, and stops. The lock of a local ledger goes with the process that holds it, so \
               there is never a stale one; of a shared one it ends by itself within a minute once nobody renews it.",
        usage: "LOCK_ID",
        flags: &[("Options", ledger::UNLOCK)],
        arguments: 1,
        run: ledger::force_unlock,
        ..PLAIN
    },
    CommandSpec {
        path: &["ledger"],
        about: "The ledger itself: rotate-key",
        long: "What the ledger keeps secret is sealed with RINGFENCE_ENCRYPTION_KEY, or with the key file of this machine.",
        group: true,
        ..PLAIN
    },
    CommandSpec {
        path: &["ledger", "rotate-key"],
        about: "Seal the ledger's secrets with another key",
        long: "Opens everything that the current workspace's ledger keeps secret with RINGFENCE_ENCRYPTION_KEY (or the key file \
               of this machine), and seals it with RINGFENCE_NEW_ENCRYPTION_KEY, in one write, under the lock. What was applied \
               is known again: nothing is planned because of it.",
        flags: &[("Options", ledger::ROTATE)],
        arguments: 0,
        run: ledger::rotate_key,
        ..PLAIN
    },
    CommandSpec {
        path: &["graph"],
        about: "Draw what waits for what",
        long: "Writes the resources of the configuration, and which of them are made of which, for Graphviz or Mermaid. \
               With -type it makes a plan and draws its instances.",
        flags: &[("Options", graph::FLAGS), ("Local cloud", WORLD_FLAGS)],
        too_many: CHDIR,
        run: graph::run,
        ..PLAIN
    },
    CommandSpec {
        path: &["providers"],
        about: "Show the providers that the configuration asks for",
        long: "Shows the providers that each module asks for, and those of the ledger.",
        group: true,
        alone: true,
        too_many: CHDIR,
        run: providers::run,
        ..PLAIN
    },
    CommandSpec {
        path: &["providers", "schema"],
        about: "Write the schemas of the providers that the configuration uses",
        long: "Writes arguments, attributes and blocks of every type that is built in, of the providers that the \
               configuration uses, with the names of the major version that it asks for.",
        flags: &[("Options", &[JSON])],
        run: providers::schema,
        ..PLAIN
    },
    CommandSpec {
        path: &["providers", "lock"],
        about: "Accepted: there are no provider packages to lock",
        long: "Scripts call it after init. Providers are built in: no package is fetched, and .terraform.lock.hcl is left as \
               it is.",
        usage: "[PROVIDER...]",
        flags: &[("Options", LOCK)],
        arguments: usize::MAX,
        run: providers::lock,
        ..PLAIN
    },
    CommandSpec {
        path: &["completions"],
        about: "Write what a shell needs to complete command lines",
        long: "Writes a script for bash, zsh, fish or PowerShell; source it where the shell starts.",
        usage: "SHELL",
        arguments: 1,
        run: completions::run,
        ..PLAIN
    },
    CommandSpec {
        path: &["cloud"],
        about: "The cloud that is built in: serve, reset, seed, show, roles, request",
        long: "The local cloud is an Azure Resource Manager of Ringfence's own. With -cloud=local every command \
               works on it; these commands look after it.",
        group: true,
        ..PLAIN
    },
    CommandSpec {
        path: &["cloud", "serve"],
        about: "Serve the local cloud to other clients",
        long: "Serves the local cloud over TLS until it is interrupted. When it is ready it prints one line of JSON \
               with its endpoints and a credential.",
        flags: &[("Options", SERVE), ("World", WORLD_FLAGS)],
        run: cloud::serve,
        ..PLAIN
    },
    CommandSpec {
        path: &["cloud", "reset"],
        about: "Empty the world",
        long: "Removes everything from the local cloud's world, the soft-deleted too. Names and keys stay.",
        flags: &[("World", WORLD_FLAGS)],
        run: cloud::reset,
        ..PLAIN
    },
    CommandSpec {
        path: &["cloud", "seed"],
        about: "Put exported resources into the world",
        long: "Puts resources into the local cloud's world as Azure answers them: the output of az resource show, of \
               a list, or of az graph query, as a JSON file. They move to the world's subscription.",
        usage: "FILE",
        flags: &[("World", WORLD_FLAGS)],
        arguments: 1,
        run: cloud::seed,
        ..PLAIN
    },
    CommandSpec {
        path: &["cloud", "show"],
        about: "Show what is in the world",
        long: "Draws the resources in the local cloud's world, and names what is soft-deleted or under way.",
        flags: &[("Options", &[JSON]), ("World", WORLD_FLAGS)],
        run: cloud::show,
        ..PLAIN
    },
    CommandSpec {
        path: &["cloud", "roles"],
        about: "Show or set the roles that a run has on the local cloud",
        long: "Shows the roles of the client of the local cloud's world: it begins as Owner of the subscription. With roles, \
               by name or GUID, gives it these instead, at once; each is on the subscription, or on the scope after an @: \
               \"Reader\" \"Contributor@/subscriptions/ID/resourceGroups/NAME\".",
        usage: "[ROLE[@SCOPE]...]",
        flags: &[("World", WORLD_FLAGS)],
        arguments: usize::MAX,
        run: cloud::roles,
        ..PLAIN
    },
    CommandSpec {
        path: &["cloud", "request"],
        about: "Send one request to the local cloud",
        long: "Sends one ARM request with a token, as somebody else would. The body is JSON, @FILE, or - for \
               standard input. The answer's body goes to standard output, its status to standard error.",
        usage: "METHOD URI [BODY]",
        flags: &[("World", WORLD_FLAGS)],
        arguments: 3,
        run: cloud::request,
        ..PLAIN
    },
    CommandSpec {
        path: &["version"],
        about: "Show the current Ringfence version",
        long: "Displays the version of Ringfence, of the language that it follows, and its providers.",
        flags: &[("Options", &[JSON])],
        arguments: usize::MAX,
        run: version::run,
        ..PLAIN
    },
];
