//! `graph`

use std::collections::BTreeMap;
use std::path::Path;

use super::super::args::{Flag, Takes, flag};
use super::super::inputs;
use super::super::runtime::{self, Farewell};
use super::super::{Context, Exit, work};
use super::plan::finish;
use crate::config::{Disk, LoadOptions, load};
use crate::lang::Diagnostics;
use crate::plan::addr::InstanceAddr;
use crate::plan::blocks::{self, Waits};
use crate::plan::model::{ChangeAction, PlanMode};
use crate::plan::run::Planning;
use crate::ui::graph::{Graph, Node, dot, mermaid};
use crate::ui::progress::Silent;

pub(super) const FLAGS: &[Flag] = &[
    flag("format", Takes::One("dot|mermaid"), "What is written: DOT for Graphviz (the default), or Mermaid."),
    flag(
        "type",
        Takes::One("TYPE"),
        "Without it: the resource blocks of the configuration. plan, plan-destroy, plan-refresh-only, apply: the \
         instances that such a plan would touch, and what is done with each.",
    ),
    flag("var", Takes::Many("NAME=VALUE"), "Set a variable of the root module (with -type)."),
    flag("var-file", Takes::Many("FILE"), "Set variables from a file (with -type)."),
    flag("input", Takes::Switch(true), "Do not ask for the values of variables."),
];

pub(super) fn run(cx: &Context) -> Exit {
    let draw = match cx.args.value("format") {
        None | Some("dot") => dot,
        Some("mermaid") => mermaid,
        Some(other) => {
            return cx.fail("Invalid graph format", format!("-format is dot or mermaid, not {other:?}."));
        }
    };
    let mode = match cx.args.value("type") {
        None | Some("") => return finish(cx, configured(cx, draw)),
        Some("plan" | "apply") => PlanMode::Normal,
        Some("plan-destroy") => PlanMode::Destroy,
        Some("plan-refresh-only") => PlanMode::RefreshOnly,
        Some(_) => {
            return cx.fail(
                "Unsupported graph type",
                "The -type=... argument must be either \"plan\", \"plan-refresh-only\", \"plan-destroy\", or \
                 \"apply\".",
            );
        }
    };
    finish(cx, planned(cx, mode, draw))
}

type Draw = fn(&Graph) -> String;

/// The blocks of the configuration.
fn configured(cx: &Context, draw: Draw) -> Result<Exit, Diagnostics> {
    let (config, found) = load(Path::new("."), &LoadOptions { files: &Disk::here() });
    if found.has_errors() {
        return Err(found);
    }
    let graph = graph(&blocks::waits(&config), |a| Node {
        id: a.to_string(),
        label: a.local(),
        cluster: a.module.to_string(),
    });
    cx.ui.print(&draw(&graph));
    Ok(Exit::Success)
}

/// The instances of a plan.
fn planned(cx: &Context, mode: PlanMode, draw: Draw) -> Result<Exit, Diagnostics> {
    let mut inputs = inputs::read(cx, mode == PlanMode::Destroy)?;
    inputs.options.mode = mode;
    Ok(runtime::run(cx, Farewell::Patience, |cancel| async move {
        let drawn = async {
            let mut stack = work::open(cx, None).await?;
            let planning =
                stack.plan(&inputs.config, &inputs.variables, &inputs.options, &Silent, &cancel).await?;
            if planning.diagnostics.has_errors() {
                return Err(planning.diagnostics);
            }
            cx.ui.print(&draw(&of_plan(&planning)));
            Ok(Exit::Success)
        };
        finish(cx, drawn.await)
    }))
}

fn of_plan(planning: &Planning) -> Graph {
    let done: BTreeMap<&InstanceAddr, ChangeAction> =
        planning.plan.changes.iter().map(|c| (&c.addr, c.action)).collect();
    let mut all: Waits<InstanceAddr> = BTreeMap::new();
    for (addr, planned) in &planning.instances {
        let known = planned.depends.iter().filter(|d| planning.instances.contains_key(d));
        all.insert(addr.clone(), known.cloned().collect());
    }
    for addr in done.keys() {
        all.entry((*addr).clone()).or_default();
    }
    graph(&blocks::reduced(all), |addr| {
        let action = match done.get(addr) {
            None | Some(ChangeAction::NoOp) => "",
            Some(ChangeAction::Create) => "\ncreate",
            Some(ChangeAction::Update) => "\nupdate",
            Some(ChangeAction::Replace { .. }) => "\nreplace",
            Some(ChangeAction::Delete) => "\ndelete",
            Some(ChangeAction::Read) => "\nread",
            Some(ChangeAction::Forget) => "\nforget",
        };
        Node {
            id: addr.to_string(),
            label: format!("{}{action}", addr.local()),
            cluster: addr.resource.module.to_string(),
        }
    })
}

fn graph<T: Ord>(all: &Waits<T>, node: impl Fn(&T) -> Node) -> Graph {
    let places: BTreeMap<&T, usize> = all.keys().enumerate().map(|(n, t)| (t, n)).collect();
    let edges =
        all.iter().flat_map(|(t, waits)| waits.iter().map(|w| (places[t], places[w])).collect::<Vec<_>>());
    Graph { nodes: all.keys().map(node).collect(), edges: edges.collect() }
}
