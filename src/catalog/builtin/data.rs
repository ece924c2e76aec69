//! `null_resource`, `terraform_data` and `time_sleep`.

use super::{Lazy, schema};
use crate::catalog::lens::{Detail, LocalPlan, LocalType, Problem};
use crate::catalog::value::{argument, error, same, text};
use crate::lang::schema::{AttrSpec, ResourceSchema};
use crate::lang::{Entries, Type, Value};

use std::sync::Arc;

/// `null_resource`.
pub(super) struct Null;
/// `terraform_data`.
pub(super) struct Data;
/// `time_sleep`.
pub(super) struct Sleep;

/// An attribute of an object; null where the object has none.
fn take(object: &Value, name: &str) -> Value {
    object.get(name).cloned().unwrap_or_else(|| Value::null(Type::Dynamic))
}

/// The object with other values for some attributes.
fn with(object: &Value, changes: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let mut all: Entries = object.as_entries().cloned().unwrap_or_default();
    all.extend(changes.into_iter().map(|(n, v)| (n.into(), v)));
    Value::object(all)
}

/// The unknown id of an object to come.
fn new_id() -> Value {
    Value::unknown_not_null(Type::String)
}

impl LocalType for Null {
    fn schema(&self) -> Arc<ResourceSchema> {
        static SCHEMA: Lazy = Lazy::new(|| {
            schema(vec![
                AttrSpec::optional("triggers", Type::map(Type::String)),
                AttrSpec::computed("id", Type::String),
            ])
        });
        SCHEMA.clone()
    }

    fn detail(&self, path: &[&str]) -> Detail {
        Detail { replaces: path == ["triggers"], ..Detail::default() }
    }

    fn check(&self, _config: &Value) -> Vec<Problem> {
        Vec::new()
    }

    fn plan(&self, prior: Option<&Value>, config: &Value) -> LocalPlan {
        match prior {
            Some(old) if same(&take(old, "triggers"), &take(config, "triggers")) => {
                LocalPlan { planned: with(config, [("id", take(old, "id"))]), replace: Vec::new() }
            }
            _ => LocalPlan {
                planned: with(config, [("id", new_id())]),
                replace: prior.map(|_| argument("triggers")).into_iter().collect(),
            },
        }
    }

    fn apply(
        &self,
        _prior: Option<&Value>,
        planned: &Value,
        random: &mut dyn FnMut(&mut [u8]),
        _now: &str,
    ) -> Value {
        if !take(planned, "id").is_unknown() {
            return planned.clone();
        }
        let mut bytes = [0; 8];
        random(&mut bytes);
        with(planned, [("id", (u64::from_le_bytes(bytes) >> 1).to_string().into())])
    }
}

impl LocalType for Data {
    fn schema(&self) -> Arc<ResourceSchema> {
        static SCHEMA: Lazy = Lazy::new(|| {
            schema(vec![
                AttrSpec::optional("input", Type::Dynamic),
                AttrSpec::computed("output", Type::Dynamic).refused(),
                AttrSpec::optional("triggers_replace", Type::Dynamic),
                AttrSpec::computed("id", Type::String).refused(),
            ])
        });
        SCHEMA.clone()
    }

    fn import(&self, id: &str, _now: &str) -> Result<Value, Problem> {
        let null = || Value::null(Type::Dynamic);
        let unset = ["input", "output", "triggers_replace"].map(|name| (name, null()));
        Ok(Value::object(unset.into_iter().chain([("id", id.into())])))
    }

    fn detail(&self, path: &[&str]) -> Detail {
        Detail { replaces: path == ["triggers_replace"], ..Detail::default() }
    }

    fn check(&self, _config: &Value) -> Vec<Problem> {
        Vec::new()
    }

    fn plan(&self, prior: Option<&Value>, config: &Value) -> LocalPlan {
        let input = take(config, "input");
        // The output always has the input's type, also when it is null.
        let output = if input.is_null() { input.clone() } else { Value::unknown(input.ty()) };
        let Some(old) = prior else {
            return LocalPlan {
                planned: with(config, [("id", new_id()), ("output", output)]),
                replace: Vec::new(),
            };
        };
        if !alike(&take(old, "triggers_replace"), &take(config, "triggers_replace")) {
            return LocalPlan {
                planned: with(config, [("id", new_id()), ("output", output)]),
                replace: vec![argument("triggers_replace")],
            };
        }
        let output = if alike(&take(old, "input"), &input) { take(old, "output") } else { output };
        LocalPlan {
            planned: with(config, [("id", take(old, "id")), ("output", output)]),
            replace: Vec::new(),
        }
    }

    fn apply(
        &self,
        _prior: Option<&Value>,
        planned: &Value,
        random: &mut dyn FnMut(&mut [u8]),
        _now: &str,
    ) -> Value {
        let id = match take(planned, "id") {
            id if id.is_unknown() => super::random::uuid(random).into(),
            id => id,
        };
        let output = match take(planned, "output") {
            output if output.is_wholly_known() => output,
            _ => take(planned, "input").unmarked_deep(),
        };
        with(planned, [("id", id), ("output", output)])
    }
}

/// The same value of the same type: `1` and `"1"`, a tuple and a list, differ.
fn alike(a: &Value, b: &Value) -> bool {
    a.ty() == b.ty() && same(a, b)
}

impl LocalType for Sleep {
    fn schema(&self) -> Arc<ResourceSchema> {
        static SCHEMA: Lazy = Lazy::new(|| {
            schema(vec![
                AttrSpec::optional("create_duration", Type::String),
                AttrSpec::optional("destroy_duration", Type::String),
                AttrSpec::optional("triggers", Type::map(Type::String)),
                AttrSpec::computed("id", Type::String),
            ])
        });
        SCHEMA.clone()
    }

    fn detail(&self, path: &[&str]) -> Detail {
        Detail { replaces: path == ["triggers"], ..Detail::default() }
    }

    fn check(&self, config: &Value) -> Vec<Problem> {
        let mut problems = Vec::new();
        let names = ["create_duration", "destroy_duration"];
        if names.iter().all(|n| take(config, n).is_null()) {
            problems.push(error(
                Vec::new(),
                "Missing attribute configuration",
                "At least one of `create_duration` and `destroy_duration` must be set.",
            ));
        }
        for name in names {
            if let Some(written) = text(config, name)
                && seconds(written).is_none()
            {
                problems.push(error(
                    argument(name),
                    "Invalid duration",
                    format!(
                        "`{written}` is not a duration: a number with a unit (ms, s, m or h) is expected, as in `30s`."
                    ),
                ));
            }
        }
        problems
    }

    fn plan(&self, prior: Option<&Value>, config: &Value) -> LocalPlan {
        // Durations are updated in place; only triggers make a new object.
        Null.plan(prior, config)
    }

    fn apply(
        &self,
        _prior: Option<&Value>,
        planned: &Value,
        _random: &mut dyn FnMut(&mut [u8]),
        now: &str,
    ) -> Value {
        if take(planned, "id").is_unknown() { with(planned, [("id", now.into())]) } else { planned.clone() }
    }

    fn import(&self, id: &str, now: &str) -> Result<Value, Problem> {
        Ok(Value::object(super::import::read("time_sleep", id, now)?))
    }

    fn wait(&self, object: &Value, creating: bool) -> f64 {
        let name = if creating { "create_duration" } else { "destroy_duration" };
        text(object, name).and_then(seconds).unwrap_or(0.0)
    }
}

/// `1.5m` in seconds.
pub(super) fn seconds(text: &str) -> Option<f64> {
    let unit = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let number: f64 = text[..unit].parse().ok()?;
    Some(
        number
            * match &text[unit..] {
                "ms" => 0.001,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return None,
            },
    )
}
