//! Hostile input: texts that nest without end, or stand for more than any machine holds. Each is a diagnostic, soon, within bounds
//! of memory that the system sets.

mod support;

use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

/// How much nests.
const DEEP: usize = 10_000;

/// The most memory that a run may ask for, its stack and all that it only reserves among it: KiB.
const MEMORY: usize = 2_000_000;

/// The longest that a run may take, built without optimisation on a machine that does other things too.
const LONGEST: Duration = Duration::from_secs(120);

/// Plans one file.
fn judge(name: &str, file: &str, text: &str, expected: &str) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(file), text).unwrap();
    let program = support::program(dir.path());
    let mut command = Command::new("sh");
    command.current_dir(dir.path()).env("RINGFENCE", program.get_program());
    command.args(["-c", &format!("ulimit -v {MEMORY}; exec \"$RINGFENCE\" plan -no-color -input=false")]);
    let begun = Instant::now();
    let output = command.output().unwrap();
    let took = begun.elapsed();
    let said = support::told(&output);
    let start: String = said.chars().take(600).collect();
    assert_eq!(output.status.code(), Some(1), "{name}: {}: {start}", output.status);
    assert!(said.contains(&format!("Error: {expected}")), "{name}: {start}");
    assert!(took < LONGEST, "{name} took {took:?}");
    println!("{name}: {took:?}");
}

fn output(expression: &str) -> String {
    format!("output \"o\" {{\n  value = {expression}\n}}\n")
}

fn around(open: &str, inner: &str, close: &str) -> String {
    output(&format!("{}{inner}{}", open.repeat(DEEP), close.repeat(DEEP)))
}

/// `a0`, and each further local value made of the one before.
fn locals(first: &str, count: usize, of: impl Fn(&str) -> String) -> String {
    let mut text = format!("locals {{\n  a0 = {first}\n");
    for n in 0..count {
        let _ = writeln!(text, "  a{} = {}", n + 1, of(&format!("local.a{n}")));
    }
    text + &format!("}}\noutput \"o\" {{\n  value = local.a{count}\n}}\n")
}

#[test]
fn what_nests_without_end_is_refused() {
    const TOO_DEEP: &str = "Expression nested too deeply";
    let rows = [
        ("brackets", around("[", "", "]")),
        ("open brackets", around("[", "", "")),
        ("parentheses", around("(", "1", ")")),
        ("objects", around("{a=", "1", "}")),
        ("calls", around("upper(", "\"x\"", ")")),
        ("templates", around("\"${", "1", "}\"")),
        ("not", around("!", "true", "")),
        ("minus", around("-", "1", "")),
        ("conditionals", around("true ? 1 : ", "1", "")),
        ("for", around("[for a in [1] : ", "1", "]")),
        ("splats", around("", "[]", "[*]")),
        ("old splats", around("", "[]", ".*")),
        ("indices", around("", "[]", "[local.x]")),
    ];
    for (name, text) in rows {
        judge(name, "main.tf", &text, TOO_DEEP);
    }
    judge("operators", "main.tf", &output(&format!("1{}", "+1".repeat(100_000))), "Too many operators");
    let json = format!("{{\"locals\": {{\"a\": {}{}}}}}", "[".repeat(DEEP), "]".repeat(DEEP));
    judge("JSON", "main.tf.json", &json, "JSON nested too deeply");
    let parts = output(&format!("a{}", ".b".repeat(20_000)));
    judge("parts of a name", "main.tf", &parts, "Reference to undeclared resource");
    let chain = locals("1", DEEP, str::to_string);
    judge("chain of references", "main.tf", &chain, "References nested too deeply");
    let nested = locals("1", 1_500, |last| format!("[{last}]"));
    judge("nested values", "main.tf", &nested, "Expression result too large");
}

#[test]
fn what_grows_without_bounds_is_refused() {
    const TOO_LARGE: &str = "Expression result too large";
    const CALL: &str = "Error in function call";
    let doubled = |of: &str, first: &str| {
        let of = of.to_string();
        locals(first, 40, move |last| of.replace('@', last))
    };
    let long = "join(\"\", [for i in range(1000) : \"aaaaaaaaaa\"])";
    let bomb: String = (0..12).fold("a0: &a0 [x, x]\n".into(), |text, n| {
        text + &format!("a{}: &a{} [*a{n}, *a{n}, *a{n}, *a{n}, *a{n}, *a{n}]\n", n + 1, n + 1)
    });
    let rows = [
        ("text", doubled("\"${@}${@}\"", "\"xxxxxxxxxxxxxxxx\""), TOO_LARGE),
        ("lists", doubled("concat(@, @)", "[1]"), CALL),
        ("shared parts", doubled("[@, @]", "[1]"), TOO_LARGE),
        ("range", output("range(1e9)"), CALL),
        ("format", output("format(\"%999999999d\", 1)"), CALL),
        ("replace", output(&format!("replace({long}, \"\", {long})")), CALL),
        ("setproduct", output("setproduct(range(1000), range(1000), range(1000))"), CALL),
        ("regex", output(&format!("regex(\"^(a+)+b$\", {long})")), CALL),
        (
            "size of a regex",
            output("regex(\"(((a{100}){100}){100}){100}\", \"a\")"),
            "Invalid function argument",
        ),
        ("jsondecode", output(&format!("jsondecode(\"{}\")", "[".repeat(DEEP))), CALL),
        ("yamldecode", output(&format!("yamldecode(\"{}\")", "[".repeat(DEEP))), CALL),
        ("anchors of YAML", output(&format!("yamldecode(<<EOT\n{bomb}EOT\n)")), CALL),
        ("host of a network", output("cidrhost(\"10.0.0.0/8\", 1e30)"), CALL),
        ("number", output("[1e-999999999]"), "Invalid number literal"),
        ("count", "resource \"terraform_data\" \"r\" {\n  count = 1e9\n}\n".into(), "Invalid count argument"),
    ];
    for (name, text, expected) in rows {
        judge(name, "main.tf", &text, expected);
    }
}
