//! `count` and `for_each`: how a block repeats, what `count` and `each` are in its instances, and the block with all of them.

use std::rc::Rc;
use std::sync::Arc;

use super::addr::Key;
use super::scope::ModuleScope;
use super::walk::{Resources, Walk};
use crate::config::ForEach;
use crate::lang::{self, Diagnostic, Entries, Marks, Type, Value};

/// So many instances may a block have with `count`.
const MOST_INSTANCES: u64 = 100_000;

/// How a block repeats.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Repetition {
    /// How.
    pub kind: Kind,
    /// The marks of the `count` or `for_each` value itself: its instances exist because of them.
    pub marks: Marks,
}

/// The kinds of repetition.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Kind {
    /// One instance without a key.
    #[default]
    Single,
    /// `count`
    Count(u64),
    /// `for_each`: keys with their values.
    Each(Entries),
    /// Not known: in validation, or after an error.
    Unknown,
}

/// `each` and `count` in one instance.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Each {
    /// Neither is there.
    #[default]
    None,
    /// `count.index`
    Count(Value),
    /// `each.key` and `each.value`
    Each(Value, Value),
}

impl Each {
    /// In any of the instances.
    pub fn of_any(repetition: ForEach<'_>) -> Each {
        match repetition {
            ForEach::Single => Each::None,
            ForEach::Count(_) => Each::Count(Value::unknown_not_null(Type::Number)),
            ForEach::ForEach(_) => {
                Each::Each(Value::unknown_not_null(Type::String), Value::unknown(Type::Dynamic))
            }
        }
    }

    /// What the key alone tells.
    pub fn of(key: Option<&Key>) -> Each {
        match key {
            None => Each::None,
            Some(Key::Index(at)) => Each::Count((*at as i64).into()),
            Some(Key::Name(name)) => Each::Each(Value::string(name), Value::unknown(Type::Dynamic)),
        }
    }

    /// `each.key`, `each.value`.
    pub fn each(&self, name: &str) -> Option<Value> {
        match (self, name) {
            (Each::Each(key, _), "key") => Some(key.clone()),
            (Each::Each(_, value), "value") => Some(value.clone()),
            _ => None,
        }
    }

    /// `count.index`.
    pub fn count(&self, name: &str) -> Option<Value> {
        match (self, name) {
            (Each::Count(index), "index") => Some(index.clone()),
            _ => None,
        }
    }
}

/// A resource block in one module instance, expanded.
#[derive(Clone)]
pub struct Block {
    /// How it repeats.
    pub repetition: Rc<Repetition>,
    /// The value that references to the block have.
    pub value: Value,
}

impl Block {
    /// Puts another value in the place of an instance's.
    pub fn put(&mut self, key: Option<&Key>, value: Value) {
        match (&mut self.value.kind, key) {
            (lang::Kind::Tuple(all), Some(Key::Index(at))) => {
                if let Some(place) = Arc::make_mut(all).get_mut(*at as usize) {
                    *place = value;
                }
            }
            (lang::Kind::Object(all), Some(Key::Name(name))) => {
                if let Some(place) = Arc::make_mut(all).get_mut(name) {
                    *place = value;
                }
            }
            (_, None) => self.value = value.marked(&self.repetition.marks),
            _ => {}
        }
    }
}

impl Repetition {
    /// Are the instances not known?
    pub fn is_unknown(&self) -> bool {
        self.kind == Kind::Unknown
    }

    /// The keys of the instances.
    pub fn keys(&self) -> Vec<Option<Key>> {
        match &self.kind {
            Kind::Single => vec![None],
            Kind::Count(n) => (0..*n).map(|i| Some(Key::Index(i))).collect(),
            Kind::Each(all) => all.iter().map(|(k, _)| Some(Key::Name(k.clone()))).collect(),
            Kind::Unknown => Vec::new(),
        }
    }

    /// Is there an instance of this key?
    pub fn has(&self, key: Option<&Key>) -> bool {
        match (&self.kind, key) {
            (Kind::Single, None) => true,
            (Kind::Count(n), Some(Key::Index(at))) => at < n,
            (Kind::Each(all), Some(Key::Name(name))) => all.contains_key(name),
            _ => false,
        }
    }

    /// `each` and `count` in an instance.
    pub fn each(&self, key: Option<&Key>) -> Each {
        match (&self.kind, key) {
            (Kind::Count(_), Some(Key::Index(i))) => Each::Count((*i as i64).into()),
            (Kind::Each(all), Some(Key::Name(name))) => match all.get_key_value(name) {
                Some((key, value)) => Each::Each(Value::string(key), value.clone()),
                None => Each::None,
            },
            _ => Each::None,
        }
    }

    /// The value of the whole block from the values of its instances.
    pub fn collect(&self, mut instance: impl FnMut(Option<Key>) -> Value) -> Value {
        let value = match &self.kind {
            Kind::Single => return instance(None).marked(&self.marks),
            Kind::Count(n) => Value::tuple((0..*n).map(|i| instance(Some(Key::Index(i)))).collect()),
            Kind::Each(all) => {
                Value::object(all.iter().map(|(k, _)| (k.clone(), instance(Some(Key::Name(k.clone()))))))
            }
            Kind::Unknown => Value::unknown(Type::Dynamic),
        };
        value.marked(&self.marks)
    }
}

/// Evaluates a block's repetition.
pub fn expand<'a>(
    walk: &Walk<'a>,
    repetition: ForEach<'_>,
    scope: &ModuleScope<'_, 'a>,
    context: &str,
) -> Repetition {
    match repetition {
        ForEach::Single => Repetition::default(),
        ForEach::Count(expr) => {
            let value = walk.eval(expr, scope, context);
            let marks = value.marks.clone();
            judge_count(walk, &value)
                .map(|kind| Repetition { kind, marks: marks.without_sensitive() })
                .unwrap_or_else(|detail| {
                    walk.report(detail.map(|d| d.at(expr.span.clone()).within(context)));
                    Repetition { kind: Kind::Unknown, marks }
                })
        }
        ForEach::ForEach(expr) => {
            let value = walk.eval(expr, scope, context);
            let marks = value.marks.clone();
            judge_for_each(walk, &value).map(|kind| Repetition { kind, marks: marks.clone() }).unwrap_or_else(
                |detail| {
                    walk.report(detail.map(|d| d.at(expr.span.clone()).within(context)));
                    Repetition { kind: Kind::Unknown, marks }
                },
            )
        }
    }
}

/// The error is empty where nothing is wrong, but nothing is known either (in validation).
fn judge_count(walk: &Walk<'_>, value: &Value) -> Result<Kind, Option<Diagnostic>> {
    let wrong = |detail: &str| Some(Diagnostic::error("Invalid count argument", detail));
    if value.marks.is_ephemeral() {
        return Err(wrong(
            "The given \"count\" is derived from an ephemeral value, which means that Terraform cannot persist it between \
             plan/apply rounds. Use only non-ephemeral values to specify the number of resource instances.",
        ));
    }
    let number = lang::convert::convert(value, &Type::Number).map_err(|why| {
        Some(Diagnostic::error("Incorrect value type", format!("Invalid expression value: {why}.")))
    })?;
    if number.is_unknown() {
        return Err(wrong(
            "The \"count\" value depends on resource attributes that cannot be determined until apply, so Terraform \
             cannot predict how many instances will be created. To work around this, use the -target argument to \
             first apply only the resources that the count depends on.",
        )
        .filter(|_| !failed(walk, value)));
    }
    if number.is_null() {
        return Err(wrong("The given \"count\" argument value is null. An integer is required."));
    }
    let number = number.as_number().and_then(|n| n.as_i64()).ok_or_else(|| {
        wrong("The given \"count\" argument value is unsuitable: a whole number is required.")
    })?;
    let number = u64::try_from(number).map_err(|_| {
        wrong("The given \"count\" argument value is unsuitable: must be greater than or equal to zero.")
    })?;
    if number > MOST_INSTANCES {
        let detail = format!(
            "The given \"count\" argument value is unsuitable: must not be greater than {MOST_INSTANCES}."
        );
        return Err(wrong(&detail));
    }
    Ok(Kind::Count(number))
}

fn judge_for_each(walk: &Walk<'_>, value: &Value) -> Result<Kind, Option<Diagnostic>> {
    let wrong = |detail: String| Some(Diagnostic::error("Invalid for_each argument", detail));
    let wrong_set = |detail: String| Some(Diagnostic::error("Invalid for_each set argument", detail));
    if value.marks.is_ephemeral() {
        return Err(wrong(
            "The given \"for_each\" value is derived from an ephemeral value, which means that Terraform cannot persist it \
             between plan/apply rounds. Use only non-ephemeral values to specify a resource's instance keys."
                .into(),
        ));
    }
    if value.marks.is_sensitive() {
        return Err(wrong(
            "Sensitive values, or values derived from sensitive values, cannot be used as for_each arguments. If \
             used, the sensitive value could be exposed as a resource instance key."
                .into(),
        ));
    }
    let unknown = |what: &str| {
        if failed(walk, value) {
            None
        } else {
            wrong(format!(
                "The \"for_each\" {what} derived from resource attributes that cannot be determined until apply, and \
                 so Terraform cannot determine the full set of keys that will identify the instances of this \
                 resource.\n\nWhen working with unknown values in for_each, it's better to use a map value where the \
                 keys are defined statically in your configuration and where only the values contain apply-time \
                 results.\n\nAlternatively, you could use the -target planning option to first apply only the \
                 resources that the for_each value depends on, and then apply a second time to fully converge."
            ))
        }
    };
    if value.is_unknown() {
        return Err(unknown("map includes keys"));
    }
    if value.is_null() {
        return Err(wrong(
            "The given \"for_each\" argument value is unsuitable: the given \"for_each\" argument value is null. A \
             map, or set of strings is allowed."
                .into(),
        ));
    }
    if let Some(entries) = value.as_entries() {
        return Ok(Kind::Each(entries.clone()));
    }
    if let lang::Kind::Set(element, items) = &value.kind {
        if *element != Type::String && !items.is_empty() {
            return Err(wrong_set(format!(
                "The given \"for_each\" argument value is unsuitable: \"for_each\" supports maps and sets of strings, \
                 but you have provided a set containing type {}.",
                element.friendly_name()
            )));
        }
        let mut keys = Vec::with_capacity(items.len());
        for item in items.iter() {
            if item.is_unknown() {
                return Err(unknown("set includes values"));
            }
            match item.as_str() {
                Some(text) => keys.push((Arc::from(text), item.clone())),
                None => {
                    return Err(wrong_set(
                        "The given \"for_each\" argument value is unsuitable: \"for_each\" sets must not contain null \
                         values."
                            .into(),
                    ));
                }
            }
        }
        return Ok(Kind::Each(keys.into_iter().collect()));
    }
    Err(wrong(format!(
        "The given \"for_each\" argument value is unsuitable: the \"for_each\" argument must be a map, or set of \
         strings, and you have provided a value of type {}.",
        value.ty().friendly_name()
    )))
}

/// Is an unknown value no news: in validation, while reads are missing, or after an error?
fn failed(walk: &Walk<'_>, value: &Value) -> bool {
    matches!(walk.resources, Resources::Unknown)
        || !walk.needs.borrow().is_empty()
        || value.deep_marks().is_broken()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(kind: Kind) -> Block {
        let repetition = Rc::new(Repetition { kind, marks: Marks::sensitive() });
        let value = repetition.collect(|key| key.map_or("it".into(), |key| key.to_string().into()));
        Block { repetition, value }
    }

    fn texts(block: &Block) -> Vec<&str> {
        let each = block.value.as_sequence().map(|all| all.iter().collect());
        let named = || block.value.as_entries().map(|all| all.values().collect());
        let all: Vec<&Value> = each.or_else(named).unwrap_or_else(|| vec![&block.value]);
        all.into_iter().filter_map(Value::as_str).collect()
    }

    #[test]
    fn what_is_made_of_an_instance_takes_its_place_in_the_block() {
        let mut counted = block(Kind::Count(2));
        let before = counted.clone();
        counted.put(Some(&Key::Index(1)), "made".into());
        counted.put(Some(&Key::Index(2)), "of nobody".into());
        assert_eq!((texts(&counted), texts(&before)), (vec!["[0]", "made"], vec!["[0]", "[1]"]));
        let keys: Entries = ["a", "b"].map(|k| (Arc::from(k), Value::string(k))).into();
        let mut named = block(Kind::Each(keys));
        named.put(Some(&Key::Name("a".into())), "made".into());
        named.put(Some(&Key::Name("c".into())), "of nobody".into());
        assert_eq!(texts(&named), ["made", "[\"b\"]"]);
        let mut single = block(Kind::Single);
        single.put(None, "made".into());
        assert_eq!(texts(&single), ["made"]);
        assert!([counted, named, single].iter().all(|b| b.value.marks.is_sensitive()));
    }
}
