//! The `if` of a policy rule: `allOf`, `anyOf`, `not`, and tests of fields, values and counts.

use std::cell::RefCell;

use serde_json::{Map, Value, json};

use super::expression::{self, Expression, Scope, Unclear, contains, order, same, text};
use super::field::{Bound, Found, Subject, find};
use crate::localcloud::pattern::fits;
use crate::localcloud::tables::normalised;

/// A condition, read and judged to be sound.
#[derive(Debug, Clone)]
pub enum Condition {
    /// `allOf`
    All(Vec<Condition>),
    /// `anyOf`
    Any(Vec<Condition>),
    /// `not`
    Not(Box<Condition>),
    /// Something compared with something.
    Test {
        /// What is looked at.
        what: Operand,
        /// How, in lower case.
        operator: String,
        /// With what; expressions are not evaluated yet.
        wanted: Value,
    },
}

/// What is looked at.
#[derive(Debug, Clone)]
pub enum Operand {
    /// `field`
    Field(Value),
    /// `value`
    Value(Value),
    /// `count`
    Count {
        /// `field`, an array alias; or none, and `value` is counted.
        alias: Option<String>,
        /// `value`, an array.
        items: Value,
        /// `name`
        name: String,
        /// `where`
        filter: Option<Box<Condition>>,
    },
}

/// The most that conditions may be nested.
const DEPTH: usize = 64;

const OPERATORS: &[&str] = &[
    "contains",
    "containskey",
    "equals",
    "exists",
    "greater",
    "greaterorequals",
    "in",
    "less",
    "lessorequals",
    "like",
    "match",
    "matchinsensitively",
    "notcontains",
    "notcontainskey",
    "notequals",
    "notin",
    "notlike",
    "notmatch",
    "notmatchinsensitively",
];

impl Condition {
    /// Reads the `if` of a rule.
    ///
    /// # Errors
    /// What is wrong with it, as Azure says it.
    pub fn read(from: &Value) -> Result<Condition, Unclear> {
        read(from, 0)
    }

    /// Is it so for a resource?
    ///
    /// # Errors
    /// If an expression cannot be evaluated.
    pub fn holds(&self, judge: &Judge<'_>) -> Result<bool, Unclear> {
        self.within(judge, &[])
    }

    fn within(&self, judge: &Judge<'_>, bound: &[Bound]) -> Result<bool, Unclear> {
        match self {
            Condition::All(all) => {
                for condition in all {
                    if !condition.within(judge, bound)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Condition::Any(any) => {
                for condition in any {
                    if condition.within(judge, bound)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Condition::Not(condition) => Ok(!condition.within(judge, bound)?),
            Condition::Test { what, operator, wanted } => {
                let inside = Inside { judge, bound };
                let (kind, named, found) = what.found(&inside)?;
                let wanted = match evaluated(wanted, &inside)? {
                    wanted if kind == "Field" && named.eq_ignore_ascii_case("location") => region(wanted),
                    wanted => wanted,
                };
                let holds = match &found {
                    Found::One(value) => test(operator, value, &wanted),
                    Found::Each(values) => values.iter().all(|value| test(operator, value, &wanted)),
                };
                judge.trace.borrow_mut().push(json!({
                    "result": if holds { "True" } else { "False" },
                    "expressionKind": kind,
                    "expression": named,
                    "path": named.rsplit_once('/').map_or(named.as_str(), |(_, path)| path),
                    "expressionValue": found.into_value(),
                    "targetValue": wanted,
                    "operator": operator,
                }));
                Ok(holds)
            }
        }
    }
}

fn read(from: &Value, depth: usize) -> Result<Condition, Unclear> {
    let object = from.as_object().filter(|object| !object.is_empty() && depth < DEPTH);
    let object = object.ok_or_else(|| Unclear("A condition of the policy rule is no object.".into()))?;
    let get =
        |name: &str| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let several = |value: &Value| {
        let items = value.as_array().filter(|items| !items.is_empty());
        let items =
            items.ok_or_else(|| Unclear("A list of conditions of the policy rule is empty.".into()))?;
        items.iter().map(|item| read(item, depth + 1)).collect::<Result<Vec<_>, _>>()
    };
    if object.len() == 1 {
        if let Some(all) = get("allOf") {
            return Ok(Condition::All(several(all)?));
        }
        if let Some(any) = get("anyOf") {
            return Ok(Condition::Any(several(any)?));
        }
        if let Some(not) = get("not") {
            return Ok(Condition::Not(Box::new(read(not, depth + 1)?)));
        }
    }
    let what = if let Some(field) = get("field") {
        Operand::Field(sound(field)?)
    } else if let Some(value) = get("value") {
        Operand::Value(sound(value)?)
    } else if let Some(count) = get("count").and_then(Value::as_object) {
        count_of(count, depth)?
    } else {
        return Err(Unclear(
            "The policy rule has a condition that is none of 'allOf', 'anyOf', 'not', 'field', 'value' and 'count'.".into(),
        ));
    };
    let mut tests =
        object.iter().filter(|(key, _)| !["field", "value", "count"].contains(&key.to_lowercase().as_str()));
    let (Some((name, wanted)), None) = (tests.next(), tests.next()) else {
        return Err(Unclear("Each condition of the policy rule has exactly one operator.".into()));
    };
    let operator = name.to_lowercase();
    if !OPERATORS.contains(&operator.as_str()) {
        return Err(Unclear(format!(
            "Could not find member '{name}' on object of type 'LeafExpressionDefinition'."
        )));
    }
    Ok(Condition::Test { what, operator, wanted: sound(wanted)? })
}

fn count_of(count: &Map<String, Value>, depth: usize) -> Result<Operand, Unclear> {
    let alias = count.get("field").and_then(Value::as_str).map(str::to_owned);
    if alias.is_some() == count.contains_key("value") {
        return Err(Unclear("A 'count' of the policy rule has either 'field' or 'value'.".into()));
    }
    Ok(Operand::Count {
        items: sound(count.get("value").unwrap_or(&Value::Null))?,
        name: count.get("name").map(text).or_else(|| alias.clone()).unwrap_or_default(),
        alias,
        filter: count.get("where").map(|filter| read(filter, depth + 1)).transpose()?.map(Box::new),
    })
}

/// A value whose expressions can be read and call nothing unknown.
fn sound(value: &Value) -> Result<Value, Unclear> {
    match value {
        Value::String(text) => {
            let mut functions = Vec::new();
            Expression::read(text)?.functions(&mut functions);
            match functions.into_iter().find(|name| !expression::known(name)) {
                Some(unknown) => Err(Unclear(format!("The template function '{unknown}' is not valid."))),
                None => Ok(value.clone()),
            }
        }
        Value::Array(items) => items.iter().map(sound).collect::<Result<Vec<_>, _>>().map(Value::Array),
        Value::Object(object) => {
            let entries = object.iter().map(|(key, value)| Ok((key.clone(), sound(value)?)));
            entries.collect::<Result<Map<_, _>, Unclear>>().map(Value::Object)
        }
        other => Ok(other.clone()),
    }
}

/// A value with its expressions evaluated.
///
/// # Errors
/// If one cannot be.
pub fn evaluated(value: &Value, scope: &dyn Scope) -> Result<Value, Unclear> {
    match value {
        Value::String(text) => Expression::read(text)?.value(scope),
        Value::Array(items) => {
            items.iter().map(|item| evaluated(item, scope)).collect::<Result<Vec<_>, _>>().map(Value::Array)
        }
        Value::Object(object) => {
            let entries = object.iter().map(|(key, value)| Ok((key.clone(), evaluated(value, scope)?)));
            entries.collect::<Result<Map<_, _>, Unclear>>().map(Value::Object)
        }
        other => Ok(other.clone()),
    }
}

impl Operand {
    /// The kind, what it is called, and what is there.
    fn found(&self, inside: &Inside<'_, '_>) -> Result<(&'static str, String, Found), Unclear> {
        match self {
            Operand::Field(name) => {
                let name = text(&evaluated(name, inside)?);
                let found = find(inside.judge.subject, inside.bound, &name);
                Ok(("Field", name, found))
            }
            Operand::Value(value) => Ok(("Value", text(value), Found::One(evaluated(value, inside)?))),
            Operand::Count { alias, items, name, filter } => {
                let items = match alias {
                    Some(alias) => find(inside.judge.subject, inside.bound, alias).into_value(),
                    None => evaluated(items, inside)?,
                };
                let mut count = 0_u64;
                for item in items.as_array().into_iter().flatten() {
                    let mut bound = inside.bound.to_vec();
                    bound.push(Bound { name: name.clone(), item: item.clone() });
                    let counted =
                        filter.as_ref().map_or(Ok(true), |filter| filter.within(inside.judge, &bound))?;
                    count += u64::from(counted);
                }
                Ok(("Count", name.clone(), Found::One(count.into())))
            }
        }
    }
}

/// Judges one resource by one rule.
pub struct Judge<'a> {
    /// The resource.
    pub subject: &'a Subject<'a>,
    /// Parameters of the rule.
    pub parameters: &'a Map<String, Value>,
    /// What `resourceGroup()` and its like answer, by their names in lower case.
    pub context: &'a Map<String, Value>,
    /// What was tested and how it came out: `evaluatedExpressions`.
    pub trace: RefCell<Vec<Value>>,
}

/// A judge within counts.
pub struct Inside<'j, 'a> {
    /// Who judges.
    pub judge: &'j Judge<'a>,
    /// What the counts around count.
    pub bound: &'j [Bound],
}

impl Scope for Inside<'_, '_> {
    fn parameter(&self, name: &str) -> Option<Value> {
        let mut all = self.judge.parameters.iter();
        all.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
    }

    fn field(&self, name: &str) -> Value {
        find(self.judge.subject, self.bound, name).into_value()
    }

    fn current(&self, name: &str) -> Option<Value> {
        if name.is_empty() {
            return self.bound.last().map(|bound| bound.item.clone());
        }
        match self.bound.iter().rev().find(|bound| bound.name.eq_ignore_ascii_case(name)) {
            Some(bound) => Some(bound.item.clone()),
            None => Some(find(self.judge.subject, self.bound, name).into_value()),
        }
    }

    fn context(&self, function: &str) -> Option<Value> {
        self.judge.context.get(function).cloned()
    }
}

/// `West Europe` is `westeurope`, in the field and in what it is compared with.
fn region(value: Value) -> Value {
    match value {
        Value::String(text) => normalised(&text).into(),
        Value::Array(items) => items.into_iter().map(region).collect(),
        other => other,
    }
}

fn test(operator: &str, value: &Value, wanted: &Value) -> bool {
    use std::cmp::Ordering::{Equal, Greater, Less};
    if let Some(positive) = operator.strip_prefix("not") {
        return !test(positive, value, wanted);
    }
    let ordered = |allowed: &[std::cmp::Ordering]| {
        !value.is_null() && order(value, wanted).is_some_and(|order| allowed.contains(&order))
    };
    let blank = |value: &Value| value.is_null() || value.as_str() == Some("");
    match operator {
        "equals" => same(value, wanted) || blank(value) && blank(wanted),
        "in" => wanted.as_array().is_some_and(|all| all.iter().any(|one| same(value, one))),
        "like" => fits(&text(wanted), &text(value)),
        "match" => matches(&text(wanted), &text(value)),
        "matchinsensitively" => matches(&text(wanted).to_lowercase(), &text(value).to_lowercase()),
        "contains" => contains(value, wanted),
        "containskey" => expression::member(value, &text(wanted)).is_some(),
        "exists" => value.is_null() != same(wanted, &Value::Bool(true)),
        "less" => ordered(&[Less]),
        "lessorequals" => ordered(&[Less, Equal]),
        "greater" => ordered(&[Greater]),
        "greaterorequals" => ordered(&[Greater, Equal]),
        _ => false,
    }
}

/// `#` stands for a digit, `?` for a letter, `.` for any sign.
fn matches(pattern: &str, text: &str) -> bool {
    let (mut wanted, mut signs) = (pattern.chars(), text.chars());
    loop {
        match (wanted.next(), signs.next()) {
            (None, None) => return true,
            (Some('#'), Some(sign)) if sign.is_ascii_digit() => {}
            (Some('?'), Some(sign)) if sign.is_alphabetic() => {}
            (Some('.'), Some(_)) => {}
            (Some(wanted), Some(sign)) if wanted == sign && !matches!(wanted, '#' | '?') => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(condition: Value) -> bool {
        let body = json!({"location": "westeurope", "kind": "Default", "properties": {"open": true, "days": 30,
            "ends": [{"state": "Approved"}, {"state": "Pending"}], "names": ["a", "b"]}});
        let subject = Subject { id: "/s/x", type_name: "M.X/ys", full_name: "x".into(), body: &body };
        let parameters = json!({"where": ["westeurope", "northeurope"], "wanted": ["b", "c"]});
        let judge = Judge {
            subject: &subject,
            parameters: parameters.as_object().expect("an object"),
            context: &Map::new(),
            trace: RefCell::default(),
        };
        Condition::read(&condition)
            .and_then(|c| c.holds(&judge))
            .unwrap_or_else(|why| panic!("{why}: {condition}"))
    }

    #[test]
    fn operators_compare_as_azure_does() {
        let field =
            |name: &str, operator: &str, wanted: Value| holds(json!({"field": name, operator: wanted}));
        for (name, operator, wanted) in [
            ("location", "equals", json!("WestEurope")),
            ("location", "in", json!("[parameters('where')]")),
            ("location", "like", json!("west*")),
            ("location", "notLike", json!("*us")),
            ("location", "match", json!("westeur?pe")),
            ("kind", "notMatch", json!("default")),
            ("kind", "matchInsensitively", json!("default")),
            ("M.X/ys/open", "equals", json!("true")),
            ("M.X/ys/open", "exists", json!("true")),
            ("M.X/ys/shut", "exists", json!(false)),
            ("M.X/ys/shut", "notEquals", json!("Disabled")),
            ("M.X/ys/shut", "equals", json!("")),
            ("M.X/ys/days", "greaterOrEquals", json!(30)),
            ("M.X/ys/days", "less", json!("100")),
            ("M.X/ys/names", "contains", json!("B")),
            ("M.X/ys/names[*]", "in", json!(["a", "b", "c"])),
            ("M.X/ys/ends[*].state", "notEquals", json!("Rejected")),
        ] {
            assert!(field(name, operator, wanted.clone()), "{name} {operator} {wanted}");
        }
        for (name, operator, wanted) in [
            ("M.X/ys/ends[*].state", "equals", json!("Approved")),
            ("M.X/ys/shut", "less", json!(1)),
            ("location", "notIn", json!("[parameters('where')]")),
            ("kind", "containsKey", json!("x")),
        ] {
            assert!(!field(name, operator, wanted.clone()), "{name} {operator} {wanted}");
        }
    }

    #[test]
    fn counts_count_what_fits() {
        let approved = |operator: &str, wanted: u32| {
            holds(json!({"count": {"field": "M.X/ys/ends[*]", "where":
                {"field": "M.X/ys/ends[*].state", "equals": "Approved"}}, operator: wanted}))
        };
        assert!(approved("equals", 1) && approved("less", 2) && !approved("less", 1));
        assert!(holds(json!({"count": {"value": "[parameters('wanted')]", "name": "one", "where":
            {"field": "M.X/ys/names", "contains": "[current('one')]"}}, "equals": 1})));
        assert!(holds(json!({"count": {"field": "M.X/ys/names[*]"}, "equals": 2})));
    }

    #[test]
    fn conditions_are_joined() {
        let (yes, no) =
            (json!({"field": "location", "exists": true}), json!({"field": "location", "exists": false}));
        assert!(holds(json!({"allOf": [yes, {"not": no}]})));
        assert!(holds(json!({"anyOf": [no, yes]})));
        assert!(!holds(json!({"not": {"anyOf": [no, yes]}})));
    }

    #[test]
    fn rules_that_mean_nothing_are_refused() {
        for wrong in [
            json!({}),
            json!([]),
            json!({"field": "type"}),
            json!({"field": "type", "equal": "x"}),
            json!({"field": "type", "equals": "x", "like": "y"}),
            json!({"field": "type", "equals": "[concat('x']"}),
            json!({"value": "[nothing()]", "equals": "x"}),
            json!({"allOf": []}),
            json!({"count": {}, "equals": 1}),
            json!({"equals": "x"}),
        ] {
            assert!(Condition::read(&wrong).is_err(), "{wrong}");
        }
    }
}
