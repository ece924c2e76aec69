//! Commands that a configuration runs on this machine: told before, forbidden, run, failed, kept from telling secrets.

use super::{fed, folder, program, told};

const COMMON: &[&str] = &["-cloud=local", "-no-color", "-input=false"];

fn run(dir: &std::path::Path, words: &[&str]) -> (i32, String) {
    let output = fed(dir, &[words, COMMON].concat(), "");
    (output.status.code().unwrap_or(-1), told(&output))
}

/// The text without what wrapping does to it.
fn flat(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '│' | '╷' | '╵'));
    words.filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

const APPLY: &[&str] = &["apply", "-auto-approve"];
const DESTROY: &[&str] = &["destroy", "-auto-approve"];

const SIMPLE: &str = r#"
resource "terraform_data" "a" {
  input = "hello"

  provisioner "local-exec" {
    command = "echo made ${self.input} >> log.txt"
  }

  provisioner "local-exec" {
    when    = destroy
    command = "echo gone ${self.output} >> log.txt"
  }
}
"#;

#[test]
fn a_command_is_told_in_the_plan_forbidden_and_run() {
    let dir = folder(&[("main.tf", SIMPLE)]);
    let log = || std::fs::read_to_string(dir.path().join("log.txt")).unwrap_or_default();
    let (code, text) = run(dir.path(), &["plan"]);
    assert_eq!(code, 0, "{text}");
    assert!(flat(&text).contains("echo made ${self.input} >> log.txt"), "{text}");
    assert!(!text.contains("echo gone"), "{text}");

    let (code, text) = run(dir.path(), &["apply", "-auto-approve", "-deny-exec"]);
    assert_eq!(code, 1, "{text}");
    assert!(flat(&text).contains("Commands on this machine are denied"), "{text}");
    assert!(flat(&text).contains("terraform_data.a"), "{text}");
    let (_, known) = run(dir.path(), &["plan", "-out=p"]);
    assert!(known.contains("1 to add"), "{known}");
    // A saved plan is under the same prohibition.
    let output = program(dir.path())
        .args(["apply", "-cloud=local", "-no-color", "p"])
        .env("RINGFENCE_DENY_EXEC", "1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(flat(&told(&output)).contains("Commands on this machine are denied"), "{}", told(&output));
    assert_eq!(log(), "");

    let (code, text) = run(dir.path(), APPLY);
    assert_eq!(code, 0, "{text}");
    assert_eq!(log(), "made hello\n");
    assert!(text.contains("terraform_data.a: Provisioning with 'local-exec'..."), "{text}");
    // Nothing is run for what is there already, so nothing is forbidden.
    let (code, text) = run(dir.path(), &["apply", "-auto-approve", "-deny-exec"]);
    assert_eq!(code, 0, "{text}");
    let (code, text) = run(dir.path(), &["destroy", "-auto-approve", "-deny-exec"]);
    assert_eq!(code, 1, "{text}");
    let (code, text) = run(dir.path(), DESTROY);
    assert_eq!(code, 0, "{text}");
    assert_eq!(log(), "made hello\ngone hello\n");
}

#[test]
fn where_and_with_what_a_command_runs() {
    let dir = folder(&[
        (
            "main.tf",
            r#"
resource "terraform_data" "other" {
  input = "there"
}
locals {
  word = terraform_data.other.output
}
resource "terraform_data" "a" {
  count = 2
  provisioner "local-exec" {
    command     = "printf '%s %s %s' \"$0\" \"$WORD\" \"$N\" > out-${count.index}"
    interpreter = ["/bin/sh", "-c"]
    working_dir = "${path.module}/sub"
    environment = {
      WORD = local.word
      N    = count.index
    }
  }
}
"#,
        ),
        ("sub/keep", ""),
    ]);
    let (code, text) = run(dir.path(), APPLY);
    assert_eq!(code, 0, "{text}");
    for n in 0..2 {
        let written = std::fs::read_to_string(dir.path().join(format!("sub/out-{n}"))).unwrap();
        assert_eq!(written, format!("/bin/sh there {n}"));
    }
}

#[test]
fn what_fails_taints_or_is_let_pass() {
    let text = |on: &str| {
        format!(
            "resource \"terraform_data\" \"a\" {{\n  provisioner \"local-exec\" {{\n    command    = \"echo why; exit 3\"\n    on_failure = {on}\n  }}\n}}\nresource \"terraform_data\" \"b\" {{\n  input = terraform_data.a.id\n}}\n"
        )
    };
    let dir = folder(&[("main.tf", &text("fail"))]);
    let (code, said) = run(dir.path(), APPLY);
    assert_eq!(code, 1, "{said}");
    assert!(
        flat(&said).contains("Error running command 'echo why; exit 3': exit status 3. Output: why"),
        "{said}"
    );
    let state = told(&fed(dir.path(), &["state", "list", "-cloud=local"], ""));
    assert!(state.contains("terraform_data.a") && !state.contains("terraform_data.b"), "{state}");
    let (_, said) = run(dir.path(), &["plan"]);
    assert!(flat(&said).contains("terraform_data.a is tainted, so must be replaced"), "{said}");

    std::fs::write(dir.path().join("main.tf"), text("continue")).unwrap();
    let (code, said) = run(dir.path(), APPLY);
    assert_eq!(code, 0, "{said}");
    let (_, said) = run(dir.path(), &["plan"]);
    assert!(said.contains("No changes"), "{said}");
}

#[test]
fn a_secret_in_a_command_is_not_told() {
    let dir = folder(&[(
        "main.tf",
        r#"
variable "secret" {
  type      = string
  sensitive = true
}
resource "terraform_data" "direct" {
  provisioner "local-exec" {
    command    = "echo ${var.secret}; exit 1"
    on_failure = continue
  }
}
resource "terraform_data" "by_itself" {
  input = var.secret
  provisioner "local-exec" {
    command     = "echo $IT >&2; echo done > done.txt"
    environment = { IT = self.input }
  }
}
resource "terraform_data" "failing" {
  provisioner "local-exec" {
    command = "echo ${var.secret}; exit 4"
  }
}
"#,
    )]);
    let secret = "s3cr3t-w0rd";
    let (code, text) = run(dir.path(), &["apply", "-auto-approve", "-var=secret=s3cr3t-w0rd"]);
    assert_eq!(code, 1, "{text}");
    assert!(!text.contains(secret), "{text}");
    assert!(text.contains("(output suppressed due to sensitive value in config)"), "{text}");
    assert!(dir.path().join("done.txt").exists());
}

#[test]
fn other_provisioners_are_refused_by_name() {
    for kind in ["file", "remote-exec"] {
        let text = format!("resource \"terraform_data\" \"a\" {{\n  provisioner \"{kind}\" {{\n  }}\n}}\n");
        let dir = folder(&[("main.tf", &text)]);
        let validated = told(&fed(dir.path(), &["validate", "-no-color"], ""));
        for said in [validated, run(dir.path(), &["plan"]).1, run(dir.path(), APPLY).1] {
            assert!(said.starts_with("exit 1"), "{said}");
            assert!(said.contains(&format!("Provisioner \"{kind}\" is not supported")), "{said}");
        }
    }
}

#[test]
fn what_lives_in_azure_runs_commands_too() {
    let dir = folder(&[(
        "main.tf",
        r#"
provider "azurerm" {
  features {}
}
resource "azurerm_resource_group" "main" {
  name     = "rg-exec"
  location = "westeurope"
  provisioner "local-exec" {
    command = "echo ${self.name} >> log.txt; test -e pass"
  }
  provisioner "local-exec" {
    when    = destroy
    command = "echo bye ${self.location} >> log.txt"
  }
}
"#,
    )]);
    let log = || std::fs::read_to_string(dir.path().join("log.txt")).unwrap_or_default();
    let (code, text) = run(dir.path(), &["apply", "-auto-approve", "-clock=instant"]);
    assert_eq!((code, log().as_str()), (1, "rg-exec\n"), "{text}");
    std::fs::write(dir.path().join("pass"), "").unwrap();
    let (code, text) = run(dir.path(), &["apply", "-auto-approve", "-clock=instant"]);
    assert_eq!(code, 0, "{text}");
    assert!(flat(&text).contains("is tainted, so must be replaced"), "{text}");
    // What never was whole says no farewell.
    assert_eq!(log(), "rg-exec\nrg-exec\n");
    let (code, text) = run(dir.path(), &["destroy", "-auto-approve", "-clock=instant"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(log(), "rg-exec\nrg-exec\nbye westeurope\n");
}
