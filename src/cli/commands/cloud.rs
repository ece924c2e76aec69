//! `cloud serve|reset|seed|show|roles|request`

use std::io::Read;
use std::path::Path;

use serde_json::Value as Json;

use super::super::cloud::{chaos, open, options, problem, write};
use super::super::runtime;
use super::super::{Context, Exit};
use crate::lang::{Diagnostic, Diagnostics};
use crate::localcloud::summary::Branch;
use crate::localcloud::{CloudError, LocalCloud};
use crate::ui::diagnostics;
use crate::ui::style::count;

fn or_fail<T>(cx: &Context, result: Result<T, Diagnostics>, go: impl FnOnce(T) -> Exit) -> Exit {
    match result {
        Ok(value) => go(value),
        Err(problem) => {
            diagnostics::show(&cx.ui, &problem, false);
            Exit::Failure
        }
    }
}

pub(super) fn serve(cx: &Context) -> Exit {
    let asked = options(&cx.args).and_then(|options| Ok((options, chaos(&cx.args)?)));
    or_fail(cx, asked, |(options, rules)| {
        runtime::run(cx, runtime::Farewell::Silence, |cancel| async move {
            let handle = match LocalCloud::start(&options).await {
                Ok(handle) => handle,
                Err(error) => return or_fail(cx, Err::<(), _>(problem(&error)), |()| Exit::Success),
            };
            handle.cloud.add_chaos(rules);
            if let Some(path) = cx.args.value("ca-out")
                && let Err(wrong) = write(Path::new(path), &handle.ca_pem)
            {
                return or_fail(cx, Err::<(), _>(wrong), |()| Exit::Success);
            }
            cx.ui.line(&handle.announcement().to_string());
            cancel.cancelled().await;
            match handle.shutdown().await {
                Ok(()) => Exit::Success,
                Err(error) => or_fail(cx, Err::<(), _>(problem(&error)), |()| Exit::Success),
            }
        })
    })
}

pub(super) fn reset(cx: &Context) -> Exit {
    or_fail(cx, open(&cx.args), |cloud| match cloud.reset() {
        Ok(()) => {
            cx.ui.line("The world is empty.");
            Exit::Success
        }
        Err(error) => or_fail(cx, Err::<(), _>(problem(&error)), |()| Exit::Success),
    })
}

pub(super) fn show(cx: &Context) -> Exit {
    or_fail(cx, open(&cx.args), |cloud| {
        let summary = cloud.show();
        if cx.args.switch("json") {
            match serde_json::to_string(&summary) {
                Ok(text) => cx.ui.line(&text),
                Err(problem) => return cx.fail("No summary", problem.to_string()),
            }
            return Exit::Success;
        }
        let mut out = format!("{} alive", count(summary.resources, "resource"));
        if summary.implied > 0 {
            out.push_str(&format!(", {} of them made by services", summary.implied));
        }
        out.push('\n');
        draw(&summary.tree, "", &mut out);
        if !summary.soft_deleted.is_empty() {
            out.push_str(&format!("\n{} soft-deleted\n", count(summary.soft_deleted.len(), "resource")));
            for gone in &summary.soft_deleted {
                let lock = if gone.purge_protected { ", protected from purge" } else { "" };
                out.push_str(&format!(
                    "  {} {} (goes on {}{lock})\n",
                    gone.type_name, gone.name, gone.purged_on
                ));
            }
        }
        if !summary.running.is_empty() {
            out.push_str(&format!("\n{} running\n", count(summary.running.len(), "operation")));
            for one in &summary.running {
                out.push_str(&format!("  {} {} ({} s left)\n", one.verb, one.target, one.seconds_left));
            }
        }
        cx.ui.print(&out);
        Exit::Success
    })
}

/// A line for each resource, under what it is in or on.
fn draw(branches: &[Branch], before: &str, out: &mut String) {
    for (at, branch) in branches.iter().enumerate() {
        let last = at + 1 == branches.len();
        let (knot, below) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        let by = if branch.implied { " (made by a service)" } else { "" };
        out.push_str(&format!("{before}{knot}{} {}{by}\n", branch.type_name, branch.name));
        draw(&branch.branches, &format!("{before}{below}"), out);
    }
}

pub(super) fn seed(cx: &Context) -> Exit {
    let Some(file) = cx.args.rest.first() else {
        return cx.fail("The file is missing", "Usage: ringfence cloud seed FILE");
    };
    let read = std::fs::read_to_string(file).map_err(|e| format!("{file} could not be read: {e}."));
    let exported = match read
        .and_then(|text| serde_json::from_str::<Json>(&text).map_err(|e| format!("{file} is no JSON: {e}.")))
    {
        Ok(exported) => exported,
        Err(wrong) => return cx.fail("No export", wrong),
    };
    or_fail(cx, open(&cx.args), |cloud| match cloud.seed(exported) {
        Err(why) => cx.fail("No export", format!("{file} cannot be used: {why}.")),
        Ok(seeded) => {
            cx.ui.line(&format!("{} put into the world.", count(seeded.resources, "resource")));
            if seeded.refused.is_empty() {
                return Exit::Success;
            }
            let lines: Vec<String> =
                seeded.refused.iter().map(|(id, why)| format!("- {id}: {why}")).collect();
            let summary = format!("{} could not be put there", count(lines.len(), "resource"));
            cx.fail(&summary, lines.join("\n"))
        }
    })
}

pub(super) fn roles(cx: &Context) -> Exit {
    or_fail(cx, open(&cx.args), |cloud| {
        if !cx.args.rest.is_empty()
            && let Err(error) = cloud.set_roles(&cx.args.rest)
        {
            return or_fail(cx, Err::<(), _>(refused(&error)), |()| Exit::Success);
        }
        for (role, scope) in cloud.roles() {
            cx.ui.line(&format!("{role}@{scope}"));
        }
        Exit::Success
    })
}

fn refused(error: &CloudError) -> Diagnostics {
    Diagnostic::error("The roles were not changed", format!("{error}.")).into()
}

pub(super) fn request(cx: &Context) -> Exit {
    let [method, uri, rest @ ..] = cx.args.rest.as_slice() else {
        return cx.fail("Method and URI are missing", "Usage: ringfence cloud request METHOD URI [BODY]");
    };
    let body = match rest.first().map(|b| body(b)).transpose() {
        Ok(body) => body,
        Err(wrong) => return cx.fail("Invalid body", wrong),
    };
    or_fail(cx, open(&cx.args), |cloud| {
        let method = method.to_uppercase();
        let answer = cloud.request(&method, uri, body.as_ref());
        if method != "GET" {
            // The world stands still when this process ends: nobody else would see the end of what was begun.
            cloud.finish_operations();
        }
        cx.ui.error(&format!("HTTP {}\n", answer.status));
        for (name, value) in &answer.headers {
            let wanted = ["location", "azure-asyncoperation", "retry-after"];
            if wanted.contains(&name.to_ascii_lowercase().as_str()) {
                cx.ui.error(&format!("{name}: {value}\n"));
            }
        }
        if let Some(body) = &answer.body {
            cx.ui.line(&format!("{body:#}"));
        }
        if answer.status < 400 { Exit::Success } else { Exit::Failure }
    })
}

/// A body as it is given: JSON, `@FILE`, or `-` for standard input.
fn body(text: &str) -> Result<Json, String> {
    let read = match text.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path).map_err(|e| format!("{path} could not be read: {e}."))?,
        None if text == "-" => {
            let mut all = String::new();
            std::io::stdin()
                .read_to_string(&mut all)
                .map_err(|e| format!("Standard input could not be read: {e}."))?;
            all
        }
        None => text.to_string(),
    };
    serde_json::from_str(&read)
        .map_err(|e| format!("The body is JSON, @FILE, or - for standard input. As JSON it is wrong: {e}."))
}
