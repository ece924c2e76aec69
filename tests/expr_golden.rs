//! Terraform's answers to 860 expressions (`cases/expr/golden.jsonl`), evaluated in this process.
//!
//! Each line is `output`'s value in the configuration `cases/expr/main.tf`. Prints the misses and the score:
//! `N/641 values, M/219 errors`, and how many of the errors have Terraform's summaries and place.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringfence::config::{self, Config, Disk, LoadOptions};
use ringfence::lang::codec::{decode_json, encode_json};
use ringfence::lang::diag::Source;
use ringfence::lang::eval::evaluate;
use ringfence::lang::functions::Builtins;
use ringfence::lang::refs::{Mode, Object, references, resolve};
use ringfence::lang::scope::Scope;
use ringfence::lang::syntax::{Expr, ExprKind, Reference, parse_body};
use ringfence::lang::{Diagnostic, Diagnostics, Kind, Marks, Type, Value};

/// What must be reached; raise it when more is. The rest: `&&` and `||` decide early, as Terraform does from 1.12 on;
/// gzip is not Go's, so its length differs.
const VALUES: usize = 639;
const ERRORS: usize = 217;

const HEAD: &str = "output \"e\" {\n  value = { v = ";

struct World {
    config: Config,
    functions: Builtins,
}

impl Scope for World {
    fn object(&self, object: &Object, reference: &Reference) -> Result<Value, Diagnostics> {
        let root = &self.config.root;
        let unknown = |ty: Type| Value::unknown(ty);
        let instance = |input: Value| {
            let output = unknown(input.ty());
            Value::object([
                ("id", Value::unknown_not_null(Type::String)),
                ("input", input),
                ("output", output),
                ("triggers_replace", Value::null(Type::Dynamic)),
            ])
        };
        let (summary, value) = match object {
            Object::Variable(name) => (
                "Reference to undeclared input variable",
                root.variables.get(name).map(|v| {
                    let value = v.default.clone().unwrap_or_else(|| unknown(v.ty.clone()));
                    if v.sensitive { value.marked(&Marks::sensitive()) } else { value }
                }),
            ),
            Object::Local(name) => (
                "Reference to undeclared local value",
                root.locals.get(name).map(|l| evaluate(&l.expr, self, &self.functions).0),
            ),
            Object::Path(name) => (
                "Invalid \"path\" attribute",
                matches!(&**name, "module" | "root" | "cwd").then(|| Value::from(".")),
            ),
            Object::Terraform(name) => (
                "Invalid \"terraform\" attribute",
                match &**name {
                    "workspace" => Some("default".into()),
                    "applying" => Some(Value::from(false).marked(&Marks::ephemeral())),
                    _ => None,
                },
            ),
            Object::Resource(Mode::Managed, kind, name) if &**kind == "terraform_data" => (
                "Reference to undeclared resource",
                match &**name {
                    "u" => Some(instance("in".into())),
                    "c" => Some(Value::tuple(vec![instance(0.into()), instance(1.into())])),
                    "e" => Some(Value::object([("one", instance(1.into())), ("two", instance(2.into()))])),
                    _ => None,
                },
            ),
            Object::Each(_) => ("Reference to \"each\" in context without for_each", None),
            Object::Count(_) => ("Reference to \"count\" in non-counted context", None),
            _ => ("Reference to undeclared resource", None),
        };
        let steps = resolve(reference).map_or(0, |(_, steps)| steps);
        value.ok_or_else(|| {
            Diagnostic::error(summary, reference.to_string()).at(reference.span_through(steps)).into()
        })
    }
}

/// The value of a line, or what is wrong with it.
fn run(expr: &str, world: &World) -> Result<Value, Diagnostics> {
    let source = Arc::new(Source { path: "e.tf".into(), text: format!("{HEAD}{expr}\n}}\n}}\n") });
    let (body, found) = parse_body(&source);
    if found.has_errors() {
        return Err(found);
    }
    let value = body.blocks.first().and_then(|b| b.body.attribute("value"));
    let Some(Expr { kind: ExprKind::Object(items), .. }) = value.map(|a| &a.expr) else {
        return Err(Diagnostic::error("no value", "").into());
    };
    let [item] = items.as_slice() else { return Err(Diagnostic::error("no single item", "").into()) };
    // What names nothing is wrong wherever it stands.
    let mut wrong = Diagnostics::default();
    for reference in references(&item.value) {
        let checked = resolve(&reference).map_err(Diagnostics::from);
        wrong.take(checked.and_then(|(object, _)| world.object(&object, &reference)));
    }
    if wrong.has_errors() {
        return Err(wrong);
    }
    let (value, found) = evaluate(&item.value, world, &world.functions);
    if found.has_errors() {
        return Err(found);
    }
    if value.deep_marks().is_ephemeral() {
        return Err(Diagnostic::error("Ephemeral value not allowed", "").into());
    }
    if value.is_wholly_known() && encode_json(&value).is_none() {
        return Err(Diagnostic::error("cannot serialize infinity as JSON", "").into());
    }
    Ok(value)
}

/// The value as the plan's JSON has it: unknown attributes left out, unknown elements null.
fn known(value: &Value) -> Option<Value> {
    let sequence = |all: &[Value]| {
        let null = || Value::null(Type::Dynamic);
        Value::tuple(all.iter().map(|v| known(v).unwrap_or_else(null)).collect())
    };
    Some(match &value.kind {
        Kind::Unknown(_) => return None,
        Kind::Null(_) => Value::null(Type::Dynamic),
        // What wrote the golden lines has no sign of zero.
        Kind::Number(n) if n.is_zero() => 0.into(),
        Kind::List(_, all) | Kind::Set(_, all) | Kind::Tuple(all) => sequence(all),
        Kind::Map(_, all) | Kind::Object(all) => {
            Value::object(all.iter().filter_map(|(n, v)| Some((n.clone(), known(v)?))))
        }
        other => other.clone().into(),
    })
}

/// Terraform's `after_unknown`; `None` for what is known.
fn mask(value: &Value) -> Option<Value> {
    match &value.kind {
        Kind::Unknown(_) => Some(true.into()),
        Kind::List(_, all) | Kind::Set(_, all) | Kind::Tuple(all) if !all.is_empty() => {
            Some(Value::tuple(all.iter().map(|v| mask(v).unwrap_or(false.into())).collect()))
        }
        Kind::Map(_, all) | Kind::Object(all) if !all.is_empty() => {
            Some(Value::object(all.iter().filter_map(|(n, v)| Some((n.clone(), mask(v)?)))))
        }
        _ => None,
    }
}

/// The answer in the form of a golden line, as text: numbers are compared digit for digit.
fn answer(value: &Value) -> String {
    let mut out = String::new();
    let wholly = value.is_wholly_known();
    if wholly {
        let _ = write!(out, "type={} ", value.ty().to_json());
    }
    let plain = known(&value.unmarked_deep()).unwrap_or(Value::null(Type::Dynamic));
    let _ = write!(out, "value={}", encode_json(&plain).unwrap_or_default());
    if !wholly && let Some(mask) = mask(value) {
        let _ = write!(out, " unknown={}", encode_json(&mask).unwrap_or_default());
    }
    if value.deep_marks().is_sensitive() {
        let _ = write!(out, " sensitive={}", if value.marks.is_sensitive() { "all" } else { "part" });
    }
    out
}

fn wanted(line: &Value) -> String {
    let mut out = String::new();
    let part = |name: &str| line.get(name).filter(|v| !v.is_null());
    if let Some(ty) = part("type") {
        let _ = write!(out, "type={} ", ty.to_json().unwrap_or_default());
    }
    let value = line.get("value").cloned().unwrap_or(Value::null(Type::Dynamic));
    let _ = write!(out, "value={}", encode_json(&value).unwrap_or_default());
    for name in ["unknown", "sensitive"] {
        if let Some(v) = part(name) {
            let text = v.as_str().map(String::from).or_else(|| encode_json(v)).unwrap_or_default();
            let _ = write!(out, " {name}={text}");
        }
    }
    out
}

fn files() -> Option<PathBuf> {
    let root = std::env::var("RINGFENCE_SHARED").unwrap_or_else(|_| "../shared".into());
    Path::new(&root).join("cases/expr").canonicalize().ok()
}

#[test]
fn answers_are_terraforms() {
    let Some(dir) = files() else {
        println!("skipped: no shared facts");
        return;
    };
    // Other answers than the golden ones: made with `cases/expr/eval.py` for a closer look.
    let other = std::env::var_os("EXPR_GOLDEN").map(PathBuf::from);
    let golden = std::fs::read_to_string(other.clone().unwrap_or(dir.join("golden.jsonl"))).unwrap();
    let (config, found) =
        config::load(Path::new(""), &LoadOptions { files: &Disk { working_dir: dir.clone() } });
    assert!(!found.has_errors(), "{found:?}");
    let world = World { config, functions: Builtins::planning(dir.join("files"), None) };
    let (mut values, mut errors, mut summaries, mut places, mut details) = (0, 0, 0, 0, 0);
    let (mut all_values, mut all_errors) = (0, 0);
    for line in golden.lines() {
        let line = decode_json(line).unwrap();
        let expr = line.get("expr").and_then(Value::as_str).unwrap();
        let got = run(expr, &world);
        if line.get("ok").and_then(Value::as_bool) == Some(true) {
            all_values += 1;
            let want = wanted(&line);
            let got = match &got {
                Ok(value) => answer(value),
                Err(found) => format!("error: {}: {}", found.0[0].summary, found.0[0].detail),
            };
            if got == want {
                values += 1;
            } else {
                println!("value: {expr:?}\n  want {want}\n  got  {got}");
            }
            continue;
        }
        all_errors += 1;
        let found = match got {
            Ok(value) => {
                println!("error: {expr:?}\n  got  {}", answer(&value));
                continue;
            }
            Err(found) => found,
        };
        errors += 1;
        let text =
            |v: &Value, name: &str| v.get(name).and_then(Value::as_str).unwrap_or_default().to_string();
        let wanted: Vec<&Value> = line.get("errors").unwrap().as_sequence().unwrap().iter().collect();
        let mut want: Vec<String> = wanted.iter().map(|e| text(e, "summary")).collect();
        let mut have: Vec<String> = found.0.iter().map(|d| d.summary.clone()).collect();
        want.sort();
        have.sort();
        if want == have {
            summaries += 1;
        } else {
            println!("summary: {expr:?}\n  want {want:?}\n  got  {have:?}");
        }
        let mut want: Vec<String> = wanted.iter().map(|e| text(e, "detail")).collect();
        let mut have: Vec<String> = found.0.iter().map(|d| d.detail.clone()).collect();
        want.sort();
        have.sort();
        if want == have {
            details += 1;
        } else {
            println!("detail: {expr:?}\n  want {want:?}\n  got  {have:?}");
        }
        let place = |d: &Diagnostic| {
            let range = &d.subject.as_ref()?.range;
            let (start, end) = (range.start.checked_sub(HEAD.len())?, range.end.checked_sub(HEAD.len())?);
            (end <= expr.len()).then(|| format!("[{start},{end}]"))
        };
        let want: Vec<Option<String>> =
            wanted.iter().map(|e| e.get("at").filter(|v| !v.is_null()).and_then(encode_json)).collect();
        let have: Vec<Option<String>> = found.0.iter().map(place).collect();
        if want.iter().any(|w| have.contains(w)) {
            places += 1;
        } else {
            println!("place: {expr:?}\n  want {want:?}\n  got  {have:?}");
        }
    }
    println!("{values}/{all_values} values, {errors}/{all_errors} errors");
    println!(
        "{summaries}/{all_errors} summaries, {details}/{all_errors} details, {places}/{all_errors} places"
    );
    if other.is_some() {
        return;
    }
    assert!(values >= VALUES.min(all_values), "fewer values than before");
    assert!(errors >= ERRORS.min(all_errors), "fewer errors than before");
}
