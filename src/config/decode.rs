//! A block's body by its schema: an object of arguments and nested blocks, and where each part was written.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lang::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::eval::{About, Functions, Variables, elements, evaluate_with, values_of};
use crate::lang::names::shared;
use crate::lang::schema::{AttrSpec, BlockSpec, NestedSpec, Nesting};
use crate::lang::scope::Scope;
use crate::lang::suggest::did_you_mean;
use crate::lang::syntax::{Attribute, Block, Body, Expr, ExprKind, ObjectKey};
use crate::lang::{Entries, Kind, Marks, ObjectType, PathStep, Type, Value, convert};

/// So deep may blocks be nested.
const MOST_DEPTH: usize = 50;

/// A body as a value.
#[derive(Debug, Clone)]
pub struct Decoded {
    /// The object: every attribute and nested block of the schema; what is not written is null (blocks: empty).
    pub value: Value,
    /// What is wrong or deprecated.
    pub diagnostics: Diagnostics,
    /// Is there an error? Then the value is unknown in places.
    pub failed: bool,
    places: Places,
}

impl Default for Decoded {
    fn default() -> Decoded {
        Decoded {
            value: Value::null(Type::Dynamic),
            diagnostics: Diagnostics::default(),
            failed: false,
            places: Places::default(),
        }
    }
}

impl Decoded {
    /// Where a part of the value was written: the place of the part, or of what is around it.
    pub fn span(&self, path: &[PathStep]) -> Option<Span> {
        let mut places = &self.places;
        let mut found = places.span.clone();
        for step in path {
            let Some(next) = places.parts.get(&plain(step)) else { break };
            places = next;
            found = places.span.clone().or(found);
        }
        found
    }
}

impl Decoded {
    /// Ephemeral values in arguments that must be kept: an error for each.
    pub fn kept_ephemerals(&self, schema: &BlockSpec) -> Diagnostics {
        let mut out = Diagnostics::default();
        self.kept_in(&self.value, schema, &mut Vec::new(), &mut out);
        out
    }

    fn kept_in(&self, value: &Value, schema: &BlockSpec, path: &mut Vec<PathStep>, out: &mut Diagnostics) {
        let say = |path: &[PathStep], out: &mut Diagnostics| {
            let detail = format!(
                "Ephemeral values are not valid for \"{}\", because it is not a write-only attribute and must be persisted \
                 to state.",
                shown(path)
            );
            out.push(Diagnostic::error("Invalid use of ephemeral value", detail).at(self.span(path)));
        };
        for attribute in schema.attributes.iter().filter(|a| !a.write_only) {
            let ephemeral = value.get(&attribute.name).is_some_and(|v| v.deep_marks().is_ephemeral());
            if ephemeral {
                path.push(PathStep::Attribute(attribute.name.as_str().into()));
                say(path, out);
                path.pop();
            }
        }
        for nested in &schema.blocks {
            let Some(all) = value.get(&nested.name) else { continue };
            path.push(PathStep::Attribute(nested.name.as_str().into()));
            if all.marks.is_ephemeral() {
                // A set carries what its elements carry.
                say(path, out);
            } else if matches!(nested.nesting, Nesting::Single | Nesting::Group) {
                self.kept_in(all, &nested.block, path, out);
            } else {
                for (n, (key, element)) in elements(all).unwrap_or_default().into_iter().enumerate() {
                    path.push(key.as_str().map_or(PathStep::Index(n), |k| PathStep::Attribute(k.into())));
                    self.kept_in(&element, &nested.block, path, out);
                    path.pop();
                }
            }
            path.pop();
        }
    }
}

/// A path as messages write it: `rule[0].port`.
fn shown(path: &[PathStep]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            PathStep::Attribute(name) if text.is_empty() => text.push_str(name),
            PathStep::Attribute(name) => text.push_str(&format!(".{name}")),
            PathStep::Key(name) => text.push_str(&format!("[{name:?}]")),
            PathStep::Index(n) => text.push_str(&format!("[{n}]")),
        }
    }
    text
}

/// Elements of maps and attributes of objects are written alike.
fn plain(step: &PathStep) -> PathStep {
    match step {
        PathStep::Key(name) => PathStep::Attribute(name.clone()),
        other => other.clone(),
    }
}

/// Where a value and its parts were written.
#[derive(Debug, Clone, Default)]
struct Places {
    span: Option<Span>,
    parts: BTreeMap<PathStep, Places>,
}

impl Places {
    /// The places of an expression and of what is written inside it.
    fn of(expr: &Expr) -> Places {
        let mut parts = BTreeMap::new();
        match &expr.without_parens().kind {
            ExprKind::Object(items) => {
                for item in items {
                    let name: Option<Arc<str>> = match &item.key {
                        ObjectKey::Name(name) => Some(name.text.clone()),
                        ObjectKey::Expr(e) => e.as_plain_string().map(Into::into),
                    };
                    if let Some(name) = name {
                        parts.insert(PathStep::Attribute(name), Places::of(&item.value));
                    }
                }
            }
            ExprKind::Tuple(all) => {
                parts.extend(all.iter().enumerate().map(|(n, e)| (PathStep::Index(n), Places::of(e))));
            }
            _ => {}
        }
        Places { span: Some(expr.span.clone()), parts }
    }
}

/// Decodes a body. References are answered by the scope; with a scope of unknown values this is validation.
pub fn decode(body: &Body, schema: &BlockSpec, scope: &dyn Scope, functions: &dyn Functions) -> Decoded {
    let mut decoder = Decoder { scope, functions, out: Diagnostics::default(), depth: 0 };
    let (value, mut places) = decoder.body(body, schema, &Variables::new());
    // The whole is not a place: whoever asks has the block's header.
    places.span = None;
    let failed = decoder.out.has_errors();
    Decoded { value, diagnostics: decoder.out, failed, places }
}

struct Decoder<'a> {
    scope: &'a dyn Scope,
    functions: &'a dyn Functions,
    out: Diagnostics,
    depth: usize,
}

/// A block that is written, or made by a `dynamic` one.
struct Item {
    body: Body,
    label: Option<Value>,
    variables: Variables,
    header: Span,
    /// What the `for_each` of its dynamic block carries.
    marks: Marks,
}

/// The blocks of one type.
#[derive(Default)]
struct Items {
    all: Vec<Item>,
    /// How many there will be is not known.
    unknown: Option<Marks>,
    /// The marks of the collections that they were made of.
    marks: Marks,
}

impl Items {
    /// Is there one, or may there be?
    fn any(&self) -> bool {
        !self.all.is_empty() || self.unknown.is_some()
    }
}

impl Decoder<'_> {
    fn eval(&mut self, expr: &Expr, variables: &Variables) -> Option<Value> {
        let (value, diagnostics) = evaluate_with(expr, self.scope, self.functions, variables.clone());
        let failed = diagnostics.has_errors();
        self.add(diagnostics);
        (!failed).then_some(value)
    }

    fn add(&mut self, diagnostics: Diagnostics) {
        for d in diagnostics {
            if !self.out.0.contains(&d) {
                self.out.push(d);
            }
        }
    }

    fn say(&mut self, d: Diagnostic) {
        if !self.out.0.contains(&d) {
            self.out.push(d);
        }
    }

    fn body(&mut self, body: &Body, schema: &BlockSpec, variables: &Variables) -> (Value, Places) {
        if self.depth >= MOST_DEPTH {
            let detail = "Blocks are nested too deeply in one another.";
            self.say(Diagnostic::error("Blocks nested too deeply", detail).at(body.span.clone()));
            return (Value::unknown(schema.implied_type()), Places::default());
        }
        self.depth += 1;
        let result = self.body_inside(body, schema, variables);
        self.depth -= 1;
        result
    }

    fn body_inside(&mut self, body: &Body, schema: &BlockSpec, variables: &Variables) -> (Value, Places) {
        let adopted;
        let body = if body.syntax == crate::lang::syntax::Syntax::Json {
            let mut own = body.clone();
            for nested in &schema.blocks {
                own.adopt_blocks(&nested.name, usize::from(nested.nesting == Nesting::Map));
            }
            own.adopt_blocks("dynamic", 1);
            adopted = own;
            &adopted
        } else {
            body
        };
        let mut object: Entries = Entries::new();
        let mut places = Places { span: Some(body.span.clone()), parts: BTreeMap::new() };
        self.unsupported(body, schema);
        for spec in &schema.attributes {
            let written = body.attribute(&spec.name);
            let value = self.attribute(written, spec, body, variables);
            if let Some(a) = written {
                places.parts.insert(PathStep::Attribute(shared(&spec.name)), Places::of(&a.expr));
            }
            object.insert(shared(&spec.name), value);
        }
        let mut items = self.items(body, schema, variables);
        for spec in &schema.blocks {
            let name: Arc<str> = shared(&spec.name);
            let (value, part) = match body.attribute(&spec.name) {
                Some(a) if spec.attr_as_block => (self.as_attribute(a, spec, variables), Places::of(&a.expr)),
                // Written neither way it is an attribute that is not set; only an explicit `[]` means none.
                _ if spec.attr_as_block && !items.get(spec.name.as_str()).is_some_and(Items::any) => {
                    (Value::null(spec.implied_type()), Places::default())
                }
                _ => self.nested(items.remove(spec.name.as_str()).unwrap_or_default(), spec, body),
            };
            places.parts.insert(PathStep::Attribute(name.clone()), part);
            object.insert(name, value);
        }
        (Kind::Object(Arc::new(object)).into(), places)
    }

    fn unsupported(&mut self, body: &Body, schema: &BlockSpec) {
        for a in &body.attributes {
            let name = &*a.name.text;
            let nested = schema.block(name);
            if schema.attribute(name).is_some() || nested.is_some_and(|n| n.attr_as_block) {
                continue;
            }
            let hint = match nested {
                Some(_) => format!(" Did you mean to define a block of type \"{name}\"?"),
                None => {
                    let arguments = schema.attributes.iter().filter(|a| a.is_argument());
                    let names = arguments
                        .map(|a| a.name.as_str())
                        .chain(schema.blocks.iter().map(|b| b.name.as_str()));
                    did_you_mean(name, names).map_or(String::new(), |n| format!(" Did you mean \"{n}\"?"))
                }
            };
            let detail = format!("An argument named \"{name}\" is not expected here.{hint}");
            self.say(Diagnostic::error("Unsupported argument", detail).at(a.name.span.clone()));
        }
        for b in &body.blocks {
            let (name, at) = match &*b.kind.text {
                "dynamic" if schema.block("dynamic").is_none() => match b.labels.first() {
                    Some(label) => (&*label.text, label.span.clone()),
                    None => continue,
                },
                other => (other, b.kind.span.clone()),
            };
            if schema.block(name).is_some() {
                continue;
            }
            let hint = if schema.attribute(name).is_some_and(AttrSpec::is_argument) {
                format!(
                    " Did you mean to define argument \"{name}\"? If so, use the equals sign to assign it a value."
                )
            } else {
                did_you_mean(name, schema.blocks.iter().map(|b| b.name.as_str()))
                    .map_or(String::new(), |n| format!(" Did you mean \"{n}\"?"))
            };
            let detail = format!("Blocks of type \"{name}\" are not expected here.{hint}");
            self.say(Diagnostic::error("Unsupported block type", detail).at(at));
        }
    }

    fn attribute(
        &mut self,
        written: Option<&Attribute>,
        spec: &AttrSpec,
        body: &Body,
        variables: &Variables,
    ) -> Value {
        let name = &spec.name;
        let missing = |at: Span| {
            let detail = format!("The argument \"{name}\" is required, but no definition was found.");
            Diagnostic::error("Missing required argument", detail).at(at)
        };
        let Some(written) = written else {
            if spec.required && !body.incomplete {
                self.say(missing(body.missing_item()));
            }
            return Value::null(spec.value_type());
        };
        if spec.refused {
            let value = self.eval(&written.expr, variables);
            if value.is_some_and(|v| !v.is_null()) {
                let summary = format!("\"{name}\" attribute is read-only");
                self.say(Diagnostic::error(summary, "").near(written.span.clone()));
            }
            return Value::null(spec.value_type());
        }
        if !spec.is_argument() {
            let detail = format!(
                "Can't configure a value for \"{name}\": its value will be decided automatically based on the result of \
                 applying this configuration."
            );
            let summary = "Value for unconfigurable attribute";
            self.say(Diagnostic::error(summary, detail).at(written.span.clone()));
            return Value::null(spec.value_type());
        }
        let Some(value) = self.eval(&written.expr, variables) else {
            return Value::unknown(spec.value_type());
        };
        let value = match convert(&value, &spec.ty) {
            Ok(value) => value,
            Err(why) => {
                let detail = format!("Inappropriate value for attribute \"{name}\": {why}.");
                let mut d =
                    Diagnostic::error("Incorrect attribute value type", detail).at(written.expr.span.clone());
                d.values = values_of(&written.expr, About::default(), self.scope, self.functions, variables);
                self.say(d);
                return Value::unknown(spec.value_type());
            }
        };
        if value.is_null() {
            if spec.required {
                self.say(missing(written.expr.span.clone()));
            }
        } else if let Some(instead) = &spec.deprecated {
            self.say(
                Diagnostic::warning("Argument is deprecated", instead.clone()).at(written.expr.span.clone()),
            );
        }
        value
    }

    /// The blocks by type, with `dynamic` ones expanded.
    fn items(&mut self, body: &Body, schema: &BlockSpec, variables: &Variables) -> BTreeMap<String, Items> {
        let mut all: BTreeMap<String, Items> = BTreeMap::new();
        for block in &body.blocks {
            if &*block.kind.text == "dynamic" && schema.block("dynamic").is_none() {
                let Some(label) = block.labels.first() else {
                    let detail = "All dynamic blocks must have 1 label (type).";
                    let at = block.header.clone();
                    self.say(Diagnostic::error("Missing type for dynamic", detail).at(at));
                    continue;
                };
                if let Some(spec) = schema.block(&label.text) {
                    let items = all.entry(spec.name.clone()).or_default();
                    self.dynamic(block, spec, variables, items);
                }
            } else if let Some(spec) = schema.block(&block.kind.text) {
                let wanted = usize::from(spec.nesting == Nesting::Map);
                if !self.labels(block, wanted) {
                    continue;
                }
                all.entry(spec.name.clone()).or_default().all.push(Item {
                    body: block.body.clone(),
                    label: block.labels.first().map(|l| Value::string(&l.text)),
                    variables: variables.clone(),
                    header: block.header.clone(),
                    marks: Marks::NONE,
                });
            }
        }
        all
    }

    fn labels(&mut self, block: &Block, wanted: usize) -> bool {
        let kind = &block.kind.text;
        if let Some(extra) = block.labels.get(wanted) {
            let detail = match wanted {
                0 => format!("No labels are expected for {kind} blocks."),
                _ => format!("Only {wanted} labels (key) are expected for {kind} blocks."),
            };
            let summary = format!("Extraneous label for {kind}");
            self.say(Diagnostic::error(summary, detail).at(extra.span.clone()));
            return false;
        }
        if block.labels.len() < wanted {
            let detail = format!("All {kind} blocks must have 1 labels (key).");
            let summary = format!("Missing key for {kind}");
            self.say(Diagnostic::error(summary, detail).at(block.header.clone()));
            return false;
        }
        true
    }

    fn dynamic(&mut self, block: &Block, spec: &NestedSpec, variables: &Variables, items: &mut Items) {
        let mut frame = block.body.clone();
        frame.adopt_blocks("content", 0);
        for a in &frame.attributes {
            if !matches!(&*a.name.text, "for_each" | "iterator" | "labels") {
                let detail = format!("An argument named \"{}\" is not expected here.", a.name.text);
                self.say(Diagnostic::error("Unsupported argument", detail).at(a.name.span.clone()));
            }
        }
        let (contents, others): (Vec<&Block>, Vec<&Block>) =
            frame.blocks.iter().partition(|b| &*b.kind.text == "content");
        for other in others {
            let detail = format!("Blocks of type \"{}\" are not expected here.", other.kind.text);
            self.say(Diagnostic::error("Unsupported block type", detail).at(other.kind.span.clone()));
        }
        let content = match contents.as_slice() {
            [one] => *one,
            [] => {
                let detail = "A dynamic block must have a nested block of type \"content\" to describe the body of each \
                              generated block.";
                if !frame.incomplete {
                    let at = frame.missing_item();
                    self.say(Diagnostic::error("Missing dynamic content block", detail).at(at));
                }
                return;
            }
            [_, second, ..] => {
                let detail = "Only one nested content block is allowed for each dynamic block.";
                let at = second.kind.span.clone();
                self.say(Diagnostic::error("Extraneous dynamic content block", detail).at(at));
                return;
            }
        };
        let mut iterator: Arc<str> = spec.name.as_str().into();
        if let Some(a) = frame.attribute("iterator") {
            match a.expr.as_keyword().or_else(|| a.expr.as_plain_string()) {
                Some(name) => iterator = name.into(),
                None => {
                    let detail = "Dynamic iterator must be a single variable name.";
                    let at = a.expr.span.clone();
                    self.say(Diagnostic::error("Invalid expression", detail).at(at));
                    return;
                }
            }
        }
        let Some(for_each) = frame.attribute("for_each") else {
            if !frame.incomplete {
                let detail = "The argument \"for_each\" is required, but no definition was found.";
                let at = frame.missing_item();
                self.say(Diagnostic::error("Missing required argument", detail).at(at));
            }
            return;
        };
        let Some(collection) = self.eval(&for_each.expr, variables) else {
            items.unknown.get_or_insert_default();
            return;
        };
        let make = |key: Value, value: Value, decoder: &mut Self| {
            let mut inner = variables.clone();
            inner.push((iterator.clone(), Value::object([("key", key), ("value", value)])));
            let label = frame.attribute("labels").and_then(|a| {
                let all = decoder.eval(&a.expr, &inner)?;
                all.as_sequence().and_then(|s| s.first().cloned())
            });
            Item {
                body: content.body.clone(),
                label,
                variables: inner,
                header: content.header.clone(),
                marks: Marks::NONE,
            }
        };
        let marks = collection.marks.clone();
        let summary = "Invalid dynamic for_each value";
        if collection.is_null() {
            let detail = "Cannot use a null value in for_each.";
            let mut d = Diagnostic::error(summary, detail).at(for_each.expr.span.clone());
            d.values = values_of(&for_each.expr, About::default(), self.scope, self.functions, variables);
            self.say(d);
            return;
        }
        if let Some(all) = elements(&collection) {
            for (key, value) in all {
                let mut item = make(key.marked(&marks), value.marked(&marks), self);
                item.marks = marks.clone();
                items.all.push(item);
            }
            items.marks = items.marks.union(&marks);
            return;
        }
        let ty = collection.ty();
        if ty.is_primitive() {
            let detail = format!(
                "Cannot use a {} value in for_each. An iterable collection is required.",
                ty.friendly_name()
            );
            let mut d = Diagnostic::error(summary, detail).at(for_each.expr.span.clone());
            d.values = values_of(&for_each.expr, About::default(), self.scope, self.functions, variables);
            self.say(d);
            return;
        }
        // Which blocks there will be is not known; what can be wrong with one of them is.
        let (key, element) = match &ty {
            Type::List(t) => (Type::Number, (**t).clone()),
            Type::Map(t) => (Type::String, (**t).clone()),
            Type::Set(t) => ((**t).clone(), (**t).clone()),
            _ => (Type::Dynamic, Type::Dynamic),
        };
        let item = make(Value::unknown(key), Value::unknown(element), self);
        self.body(&item.body, &spec.block, &item.variables);
        items.unknown = Some(items.unknown.take().unwrap_or_default().union(&marks));
    }

    fn nested(&mut self, items: Items, spec: &NestedSpec, body: &Body) -> (Value, Places) {
        let name = &spec.name;
        let mut values = Vec::with_capacity(items.all.len());
        for item in &items.all {
            let (value, mut places) = self.body(&item.body, &spec.block, &item.variables);
            places.span = Some(item.header.clone());
            values.push((item, value.marked(&item.marks), places));
        }
        if let Some(marks) = &items.unknown {
            return (
                Value::unknown(spec.implied_type()).marked(&marks.union(&items.marks)),
                Places::default(),
            );
        }
        let single = matches!(spec.nesting, Nesting::Single | Nesting::Group);
        let most = if single { 1 } else { spec.max };
        if values.len() < spec.min && !body.incomplete {
            let d = if single {
                let detail = format!("A block of type \"{name}\" is required here.");
                Diagnostic::error(format!("Missing {name} block"), detail)
            } else {
                let detail = format!("At least {} \"{name}\" blocks are required.", spec.min);
                Diagnostic::error(format!("Insufficient {name} blocks"), detail)
            };
            self.say(d.at(body.missing_item()));
        } else if most > 0 && values.len() > most {
            let extra = values[most].0;
            let d = if single {
                let detail = format!(
                    "Only one block of type \"{name}\" is allowed. Previous definition was at {}.",
                    values[0].0.header.describe()
                );
                Diagnostic::error(format!("Duplicate {name} block"), detail).at(extra.header.clone())
            } else {
                let detail = format!("No more than {most} \"{name}\" blocks are allowed");
                Diagnostic::error(format!("Too many {name} blocks"), detail).at(extra.body.missing_item())
            };
            self.say(d);
        }
        let mut places =
            Places { span: values.first().map(|(i, ..)| i.header.clone()), parts: BTreeMap::new() };
        let ty = spec.block.implied_type();
        let value = match spec.nesting {
            Nesting::Single => match values.into_iter().next() {
                Some((_, value, part)) => {
                    places = part;
                    value
                }
                None => Value::null(ty),
            },
            Nesting::Group => match values.into_iter().next() {
                Some((_, value, part)) => {
                    places = part;
                    value
                }
                None => empty(&spec.block),
            },
            Nesting::List => {
                let mut all = Vec::with_capacity(values.len());
                for (n, (_, value, part)) in values.into_iter().enumerate() {
                    places.parts.insert(PathStep::Index(n), part);
                    all.push(value);
                }
                list(ty, all)
            }
            Nesting::Set => {
                let all: Vec<(Value, Places)> = values.into_iter().map(|(_, v, p)| (v, p)).collect();
                let set = Value::set(ty, all.iter().map(|(v, _)| v.clone()).collect());
                for (value, part) in all {
                    let plain = value.unmarked_deep();
                    let n = set.as_sequence().and_then(|s| s.iter().position(|e| *e == plain));
                    if let Some(n) = n {
                        places.parts.entry(PathStep::Index(n)).or_insert(part);
                    }
                }
                set
            }
            Nesting::Map => {
                let mut all: Entries = Entries::new();
                for (item, value, part) in values {
                    let key = item.label.as_ref().and_then(|l| convert(l, &Type::String).ok());
                    let Some(key) = key.as_ref().and_then(Value::as_str) else { continue };
                    if all.contains_key(key) {
                        let detail =
                            format!("Only one block of type \"{name}\" may have the label \"{key}\".");
                        let summary = format!("Duplicate {name} block");
                        self.say(Diagnostic::error(summary, detail).at(item.header.clone()));
                    }
                    places.parts.insert(PathStep::Attribute(key.into()), part);
                    all.insert(key.into(), value);
                }
                if ty.has_dynamic() { Value::object(all) } else { Value::map(ty, all) }
            }
        };
        (value.marked(&items.marks), places)
    }

    /// Blocks that are written as an argument.
    fn as_attribute(&mut self, a: &Attribute, spec: &NestedSpec, variables: &Variables) -> Value {
        let element = constraint(&spec.block);
        let wanted = match spec.nesting {
            Nesting::Set => Type::set(element),
            Nesting::Map => Type::map(element),
            Nesting::List => Type::list(element),
            Nesting::Single | Nesting::Group => element,
        };
        let Some(value) = self.eval(&a.expr, variables) else {
            return Value::unknown(spec.implied_type());
        };
        let value = match convert(&value, &wanted) {
            Ok(value) => value,
            Err(why) => {
                let detail = format!("Inappropriate value for attribute \"{}\": {why}.", spec.name);
                let d = Diagnostic::error("Incorrect attribute value type", detail).at(a.expr.span.clone());
                self.say(d);
                return Value::unknown(spec.implied_type());
            }
        };
        let count = value.as_sequence().map_or(0, <[Value]>::len);
        if spec.max > 0 && count > spec.max {
            let detail = format!("No more than {} \"{}\" blocks are allowed", spec.max, spec.name);
            let summary = format!("Too many {} blocks", spec.name);
            self.say(Diagnostic::error(summary, detail).at(a.expr.span.clone()));
        }
        filled(&value, spec)
    }
}

fn list(ty: Type, all: Vec<Value>) -> Value {
    if ty.has_dynamic() { Value::tuple(all) } else { Value::list(ty, all) }
}

/// The object of a body in which nothing is written.
fn empty(schema: &BlockSpec) -> Value {
    let attributes = schema.attributes.iter().map(|a| (Arc::from(&*a.name), Value::null(a.value_type())));
    let blocks = schema.blocks.iter().map(|b| (Arc::from(&*b.name), none(b)));
    Value::object::<Arc<str>>(attributes.chain(blocks))
}

/// The value of no block at all.
fn none(spec: &NestedSpec) -> Value {
    let ty = spec.block.implied_type();
    match spec.nesting {
        Nesting::Single => Value::null(ty),
        Nesting::Group => empty(&spec.block),
        Nesting::List => list(ty, Vec::new()),
        Nesting::Set => Value::set(ty, Vec::new()),
        Nesting::Map if ty.has_dynamic() => Value::object::<Arc<str>>([]),
        Nesting::Map => Value::map::<Arc<str>>(ty, []),
    }
}

/// The type constraint of a block that is written as an object.
fn constraint(schema: &BlockSpec) -> Type {
    let mut object = ObjectType::default();
    for a in &schema.attributes {
        let name: Arc<str> = a.name.as_str().into();
        object.attributes.insert(name.clone(), a.ty.clone());
        if !a.required {
            object.optional.insert(name);
        }
    }
    for b in &schema.blocks {
        let name: Arc<str> = b.name.as_str().into();
        let element = constraint(&b.block);
        let ty = match b.nesting {
            Nesting::List => Type::list(element),
            Nesting::Set => Type::set(element),
            Nesting::Map => Type::map(element),
            Nesting::Single | Nesting::Group => element,
        };
        object.attributes.insert(name.clone(), ty);
        if b.min == 0 {
            object.optional.insert(name);
        }
    }
    Type::Object(Arc::new(object))
}

/// Nested blocks that are null become what no block is.
fn filled(value: &Value, spec: &NestedSpec) -> Value {
    let object = |v: &Value| -> Value {
        let Kind::Object(all) = &v.kind else { return v.clone() };
        let mut all = (**all).clone();
        for nested in &spec.block.blocks {
            if let Some(part) = all.get_mut(nested.name.as_str()) {
                *part = filled(part, nested);
            }
        }
        Value { kind: Kind::Object(Arc::new(all)), marks: v.marks.clone() }
    };
    let kind = match &value.kind {
        Kind::Null(_) => return none(spec).marked(&value.marks),
        Kind::List(ty, all) => Kind::List(ty.clone(), Arc::new(all.iter().map(object).collect())),
        Kind::Set(ty, all) => {
            return Value::set(ty.clone(), all.iter().map(object).collect()).marked(&value.marks);
        }
        Kind::Map(ty, all) => {
            Kind::Map(ty.clone(), Arc::new(all.iter().map(|(n, v)| (n.clone(), object(v))).collect()))
        }
        Kind::Object(_) => return object(value),
        other => other.clone(),
    };
    Value { kind, marks: value.marks.clone() }
}

#[cfg(test)]
mod tests;
