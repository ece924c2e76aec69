//! `console`, `metadata functions`

use super::{fed, folder, run, told};

const STACK: &[(&str, &str)] = &[(
    "main.tf",
    "variable \"secret\" {\n  sensitive = true\n  default   = \"s3\"\n}\nvariable \"missing\" {}\nlocals {\n  o = { b = [1, null], a = {} \
     }\n}\nresource \"terraform_data\" \"a\" {\n  count = 2\n  input = \"v${count.index}\"\n}\nresource \"terraform_data\" \"b\" \
     {\n  input = var.missing\n}\n",
)];

/// What is written, or the summaries of what is wrong.
fn answer(dir: &std::path::Path, flags: &[&str], input: &str) -> String {
    let output = fed(dir, &[&["console"], flags].concat(), &format!("{input}\n"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    match output.status.success() {
        true => out.trim_end().to_string(),
        false => err.lines().filter(|l| l.starts_with("Error: ")).collect::<Vec<_>>().join("; "),
    }
}

/// As Terraform 1.11.4 answered.
#[test]
fn expressions_are_answered_one_by_one() {
    let dir = folder(STACK);
    let rows = [
        ("1 + 1", "2"),
        ("var.secret", "(sensitive value)"),
        ("var.missing", "(known after apply)"),
        ("terraform_data.a[0].id", "(known after apply)"),
        ("local.o.b", "[\n  1,\n  null,\n]"),
        (
            "type(local.o)",
            "object({\n    a: object({}),\n    b: tuple([\n        number,\n        dynamic,\n    ]),\n})",
        ),
        ("type(toset([tolist([1])]))", "set(list(number))"),
        ("terraform.workspace", "\"default\""),
        ("exit", ""),
        ("", ""),
        ("1 +", "Error: Missing expression"),
        ("x = 1", "Error: Extra characters after expression"),
        ("nope.x", "Error: Reference to undeclared resource"),
        ("local", "Error: Reference to undeclared local value; Error: Invalid reference"),
        ("plantimestamp()", "Error: Call to unknown function"),
        // Only the last line is answered; the first error ends it.
        ("1\n2", "2"),
        ("1\nexit\n2", ""),
        ("nope.x\n1", "Error: Reference to undeclared resource"),
    ];
    for (input, expected) in rows {
        assert_eq!(answer(dir.path(), &[], input), expected, "{input}");
    }
}

#[test]
fn what_there_is_has_its_values() {
    let dir = folder(STACK);
    let dir = dir.path();
    assert!(run(dir, &["apply", "-auto-approve", "-var=missing=m"]).contains("3 added"));
    assert_eq!(answer(dir, &[], "terraform_data.a[*].output"), "[\n  \"v0\",\n  \"v1\",\n]");
    assert_eq!(answer(dir, &[], "terraform_data.b.input"), "\"m\"");
    // A plan says what would be.
    assert_eq!(answer(dir, &["-plan", "-var=missing=n"], "terraform_data.b.input"), "\"n\"");
    assert_eq!(
        answer(dir, &["-var=missing=n"], "[terraform_data.b.input, var.missing]"),
        "[\n  \"m\",\n  \"n\",\n]"
    );
    assert!(run(dir, &["console", "-bogus"]).contains("flag provided but not defined: -bogus"));
}

#[test]
fn functions_are_a_document() {
    let dir = folder(&[]);
    let output = fed(dir.path(), &["metadata", "functions", "-json"], "");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let all = document["function_signatures"].as_object().unwrap();
    assert_eq!(all.len() % 2, 0);
    assert_eq!(all["abs"], all["core::abs"]);
    assert_eq!(all["cidrsubnets"]["variadic_parameter"]["type"], "number");
    assert!(told(&fed(dir.path(), &["metadata", "functions"], "")).starts_with("exit 1\n"));
}
