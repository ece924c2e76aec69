//! `import` blocks of what has no document, and those whose target is not there.

use super::{fed, folder, told};

fn run(text: &str, words: &[&str]) -> String {
    let dir = folder(&[("main.tf", text)]);
    told(&fed(dir.path(), &[words, &["-cloud=local", "-no-color", "-input=false"]].concat(), ""))
}

fn flat(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '│' | '╷' | '╵'));
    words.filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

#[test]
fn an_object_of_the_ledger_is_imported_by_its_id() {
    let text = "import {\n  to = terraform_data.a\n  id = \"abc\"\n}\nresource \"terraform_data\" \"a\" {\n}\noutput \"id\" {\n  value = terraform_data.a.id\n}\n";
    let dir = folder(&[("main.tf", text)]);
    let run = |words: &[&str]| {
        told(&fed(dir.path(), &[words, &["-cloud=local", "-no-color", "-input=false"]].concat(), ""))
    };
    let applied = run(&["apply", "-auto-approve"]);
    assert!(applied.starts_with("exit 0"), "{applied}");
    assert!(applied.contains("1 imported, 0 added, 0 changed, 0 destroyed"), "{applied}");
    assert!(applied.contains("id = \"abc\""), "{applied}");
    assert!(run(&["plan"]).contains("No changes"));
}

#[test]
fn a_bad_target_or_id_is_an_error() {
    let block = |to: &str, id: &str| format!("import {{\n  to = {to}\n  id = {id}\n}}\n");
    let single = "resource \"terraform_data\" \"a\" {\n}\n";
    let counted = "resource \"terraform_data\" \"a\" {\n  count = 1\n}\n";
    for (text, said) in [
        (
            block("terraform_data.b", "\"x\"") + single,
            "The configuration for the given import target terraform_data.b does not exist",
        ),
        (
            block("terraform_data.a[3]", "\"x\"") + counted,
            "The configuration for the given import terraform_data.a[3] does not exist",
        ),
        (block("terraform_data.a", "\"\"") + single, "The import ID value evaluates to an empty string"),
    ] {
        let told = run(&text, &["plan"]);
        assert!(told.starts_with("exit 1"), "{told}");
        assert!(flat(&told).contains(said), "{told}");
    }
}

#[test]
fn objects_of_random_and_time_are_imported_as_their_providers_do() {
    let import = |to: &str, id: &str, block: &str| {
        let kind = to.split('.').next().unwrap();
        format!("import {{\n  to = {to}\n  id = {id:?}\n}}\nresource \"{kind}\" \"a\" {{\n{block}\n}}\n")
    };
    let text = [
        import("random_string.a", "abc123", "length = 6"),
        import("random_password.a", "hunter2-hunter2", "length = 15"),
        import("random_id.a", "p-,p-9hUg", "byte_length = 4\nprefix = \"p-\""),
        import("random_integer.a", "3,1,5", "min = 1\nmax = 5"),
        import("random_uuid.a", "aabbccdd-eeff-0011-2233-445566778899", ""),
        import("random_bytes.a", "8/fu3q+2DcgSJ19i0jZ5Cw==", "length = 16"),
        import("time_static.a", "2020-02-12T06:36:13Z", ""),
        import("time_offset.a", "2020-02-12T06:36:13Z,,,7,,,", "offset_days = 7"),
        import("time_sleep.a", "1ms,", "create_duration = \"1ms\""),
    ];
    let dir = folder(&[("main.tf", &text.concat())]);
    let run = |words: &[&str]| told(&fed(dir.path(), &[words, &["-no-color"]].concat(), ""));
    let applied = run(&["apply", "-auto-approve"]);
    assert!(applied.contains("9 imported, 0 added, 0 changed, 0 destroyed"), "{applied}");
    assert!(run(&["plan"]).contains("No changes"));
    // By the command line, and what the providers refuse.
    let more = "resource \"random_integer\" \"b\" {\n  min = 1\n  max = 9\n}\nresource \"random_pet\" \"c\" {\n}\n\
                resource \"null_resource\" \"d\" {\n}\nresource \"tls_private_key\" \"e\" {\n  algorithm = \"ED25519\"\n}\n";
    std::fs::write(dir.path().join("more.tf"), more).unwrap();
    let taken = run(&["import", "random_integer.b", "7,1,9"]);
    assert!(taken.contains("Import successful!"), "{taken}");
    for (addr, id) in [("random_pet.c", "a-b"), ("null_resource.d", "1"), ("tls_private_key.e", "k")] {
        let told = run(&["import", addr, id]);
        assert!(told.starts_with("exit 1") && told.contains("Resource Import Not Implemented"), "{told}");
    }
}

/// Answered by Terraform 1.11.4, but for the nulls that it writes.
#[test]
fn blocks_are_generated_for_what_has_none() {
    let import = |to: &str, id: &str| format!("import {{\n  to = {to}\n  id = {id:?}\n}}\n");
    let text = import("terraform_data.b", "k\"q${1}")
        + &import("random_integer.a", "3,1,5")
        + &import("random_password.p", "hunter2")
        + "output \"x\" {\n  value = 1\n}\n";
    let dir = folder(&[("main.tf", &text)]);
    let run = |words: &[&str]| told(&fed(dir.path(), &[words, &["-no-color"]].concat(), ""));
    let plan = run(&["plan", "-generate-config-out=gen.tf", "-out=p"]);
    assert!(plan.starts_with("exit 0"), "{plan}");
    assert!(
        plan.contains("  # random_integer.a will be imported\n  # (config will be generated)\n"),
        "{plan}"
    );
    assert!(plan.contains("Plan: 3 to import, 0 to add, 0 to change, 0 to destroy."), "{plan}");
    assert!(
        flat(&plan).contains("Terraform has generated configuration and written it to gen.tf."),
        "{plan}"
    );
    assert!(plan.contains("Warning: Config generation is experimental"), "{plan}");
    let written = std::fs::read_to_string(dir.path().join("gen.tf")).unwrap();
    let want = "# __generated__ by Terraform\n\
                # Please review these resources and move them into your main configuration files.\n\n\
                # __generated__ by Terraform from \"3,1,5\"\n\
                resource \"random_integer\" \"a\" {\n  max = 5\n  min = 1\n}\n\n\
                # __generated__ by Terraform from \"hunter2\"\n\
                resource \"random_password\" \"p\" {\n  length = 7\n}\n\n\
                # __generated__ by Terraform from \"k\\\"q1\"\n\
                resource \"terraform_data\" \"b\" {\n}\n";
    assert_eq!(written, want);
    assert!(run(&["fmt", "-check"]).starts_with("exit 0"));
    let json = run(&["show", "-json", "p"]);
    assert!(
        json.contains(r#""generated_config":"resource \"random_integer\" \"a\" {\n  max = 5\n  min = 1\n}""#),
        "{json}"
    );
    let again = run(&["plan", "-generate-config-out=gen.tf"]);
    assert!(again.starts_with("exit 1") && again.contains("Target generated file already exists"), "{again}");
    let destroy = run(&["plan", "-destroy", "-generate-config-out=other.tf"]);
    assert!(destroy.contains("Invalid generate-config-out flag"), "{destroy}");
    // With the file in place there is nothing to generate.
    let placed = run(&["plan", "-generate-config-out=other.tf"]);
    assert!(placed.contains("Plan: 3 to import") && !dir.path().join("other.tf").exists(), "{placed}");
    let applied = run(&["apply", "-auto-approve"]);
    assert!(applied.contains("3 imported, 0 added, 0 changed, 0 destroyed"), "{applied}");
    assert!(run(&["plan"]).contains("No changes"));
}

#[test]
fn what_cannot_be_generated_is_said() {
    let unfit = "The given import block is not compatible with config generation.";
    for (to, more, said) in [
        ("terraform_data.x[\"a\"]", "", unfit),
        ("terraform_data.x[each.key]", "  for_each = toset([\"a\"])\n", unfit),
        ("module.m.terraform_data.x", "", "must have an associated configuration to be imported"),
        ("terraform_dat.x", "", "Did you mean \"terraform_data\"?"),
        ("random_pet.x", "", "This resource does not support import."),
    ] {
        let dir = folder(&[("main.tf", &format!("import {{\n  to = {to}\n  id = \"k\"\n{more}}}\n"))]);
        let plan = told(&fed(dir.path(), &["plan", "-no-color", "-generate-config-out=gen.tf"], ""));
        assert!(plan.starts_with("exit 1") && flat(&plan).contains(said), "{to}: {plan}");
        assert!(!dir.path().join("gen.tf").exists());
    }
    let gone = "provider \"azurerm\" {\n  features {}\n}\ndata \"azurerm_client_config\" \"me\" {}\nimport {\n  to = \
                azurerm_resource_group.g\n  id = \
                \"/subscriptions/${data.azurerm_client_config.me.subscription_id}/resourceGroups/rg-gone\"\n}\n";
    let plan = run(gone, &["plan", "-generate-config-out=gen.tf"]);
    assert!(plan.contains("Cannot import non-existent remote object"), "{plan}");
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(|e| e.unwrap()) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() { copy(&from, &to) } else { _ = std::fs::copy(&from, &to).unwrap() }
    }
}

/// Every object of the secured workspace, imported into an empty configuration that writes itself.
#[test]
fn the_secured_workspace_is_imported_with_a_generated_configuration() {
    let dir = tempfile::tempdir().unwrap();
    let house = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    copy(&house.join("modules"), &dir.path().join("modules"));
    copy(&house.join("examples/secured-workspace"), &dir.path().join("examples/made"));
    let (made, taken) = (dir.path().join("examples/made"), dir.path().join("taken"));
    let cloud = |at: &std::path::Path, words: &[&str]| {
        told(&fed(at, &[words, &["-no-color", "-cloud=local", "-clock=instant"]].concat(), ""))
    };
    let applied = cloud(&made, &["apply", "-auto-approve"]);
    assert!(applied.starts_with("exit 0"), "{applied}");
    let shown = told(&fed(&made, &["show", "-json", "-cloud=local"], ""));
    let shown: serde_json::Value =
        serde_json::from_str(shown.lines().find(|l| l.starts_with('{')).unwrap()).unwrap();
    let mut text = "provider \"azurerm\" {\n  features {}\n}\n".to_string();
    let mut modules = vec![&shown["values"]["root_module"]];
    let mut count = 0;
    while let Some(module) = modules.pop() {
        modules.extend(module["child_modules"].as_array().into_iter().flatten());
        for one in module["resources"].as_array().into_iter().flatten() {
            let kind = one["type"].as_str().unwrap();
            if one["mode"] != "managed" || !kind.starts_with("azurerm_") {
                continue;
            }
            count += 1;
            // Keys and secrets of a vault are imported by their ids in ARM.
            let id = one["values"]["resource_versionless_id"].as_str().or(one["values"]["id"].as_str());
            let id = id.unwrap();
            text.push_str(&format!("import {{\n  to = {kind}.r{count}\n  id = {id:?}\n}}\n"));
        }
    }
    assert!(count > 80, "{count}");
    std::fs::create_dir_all(taken.join(".ringfence")).unwrap();
    std::fs::write(taken.join("main.tf"), text).unwrap();
    std::fs::copy(made.join(".ringfence/world.redb"), taken.join(".ringfence/world.redb")).unwrap();
    let plan = cloud(&taken, &["plan", "-generate-config-out=gen.tf"]);
    assert!(plan.starts_with("exit 0"), "{plan}");
    let quiet = format!("Plan: {count} to import, 0 to add, 0 to change, 0 to destroy.");
    assert!(plan.contains(&quiet), "{plan}");
    assert!(run_in(&taken, &["fmt", "-check"]).starts_with("exit 0"));
    let placed = cloud(&taken, &["plan"]);
    assert!(placed.starts_with("exit 0") && placed.contains(&quiet), "{placed}");
    let applied = cloud(&taken, &["apply", "-auto-approve"]);
    let done = format!("{count} imported, 0 added, 0 changed, 0 destroyed");
    assert!(applied.contains(&done), "{applied}");
    assert!(cloud(&taken, &["plan"]).contains("No changes"));
}

fn run_in(at: &std::path::Path, words: &[&str]) -> String {
    told(&fed(at, words, ""))
}
