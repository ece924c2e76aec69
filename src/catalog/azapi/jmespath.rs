//! The part of JMESPath that configurations use to pick from an answer: names, indices, projections (`[*]`, `[]`,
//! `*`), filters that compare, multi-selects, pipes, `||` and `length`, `keys`, `values`, `join`, `to_string`.

use std::iter::Peekable;
use std::str::Chars;

use crate::lang::{Kind, Type, Value};

/// An expression, parsed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    Current,
    Literal(Value),
    Field(String),
    Index(i64),
    /// One after the other.
    Then(Box<Expr>, Box<Expr>),
    /// The right side for each item of the left.
    Project(Box<Expr>, Box<Expr>),
    /// The items, with lists among them taken apart.
    Flatten(Box<Expr>),
    /// The values of an object.
    Values(Box<Expr>),
    Filter(Box<Expr>, Box<Expr>),
    Compare(Box<Expr>, Comparison, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    List(Vec<Expr>),
    Hash(Vec<(String, Expr)>),
    Call(String, Vec<Expr>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Parses an expression; the error says what stands where something else is expected.
pub(super) fn parse(text: &str) -> Result<Expr, String> {
    let mut parser = Parser { rest: text.chars().peekable() };
    let expr = parser.pipe()?;
    parser.space();
    match parser.rest.next() {
        None => Ok(expr),
        Some(c) => Err(format!("`{c}` is not expected in `{text}`")),
    }
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
}

impl Parser<'_> {
    fn space(&mut self) {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
    }

    fn eat(&mut self, c: char) -> bool {
        self.space();
        self.rest.next_if_eq(&c).is_some()
    }

    fn expect(&mut self, c: char) -> Result<(), String> {
        if self.eat(c) {
            return Ok(());
        }
        match self.rest.peek() {
            Some(there) => Err(format!("`{c}` is expected where `{there}` stands")),
            None => Err(format!("`{c}` is expected at the end")),
        }
    }

    fn starts(&mut self, word: &str) -> bool {
        self.space();
        let mut ahead = self.rest.clone();
        if word.chars().all(|c| ahead.next() == Some(c)) {
            self.rest = ahead;
            return true;
        }
        false
    }

    fn pipe(&mut self) -> Result<Expr, String> {
        let mut left = self.or()?;
        loop {
            self.space();
            let mut ahead = self.rest.clone();
            if ahead.next() != Some('|') || ahead.next() == Some('|') {
                return Ok(left);
            }
            self.rest.next();
            left = Expr::Then(left.into(), self.or()?.into());
        }
    }

    fn or(&mut self) -> Result<Expr, String> {
        let mut left = self.and()?;
        while self.starts("||") {
            left = Expr::Or(left.into(), self.and()?.into());
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr, String> {
        let mut left = self.comparison()?;
        while self.starts("&&") {
            left = Expr::And(left.into(), self.comparison()?.into());
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Expr, String> {
        use Comparison::*;
        let left = self.unary()?;
        let signs = [
            ("==", Equal),
            ("!=", NotEqual),
            ("<=", LessOrEqual),
            (">=", GreaterOrEqual),
            ("<", Less),
            (">", Greater),
        ];
        for (sign, comparison) in signs {
            if self.starts(sign) {
                return Ok(Expr::Compare(left.into(), comparison, self.unary()?.into()));
            }
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, String> {
        if self.eat('!') {
            return Ok(Expr::Not(self.unary()?.into()));
        }
        let head = self.head()?;
        self.tail(head)
    }

    fn head(&mut self) -> Result<Expr, String> {
        self.space();
        match self.rest.peek().copied() {
            Some('@') => {
                self.rest.next();
                Ok(Expr::Current)
            }
            Some('(') => {
                self.rest.next();
                let inner = self.pipe()?;
                self.expect(')')?;
                Ok(inner)
            }
            Some('\'') => {
                self.rest.next();
                Ok(Expr::Literal(Value::string(&self.until('\'')?)))
            }
            Some('`') => {
                self.rest.next();
                let text = self.until('`')?;
                let json = serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text));
                Ok(Expr::Literal(Value::from_json(&json)))
            }
            Some('[') => Ok(Expr::Current),
            Some('*') => {
                self.rest.next();
                let rest = self.tail(Expr::Current)?;
                Ok(Expr::Project(Expr::Values(Expr::Current.into()).into(), rest.into()))
            }
            _ => self.step(),
        }
    }

    /// What may follow a dot: a name, a call, `{...}`.
    fn step(&mut self) -> Result<Expr, String> {
        self.space();
        match self.rest.peek().copied() {
            Some('"') => {
                self.rest.next();
                Ok(Expr::Field(self.until('"')?))
            }
            Some('{') => {
                self.rest.next();
                let mut all = Vec::new();
                while !self.eat('}') {
                    let name = match self.step()? {
                        Expr::Field(name) => name,
                        _ => return Err("a name is expected in `{...}`".into()),
                    };
                    self.expect(':')?;
                    all.push((name, self.or()?));
                    if !self.eat(',') {
                        self.expect('}')?;
                        break;
                    }
                }
                Ok(Expr::Hash(all))
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                let mut name = String::new();
                // ARM's names have dashes, dots never.
                while let Some(c) = self.rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '-')
                {
                    name.push(c);
                }
                if !self.eat('(') {
                    return Ok(Expr::Field(name));
                }
                let mut arguments = Vec::new();
                while !self.eat(')') {
                    arguments.push(self.or()?);
                    if !self.eat(',') {
                        self.expect(')')?;
                        break;
                    }
                }
                match name.as_str() {
                    "length" | "keys" | "values" | "to_string" if arguments.len() == 1 => {}
                    "join" | "contains" | "starts_with" if arguments.len() == 2 => {}
                    _ => {
                        return Err(format!(
                            "there is no function `{name}` of {} arguments",
                            arguments.len()
                        ));
                    }
                }
                Ok(Expr::Call(name, arguments))
            }
            Some(c) => Err(format!("a name is expected where `{c}` stands")),
            None => Err("a name is expected at the end".into()),
        }
    }

    fn tail(&mut self, mut left: Expr) -> Result<Expr, String> {
        loop {
            if self.eat('.') {
                self.space();
                if self.rest.next_if_eq(&'*').is_some() {
                    let rest = self.tail(Expr::Current)?;
                    return Ok(Expr::Project(Expr::Values(left.into()).into(), rest.into()));
                }
                if self.rest.peek() == Some(&'[') {
                    left = Expr::Then(left.into(), self.list()?.into());
                    continue;
                }
                left = Expr::Then(left.into(), self.step()?.into());
            } else if self.rest.peek() == Some(&'[') {
                let mut ahead = self.rest.clone();
                ahead.next();
                match ahead.next() {
                    Some(']') => {
                        self.rest = ahead;
                        let rest = self.tail(Expr::Current)?;
                        return Ok(Expr::Project(Expr::Flatten(left.into()).into(), rest.into()));
                    }
                    Some('*') => {
                        self.rest = ahead;
                        self.expect(']')?;
                        let rest = self.tail(Expr::Current)?;
                        return Ok(Expr::Project(left.into(), rest.into()));
                    }
                    Some('?') => {
                        self.rest = ahead;
                        let test = self.or()?;
                        self.expect(']')?;
                        let rest = self.tail(Expr::Current)?;
                        return Ok(Expr::Project(Expr::Filter(left.into(), test.into()).into(), rest.into()));
                    }
                    Some(c) if c.is_ascii_digit() || c == '-' => {
                        self.rest.next();
                        let mut number = String::new();
                        while let Some(c) = self.rest.next_if(|c| c.is_ascii_digit() || *c == '-') {
                            number.push(c);
                        }
                        self.expect(']')?;
                        let index = number.parse().map_err(|_| format!("`{number}` is not an index"))?;
                        left = Expr::Then(left.into(), Expr::Index(index).into());
                    }
                    _ => left = Expr::Then(left.into(), self.list()?.into()),
                }
            } else {
                return Ok(left);
            }
        }
    }

    fn list(&mut self) -> Result<Expr, String> {
        self.expect('[')?;
        let mut all = Vec::new();
        while !self.eat(']') {
            all.push(self.or()?);
            if !self.eat(',') {
                self.expect(']')?;
                break;
            }
        }
        Ok(Expr::List(all))
    }

    fn until(&mut self, end: char) -> Result<String, String> {
        let mut out = String::new();
        while let Some(c) = self.rest.next() {
            match c {
                c if c == end => return Ok(out),
                '\\' => out.extend(self.rest.next()),
                c => out.push(c),
            }
        }
        Err(format!("a closing `{end}` is missing"))
    }
}

fn null() -> Value {
    Value::null(Type::Dynamic)
}

fn truth(value: &Value) -> bool {
    match &value.kind {
        Kind::Null(_) => false,
        Kind::Bool(b) => *b,
        Kind::String(s) => !s.is_empty(),
        _ => match (value.as_sequence(), value.as_entries()) {
            (Some(all), _) => !all.is_empty(),
            (_, Some(all)) => !all.is_empty(),
            _ => true,
        },
    }
}

/// Evaluates an expression; what is not there is null, what is unknown stays unknown.
pub(super) fn evaluate(expr: &Expr, value: &Value) -> Value {
    if value.is_unknown() && !matches!(expr, Expr::Literal(_)) {
        return Value::unknown(Type::Dynamic);
    }
    match expr {
        Expr::Current => value.clone(),
        Expr::Literal(literal) => literal.clone(),
        Expr::Field(name) => value.get(name).cloned().unwrap_or_else(null),
        Expr::Index(at) => value
            .as_sequence()
            .and_then(|all| {
                let at = if *at < 0 { i64::try_from(all.len()).ok()? + at } else { *at };
                all.get(usize::try_from(at).ok()?).cloned()
            })
            .unwrap_or_else(null),
        Expr::Then(left, right) => evaluate(right, &evaluate(left, value)),
        Expr::Project(left, right) => match evaluate(left, value) {
            unknown if unknown.is_unknown() => unknown,
            all => match all.as_sequence() {
                Some(all) => Value::tuple(
                    all.iter().map(|item| evaluate(right, item)).filter(|item| !item.is_null()).collect(),
                ),
                None => null(),
            },
        },
        Expr::Flatten(inner) => match evaluate(inner, value).as_sequence() {
            Some(all) => Value::tuple(
                all.iter()
                    .flat_map(|item| item.as_sequence().map_or_else(|| vec![item.clone()], <[Value]>::to_vec))
                    .collect(),
            ),
            None => null(),
        },
        Expr::Values(inner) => match evaluate(inner, value).as_entries() {
            Some(all) => Value::tuple(all.values().cloned().collect()),
            None => null(),
        },
        Expr::Filter(inner, test) => match evaluate(inner, value).as_sequence() {
            Some(all) => {
                Value::tuple(all.iter().filter(|item| truth(&evaluate(test, item))).cloned().collect())
            }
            None => null(),
        },
        Expr::Compare(left, comparison, right) => {
            let (left, right) = (evaluate(left, value), evaluate(right, value));
            let order = match (left.as_number(), right.as_number()) {
                (Some(a), Some(b)) => a.partial_cmp(b),
                _ => None,
            };
            match comparison {
                Comparison::Equal => super::super::value::same(&left, &right).into(),
                Comparison::NotEqual => (!super::super::value::same(&left, &right)).into(),
                Comparison::Less => order.map_or_else(null, |o| o.is_lt().into()),
                Comparison::LessOrEqual => order.map_or_else(null, |o| o.is_le().into()),
                Comparison::Greater => order.map_or_else(null, |o| o.is_gt().into()),
                Comparison::GreaterOrEqual => order.map_or_else(null, |o| o.is_ge().into()),
            }
        }
        Expr::Or(left, right) => match evaluate(left, value) {
            first if truth(&first) => first,
            _ => evaluate(right, value),
        },
        Expr::And(left, right) => match evaluate(left, value) {
            first if !truth(&first) => first,
            _ => evaluate(right, value),
        },
        Expr::Not(inner) => (!truth(&evaluate(inner, value))).into(),
        Expr::List(_) | Expr::Hash(_) if value.is_null() => null(),
        Expr::List(all) => Value::tuple(all.iter().map(|e| evaluate(e, value)).collect()),
        Expr::Hash(all) => Value::object(all.iter().map(|(n, e)| (n.as_str(), evaluate(e, value)))),
        Expr::Call(name, arguments) => {
            let arguments: Vec<Value> = arguments.iter().map(|a| evaluate(a, value)).collect();
            call(name, &arguments)
        }
    }
}

fn call(name: &str, arguments: &[Value]) -> Value {
    let [first, rest @ ..] = arguments else { return null() };
    if arguments.iter().any(Value::is_unknown) {
        return Value::unknown(Type::Dynamic);
    }
    let count = |n: usize| Value::from(crate::lang::Number::from_usize(n));
    match (name, rest) {
        ("length", _) => match (&first.kind, first.as_sequence(), first.as_entries()) {
            (Kind::String(s), ..) => count(s.chars().count()),
            (_, Some(all), _) => count(all.len()),
            (.., Some(all)) => count(all.len()),
            _ => null(),
        },
        ("keys", _) => first
            .as_entries()
            .map_or_else(null, |all| Value::tuple(all.keys().map(|k| Value::string(k)).collect())),
        ("values", _) => {
            first.as_entries().map_or_else(null, |all| Value::tuple(all.values().cloned().collect()))
        }
        ("to_string", _) => match first.as_str() {
            Some(_) => first.clone(),
            None => first.to_json().map_or_else(null, |j| j.to_string().into()),
        },
        ("join", [items]) => match (first.as_str(), items.as_sequence()) {
            (Some(glue), Some(items)) => {
                items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(glue).into()
            }
            _ => null(),
        },
        ("contains", [wanted]) => match (first.as_str(), first.as_sequence(), wanted.as_str()) {
            (Some(text), _, Some(wanted)) => text.contains(wanted).into(),
            (_, Some(all), _) => all.iter().any(|v| super::super::value::same(v, wanted)).into(),
            _ => null(),
        },
        ("starts_with", [prefix]) => match (first.as_str(), prefix.as_str()) {
            (Some(text), Some(prefix)) => text.starts_with(prefix).into(),
            _ => null(),
        },
        _ => null(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn run(text: &str) -> serde_json::Value {
        let document = json!({
            "id": "/a", "properties": {"loginServer": "x.azurecr.io", "n": 3,
            "rules": [{"name": "a", "p": {"port": 1}}, {"name": "b", "p": {"port": 2}}], "lists": [[1], [2, 3]]},
        });
        evaluate(&parse(text).unwrap(), &Value::from_json(&document)).to_json().unwrap()
    }

    #[test]
    fn picks_what_configurations_ask_for() {
        for (text, expected) in [
            ("properties.loginServer", json!("x.azurecr.io")),
            ("properties.\"loginServer\"", json!("x.azurecr.io")),
            ("properties.absent.deeper", json!(null)),
            ("properties.rules[0].name", json!("a")),
            ("properties.rules[-1].p.port", json!(2)),
            ("properties.rules[*].name", json!(["a", "b"])),
            ("properties.rules[].p.port", json!([1, 2])),
            ("properties.lists[]", json!([1, 2, 3])),
            ("properties.rules[?name=='b'].p | [0].port", json!(2)),
            ("properties.rules[?p.port > `1`].name", json!(["b"])),
            ("properties.{a: n, b: loginServer}", json!({"a": 3, "b": "x.azurecr.io"})),
            ("[id, properties.n]", json!(["/a", 3])),
            ("length(properties.rules)", json!(2)),
            ("join(',', properties.rules[*].name)", json!("a,b")),
            ("properties.none || id", json!("/a")),
            ("@.id", json!("/a")),
        ] {
            assert_eq!(run(text), expected, "{text}");
        }
    }

    #[test]
    fn nonsense_is_an_error() {
        for text in ["", "a.", "a[", "nope(a)", "a b", "'a"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
