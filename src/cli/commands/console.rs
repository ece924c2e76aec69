//! `console`

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::super::args::{Flag, Takes, flag};
use super::super::runtime::{self, Farewell};
use super::super::{Context, Exit, backend, prompt, variables, work};
use super::plan::finish;
use crate::config::Config;
use crate::lang::diag::Source;
use crate::lang::eval::{CallError, Functions};
use crate::lang::refs::{Object, references, resolve};
use crate::lang::syntax::{Expr, ExprKind, parse_expression};
use crate::lang::{Diagnostic, Diagnostics, Type, Value, codec};
use crate::plan::model::PlanMode;
use crate::plan::options::PlanOptions;
use crate::stack::{Objects, Stack};
use crate::ui::diagnostics;
use crate::ui::progress::Silent;

pub(super) const FLAGS: &[Flag] = &[
    flag(
        "plan",
        Takes::Switch(false),
        "Make a plan, and evaluate with what it would make of everything, instead of what there is.",
    ),
    flag("var", Takes::Many("NAME=VALUE"), "Set a variable of the root module."),
    flag("var-file", Takes::Many("FILE"), "Set variables from a file."),
];

const HELP: &str = "The Terraform console allows you to experiment with Terraform interpolations.\nYou may access resources in the \
    state (if you have one) just as you would\nfrom a configuration. For example: \"aws_instance.foo.id\" would evaluate\nto the \
    ID of \"aws_instance.foo\" if it exists in your state.\n\nType in the interpolation to test and hit <enter> to see the \
    result.\n\nTo exit the console, type \"exit\" and hit <enter>, or use Control-C or\nControl-D.";

/// The name under which what is typed stands among the files.
const FILE: &str = "<console-input>";

pub(super) fn run(cx: &Context) -> Exit {
    finish(cx, console(cx))
}

fn console(cx: &Context) -> Result<Exit, Diagnostics> {
    let config = {
        let mut warnings = Diagnostics::default();
        // Without files there is still a language to try.
        work::configuration(&mut warnings, PlanMode::Destroy)?
    };
    let found = backend::usable(cx, &config);
    if found.has_errors() {
        return Err(found);
    }
    let values = variables::known(cx, &config)?;
    Ok(runtime::run(cx, Farewell::Silence, |cancel| async move {
        let opened = async {
            let mut stack = work::open(cx, None).await?;
            let options = PlanOptions {
                working_dir: work::working_dir(),
                workspace: Some(work::workspace()?),
                ..PlanOptions::default()
            };
            let objects = if cx.args.switch("plan") {
                let planning = stack.plan(&config, &values, &options, &Silent, &cancel).await?;
                diagnostics::show(&cx.ui, &planning.diagnostics, false);
                planning.instances.iter().map(|(addr, p)| (addr.clone(), p.value.clone())).collect()
            } else {
                stack.present(&config, &values, &Silent, &cancel).await?
            };
            let (config, values) = (&config, &values);
            Ok(session(cx, &Session { stack: &stack, config, values, objects: &objects, options: &options }))
        };
        finish(cx, opened.await)
    }))
}

/// Takes lines until there are no more.
fn session(cx: &Context, session: &Session<'_>) -> Exit {
    let typed = prompt::typed();
    let mut last = String::new();
    let mut begun = String::new();
    loop {
        if typed {
            cx.ui.print(if begun.is_empty() { "> " } else { ": " });
        }
        let Ok(line) = prompt::line() else { break };
        begun.push_str(&line);
        if typed && is_open(&begun) {
            begun.push('\n');
            continue;
        }
        match session.handle(begun.trim()) {
            Ok(None) => return Exit::Success,
            Ok(Some(result)) if typed => cx.ui.line(&result),
            Ok(Some(result)) => last = result,
            Err(found) => {
                diagnostics::show(&cx.ui, &found, false);
                if !typed {
                    return Exit::Failure;
                }
            }
        }
        begun.clear();
    }
    if typed {
        cx.ui.line("")
    } else {
        cx.ui.line(&last)
    }
    Exit::Success
}

/// Is a bracket open, so that more lines belong to it?
fn is_open(text: &str) -> bool {
    let (mut depth, mut quoted) = (0i32, false);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted => _ = chars.next(),
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            _ => {}
        }
    }
    depth > 0
}

struct Session<'s> {
    stack: &'s Stack,
    config: &'s Config,
    values: &'s BTreeMap<Arc<str>, Value>,
    objects: &'s Objects,
    options: &'s PlanOptions,
}

impl Session<'_> {
    /// The answer to a line; none: it ends the session.
    fn handle(&self, line: &str) -> Result<Option<String>, Diagnostics> {
        match line {
            "" => return Ok(Some(String::new())),
            "exit" => return Ok(None),
            "help" => return Ok(Some(HELP.into())),
            _ => {}
        }
        let expr = parse_expression(&Source::new(FILE, line))?;
        self.stack
            .at_root(self.config, self.values, self.objects, self.options, |bench| {
                let mut found = nameless(&expr, &|object, reference| bench.object(object, reference));
                // `type(x)` as a whole is about the type of x.
                let (inner, types) = match &expr.without_parens().kind {
                    ExprKind::Call { name, args, expand: false }
                        if &*name.text == "type" && args.len() == 1 =>
                    {
                        (&args[0], true)
                    }
                    _ => (&expr, false),
                };
                let functions = ConsoleFunctions(bench.functions());
                let (value, more) = bench.evaluate(inner, Some(&functions));
                found.extend(more);
                if found.has_errors() {
                    return Err(found);
                }
                Ok(Some(if types { type_text(&value.ty()) } else { codec::render(&value) }))
            })
            .unwrap_or(Ok(Some(String::new())))
    }
}

/// What Terraform says of `local`, `var` and their like without a name, before it says that they need one.
fn nameless(
    expr: &Expr,
    look: &dyn Fn(&Object, &crate::lang::syntax::Reference) -> Result<Value, Diagnostics>,
) -> Diagnostics {
    let mut all = Diagnostics::default();
    for reference in references(expr) {
        let make: fn(Arc<str>) -> Object = match &*reference.root.text {
            "local" => Object::Local,
            "var" => Object::Variable,
            "path" => Object::Path,
            "terraform" => Object::Terraform,
            _ => continue,
        };
        if resolve(&reference).is_err()
            && let Err(found) = look(&make("".into()), &reference)
        {
            all.extend(found.into_iter().map(|d| Diagnostic { subject: None, ..d }));
        }
    }
    all
}

/// The functions, without those that a console has no answer for.
struct ConsoleFunctions<'f>(&'f dyn Functions);

impl Functions for ConsoleFunctions<'_> {
    fn call(&self, name: &str, args: &[Value]) -> Result<Value, CallError> {
        match name {
            "plantimestamp" => Err(CallError::Unknown),
            "type" => Err(CallError::Failed(
                "the console-only \"type\" function cannot be used as part of an expression".into(),
            )),
            _ => self.0.call(name, args),
        }
    }

    fn signature(&self, name: &str) -> Option<String> {
        if name == "type" { Some("type(value)".into()) } else { self.0.signature(name) }
    }

    fn names(&self) -> Vec<&str> {
        self.0.names()
    }
}

/// A type as `type` prints it: parts of structures on lines of their own.
fn type_text(ty: &Type) -> String {
    let mut out = String::new();
    write_type(ty, 0, &mut out);
    out
}

fn write_type(ty: &Type, indent: usize, out: &mut String) {
    let line = |indent: usize, out: &mut String| _ = write!(out, "\n{}", "    ".repeat(indent));
    let of = |name: &str, element: &Type, out: &mut String| {
        _ = write!(out, "{name}(");
        if matches!(element, Type::Object(_) | Type::Tuple(_)) {
            line(indent + 1, out);
            write_type(element, indent + 1, out);
            out.push(',');
            line(indent, out);
        } else {
            write_type(element, indent, out);
        }
        out.push(')');
    };
    match ty {
        Type::Dynamic => out.push_str("dynamic"),
        Type::Bool => out.push_str("bool"),
        Type::Number => out.push_str("number"),
        Type::String => out.push_str("string"),
        Type::List(element) => of("list", element, out),
        Type::Set(element) => of("set", element, out),
        Type::Map(element) => of("map", element, out),
        Type::Tuple(all) => {
            out.push_str("tuple([");
            for element in all.iter() {
                line(indent + 1, out);
                write_type(element, indent + 1, out);
                out.push(',');
            }
            if !all.is_empty() {
                line(indent, out);
            }
            out.push_str("])");
        }
        Type::Object(all) => {
            out.push_str("object({");
            for (name, attribute) in &all.attributes {
                line(indent + 1, out);
                _ = write!(out, "{name}: ");
                write_type(attribute, indent + 1, out);
                out.push(',');
            }
            if !all.attributes.is_empty() {
                line(indent, out);
            }
            out.push_str("})");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Terraform 1.11.4 printed it.
    #[test]
    fn types_are_printed_over_lines() {
        let object = Value::object([("a", 1.into())]).ty();
        let list = Type::list(object);
        assert_eq!(type_text(&list), "list(\n    object({\n        a: number,\n    }),\n)");
        assert_eq!(type_text(&Type::set(Type::list(Type::Number))), "set(list(number))");
        assert_eq!(type_text(&Value::tuple(vec![]).ty()), "tuple([])");
    }

    #[test]
    fn brackets_that_are_open_want_more() {
        for open in ["[", "{ a = (1", "f(\"]\""] {
            assert!(is_open(open), "{open}");
        }
        for closed in ["[1]", "\"(\"", "1 +", ")"] {
            assert!(!is_open(closed), "{closed}");
        }
    }
}
