//! `for` expressions and splats.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::operators::position;
use super::{ELEMENT, Evaluator};
use crate::lang::codec::quote;
use crate::lang::convert::{convert, unify};
use crate::lang::diag::{Diagnostic, Span};
use crate::lang::marks::Marks;
use crate::lang::syntax::{Expr, For, Name};
use crate::lang::types::Type;
use crate::lang::value::{Kind, Unknown, Value};

/// Keys and values of what is iterated.
pub(super) type Elements = Vec<(Value, Value)>;

/// What a collection gives to iterate.
pub(super) enum Iteration {
    /// The elements.
    Elements(Elements),
    /// Which there are is not known.
    Unknown,
}

/// The elements of a list, set, map, tuple or object, with their keys (of a set: the element itself).
pub fn elements(value: &Value) -> Option<Vec<(Value, Value)>> {
    Some(match &value.kind {
        Kind::List(_, all) | Kind::Tuple(all) => {
            all.iter().enumerate().map(|(n, v)| (position(n), v.clone())).collect()
        }
        Kind::Set(_, all) => all.iter().map(|v| (v.clone(), v.clone())).collect(),
        Kind::Map(_, all) => all.iter().map(|(k, v)| (Value::from(&**k), v.clone())).collect(),
        Kind::Object(all) => all.iter().map(|(k, v)| (Value::from(&**k), v.clone())).collect(),
        _ => return None,
    })
}

impl Evaluator<'_> {
    /// What `for` goes through; `None` after an error.
    pub(super) fn iteration(&mut self, collection: &Expr) -> Option<(Iteration, Marks)> {
        let errors = self.errors;
        let value = self.eval(collection);
        if self.errors > errors {
            return None;
        }
        let at = collection.span.clone();
        if value.is_null() {
            let detail = "A null value cannot be used as the collection in a 'for' expression.";
            self.fail_on(collection, Diagnostic::error("Iteration over null value", detail).at(at));
            return None;
        }
        if let Some(all) = elements(&value) {
            return Some((Iteration::Elements(all), value.marks));
        }
        match value.ty() {
            Type::Dynamic
            | Type::List(_)
            | Type::Set(_)
            | Type::Map(_)
            | Type::Tuple(_)
            | Type::Object(_) => Some((Iteration::Unknown, value.marks)),
            ty => {
                let detail = format!(
                    "A value of type {} cannot be used as the collection in a 'for' expression.",
                    ty.friendly_name()
                );
                self.fail_on(
                    collection,
                    Diagnostic::error("Iteration over non-iterable value", detail).at(at),
                );
                None
            }
        }
    }

    /// Evaluates with the variables of an element.
    pub(super) fn with_element<T>(
        &mut self,
        key: Option<&Name>,
        value: &Name,
        element: (Value, Value),
        run: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let depth = self.variables.len();
        if let Some(key) = key {
            self.variables.push((key.text.clone(), element.0));
        }
        self.variables.push((value.text.clone(), element.1));
        let result = run(self);
        self.variables.truncate(depth);
        result
    }

    pub(super) fn for_expr(&mut self, f: &For) -> Value {
        let dynamic = Value::unknown(Type::Dynamic);
        let Some((iteration, mut marks)) = self.iteration(&f.collection) else { return dynamic };
        let Iteration::Elements(all) = iteration else { return dynamic.marked(&marks) };
        if let Some(condition) = &f.condition {
            // A condition of a wrong type is wrong even if there is no element.
            let errors = self.errors;
            let any = (dynamic.clone(), dynamic.clone());
            let tried = self.with_element(f.key_name.as_ref(), &f.value_name, any, |e| {
                let value = e.eval(condition);
                if e.errors == errors { e.filter(condition, &value) } else { None }
            });
            if tried.is_none() || self.errors > errors {
                return dynamic.marked(&marks);
            }
        }
        let mut known = true;
        let mut tuple = Vec::new();
        let mut object: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        let mut groups: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
        let mut duplicates: Vec<Arc<str>> = Vec::new();
        for element in all {
            if !self.make(ELEMENT, &f.value.span) {
                return dynamic.marked(&marks);
            }
            self.with_element(f.key_name.as_ref(), &f.value_name, element, |e| {
                if let Some(condition) = &f.condition {
                    let value = e.eval(condition);
                    match e.filter(condition, &value) {
                        Some(Some(keep)) => {
                            marks = marks.union(&value.marks);
                            if !keep {
                                return;
                            }
                        }
                        _ => {
                            marks = marks.union(&value.marks);
                            known = false;
                            return;
                        }
                    }
                }
                let Some(key) = &f.key else {
                    tuple.push(e.eval(&f.value));
                    return;
                };
                let key_value = e.eval(key);
                let value = e.eval(&f.value);
                marks = marks.union(&key_value.marks);
                let Some(name) = e.for_key(key, &key_value) else {
                    known = false;
                    return;
                };
                if f.grouping {
                    groups.entry(name).or_default().push(value);
                } else {
                    match object.entry(name) {
                        Entry::Vacant(place) => {
                            place.insert(value);
                        }
                        Entry::Occupied(taken) => duplicates.push(taken.key().clone()),
                    }
                }
            });
        }
        if let (Some(key), Some(name)) = (&f.key, duplicates.first()) {
            let detail = format!(
                "Two different items produced the key {} in this 'for' expression. If duplicates are expected, use the \
                 ellipsis (...) after the value expression to enable grouping by key.",
                quote(name)
            );
            self.fail_on(key, Diagnostic::error("Duplicate object key", detail).at(key.span.clone()));
            return dynamic.marked(&marks);
        }
        if !known {
            return dynamic.marked(&marks);
        }
        let result = if f.key.is_none() {
            Value::tuple(tuple)
        } else if f.grouping {
            Value::object(groups.into_iter().map(|(k, all)| (k, Value::tuple(all))))
        } else {
            Value::object(object)
        };
        result.marked(&marks)
    }

    /// The answer of an `if` clause: `None` after an error, `Some(None)` if it is not known.
    fn filter(&mut self, condition: &Expr, value: &Value) -> Option<Option<bool>> {
        let at = condition.span.clone();
        if value.is_null() {
            let detail = "The value of the 'if' clause must not be null.";
            self.fail_on(condition, Diagnostic::error("Condition is null", detail).at(at));
            return None;
        }
        match convert(value, &Type::Bool) {
            Ok(value) => Some(value.as_bool()),
            Err(why) => {
                let detail = format!("The 'if' clause value is invalid: {why}.");
                self.fail_on(condition, Diagnostic::error("Invalid 'for' condition", detail).at(at));
                None
            }
        }
    }

    fn for_key(&mut self, key: &Expr, value: &Value) -> Option<Arc<str>> {
        let summary = "Invalid object key";
        let at = key.span.clone();
        if value.is_null() {
            let detail = "Key expression in 'for' expression must not produce a null value.";
            self.fail_on(key, Diagnostic::error(summary, detail).at(at));
            return None;
        }
        if value.is_unknown() {
            return None;
        }
        match convert(value, &Type::String) {
            Ok(value) => value.as_str().map(Arc::from),
            Err(why) => {
                let detail = format!("The key expression produced an invalid result: {why}.");
                self.fail_on(key, Diagnostic::error(summary, detail).at(at));
                None
            }
        }
    }

    pub(super) fn splat(&mut self, source: &Expr, each: &Expr, marker: &Span) -> Value {
        let dynamic = Value::unknown(Type::Dynamic);
        let errors = self.errors;
        let mut value = self.eval(source);
        if self.errors > errors {
            return dynamic;
        }
        let ty = value.ty();
        let alone = !matches!(ty, Type::Tuple(_) | Type::List(_) | Type::Set(_));
        if value.is_null() {
            if alone {
                return Value::tuple(Vec::new()).marked(&value.marks);
            }
            let detail = "Splat expressions (with the * symbol) cannot be applied to null sequences.";
            let at = source.span.to(marker);
            self.fail_on(source, Diagnostic::error("Splat of null value", detail).at(at));
            return dynamic;
        }
        if ty == Type::Dynamic {
            return dynamic.marked(&value.marks);
        }
        let mut maybe_empty = false;
        if alone {
            maybe_empty = matches!(&value.kind, Kind::Unknown(u) if !u.not_null);
            let marks = std::mem::take(&mut value.marks);
            value = Value::tuple(vec![value]).marked(&marks);
        }
        let marks = value.marks.clone();
        let Some(all) = value.as_sequence() else {
            let ty = self.splat_type(&value.ty(), each);
            return unknown_list(ty, &value).marked(&marks);
        };
        let results: Vec<Value> = all.iter().map(|item| self.with_item(item.clone(), each)).collect();
        if self.errors > errors || maybe_empty {
            let ty = if maybe_empty { Type::Dynamic } else { self.splat_type(&value.ty(), each) };
            return Value::unknown(ty).marked(&marks);
        }
        let result = match value.ty() {
            ty @ (Type::List(_) | Type::Set(_)) => {
                let types: Vec<Type> = results.iter().map(Value::ty).collect();
                match unify(&types) {
                    None if results.is_empty() => {
                        let element = match self.splat_type(&ty, each) {
                            Type::List(t) => (*t).clone(),
                            _ => Type::Dynamic,
                        };
                        Value::list(element, results)
                    }
                    Some(common) => match results.iter().map(|v| convert(v, &common)).collect() {
                        Ok(all) => Value::list(common, all),
                        Err(_) => Value::tuple(results),
                    },
                    None => Value::tuple(results),
                }
            }
            _ => Value::tuple(results),
        };
        result.marked(&marks)
    }

    fn with_item(&mut self, item: Value, each: &Expr) -> Value {
        self.items.push(item);
        let value = self.eval(each);
        self.items.pop();
        value
    }

    /// The type of a splat's result, found without its elements.
    fn splat_type(&mut self, source: &Type, each: &Expr) -> Type {
        let mut of = |ty: &Type| {
            let (value, _) = self.apart(|e| e.with_item(Value::unknown(ty.clone()), each));
            value.ty()
        };
        match source {
            Type::Tuple(all) => Type::tuple(all.iter().map(of).collect::<Vec<_>>()),
            Type::List(t) | Type::Set(t) => Type::list(of(t)),
            _ => Type::Dynamic,
        }
    }
}

fn unknown_list(ty: Type, source: &Value) -> Value {
    let length = match &source.kind {
        Kind::Unknown(u) if matches!(ty, Type::List(_)) => u.length,
        _ => None,
    };
    let not_null = ty != Type::Dynamic;
    Kind::Unknown(Box::new(Unknown { ty, not_null, prefix: None, length })).into()
}
