//! `docs/types`: a page for every type, made of what the program knows. `RINGFENCE_WRITE_DOCS=1` writes the pages; without it they
//! must be up to date.
//!
//! Examples are resources of the configurations that other tests apply: `tests/arguments` and `tests/commands`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ringfence::catalog::describe::{Description, describe, describe_data};
use ringfence::catalog::{self, PROVIDERS, provider_of};
use ringfence::lang::syntax::format;
use ringfence::localcloud::describe::Faithful;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The first block of each type in the configurations that are applied: `resource "t"`, `data "t"`.
fn examples() -> BTreeMap<String, String> {
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in ["tests/arguments", "tests/commands"] {
        let entries = std::fs::read_dir(root().join(folder)).unwrap().map(|e| e.unwrap().path());
        files.extend(entries.filter(|p| p.extension().is_some_and(|e| e == "tf")));
    }
    // The world that the others stand on comes last: its blocks are the plainest.
    files.sort_by_key(|p| (p.ends_with("world.tf"), p.clone()));
    let mut all: BTreeMap<String, (bool, String)> = BTreeMap::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut block: Option<(String, String, bool)> = None;
        let (mut refused, mut marked) = (false, false);
        for line in text.lines() {
            if let Some((_, text, _)) = &mut block {
                text.push_str(line.split(" # ").next().unwrap_or_default().trim_end());
                text.push('\n');
                marked |= line.contains(" # ");
                if line == "}"
                    && let Some((head, text, usable)) = block.take()
                    && usable
                {
                    // A block without marks only serves others.
                    let known = all.get(&head).is_some_and(|(known, _)| *known || !marked);
                    if !known {
                        all.insert(head, (marked, format(&text)));
                    }
                }
                continue;
            }
            let words: Vec<&str> = line.split('"').collect();
            if let ["resource " | "data ", kind, _, _, " {}"] = words[..] {
                all.entry(format!("{}{kind}", words[0])).or_insert_with(|| (false, format!("{line}\n")));
            }
            if let ["resource " | "data ", kind, _, _, " {"] = words[..] {
                let head = format!("{}{kind}", words[0]);
                (block, marked) = (Some((head, format!("{line}\n"), !refused)), false);
            }
            refused = line.starts_with("# refused: ");
        }
    }
    all.into_iter().map(|(head, (_, text))| (head, text)).collect()
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// The page of a type.
fn page(title: &str, kind: &str, description: &Description, example: Option<&String>) -> String {
    let mut out = format!("# {title}\n\n");
    let provider =
        PROVIDERS.iter().find(|(.., k)| Some(*k) == provider_of(kind)).map(|(_, source, _)| *source);
    out.push_str(&format!("Provider `{}`.", provider.unwrap_or("terraform.io/builtin/terraform")));
    match &description.documents[..] {
        [] if kind.starts_with("azapi_") => {
            out.push_str(" The configuration says which type of ARM it is, at which version.\n")
        }
        [] if title.starts_with("data ") => out.push('\n'),
        [] => out.push_str(" No cloud is behind it: the ledger keeps it.\n"),
        documents => {
            out.push_str(" In ARM:\n\n| type | API version |\n| --- | --- |\n");
            for (arm, version) in documents {
                out.push_str(&format!("| `{arm}` | {version} |\n"));
            }
        }
    }
    if let Some(example) = example {
        out.push_str(&format!("\n## Example\n\nTaken from a configuration that a test applies, so it names resources around it.\n\n```hcl\n{example}```\n"));
    }
    let in_arm = description.arguments.iter().any(|a| a.detail.at.is_some());
    if !description.arguments.is_empty() {
        out.push_str("\n## Arguments\n\n");
        let (head, line) = if in_arm { (" in ARM |", " --- |") } else { ("", "") };
        out.push_str(&format!(
            "| argument | type | | default | a change |{head}\n| --- | --- | --- | --- | --- |{line}\n"
        ));
    }
    for argument in &description.arguments {
        let detail = &argument.detail;
        let mut notes = vec![if argument.required { "required".to_string() } else { "optional".to_string() }];
        if argument.secret {
            notes.push("secret".into());
        }
        if detail.refused.is_some() {
            notes.push("[refused](../refused-arguments.md)".into());
        }
        if !detail.words.is_empty() {
            notes.push(detail.words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", "));
        }
        notes.extend(argument.deprecated.iter().map(|d| format!("deprecated: {d}")));
        let default = match &detail.default {
            Some(default) => format!("`{default}`"),
            None if argument.computed => "chosen by the service".into(),
            None => String::new(),
        };
        let default = if description.documents.is_empty() {
            default.replace("chosen by the service", "computed")
        } else {
            default
        };
        let change = if detail.replaces { "replaces" } else { "" };
        let at = match (in_arm, &detail.at) {
            (false, _) => String::new(),
            (true, Some(at)) if at == "the id" => " the id |".into(),
            (true, Some(at)) => format!(" `{at}` |"),
            (true, None) => " |".into(),
        };
        out.push_str(&format!(
            "| `{}` | {} | {} | {} | {change} |{at}\n",
            argument.path,
            argument.ty,
            cell(&notes.join("; ")),
            cell(&default)
        ));
    }
    if !description.attributes.is_empty() {
        out.push_str(
            "\n## Attributes\n\nBeside the arguments:\n\n| attribute | type | |\n| --- | --- | --- |\n",
        );
        for attribute in &description.attributes {
            let secret = if attribute.secret { "secret" } else { "" };
            out.push_str(&format!("| `{}` | {} | {secret} |\n", attribute.name, attribute.ty));
        }
    }
    out
}

/// All pages by their names.
fn pages() -> BTreeMap<String, String> {
    let examples = examples();
    let mut pages = BTreeMap::new();
    let mut index = String::from(
        "# Types\n\nEvery type that is built in: its arguments with their defaults, what a change of each does, where it stands in ARM, and an example.\n\
         The test `docs` writes these pages from the tables that plan and apply read (`RINGFENCE_WRITE_DOCS=1 cargo test --test docs`).\n\
         Names and defaults are those of the newest major version of each provider that is followed in full (azurerm 4.81).\n",
    );
    let mut lacking = Vec::new();
    let mut resources: Vec<&str> = catalog::resource_names();
    resources.sort_unstable();
    index.push_str("\n## Resources\n\n| type | in ARM | arguments |\n| --- | --- | ---: |\n");
    for kind in resources {
        let description = describe(kind).unwrap();
        let example = examples.get(&format!("resource {kind}"));
        if example.is_none() && !kind.starts_with("azapi_") {
            lacking.push(kind);
        }
        let arm = description.documents.first().map(|(arm, _)| format!("`{arm}`")).unwrap_or_default();
        index.push_str(&format!("| [`{kind}`]({kind}.md) | {arm} | {} |\n", description.arguments.len()));
        pages.insert(format!("{kind}.md"), page(&format!("`{kind}`"), kind, &description, example));
    }
    assert!(lacking.is_empty(), "no test applies these types: {lacking:?}");
    let mut sources: Vec<&str> = catalog::data_source_names();
    sources.sort_unstable();
    index.push_str("\n## Data sources\n\n| type | arguments |\n| --- | ---: |\n");
    for kind in sources {
        let description = describe_data(kind).unwrap();
        let example = examples.get(&format!("data {kind}"));
        index.push_str(&format!("| [`{kind}`](data.{kind}.md) | {} |\n", description.arguments.len()));
        pages.insert(format!("data.{kind}.md"), page(&format!("data `{kind}`"), kind, &description, example));
    }
    pages.insert("README.md".into(), index);
    pages
}

#[test]
fn every_type_has_a_page_that_is_up_to_date() {
    let folder = root().join("docs/types");
    let pages = pages();
    if std::env::var_os("RINGFENCE_WRITE_DOCS").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in &pages {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
    let there =
        std::fs::read_dir(&folder).map(|all| all.map(|e| e.unwrap().file_name().into_string().unwrap()));
    let there: BTreeSet<String> = there.map(Iterator::collect).unwrap_or_default();
    let gone: Vec<&String> = there.iter().filter(|n| !pages.contains_key(*n)).collect();
    if std::env::var_os("RINGFENCE_WRITE_DOCS").is_some() {
        gone.iter().for_each(|name| std::fs::remove_file(folder.join(name)).unwrap());
    } else {
        assert!(gone.is_empty(), "docs/types has pages of no type: {gone:?}");
    }
    let stale = |(name, text): &(&String, &String)| {
        std::fs::read_to_string(folder.join(name)).ok().as_ref() != Some(*text)
    };
    let stale: Vec<&String> = pages.iter().filter(stale).map(|(name, _)| name).collect();
    assert!(
        stale.is_empty(),
        "not up to date: {stale:?}; RINGFENCE_WRITE_DOCS=1 cargo test --test docs writes them"
    );
}

#[test]
fn the_pages_say_what_the_tables_say() {
    let subnet = describe("azurerm_subnet").unwrap();
    let find = |d: &Description, path: &str| d.arguments.iter().find(|a| a.path == path).cloned().unwrap();
    assert!(find(&subnet, "name").required && find(&subnet, "name").detail.replaces);
    assert_eq!(find(&subnet, "name").detail.at.as_deref(), Some("the id"));
    assert_eq!(subnet.documents[0].0, "Microsoft.Network/virtualNetworks/subnets");
    let account = describe("azurerm_storage_account").unwrap();
    let tls = find(&account, "min_tls_version");
    assert_eq!(tls.detail.default.as_deref(), Some("\"TLS1_2\""));
    assert!(tls.detail.words.contains(&"\"TLS1_2\"".to_string()) && !tls.detail.replaces);
    let password = describe("random_password").unwrap();
    assert!(find(&password, "length").detail.replaces && password.documents.is_empty());
    assert_eq!(find(&password, "special").detail.default.as_deref(), Some("true"));
}

/// The page that says of each type of ARM how faithful the local cloud is.
fn local_cloud_types() -> String {
    let all = ringfence::localcloud::describe::types();
    let count = |level| all.values().filter(|d| d.faithful == level).count();
    let levels = [
        (
            Faithful::Behaviour,
            "behaviour",
            "body and life as below, and it does what the service does: refuses, fills in, brings along, changes what it is connected with",
        ),
        (
            Faithful::LifeAndBody,
            "life and body",
            "its body is judged by the schema of its versions; answers, operations and durations are its own",
        ),
        (Faithful::Life, "life", "answers, operations and durations are its own; any body is taken"),
        (Faithful::Body, "body", "its body is judged by the schema of its versions; otherwise as every type"),
    ];
    let mut out = String::from(
        "# Types of ARM in the local cloud\n\nHow faithful the [local cloud](local-cloud.md) is, type by type. This page is made of its tables\n",
    );
    out.push_str("(`RINGFENCE_WRITE_DOCS=1 cargo test --test docs`).\n\n| level | types | what it means |\n| --- | --- | --- |\n");
    for (level, word, meaning) in &levels {
        out.push_str(&format!("| {word} | {} | {meaning} |\n", count(*level)));
    }
    out.push_str("| stored | every other | any body, parents checked, done at once |\n\n");
    out.push_str("Seconds are those of create, update and delete on the world's clock. Every type has locks, policies, roles, ETags, tags, lists and what else ARM does itself.\n\n");
    out.push_str("| type | level | bodies judged at | seconds | does |\n| --- | --- | --- | --- | --- |\n");
    for (name, described) in &all {
        let word =
            levels.iter().find(|(level, ..)| *level == described.faithful).map_or("", |(_, word, _)| word);
        let versions = match described.versions.as_slice() {
            [] => String::new(),
            [one] => (*one).to_string(),
            [first, .., last] => format!("{} versions, {first} to {last}", described.versions.len()),
        };
        let seconds = described.seconds.map_or_else(String::new, |[a, b, c]| format!("{a} / {b} / {c}"));
        out.push_str(&format!(
            "| {name} | {word} | {versions} | {seconds} | {} |\n",
            described.does.join("; ")
        ));
    }
    out
}

#[test]
fn the_page_of_the_local_clouds_types_is_what_its_tables_say() {
    let (path, text) = (root().join("docs/local-cloud-types.md"), local_cloud_types());
    if std::env::var_os("RINGFENCE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == text, "not up to date; RINGFENCE_WRITE_DOCS=1 cargo test --test docs writes it");
}
