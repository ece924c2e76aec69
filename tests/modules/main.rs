//! The HCL that ships with the project, judged without running it: `modules/` and `examples/`.
//!
//! References are checked against what is declared, types and arguments against azurerm's and azapi's own schemas (shared
//! facts), form by `terraform fmt` where Terraform is installed. Nothing here knows the catalog: an argument that the
//! catalog invented is found by these tests.

mod references;
mod schema;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use hcl::{Block, Body, Expression};

/// The crate's root.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All blocks of one folder's `.tf` files.
fn load(folder: &Path) -> Body {
    let mut structures = Vec::new();
    for path in files(folder, "tf") {
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let body = hcl::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        structures.extend(body.into_inner());
    }
    Body(structures)
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a directory entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == extension))
        .collect();
    found.sort();
    found
}

/// The folders directly in `parent`, sorted.
fn folders(parent: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(root().join(parent))
        .expect("the folder is part of the project")
        .map(|entry| entry.expect("a directory entry").path())
        .filter(|path| path.is_dir() && !files(path, "tf").is_empty())
        .collect();
    found.sort();
    assert!(!found.is_empty(), "{parent}/ holds no configuration");
    found
}

/// Every module and example by its path relative to the crate.
fn configurations() -> BTreeMap<PathBuf, Body> {
    let all = folders("modules").into_iter().chain(folders("examples"));
    all.map(|folder| {
        let body = load(&folder);
        (folder.strip_prefix(root()).expect("inside the crate").to_path_buf(), body)
    })
    .collect()
}

/// The text of an attribute that is a plain string.
fn string<'a>(block: &'a Block, name: &str) -> Option<&'a str> {
    block.body().attributes().find(|attribute| attribute.key() == name).and_then(|attribute| match attribute
        .expr()
    {
        Expression::String(text) => Some(text.as_str()),
        _ => None,
    })
}

fn blocks<'a>(body: &'a Body, kind: &'a str) -> impl Iterator<Item = &'a Block> {
    body.blocks().filter(move |block| block.identifier() == kind)
}

/// Fails with all problems at once.
fn report(problems: Vec<String>) {
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn every_reference_resolves() {
    let all = configurations();
    let problems = all.iter().flat_map(|(folder, body)| {
        references::check(body, |source| {
            let target = references::normalise(&folder.join(source));
            all.get(&target)
        })
        .into_iter()
        .map(|problem| format!("{}: {problem}", folder.display()))
        .collect::<Vec<_>>()
    });
    report(problems.collect());
}

#[test]
fn every_type_and_argument_is_in_the_providers() {
    let Some(facts) = schema::Facts::load(&root()) else {
        println!("skipped: no shared facts");
        return;
    };
    let mut seen = 0;
    let mut problems = Vec::new();
    for (folder, body) in configurations() {
        for block in body.blocks().filter(|block| matches!(block.identifier(), "resource" | "data")) {
            seen += 1;
            let found = facts.check_block(block);
            problems.extend(found.into_iter().map(|problem| format!("{}: {problem}", folder.display())));
        }
        let found = references::attributes_read(&body).into_iter().filter_map(|read| facts.check_read(&read));
        problems.extend(found.map(|problem| format!("{}: {problem}", folder.display())));
    }
    assert!(seen > 20, "only {seen} resource blocks were looked at");
    report(problems);
}

#[test]
fn checks_find_planted_mistakes() {
    let source = r#"
        variable "used" { type = string }
        variable "unused" { type = string }
        locals { a = var.used }
        resource "azurerm_resource_group" "g" {
          name     = local.b
          location = var.missing
          colour   = [for x in local.a : x.name + y.name]
        }
        resource "azurerm_nonsense" "n" {}
        resource "azurerm_storage_account" "s" {
          name                     = azurerm_resource_group.h.name
          resource_group_name      = "${azurerm_resource_group.g.nmae}"
          location                 = module.m.x
          account_tier             = "Gold"
          account_replication_type = "LRS"
          blob_properties {
            delete_retention { days = 1 }
          }
        }
        resource "azurerm_key_vault_key" "k" { name = data.azurerm_client_config.c.tenant_id }
    "#;
    let body = hcl::parse(source).expect("the text parses");
    let mut found = references::check(&body, |_| None);
    found.sort();
    assert_eq!(
        found,
        [
            "azurerm_resource_group.h is not declared",
            "data.azurerm_client_config.c is not declared",
            "local.b is not declared",
            "module.m is not declared",
            "var.missing is not declared",
            "var.unused is never used",
            "y is not a name here",
        ]
    );
    let Some(facts) = schema::Facts::load(&root()) else {
        println!("skipped: no shared facts");
        return;
    };
    let mut found: Vec<String> =
        blocks(&body, "resource").flat_map(|block| facts.check_block(block)).collect();
    found.extend(references::attributes_read(&body).iter().filter_map(|read| facts.check_read(read)));
    found.sort();
    assert_eq!(
        found,
        [
            "azurerm_key_vault_key: key_opts is required",
            "azurerm_key_vault_key: key_type is required",
            "azurerm_key_vault_key: key_vault_id is required",
            "azurerm_nonsense: no such type",
            "azurerm_resource_group.nmae: no such attribute",
            "azurerm_resource_group: no argument colour",
            "azurerm_storage_account.blob_properties: no block delete_retention",
            "azurerm_storage_account: account_tier does not take \"Gold\"",
        ]
    );
}

#[test]
fn modules_explain_themselves() {
    let mut problems = Vec::new();
    for folder in folders("modules") {
        let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        let body = load(&folder);
        let readme = std::fs::read_to_string(folder.join("README.md")).unwrap_or_default();
        if !readme.contains("Controls: ") {
            problems.push(format!("{name}: README.md names no controls"));
        }
        for block in body.blocks().filter(|block| matches!(block.identifier(), "variable" | "output")) {
            let label = block.labels()[0].as_str();
            let row = string(block, "description").map(|text| format!("| `{label}` | {text} |"));
            match row {
                None => problems.push(format!("{name}: {} {label} has no description", block.identifier())),
                Some(row) if !readme.contains(&row) => {
                    problems.push(format!("{name}: README.md lacks `{label}`: run scripts/module-docs"));
                }
                Some(_) => {}
            }
            if block.identifier() == "variable" && !block.body().attributes().any(|a| a.key() == "type") {
                problems.push(format!("{name}: variable {label} has no type"));
            }
        }
        if blocks(&body, "terraform").count() != 1 {
            problems.push(format!("{name}: not exactly one terraform block"));
        }
        if blocks(&body, "provider").count() != 0 {
            problems.push(format!("{name}: a module that others call configures no provider"));
        }
    }
    report(problems);
}

#[test]
fn examples_fit_on_a_page() {
    for folder in folders("examples") {
        let lines: usize = files(&folder, "tf")
            .iter()
            .map(|path| std::fs::read_to_string(path).expect("a readable file").lines().count())
            .sum();
        assert!(lines <= 40, "{}: {lines} lines, at most 40", folder.display());
    }
}

#[test]
fn terraform_fmt_accepts_them() {
    for folder in ["modules", "examples"] {
        let mut command = Command::new("terraform");
        command.args(["fmt", "-check", "-diff", "-recursive"]).current_dir(root().join(folder));
        let output = match command.output() {
            Ok(output) => output,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                println!("skipped: no terraform on PATH");
                return;
            }
            Err(error) => panic!("terraform fmt: {error}"),
        };
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{folder}: not formatted:\n{text}");
    }
}
