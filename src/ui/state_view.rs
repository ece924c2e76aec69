//! What there is, as `show`, `state` and `output` present it. Whoever knows makes the view; here it becomes text.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::plan_text::{object_body, value_text};
use super::style::key;
use crate::lang::schema::ResourceSchema;
use crate::lang::{Value, codec};
use crate::plan::addr::{InstanceAddr, Mode};

/// Everything that a run knows to be there.
#[derive(Debug, Clone, Default)]
pub struct StateView {
    /// Root outputs by name.
    pub outputs: BTreeMap<Arc<str>, StateOutput>,
    /// Objects, sorted by address; deposed ones after the current one.
    pub objects: Vec<StateObject>,
    /// Results of checks.
    pub checks: Vec<crate::plan::checks::Check>,
}

/// A root output.
#[derive(Debug, Clone)]
pub struct StateOutput {
    /// Its value.
    pub value: Value,
    /// It is declared sensitive.
    pub sensitive: bool,
}

/// One object.
#[derive(Debug, Clone)]
pub struct StateObject {
    /// Which.
    pub addr: InstanceAddr,
    /// `registry.terraform.io/hashicorp/azurerm`
    pub provider: Arc<str>,
    /// The schema that the value conforms to.
    pub schema: Arc<ResourceSchema>,
    /// Its attributes.
    pub value: Value,
    /// It is to be replaced.
    pub tainted: bool,
    /// The key of a deposed object.
    pub deposed: Option<String>,
    /// The resources that it was made of, without instance keys.
    pub depends_on: Vec<String>,
}

/// Outputs as a ledger gives them: value, and whether it is declared sensitive.
pub fn recorded_outputs(all: BTreeMap<Arc<str>, (Value, bool)>) -> BTreeMap<Arc<str>, StateOutput> {
    all.into_iter().map(|(name, (value, sensitive))| (name, StateOutput { value, sensitive })).collect()
}

impl StateView {
    /// Is there nothing at all?
    pub fn is_empty(&self) -> bool {
        self.outputs.is_empty() && self.objects.is_empty()
    }
}

/// The text of `show` without a plan file.
pub fn show(state: &StateView, colour: bool) -> String {
    if state.is_empty() {
        return "No state.\n".into();
    }
    let mut out: String = state.objects.iter().map(|o| format!("{}\n", object(o, colour))).collect();
    if !state.outputs.is_empty() {
        out.push_str("\nOutputs:\n\n");
        for (name, output) in &state.outputs {
            out.push_str(&format!("{name} = {}\n", value_text(&output.value, output.sensitive)));
        }
    }
    out
}

/// One object, as `state show` prints it.
pub fn object(object: &StateObject, colour: bool) -> String {
    let note = match &object.deposed {
        Some(key) => format!(" (deposed object {key})"),
        None if object.tainted => " (tainted)".to_string(),
        None => String::new(),
    };
    let resource = &object.addr.resource;
    let kind = if resource.mode == Mode::Data { "data" } else { "resource" };
    let body = object_body(&object.value, &object.schema, colour);
    format!("# {}:{note}\n{kind} \"{}\" \"{}\" {body}\n", object.addr, resource.ty, resource.name)
}

/// All outputs, as `output` and the end of `apply` print them.
pub fn outputs(all: &BTreeMap<Arc<str>, StateOutput>) -> String {
    let one = |(name, output): (&Arc<str>, &StateOutput)| {
        let value = if output.sensitive { "<sensitive>".to_string() } else { codec::render(&output.value) };
        format!("{} = {value}\n", key(name))
    };
    all.iter().map(one).collect()
}

/// The value of an output for programs: `-raw`. None: it is no string, number or bool.
pub fn raw(value: &Value) -> Option<String> {
    use crate::lang::Kind;
    match &value.kind {
        Kind::String(s) => Some(s.to_string()),
        Kind::Number(n) => Some(n.to_string()),
        Kind::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::super::plan_text::tests::{spec, typed, value};
    use super::*;

    /// Two objects and three outputs.
    pub(crate) fn state() -> StateView {
        let object = |addr: &str, json, tainted| StateObject {
            addr: InstanceAddr::parse(addr).unwrap(),
            provider: "registry.terraform.io/hashicorp/azurerm".into(),
            schema: Arc::new(spec()),
            value: typed(&json, &spec().implied_type()),
            tainted,
            deposed: None,
            depends_on: vec!["module.m.t.a".into()],
        };
        let first = json!({
            "id": "/i", "name": "n", "access_key": "alpha", "tags": {"a b": "1"}, "policy": "l1\nl2",
            "body": {"e": {}, "l": [1, "é"], "s": {"secret": "alpha"}}, "rule": [{"action": "Deny"}],
        });
        let output = |json, sensitive| StateOutput { value: value(&json), sensitive };
        StateView {
            outputs: BTreeMap::from([
                ("m".into(), output(json!({"a": [1, null], "b c": true}), false)),
                ("s".into(), output(json!("alpha"), true)),
                ("t".into(), output(json!("q\"uote"), false)),
            ]),
            objects: vec![
                object("t.a", first, true),
                object("module.m[0].module.k.data.t.b[\"k\"]", json!({"id": "/j"}), false),
            ],
            checks: Vec::new(),
        }
    }

    #[test]
    fn state_is_shown_without_markers_and_secrets() {
        let text = show(&state(), false);
        assert!(!text.contains("alpha"), "{text}");
        insta::assert_snapshot!(text, @r#"
# t.a: (tainted)
resource "t" "a" {
    access_key = (sensitive value)
    body       = {
        e = {}
        l = [
            1,
            "é",
        ]
        s = (sensitive value)
    }
    id         = "/i"
    name       = "n"
    policy     = <<-EOT
        l1
        l2
    EOT
    tags       = {
        "a b" = "1"
    }

    rule {
        action = "Deny"
    }
}

# module.m[0].module.k.data.t.b["k"]:
data "t" "b" {
    id = "/j"
}


Outputs:

m = {
    a     = [
        1,
        null,
    ]
    "b c" = true
}
s = (sensitive value)
t = "q\"uote"
"#);
        assert_eq!(show(&StateView::default(), false), "No state.\n");
    }

    #[test]
    fn outputs_are_in_the_syntax_of_the_language() {
        insta::assert_snapshot!(outputs(&state().outputs), @r#"
m = {
  "a" = [
    1,
    null,
  ]
  "b c" = true
}
s = <sensitive>
t = "q\"uote"
"#);
        assert_eq!(raw(&value(&json!(1.5))).as_deref(), Some("1.5"));
        assert_eq!(raw(&value(&json!([]))), None);
    }
}
