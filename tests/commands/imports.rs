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
