use std::path::{Path, PathBuf};

use super::load::memory::Memory;
use super::*;
use crate::lang::Severity;

fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("RINGFENCE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let path = root.join(path);
    path.exists().then_some(path)
}

fn summaries(files: &[(&str, &str)]) -> Vec<String> {
    let files = Memory::new(files);
    let (_, diagnostics) = load(Path::new("."), &LoadOptions { files: &files });
    diagnostics.0.iter().map(|d| d.summary.clone()).collect()
}

/// Terraform's verdicts on the language cases: what it takes must load; what it refuses must be refused with the same
/// words, as far as it can be judged without schemas and values.
#[test]
fn language_cases_load_as_in_terraform() {
    let Some(cases) = shared("cases/lang/cases") else {
        println!("skipped: no shared facts");
        return;
    };
    let mut names: Vec<_> =
        std::fs::read_dir(cases).expect("readable").filter_map(|e| Some(e.ok()?.path())).collect();
    names.sort();
    let (mut valid, mut loaded, mut refused, mut agreed) = (0, 0, 0, 0);
    for case in names {
        let Ok(text) = std::fs::read_to_string(case.join("expected.json")) else { continue };
        let steps: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let steps = steps.as_array().cloned().unwrap_or_default();
        let Some(validate) = steps.iter().find(|s| s["do"] == "validate") else { continue };
        let name = case.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let disk = Disk { working_dir: case.clone() };
        let (_, diagnostics) = load(Path::new("."), &LoadOptions { files: &disk });
        let got: Vec<String> = diagnostics
            .0
            .iter()
            .filter(|d| d.severity == Severity::Error)
            .map(|d| d.summary.clone())
            .collect();
        if validate["valid"] == true {
            valid += 1;
            loaded += usize::from(got.is_empty());
            if !got.is_empty() {
                println!("{name}: valid, but {:?}", diagnostics.0);
            }
            continue;
        }
        refused += 1;
        let mut wanted: Vec<String> = validate["diagnostics"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|d| d["severity"] == "error")
            .filter_map(|d| d["summary"].as_str().map(str::to_string))
            .collect();
        wanted.sort();
        let mut sorted = got.clone();
        sorted.sort();
        if wanted.iter().any(|w| sorted.contains(w)) {
            agreed += 1;
        }
        if sorted != wanted {
            println!("{name}: want {wanted:?} got {sorted:?}");
        }
    }
    println!(
        "{loaded} of {valid} valid ones load; {agreed} of {refused} wrong ones are refused with Terraform's words"
    );
    assert_eq!(loaded, valid);
}

#[test]
fn overrides_replace_arguments_and_blocks() {
    let files = Memory::new(&[
        (
            "main.tf",
            "resource \"t\" \"a\" {\n  x = 1\n  y = 2\n  b {\n    n = 1\n  }\n  b {\n    n = 2\n  }\n}\nlocals {\n  l = 1\n}\n",
        ),
        (
            "my_override.tf",
            "resource \"t\" \"a\" {\n  y = 3\n  b {\n    n = 9\n  }\n}\nlocals {\n  l = 2\n}\n",
        ),
    ]);
    let (config, diagnostics) = load(Path::new("."), &LoadOptions { files: &files });
    assert_eq!(diagnostics.0, []);
    let resource = config.root.resource(crate::lang::refs::Mode::Managed, "t", "a").expect("there");
    let text = |name: &str| resource.body.attribute(name).map(|a| a.expr.source_text().to_string());
    assert_eq!((text("x").as_deref(), text("y").as_deref()), (Some("1"), Some("3")));
    assert_eq!(resource.body.blocks.len(), 1);
    assert_eq!(config.root.locals["l"].expr.source_text(), "2");
}

#[test]
fn modules_are_read_below_their_calls() {
    let files = Memory::new(&[
        (
            "main.tf",
            "module \"a\" {\n  source = \"./m\"\n  x = 1\n}\noutput \"o\" {\n  value = module.a.y\n}\n",
        ),
        (
            "m/main.tf",
            "variable \"x\" {}\nmodule \"b\" {\n  source = \"../n\"\n}\noutput \"y\" {\n  value = var.x\n}\n",
        ),
        ("n/main.tf", "locals {\n  p = path.module\n}\n"),
    ]);
    let (config, diagnostics) = load(Path::new("."), &LoadOptions { files: &files });
    assert_eq!(diagnostics.0, []);
    let all: Vec<(String, String)> =
        config.root.walk().iter().map(|m| (m.path.to_string(), m.dir.display().to_string())).collect();
    let want = [("", "."), ("module.a", "m"), ("module.a.module.b", "n")];
    assert_eq!(all, want.map(|(a, b)| (a.to_string(), b.to_string())));
}

#[test]
fn a_module_that_calls_itself_ends() {
    let found = summaries(&[("main.tf", "module \"a\" {\n  source = \"./\"\n}\n")]);
    assert_eq!(found, ["Module calls itself"]);
}

#[test]
fn a_source_that_is_not_written_out_is_wrong_twice() {
    let found = summaries(&[("main.tf", "variable \"s\" {}\nmodule \"a\" {\n  source = var.s\n}\n")]);
    assert_eq!(found, ["Variables not allowed", "Unsuitable value type"]);
}

#[test]
fn several_faults_of_a_file_are_told_at_once() {
    let found = summaries(&[(
        "main.tf",
        "locals {\n  a = [1 2]\n  b = 'x'\n}\nresource \"t\" \"n\" {\n  count = 1\n  for_each = {}\n  c = var.nope\n  d = \n}\n\
         output \"x\" {\n}\n",
    )]);
    assert_eq!(
        found,
        [
            "Missing item separator",
            "Invalid character",
            "Invalid combination of \"count\" and \"for_each\"",
            "Missing required argument",
        ]
    );
}

#[test]
fn references_are_judged_where_they_stand() {
    let cases: &[(&str, &str)] = &[
        ("output \"o\" {\n  value = var.nope\n}\n", "Reference to undeclared input variable"),
        ("locals {\n  a = [local.a]\n}\n", "Self-referencing local value"),
        ("output \"o\" {\n  value = t.nope.id\n}\n", "Reference to undeclared resource"),
        ("resource \"t\" \"a\" {\n  x = self.id\n}\n", "Invalid \"self\" reference"),
        ("resource \"t\" \"a\" {\n  x = count.index\n}\n", "Reference to \"count\" in non-counted context"),
        ("resource \"t\" \"a\" {\n  for_each = {}\n  x = each.kei\n}\n", "Invalid \"each\" attribute"),
        ("resource \"t\" \"a\" {\n  provider = t.other\n}\n", "Provider configuration not present"),
        (
            "resource \"t\" \"a\" {\n}\nresource \"t\" \"b\" {\n  depends_on = [t.a.id]\n}\n",
            "Invalid depends_on reference",
        ),
        (
            "resource \"t\" \"a\" {\n  dynamic \"b\" {\n    for_each = [1]\n    content {\n      x = c.value\n    }\n  }\n}\n",
            "Reference to undeclared resource",
        ),
    ];
    for (text, want) in cases {
        assert_eq!(summaries(&[("main.tf", text)]), [*want], "{text}");
    }
    let fine = "resource \"t\" \"a\" {\n  count = 1\n  dynamic \"b\" {\n    for_each = [1]\n    iterator = it\n    content {\n      \
                x = [for k in it.value : k + count.index]\n    }\n  }\n  provisioner \"local-exec\" {\n    command = self.id\n  }\n}\n";
    assert_eq!(summaries(&[("main.tf", fine)]), Vec::<String>::new());
}

#[test]
fn contexts_are_the_outermost_blocks() {
    let files = Memory::new(&[("main.tf", "resource \"t\" \"n\" {\n  x = var.nope\n}\n")]);
    let (_, diagnostics) = load(Path::new("."), &LoadOptions { files: &files });
    assert_eq!(diagnostics.0[0].context.as_deref(), Some("resource \"t\" \"n\""));
}

#[test]
fn json_is_the_same_language() {
    let files = Memory::new(&[(
        "main.tf.json",
        r#"{"//": "note", "variable": {"a": {"type": "list(string)", "default": ["x"]}},
            "resource": {"t": {"n": {"count": 1, "name": "${var.a[0]}-x", "rule": [{"p": 1}, {"p": 2}],
              "lifecycle": {"prevent_destroy": true, "ignore_changes": ["tags"], "replace_triggered_by": ["t.m.id"]}, "depends_on": ["t.m"]},
              "m": {}}},
            "output": {"o": {"value": "${t.n[0].id}"}}}"#,
    )]);
    let (config, diagnostics) = load(Path::new("."), &LoadOptions { files: &files });
    assert_eq!(diagnostics.0, []);
    let resource = config.root.resource(crate::lang::refs::Mode::Managed, "t", "n").expect("there");
    assert!(resource.lifecycle.prevent_destroy);
    assert_eq!(resource.lifecycle.replace_triggered_by.len(), 1);
    assert_eq!(resource.depends_on[0].to_string(), "t.m");
    assert_eq!(config.root.variables["a"].ty.to_string(), "list(string)");
    let mut body = resource.body.clone();
    body.adopt_blocks("rule", 0);
    assert_eq!(body.blocks.len(), 2);
}

/// Terraform 1.11.4 says the same of the same files.
#[test]
fn addresses_imports_and_providers_are_judged_as_a_whole() {
    let own = "terraform {\n  required_providers {\n    a = {\n      source = \"x/y\"\n    }\n";
    let cases: &[(String, &[&str])] = &[
        ("moved {\n  from = var.x\n  to = t.a\n}\n".into(), &["Invalid address"]),
        ("moved {\n  from = t.b[0.5]\n  to = t.a\n}\n".into(), &["Invalid address"]),
        ("moved {\n  from = module\n  to = module.x\n}\n".into(), &["Invalid address operator"]),
        ("moved {\n  from = \"t.b\"\n  to = t.a\n}\n".into(), &["Invalid expression"]),
        ("import {\n  to = t.a\n  id = null\n}\n".into(), &["Invalid import id argument"]),
        ("import {\n  to = t.a[\"k\"]\n  id = \"1\"\n}\n".into(), &["Invalid import 'to' expression"]),
        ("import {\n  to = t.c\n  id = \"1\"\n}\n".into(), &["Invalid import 'to' expression"]),
        ("import {\n  to = t.c[0]\n  id = \"1\"\n}\n".into(), &[]),
        (
            format!("{own}    b = {{\n      source = \"x/y\"\n    }}\n  }}\n}}\n"),
            &["Duplicate required provider"],
        ),
        (
            format!("{own}  }}\n  required_providers {{\n  }}\n}}\n"),
            &["Duplicate required providers configuration"],
        ),
        (
            "module \"m\" {\n  source = \"./m\"\n  providers = { x = a }\n}\n".to_string() + own + "  }\n}\n",
            &["Provider type mismatch"],
        ),
        (
            "module \"m\" {\n  source = \"./m\"\n  providers = { x = x }\n}\n".into(),
            &["Reference to undefined provider", "Provider type mismatch"],
        ),
        (
            "module \"m\" {\n  source = \"./m\"\n  providers = { a = a }\n}\n".to_string() + own + "  }\n}\n",
            &["Reference to undefined provider", "Provider type mismatch"],
        ),
    ];
    let child = "terraform {\n  required_providers {\n    x = {\n      source = \"z/x\"\n    }\n  }\n}\n";
    for (text, want) in cases {
        let text = format!("{text}resource \"t\" \"a\" {{\n}}\nresource \"t\" \"c\" {{\n  count = 1\n}}\n");
        assert_eq!(summaries(&[("main.tf", &text), ("m/main.tf", child)]), *want, "{text}");
    }
}
