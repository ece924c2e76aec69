use super::super::load::memory::Memory;
use super::super::{LoadOptions, load};
use super::*;

type Said = Vec<(String, String)>;

fn run(
    files: &[(&str, &str)],
    environment: &[(&str, &str)],
    arguments: &[Argument],
) -> (BTreeMap<Arc<str>, Value>, Said) {
    let files = Memory::new(files);
    let (config, diagnostics) = load(Path::new("."), &LoadOptions { files: &files });
    assert_eq!(diagnostics.0, []);
    let environment: Vec<(String, String)> =
        environment.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    let options = ValueOptions { files: &files, dir: Path::new(""), environment: &environment, arguments };
    let (given, mut out) = Given::collect(&config.root, &options);
    let (values, more) = given.resolve(&config.root);
    out.extend(more);
    (values, out.0.into_iter().map(|d| (d.summary, d.detail)).collect())
}

fn var(text: &str) -> Argument {
    Argument::Var(text.to_string())
}

#[test]
fn later_sources_win() {
    let main = ("main.tf", "variable \"a\" {\n  type = string\n}\n");
    let all: [(&str, &str); 6] = [
        ("terraform.tfvars", "a = \"2\"\n"),
        ("terraform.tfvars.json", "{\"a\": \"3\"}"),
        ("a.auto.tfvars", "a = \"4\"\n"),
        ("b.auto.tfvars.json", "{\"a\": \"5\"}"),
        ("c.auto.tfvars", "a = \"6\"\n"),
        ("x.tfvars", "a = \"file\"\n"),
    ];
    for n in 0..6 {
        let mut files = vec![main];
        files.extend(&all[..n]);
        let (values, said) = run(&files, &[("TF_VAR_a", "1")], &[]);
        assert_eq!(said, []);
        assert_eq!(values["a"].as_str(), Some((n + 1).to_string().as_str()));
    }
    let mut files = vec![main];
    files.extend(all);
    let (values, _) = run(&files, &[], &[var("a=arg"), Argument::File("x.tfvars".into())]);
    assert_eq!(values["a"].as_str(), Some("file"));
    let (values, _) = run(&files, &[], &[Argument::File("x.tfvars".into()), var("a=arg")]);
    assert_eq!(values["a"].as_str(), Some("arg"));
}

#[test]
fn text_is_an_expression_where_the_type_is_no_primitive() {
    let main = (
        "main.tf",
        "variable \"s\" {\n  type = string\n}\nvariable \"l\" {\n  type = list(number)\n}\nvariable \"u\" {\n}\nvariable \"any\" {\n  \
         type = any\n}\n",
    );
    let (values, said) =
        run(&[main], &[("TF_VAR_s", "[not"), ("TF_VAR_any", "\"q\"")], &[var("l=[1, \"2\"]"), var("u={}")]);
    assert_eq!(said, []);
    assert_eq!(values["s"].as_str(), Some("[not"));
    assert_eq!(values["l"].to_json(), Some(serde_json::json!([1, 2])));
    assert_eq!(values["u"].as_str(), Some("{}"));
    assert_eq!(values["any"].as_str(), Some("q"));
}

#[test]
fn what_was_given_is_kept_beside_what_it_became() {
    let files = Memory::new(&[(
        "main.tf",
        "variable \"n\" {\n  type = number\n}\nvariable \"d\" {\n  default = 1\n}\nvariable \"m\" {\n}\n",
    )]);
    let (config, _) = load(Path::new("."), &LoadOptions { files: &files });
    let arguments = [var("n=7")];
    let options = ValueOptions { files: &files, dir: Path::new(""), environment: &[], arguments: &arguments };
    let (mut given, _) = Given::collect(&config.root, &options);
    assert_eq!(given.missing(&config.root).iter().map(|v| &*v.name).collect::<Vec<_>>(), ["m"]);
    given.answer(&config.root.variables["m"], "typed").expect("text is text");
    let raw = given.as_given(&config.root);
    assert_eq!(raw["n"].to_json(), Some(serde_json::json!("7")));
    assert_eq!(given.resolve(&config.root).0["n"].to_json(), Some(serde_json::json!(7)));
    assert_eq!(raw["d"].to_json(), Some(serde_json::json!(1)));
    assert_eq!(raw["m"].as_str(), Some("typed"));
}

#[test]
fn null_sensitive_and_defaults() {
    let main = (
        "main.tf",
        "variable \"a\" {\n  default  = \"d\"\n  nullable = false\n}\nvariable \"b\" {\n  default = \"d\"\n}\nvariable \"s\" {\n  \
         sensitive = true\n  default = 1\n}\nvariable \"o\" {\n  type = object({ n = optional(number, 7), m = optional(string) })\n}\n",
    );
    let (values, said) = run(&[main, ("terraform.tfvars", "a = null\nb = null\no = {}\n")], &[], &[]);
    assert_eq!(said, []);
    assert_eq!(values["a"].as_str(), Some("d"));
    assert!(values["b"].is_null());
    assert!(values["s"].marks.is_sensitive());
    assert_eq!(values["o"].to_json(), Some(serde_json::json!({"n": 7, "m": null})));
}

#[test]
fn wrong_values_are_told_as_terraform_does() {
    let main = ("main.tf", "variable \"n\" {\n  type = number\n}\n");
    let said = |files: &[(&str, &str)], env: &[(&str, &str)], args: &[Argument]| {
        let mut all = vec![main];
        all.extend(files);
        run(&all, env, args).1
    };
    let first = |all: Said| (all[0].0.clone(), all[0].1.clone());
    assert_eq!(
        first(said(&[], &[], &[var("n=x")])),
        (
            "Invalid value for input variable".into(),
            "Unsuitable value for var.n set using -var=\"n=...\": a number is required.".into()
        )
    );
    assert_eq!(
        first(said(&[("terraform.tfvars", "n = \"x\"\n")], &[], &[])),
        (
            "Invalid value for input variable".into(),
            "The given value is not suitable for var.n declared at main.tf:1,1-13: a number is required."
                .into()
        )
    );
    assert_eq!(first(said(&[], &[], &[])).0, "No value for required variable");
    assert_eq!(
        first(said(&[], &[("TF_VAR_n", "1"), ("TF_VAR_zip", "1")], &[var("zap=1")])).0,
        "Value for undeclared variable"
    );
    assert_eq!(first(said(&[], &[], &[var("n")])).0, "Invalid -var option");
    assert_eq!(
        first(said(&[], &[], &[Argument::File("no.tfvars".into())])),
        ("Failed to read variables file".into(), "Given variables file no.tfvars does not exist.".into())
    );
    let many = said(&[("terraform.tfvars", "n = 1\na = 1\nb = 1\nc = 1\nd = 1\n")], &[], &[]);
    let summaries: Vec<&str> = many.iter().map(|(s, _)| s.as_str()).collect();
    assert_eq!(
        summaries,
        ["Value for undeclared variable", "Value for undeclared variable", "Values for undeclared variables"]
    );
    assert!(many[2].1.contains("2 other variable(s)"));
    let block = said(&[("terraform.tfvars", "n = 1\nvariable \"x\" {\n}\n")], &[], &[]);
    assert_eq!(block[0].0, "Variable declaration in .tfvars file");
    let reference = said(&[("terraform.tfvars", "n = var.x\n")], &[], &[]);
    assert_eq!(reference[0].0, "Variables not allowed");
}
