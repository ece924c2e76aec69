//! Template expressions in policy rules: `[concat('tags[', parameters('tagName'), ']')]`.
//!
//! What a function needs of the world it asks its [`Scope`] for; the language itself is here.

use serde_json::{Value, json};

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// A value as it is.
    Literal(Value),
    /// A function and its arguments.
    Call(String, Vec<Expression>),
    /// A property or an item of something.
    Member(Box<Expression>, Box<Expression>),
}

/// What expressions refer to. Names are compared without case.
pub trait Scope {
    /// `parameters('name')`
    fn parameter(&self, name: &str) -> Option<Value>;
    /// `field('name')`
    fn field(&self, name: &str) -> Value;
    /// `current('name')`; an empty name: the innermost.
    fn current(&self, name: &str) -> Option<Value>;
    /// `resourceGroup()`, `subscription()`, `requestContext()`, `policy()`
    fn context(&self, function: &str) -> Option<Value>;
}

/// Why an expression means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unclear(pub String);

/// The most that expressions may be nested.
const DEPTH: usize = 64;

impl Expression {
    /// Reads a JSON string of a rule: in brackets it is an expression, `[[` begins a text that starts with a bracket.
    ///
    /// # Errors
    /// If what stands in brackets is no expression.
    pub fn read(text: &str) -> Result<Expression, Unclear> {
        if let Some(rest) = text.strip_prefix("[[") {
            return Ok(Expression::Literal(Value::from(format!("[{rest}"))));
        }
        let Some(inside) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
            return Ok(Expression::Literal(text.into()));
        };
        let mut reader = Reader { rest: inside, whole: text };
        let expression = reader.expression(0)?;
        match reader.rest.trim_start() {
            "" => Ok(expression),
            rest => Err(reader.unclear(&format!("'{rest}' is not expected"))),
        }
    }

    /// The value of it.
    ///
    /// # Errors
    /// If a function is not known, or does not take its arguments.
    pub fn value(&self, scope: &dyn Scope) -> Result<Value, Unclear> {
        match self {
            Expression::Literal(value) => Ok(value.clone()),
            Expression::Member(of, name) => {
                let (of, name) = (of.value(scope)?, name.value(scope)?);
                Ok(match name.as_u64() {
                    Some(at) => of.get(usize::try_from(at).unwrap_or(usize::MAX)),
                    None => member(&of, name.as_str().unwrap_or_default()),
                }
                .cloned()
                .unwrap_or(Value::Null))
            }
            Expression::Call(name, arguments) => {
                // Only one of the two ways is judged.
                if name == "if" {
                    let [condition, yes, no] = arguments.as_slice() else {
                        return Err(unfit(name, arguments.len()));
                    };
                    return if truth(&condition.value(scope)?) { yes } else { no }.value(scope);
                }
                let values = arguments.iter().map(|a| a.value(scope)).collect::<Result<Vec<_>, _>>()?;
                call(name, &values, scope)
            }
        }
    }

    /// The functions that are called in it.
    pub fn functions(&self, found: &mut Vec<String>) {
        match self {
            Expression::Literal(_) => {}
            Expression::Call(name, arguments) => {
                found.push(name.clone());
                arguments.iter().for_each(|a| a.functions(found));
            }
            Expression::Member(of, name) => {
                of.functions(found);
                name.functions(found);
            }
        }
    }
}

/// A property by its name in any casing.
pub fn member<'a>(of: &'a Value, name: &str) -> Option<&'a Value> {
    let object = of.as_object()?;
    object.get(name).or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| v))
}

/// What a value says as text: as conditions compare it.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn truth(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| text(value).eq_ignore_ascii_case("true"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().or_else(|| text(value).trim().parse().ok()).unwrap_or_default()
}

fn whole(number: f64) -> Value {
    // Whole numbers are what the language knows; they are far below 2^53.
    #[allow(clippy::cast_possible_truncation)]
    let whole = number as i64;
    Value::from(whole)
}

fn index(value: &Value) -> usize {
    value.as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or_default()
}

fn unfit(name: &str, count: usize) -> Unclear {
    Unclear(format!("The template function '{name}' does not take {count} arguments of these kinds."))
}

/// Are two values the same, as `equals` and the conditions compare? Texts without case; `"true"` is `true`.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(_) | Value::Object(_), _) | (_, Value::Array(_) | Value::Object(_)) => a == b,
        (Value::Null, other) | (other, Value::Null) => other.is_null(),
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        _ => text(a).eq_ignore_ascii_case(&text(b)),
    }
}

/// Texts by their letters, everything else by its number.
pub fn order(a: &Value, b: &Value) -> Option<std::cmp::Ordering> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Some(a.to_lowercase().cmp(&b.to_lowercase())),
        _ => number(a).partial_cmp(&number(b)),
    }
}

/// Is something in it: a text in a text, an item in an array, a property in an object?
pub fn contains(of: &Value, what: &Value) -> bool {
    match of {
        Value::Array(items) => items.iter().any(|item| same(item, what)),
        Value::Object(_) => member(of, &text(what)).is_some(),
        _ => text(of).to_lowercase().contains(&text(what).to_lowercase()),
    }
}

/// The functions that are known (<https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule>).
const FUNCTIONS: &[&str] = &[
    "add",
    "and",
    "bool",
    "coalesce",
    "concat",
    "contains",
    "createarray",
    "current",
    "empty",
    "endswith",
    "equals",
    "false",
    "field",
    "first",
    "greater",
    "greaterorequals",
    "if",
    "indexof",
    "int",
    "last",
    "length",
    "less",
    "lessorequals",
    "max",
    "min",
    "not",
    "null",
    "or",
    "padleft",
    "parameters",
    "policy",
    "replace",
    "requestcontext",
    "resourcegroup",
    "split",
    "startswith",
    "string",
    "sub",
    "subscription",
    "substring",
    "tolower",
    "toupper",
    "trim",
    "true",
];

/// Is there a function of this name (in lower case)?
pub fn known(name: &str) -> bool {
    FUNCTIONS.contains(&name)
}

fn call(name: &str, values: &[Value], scope: &dyn Scope) -> Result<Value, Unclear> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let compared = |wanted: &[std::cmp::Ordering], a: &Value, b: &Value| {
        Value::from(order(a, b).is_some_and(|order| wanted.contains(&order)))
    };
    Ok(match (name, values) {
        ("parameters", [name]) => {
            let name = text(name);
            let missing = || Unclear(format!("The policy parameter '{name}' is not defined."));
            scope.parameter(&name).ok_or_else(missing)?
        }
        ("field", [name]) => scope.field(&text(name)),
        ("current", []) => scope.current("").unwrap_or(Value::Null),
        ("current", [name]) => scope.current(&text(name)).unwrap_or(Value::Null),
        ("resourcegroup" | "subscription" | "requestcontext" | "policy", []) => {
            scope.context(name).unwrap_or(Value::Null)
        }
        ("true", []) => true.into(),
        ("false", []) => false.into(),
        ("null", []) => Value::Null,
        ("not", [a]) => (!truth(a)).into(),
        ("and", all) => all.iter().all(truth).into(),
        ("or", all) => all.iter().any(truth).into(),
        ("bool", [a]) => truth(a).into(),
        ("int", [a]) => whole(number(a)),
        ("string", [a]) => text(a).into(),
        ("equals", [a, b]) => same(a, b).into(),
        ("less", [a, b]) => compared(&[Less], a, b),
        ("lessorequals", [a, b]) => compared(&[Less, Equal], a, b),
        ("greater", [a, b]) => compared(&[Greater], a, b),
        ("greaterorequals", [a, b]) => compared(&[Greater, Equal], a, b),
        ("add", [a, b]) => whole(number(a) + number(b)),
        ("sub", [a, b]) => whole(number(a) - number(b)),
        ("min" | "max", [Value::Array(items)]) => call(name, items, scope)?,
        ("min", all) => whole(all.iter().map(number).fold(f64::INFINITY, f64::min)),
        ("max", all) => whole(all.iter().map(number).fold(f64::NEG_INFINITY, f64::max)),
        ("coalesce", all) => all.iter().find(|v| !v.is_null()).cloned().unwrap_or(Value::Null),
        ("createarray", all) => Value::Array(all.to_vec()),
        ("concat", all) if all.iter().any(Value::is_array) => {
            Value::Array(all.iter().filter_map(Value::as_array).flatten().cloned().collect())
        }
        ("concat", all) => all.iter().map(text).collect::<String>().into(),
        ("contains", [a, b]) => contains(a, b).into(),
        ("empty", [a]) => match a {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(object) => object.is_empty(),
            _ => false,
        }
        .into(),
        ("length", [a]) => json!(match a {
            Value::Array(items) => items.len(),
            Value::Object(object) => object.len(),
            other => text(other).chars().count(),
        }),
        ("first" | "last", [Value::Array(items)]) => {
            if name == "first" { items.first() } else { items.last() }.cloned().unwrap_or(Value::Null)
        }
        ("first", [a]) => text(a).chars().next().map(String::from).into(),
        ("last", [a]) => text(a).chars().last().map(String::from).into(),
        ("startswith", [a, b]) => text(a).to_lowercase().starts_with(&text(b).to_lowercase()).into(),
        ("endswith", [a, b]) => text(a).to_lowercase().ends_with(&text(b).to_lowercase()).into(),
        ("indexof", [a, b]) => {
            let (a, b) = (text(a).to_lowercase(), text(b).to_lowercase());
            json!(a.find(&b).map_or(-1, |at| i64::try_from(a[..at].chars().count()).unwrap_or(-1)))
        }
        ("tolower", [a]) => text(a).to_lowercase().into(),
        ("toupper", [a]) => text(a).to_uppercase().into(),
        ("trim", [a]) => text(a).trim().into(),
        ("replace", [a, old, new]) => text(a).replace(&text(old), &text(new)).into(),
        ("split", [a, by]) => text(a).split(&text(by)).map(Value::from).collect(),
        ("substring", [a, from]) => text(a).chars().skip(index(from)).collect::<String>().into(),
        ("substring", [a, from, count]) => {
            text(a).chars().skip(index(from)).take(index(count)).collect::<String>().into()
        }
        ("padleft", [a, width, with]) => {
            let a = text(a);
            let lacking = index(width).saturating_sub(a.chars().count());
            format!("{}{a}", text(with).repeat(lacking.min(1_000))).into()
        }
        _ if known(name) => return Err(unfit(name, values.len())),
        _ => return Err(Unclear(format!("The template function '{name}' is not valid."))),
    })
}

/// Reads expressions from left to right.
struct Reader<'t> {
    rest: &'t str,
    whole: &'t str,
}

impl Reader<'_> {
    fn unclear(&self, why: &str) -> Unclear {
        Unclear(format!("Unable to parse the template language expression '{}': {why}.", self.whole))
    }

    /// Goes over a sign, if it stands there.
    fn sign(&mut self, sign: char) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> &str {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn expression(&mut self, depth: usize) -> Result<Expression, Unclear> {
        if depth > DEPTH {
            return Err(self.unclear("it is nested too deeply"));
        }
        let mut read = self.primary(depth)?;
        loop {
            if self.sign('.') {
                let name = self.word().to_owned();
                if name.is_empty() {
                    return Err(self.unclear("a name is expected after '.'"));
                }
                read = Expression::Member(Box::new(read), Box::new(Expression::Literal(name.into())));
            } else if self.sign('[') {
                let at = self.expression(depth + 1)?;
                if !self.sign(']') {
                    return Err(self.unclear("']' is expected"));
                }
                read = Expression::Member(Box::new(read), Box::new(at));
            } else {
                return Ok(read);
            }
        }
    }

    fn primary(&mut self, depth: usize) -> Result<Expression, Unclear> {
        if self.sign('\'') {
            return self.quoted();
        }
        let minus = self.sign('-');
        let word = self.word().to_owned();
        if let Ok(number) = word.parse::<i64>() {
            return Ok(Expression::Literal(Value::from(if minus { -number } else { number })));
        }
        if word.is_empty() || minus || !self.sign('(') {
            return Err(self.unclear("a function, a text or a number is expected"));
        }
        let mut arguments = Vec::new();
        if !self.sign(')') {
            loop {
                arguments.push(self.expression(depth + 1)?);
                if self.sign(')') {
                    break;
                }
                if !self.sign(',') {
                    return Err(self.unclear("',' or ')' is expected"));
                }
            }
        }
        Ok(Expression::Call(word.to_lowercase(), arguments))
    }

    /// What stands in quotes; a doubled quote is one.
    fn quoted(&mut self) -> Result<Expression, Unclear> {
        let mut text = String::new();
        let mut signs = self.rest.char_indices().peekable();
        while let Some((at, sign)) = signs.next() {
            match sign {
                '\'' if signs.peek().is_some_and(|(_, next)| *next == '\'') => {
                    signs.next();
                    text.push('\'');
                }
                '\'' => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(Expression::Literal(text.into()));
                }
                sign => text.push(sign),
            }
        }
        Err(self.unclear("a text does not end"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Of(Value);

    impl Scope for Of {
        fn parameter(&self, name: &str) -> Option<Value> {
            member(&self.0, name).cloned()
        }
        fn field(&self, name: &str) -> Value {
            format!("<{name}>").into()
        }
        fn current(&self, _: &str) -> Option<Value> {
            None
        }
        fn context(&self, function: &str) -> Option<Value> {
            (function == "resourcegroup").then(|| json!({"tags": {"Cost Center": "42"}}))
        }
    }

    fn value(text: &str) -> Value {
        let scope = Of(json!({"tagName": "Cost Center", "list": ["a", "B"], "days": "7"}));
        Expression::read(text).and_then(|e| e.value(&scope)).unwrap_or_else(|why| json!({"wrong": why.0}))
    }

    #[test]
    fn expressions_are_what_stands_in_brackets() {
        assert_eq!(value("plain"), json!("plain"));
        assert_eq!(value("[[plain]"), json!("[plain]"));
        assert_eq!(value("[concat('tags[''', parameters('TAGNAME'), ''']')]"), json!("tags['Cost Center']"));
        assert_eq!(value("[resourceGroup().tags[parameters('tagName')]]"), json!("42"));
        assert_eq!(value("[parameters('list')[1]]"), json!("B"));
        assert_eq!(value("[field('type')]"), json!("<type>"));
    }

    #[test]
    fn functions_do_what_arm_says_of_them() {
        for (text, wanted) in [
            ("[if(contains(parameters('list'), 'b'), 'yes', 'no')]", json!("yes")),
            ("[padLeft(parameters('days'), 3, '0')]", json!("007")),
            ("[greaterOrEquals('2021-10-01', '2021-07-01')]", json!(true)),
            ("[last(split('a/b/c', '/'))]", json!("c")),
            ("[substring('abcdef', 1, 3)]", json!("bcd")),
            ("[add(length('äöü'), -1)]", json!(2)),
            ("[empty(null())]", json!(true)),
            ("[not(equals('true', true()))]", json!(false)),
            ("[max(createArray(3, 12, 5))]", json!(12)),
        ] {
            assert_eq!(value(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_told() {
        for text in
            ["[concat('a']", "[nothing('a')]", "[]", "['a", "['a' b]", "[parameters('gone')]", "[length()]"]
        {
            let answer = value(text);
            assert_eq!(answer.get("wrong").is_some(), text.ends_with(']'), "{text}: {answer}");
        }
        assert!(Expression::read(&format!("[{}1{}]", "not(".repeat(9_999), ")".repeat(9_999))).is_err());
    }

    #[test]
    fn every_function_of_the_table_is_there() {
        for name in FUNCTIONS {
            let answers = (0..4).map(|count| call(name, &vec![json!("1"); count], &Of(json!({"1": 1}))));
            let alone = name == &"if"
                || answers.clone().any(|a| !matches!(&a, Err(Unclear(why)) if why.contains("take")));
            assert!(alone, "{name}");
        }
    }
}
