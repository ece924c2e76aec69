//! How a type is declared: one row per argument or attribute that says everything about it, read in both directions.
//!
//! A row knows its name and type, whether it must or may be written, its default, whether a change replaces, where in
//! which document it stands, how it is transformed, and what it will be before it exists. Tables know nothing of how
//! they are read: `write` makes bodies from them, `read` makes attributes, `check` judges arguments.

use std::sync::{Arc, OnceLock};

use crate::arm::id::ArmId;
use crate::catalog::lens::{Claim, Context, Problem, ProviderConfig, Reader, Replace, Stop, Withdraw, Write};
use crate::catalog::value::secret;
use crate::lang::schema::{Nesting, ResourceSchema};
use crate::lang::{Entries, Type, Value};

/// A path of property names into a document or block, split once.
pub(super) type Path = Vec<&'static str>;

/// A constant in a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Lit {
    Bool(bool),
    Int(i64),
    Text(&'static str),
    /// Anything, as JSON.
    Json(&'static str),
}

impl From<bool> for Lit {
    fn from(b: bool) -> Lit {
        Lit::Bool(b)
    }
}
impl From<i64> for Lit {
    fn from(n: i64) -> Lit {
        Lit::Int(n)
    }
}
impl From<&'static str> for Lit {
    fn from(t: &'static str) -> Lit {
        Lit::Text(t)
    }
}

impl Lit {
    /// The constant as a value.
    pub(super) fn value(self) -> Value {
        match self {
            Lit::Bool(b) => b.into(),
            Lit::Int(n) => n.into(),
            Lit::Text(t) => t.into(),
            Lit::Json(j) => {
                Value::from_json(&serde_json::from_str(j).unwrap_or_else(|_| panic!("a table holds `{j}`")))
            }
        }
    }
}

/// Who gives a row its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Required,
    Optional,
    /// Optional, and the service chooses when it is not written.
    Both,
    /// Only read.
    Computed,
}

/// What a row is.
#[derive(Clone)]
pub(super) enum What {
    /// An attribute of a type.
    Plain(Type),
    /// A nested block (or, when it is only read, a list of objects).
    Block(Block),
}

/// A nested block.
#[derive(Clone)]
pub(super) struct Block {
    pub(super) nesting: Nesting,
    pub(super) min: usize,
    pub(super) max: usize,
    pub(super) attr_as_block: bool,
    /// One object at the block's path, or an array of them.
    pub(super) many: bool,
    pub(super) rows: Vec<Row>,
    pub(super) rules: Vec<Rule>,
}

/// A part of the id, for arguments that are nowhere in the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Id,
    Name,
    Group,
    /// The name of the nth resource above (1: the parent).
    Above(usize),
    /// The id of the parent.
    ParentId,
    /// What the extension is on.
    Scope,
}

/// How an argument becomes a property.
#[derive(Clone)]
pub(super) enum Codec {
    /// As it is.
    Plain,
    /// A bool as one of two words.
    Switch(&'static str, &'static str),
    /// A bool, inverted.
    Not,
    /// Text as `{"id": text}`.
    Id,
    /// Each text as an object with the text at a path, and constants beside it.
    Items(Path, Vec<(&'static str, Lit)>),
    /// Texts joined into one.
    Join(&'static str),
    /// A location, normalised.
    Location,
    /// One of some words as another.
    Words(&'static [(&'static str, &'static str)]),
    /// Texts as the keys of an object of empty objects.
    Keys,
    /// JSON text as what it says.
    Json,
    /// Two functions. Neither sees null or unknown values (parts may be unknown).
    Hook(fn(&Value) -> Value, fn(&Value) -> Option<Value>),
    /// One value over several paths. Parts come in the order of the row's paths.
    Spread(fn(&Value) -> Vec<Option<Value>>, fn(&[Option<&Value>]) -> Option<Value>),
}

/// When a value that is written is sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Send {
    Always,
    /// Not when it is `""`, `0` or empty.
    NonEmpty,
    /// Not when it is this.
    Unless(Lit),
}

/// What a value must be like.
#[derive(Clone)]
pub(super) enum Check {
    OneOf(&'static [&'static str]),
    /// As [`Check::OneOf`]; letter case does not matter.
    OneOfAnyCase(&'static [&'static str]),
    OneNumberOf(&'static [i64]),
    Range(i64, i64),
    Length(usize, usize),
    /// Matches a regular expression; the words say what is expected.
    Matches(&'static str, &'static str),
    /// Does not match it.
    Lacks(&'static str, &'static str),
    Uuid,
    Time,
    /// ISO 8601 duration.
    Duration,
    JsonText,
    Base64,
    /// An ARM id of this type; any for an empty text.
    ArmId(&'static str),
    /// The id of a key in a vault.
    KeyId,
    Items(usize, usize),
}

/// How many major versions there are, from the second on.
const MAJORS: usize = 4;

/// The place of a major version among them.
pub(super) fn slot(major: u32) -> usize {
    (major.max(2) as usize - 2).min(MAJORS - 1)
}

/// A rule over several arguments of one block.
#[derive(Clone)]
pub(super) enum Rule {
    ExactlyOne(&'static [&'static str]),
    AtLeastOne(&'static [&'static str]),
    Conflict(&'static str, &'static str),
    /// The first needs the second.
    Needs(&'static str, &'static str),
    /// The first, when it is like that, needs the second to be one of these words; no words: to be written at all.
    Only(&'static str, Given, &'static str, &'static [&'static str]),
}

/// When a rule about an argument holds. Defaults count.
#[derive(Clone, Copy)]
pub(super) enum Given {
    Written,
    Is(Lit),
    Not(Lit),
}

impl Given {
    pub(super) fn is(value: impl Into<Lit>) -> Given {
        Given::Is(value.into())
    }
    pub(super) fn not(value: impl Into<Lit>) -> Given {
        Given::Not(value.into())
    }
}

/// What an attribute will be before the document exists.
#[derive(Clone, Copy)]
pub(super) enum Predict {
    /// Text with `{argument}`, `{id}`, `{@storage}`, `{@vault}`, `{@registry}`, `{@cosmos}`, `{@tenant}` in it.
    Text(&'static str),
    Lit(Lit),
    /// From the configuration of the row's block; `None`: only Azure knows.
    Hook(fn(&Value, &ProviderConfig) -> Option<Value>),
}

/// An attribute that only a POST tells.
#[derive(Clone, Copy)]
pub(super) struct Demand {
    pub(super) action: &'static str,
    pub(super) take: fn(&Value, &Value) -> Value,
    /// Before this major version only these parts of its objects were secret.
    pub(super) once: (u32, &'static [&'static str]),
}

impl Demand {
    /// The parts that alone are secret; none: all of it is.
    pub(super) fn secrets(&self, major: u32) -> &'static [&'static str] {
        if major < self.once.0 { self.once.1 } else { &[] }
    }

    /// What is known before anybody asks: of which parts it is made, where only some of them are secret.
    pub(super) fn unasked(&self, ty: &Type, major: u32) -> Value {
        let secrets = self.secrets(major);
        let unknown = match ty {
            Type::List(of) if !secrets.is_empty() => match &**of {
                Type::Object(o) => {
                    let parts = o.attributes.iter().map(|(n, t)| (n.clone(), Value::unknown(t.clone())));
                    Value::list((**of).clone(), vec![Value::object(parts)])
                }
                _ => Value::unknown(ty.clone()),
            },
            _ => Value::unknown(ty.clone()),
        };
        secret(unknown, secrets)
    }
}

/// One argument or attribute.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) what: What,
    pub(super) mode: Mode,
    pub(super) default: Option<Lit>,
    /// Defaults in major versions other than 4.
    pub(super) defaults: Vec<(u32, Lit)>,
    pub(super) new: bool,
    /// A block whose coming and going needs a new object, but not what changes in it.
    pub(super) new_whole: bool,
    pub(super) sensitive: bool,
    /// Written, sent, and never kept.
    pub(super) write_only: bool,
    /// The write-only argument that this is the version of: a change of it sends that again.
    pub(super) version_of: Option<&'static str>,
    /// What to use instead.
    pub(super) deprecated: Option<&'static str>,
    /// The major versions of the provider that have it.
    pub(super) majors: (u32, u32),
    /// It must be written from this major version on.
    pub(super) required_from: Option<u32>,
    /// The key of the document it stands in; of the block around it when empty.
    pub(super) doc: &'static str,
    pub(super) paths: Vec<Path>,
    pub(super) part: Option<Part>,
    pub(super) codec: Codec,
    pub(super) send: Send,
    /// Constants sent with it.
    pub(super) beside: Vec<(Path, Lit)>,
    /// What is sent when it is not written.
    pub(super) neutral: Option<Lit>,
    /// What it is when the document does not say.
    pub(super) absent: Option<Lit>,
    /// The word of the service for what is not written.
    pub(super) nothing: Option<&'static str>,
    pub(super) predict: Option<Predict>,
    pub(super) demand: Option<Demand>,
    pub(super) checks: Vec<Check>,
    /// The argument beside it by whose word its path is chosen, and the words in the order of the paths.
    pub(super) by: Option<(&'static str, Vec<&'static str>)>,
    /// The newer name of the same thing, and whether it means the opposite.
    pub(super) alias: Option<(&'static str, bool)>,
    /// Why it is not supported.
    pub(super) refused: Option<&'static str>,
    /// Why the attribute cannot be had.
    pub(super) not_in_arm: Option<&'static str>,
    /// Judges a change where it depends on the values.
    pub(super) replaces: Option<fn(&Value, &Value) -> Replace>,
    /// It is only used to find or to write the resource: shown as it is written. With a path it is read there of what
    /// exists.
    pub(super) own: bool,
    /// When it is not written it is left as it is, because the service fills it. Otherwise an optional argument that
    /// is not written claims absence.
    pub(super) observed: bool,
    /// A block that claims absence when it is not written.
    pub(super) cleared: bool,
    /// What is sent when a block that was written is not written any more.
    pub(super) reset: Option<Lit>,
    /// A block that the service has anyhow: not written it stays as it is, also when it was written before.
    pub(super) stays: bool,
    /// Its type in each major version, made at first need.
    pub(super) types: [OnceLock<Type>; MAJORS],
}

fn row(name: &'static str, what: What) -> Row {
    Row {
        name,
        what,
        mode: Mode::Optional,
        default: None,
        defaults: Vec::new(),
        new: false,
        new_whole: false,
        sensitive: false,
        write_only: false,
        version_of: None,
        deprecated: None,
        majors: (0, u32::MAX),
        required_from: None,
        doc: "",
        paths: Vec::new(),
        part: None,
        codec: Codec::Plain,
        send: Send::Always,
        beside: Vec::new(),
        neutral: None,
        absent: None,
        nothing: None,
        predict: None,
        demand: None,
        checks: Vec::new(),
        by: None,
        alias: None,
        refused: None,
        not_in_arm: None,
        replaces: None,
        own: false,
        observed: false,
        cleared: false,
        reset: None,
        stays: false,
        types: Default::default(),
    }
}

/// A string.
pub(super) fn text(name: &'static str) -> Row {
    row(name, What::Plain(Type::String))
}
/// A bool.
pub(super) fn flag(name: &'static str) -> Row {
    row(name, What::Plain(Type::Bool))
}
/// A number.
pub(super) fn number(name: &'static str) -> Row {
    row(name, What::Plain(Type::Number))
}
/// A list of strings.
pub(super) fn texts(name: &'static str) -> Row {
    row(name, What::Plain(Type::list(Type::String)))
}
/// A set of strings.
pub(super) fn text_set(name: &'static str) -> Row {
    row(name, What::Plain(Type::set(Type::String)))
}
/// A list of objects of strings, only read.
pub(super) fn objects(name: &'static str, attributes: &[&str]) -> Row {
    row(name, What::Plain(type_of_objects(attributes))).computed()
}
/// The type of such a list.
pub(super) fn type_of_objects(attributes: &[&str]) -> Type {
    Type::list(Type::object(attributes.iter().map(|a| (*a, Type::String))))
}
/// A set of numbers.
pub(super) fn number_set(name: &'static str) -> Row {
    row(name, What::Plain(Type::set(Type::Number)))
}
/// A map of strings.
pub(super) fn text_map(name: &'static str) -> Row {
    row(name, What::Plain(Type::map(Type::String)))
}

fn nested(name: &'static str, nesting: Nesting, max: usize, many: bool, rows: Vec<Row>) -> Row {
    let rules = Vec::new();
    row(name, What::Block(Block { nesting, min: 0, max, attr_as_block: false, many, rows, rules }))
}

/// A block of which there is at most one: an object.
pub(super) fn block(name: &'static str, rows: Vec<Row>) -> Row {
    nested(name, Nesting::List, 1, false, rows)
}
/// A list of blocks: an array.
pub(super) fn blocks(name: &'static str, rows: Vec<Row>) -> Row {
    nested(name, Nesting::List, 0, true, rows)
}
/// A set of blocks: an array.
pub(super) fn block_set(name: &'static str, rows: Vec<Row>) -> Row {
    nested(name, Nesting::Set, 0, true, rows)
}

/// Splits a path of a table.
pub(super) fn path(text: &'static str) -> Path {
    text.split('.').filter(|s| !s.is_empty()).collect()
}

impl Row {
    /// It is always written: nothing stands for it.
    pub(super) fn required(mut self) -> Row {
        self.mode = Mode::Required;
        (self.neutral, self.reset, self.cleared) = (None, None, false);
        if let What::Block(b) = &mut self.what {
            b.min = 1;
        }
        self
    }
    pub(super) fn both(mut self) -> Row {
        self.mode = Mode::Both;
        self
    }
    pub(super) fn computed(mut self) -> Row {
        self.mode = Mode::Computed;
        self
    }
    pub(super) fn default(mut self, value: impl Into<Lit>) -> Row {
        self.default = Some(value.into());
        self
    }
    /// Another default in a major version.
    pub(super) fn default_in(mut self, major: u32, value: impl Into<Lit>) -> Row {
        self.defaults.push((major, value.into()));
        self
    }
    /// A change needs a new object.
    pub(super) fn new(mut self) -> Row {
        self.new = true;
        self
    }
    /// Writing the block, or taking it away, needs a new object; what is in it is changed in place.
    pub(super) fn new_whole(mut self) -> Row {
        self.new_whole = true;
        self
    }
    pub(super) fn sensitive(mut self) -> Row {
        self.sensitive = true;
        self
    }
    /// Sent and never kept; what it was is not known.
    pub(super) fn write_only(mut self) -> Row {
        (self.write_only, self.observed) = (true, true);
        self
    }
    /// The version of a write-only argument.
    pub(super) fn version_of(mut self, argument: &'static str) -> Row {
        self.version_of = Some(argument);
        self.own()
    }
    pub(super) fn deprecated(mut self, instead: &'static str) -> Row {
        self.deprecated = Some(instead);
        self
    }
    pub(super) fn since(mut self, major: u32) -> Row {
        self.majors.0 = major;
        self
    }
    pub(super) fn until(mut self, major: u32) -> Row {
        self.majors.1 = major;
        self
    }
    pub(super) fn required_from(mut self, major: u32) -> Row {
        self.required_from = Some(major);
        self
    }
    /// The document it stands in, if not the primary one.
    pub(super) fn of(mut self, doc: &'static str) -> Row {
        self.doc = doc;
        self
    }
    /// Its path, relative to the block around it.
    pub(super) fn at(mut self, text: &'static str) -> Row {
        self.paths = vec![path(text)];
        self
    }
    /// A further path by which a change is known to be one of this argument.
    pub(super) fn also(mut self, text: &'static str) -> Row {
        self.paths.push(path(text));
        self
    }
    /// The rows are of a part of the document.
    pub(super) fn below(mut self, text: &'static str) -> Row {
        let base = path(text);
        let beside = self.beside.iter_mut().map(|(path, _)| path);
        for path in self.paths.iter_mut().chain(beside) {
            path.splice(0..0, base.iter().copied());
        }
        self
    }
    pub(super) fn part(mut self, part: Part) -> Row {
        self.part = Some(part);
        self
    }
    /// Shown as it is written: it only finds or writes the resource. With a path it is read of what exists.
    pub(super) fn own(mut self) -> Row {
        self.own = true;
        self
    }
    /// Left as it is when it is not written.
    pub(super) fn observed(mut self) -> Row {
        self.observed = true;
        self
    }
    /// A block that must not be there when it is not written.
    pub(super) fn cleared(mut self) -> Row {
        self.cleared = true;
        self
    }
    /// A block that is left alone as long as it was never written. Once it was, and is not any more, this is sent; null:
    /// it must not be there.
    pub(super) fn reset(mut self, json: &'static str) -> Row {
        self.reset = Some(Lit::Json(json));
        self
    }
    /// A block that the service has anyhow (azurerm: optional and computed): nothing comes of taking it away.
    pub(super) fn stays(mut self) -> Row {
        self.stays = true;
        self
    }
    pub(super) fn codec(mut self, codec: Codec) -> Row {
        self.codec = codec;
        self
    }
    /// `Enabled` or `Disabled`.
    pub(super) fn switch(self) -> Row {
        self.codec(Codec::Switch("Enabled", "Disabled"))
    }
    pub(super) fn not(self) -> Row {
        self.codec(Codec::Not)
    }
    pub(super) fn id(self) -> Row {
        self.codec(Codec::Id)
    }
    /// Each text at a path of an object.
    pub(super) fn items(self, key: &'static str) -> Row {
        self.codec(Codec::Items(path(key), Vec::new()))
    }
    pub(super) fn words(self, words: &'static [(&'static str, &'static str)]) -> Row {
        self.codec(Codec::Words(words))
    }
    pub(super) fn spread(
        mut self,
        paths: &[&'static str],
        put: fn(&Value) -> Vec<Option<Value>>,
        take: fn(&[Option<&Value>]) -> Option<Value>,
    ) -> Row {
        self.paths = paths.iter().map(|p| path(p)).collect();
        self.codec(Codec::Spread(put, take))
    }
    pub(super) fn nonempty(mut self) -> Row {
        self.send = Send::NonEmpty;
        self
    }
    /// Not sent when it is this.
    pub(super) fn unless(mut self, value: impl Into<Lit>) -> Row {
        self.send = Send::Unless(value.into());
        self
    }
    /// A constant that goes with it.
    pub(super) fn with(mut self, at: &'static str, value: impl Into<Lit>) -> Row {
        self.beside.push((path(at), value.into()));
        self
    }
    /// What is sent when it is not written.
    pub(super) fn neutral(mut self, value: impl Into<Lit>) -> Row {
        self.neutral = Some(value.into());
        self
    }
    /// What it is when the document does not say.
    pub(super) fn absent(mut self, value: impl Into<Lit>) -> Row {
        self.absent = Some(value.into());
        self
    }
    /// The word that is sent when it is not written, and that is read as nothing written.
    pub(super) fn nothing(mut self, word: &'static str) -> Row {
        self.nothing = Some(word);
        self.neutral(word)
    }
    pub(super) fn predict(mut self, predict: Predict) -> Row {
        self.predict = Some(predict);
        self
    }
    /// Text it will be, from other arguments.
    pub(super) fn will_be(self, template: &'static str) -> Row {
        self.predict(Predict::Text(template))
    }
    pub(super) fn demand(mut self, action: &'static str, take: fn(&Value, &Value) -> Value) -> Row {
        self.demand = Some(Demand { action, take, once: (0, &[]) });
        self.computed().sensitive()
    }
    /// Before a major version only these parts of what is asked for were secret.
    pub(super) fn secret_before(mut self, major: u32, parts: &'static [&'static str]) -> Row {
        self.demand = self.demand.map(|demand| Demand { once: (major, parts), ..demand });
        self
    }
    pub(super) fn check(mut self, check: Check) -> Row {
        self.checks.push(check);
        self
    }
    pub(super) fn one_of(self, words: &'static [&'static str]) -> Row {
        self.check(Check::OneOf(words))
    }
    pub(super) fn range(self, least: i64, most: i64) -> Row {
        self.check(Check::Range(least, most))
    }
    pub(super) fn length(self, least: usize, most: usize) -> Row {
        self.check(Check::Length(least, most))
    }
    pub(super) fn matches(self, regex: &'static str, expected: &'static str) -> Row {
        self.check(Check::Matches(regex, expected))
    }
    pub(super) fn uuid(self) -> Row {
        self.check(Check::Uuid)
    }
    /// An ARM id of a type; of any type for `""`.
    pub(super) fn arm_id(self, kind: &'static str) -> Row {
        self.check(Check::ArmId(kind))
    }
    /// Its path by the word of an argument beside it; with another word it is nowhere.
    pub(super) fn by(mut self, name: &'static str, paths: &[(&'static str, &'static str)]) -> Row {
        self.by = Some((name, paths.iter().map(|(word, _)| *word).collect()));
        self.paths = paths.iter().map(|(_, p)| path(p)).collect();
        self
    }
    /// Another name of `name`.
    pub(super) fn alias(mut self, name: &'static str) -> Row {
        self.alias = Some((name, false));
        self
    }
    /// The opposite of `name`.
    pub(super) fn opposite(mut self, name: &'static str) -> Row {
        self.alias = Some((name, true));
        self
    }
    pub(super) fn refused(mut self, why: &'static str) -> Row {
        self.refused = Some(why);
        self
    }
    pub(super) fn not_in_arm(mut self, why: &'static str) -> Row {
        self.not_in_arm = Some(why);
        self.computed()
    }
    pub(super) fn replaces(mut self, judge: fn(&Value, &Value) -> Replace) -> Row {
        self.replaces = Some(judge);
        self
    }
    /// May also be written as an argument, `name = [...]`; an empty list means none.
    pub(super) fn attr_as_block(mut self) -> Row {
        if let What::Block(b) = &mut self.what {
            b.attr_as_block = true;
        }
        self
    }
    /// However many may be written, the first is the one there is.
    pub(super) fn first(mut self) -> Row {
        if let What::Block(b) = &mut self.what {
            b.many = false;
        }
        self
    }
    pub(super) fn count(mut self, min: usize, max: usize) -> Row {
        if let What::Block(b) = &mut self.what {
            (b.min, b.max) = (min, max);
        }
        self
    }
    /// A rule over the block's arguments.
    pub(super) fn rule(mut self, rule: Rule) -> Row {
        if let What::Block(b) = &mut self.what {
            b.rules.push(rule);
        }
        self
    }

    /// Whether not writing it claims that it is not there.
    pub(super) fn claims_absence(&self) -> bool {
        let plain = matches!(self.what, What::Plain(_)) && !self.observed;
        self.mode == Mode::Optional && self.neutral.is_none() && (plain || self.cleared)
    }

    /// Whether it was written once and is not any more, so that it is reset. `config` is the block around it, that stands
    /// at `base` of the document `doc`.
    pub(super) fn is_reset(&self, config: &Value, reader: &dyn Reader, doc: &str, base: &[&str]) -> bool {
        let written = config
            .get(self.name)
            .is_some_and(|v| v.is_unknown() || v.as_sequence().is_some_and(|all| !all.is_empty()));
        let claimed = |path: &Path| reader.claimed(doc, &[base, path.as_slice()].concat().join("."));
        let inside = || self.as_block().into_iter().flat_map(|b| &b.rows).flat_map(|r| &r.paths);
        self.reset.is_some()
            && !written
            && match self.paths.first() {
                Some(path) => claimed(path),
                None => inside().any(claimed),
            }
    }

    /// Whether the provider's major version has it.
    pub(super) fn is_in(&self, major: u32) -> bool {
        (self.majors.0..=self.majors.1).contains(&major)
    }

    /// Its default in a major version.
    pub(super) fn default_of(&self, major: u32) -> Option<Lit> {
        self.defaults.iter().find(|(m, _)| *m == major).map(|(_, v)| *v).or(self.default)
    }

    /// Whether it must be written in a major version.
    pub(super) fn is_required(&self, major: u32) -> bool {
        self.mode == Mode::Required || self.required_from.is_some_and(|m| major >= m)
    }

    /// The block it is.
    pub(super) fn as_block(&self) -> Option<&Block> {
        match &self.what {
            What::Block(b) => Some(b),
            What::Plain(_) => None,
        }
    }
}

/// How a document's id is made.
#[derive(Clone)]
pub(super) enum Place {
    /// In the subscription, by `name`.
    Subscription,
    /// In the group `resource_group_name`, by these arguments.
    Group(&'static [&'static str]),
    /// In or on the resource whose id is this argument, by `name`.
    Under(&'static str),
    /// This argument is the id.
    Is(&'static str),
    /// Below the primary document, with this name.
    Child(&'static str, &'static str),
    /// Below the primary document, named by an argument of a block.
    ChildNamed(&'static str, &'static str, &'static str),
    /// What a table cannot say; `None`: it depends on something unknown.
    Hook(fn(&Value, &Context<'_>) -> Result<Option<ArmId>, Stop>),
}

/// When a document is claimed.
#[derive(Clone)]
pub(super) enum When {
    Always,
    /// One of these arguments or blocks is written.
    Written(&'static [&'static str]),
    Hook(fn(&Value) -> bool),
}

/// How a document goes.
#[derive(Clone)]
pub(super) enum Going {
    Delete,
    /// With what the provider's features say.
    With(fn(&ProviderConfig, &ArmId) -> Withdraw),
    /// These values are written.
    Neutral(&'static str),
    /// The item that the instance put into this array is taken out.
    Without(&'static str),
    Leave,
}

/// A document of a type.
#[derive(Clone)]
pub(super) struct Doc {
    pub(super) key: &'static str,
    pub(super) arm_type: &'static str,
    pub(super) api_version: &'static str,
    pub(super) write: Write,
    pub(super) owns: bool,
    pub(super) place: Place,
    pub(super) when: When,
    /// Constants of the body.
    pub(super) fixed: Vec<(Path, Lit)>,
    pub(super) going: Going,
    /// The block of which each element is a document, and the element's argument that names it.
    pub(super) each: Option<(&'static str, &'static str)>,
    /// A query parameter of the requests that create and change it.
    pub(super) query: Option<(&'static str, &'static str)>,
    /// The argument that is an item's id in an array that others share; it is the key of the claim.
    pub(super) item: Option<&'static str>,
    /// A bool of such an element: with it the document is another one, and made anew when it changes.
    pub(super) other: Option<&'static str>,
}

/// A document that the type owns, written by reading and putting back.
pub(super) fn doc(arm_type: &'static str, api_version: &'static str, place: Place) -> Doc {
    Doc {
        key: "",
        arm_type,
        api_version,
        write: Write::Merge,
        owns: true,
        place,
        when: When::Always,
        fixed: Vec::new(),
        going: Going::Delete,
        each: None,
        query: None,
        item: None,
        other: None,
    }
}

impl Doc {
    pub(super) fn key(mut self, key: &'static str) -> Doc {
        self.key = key;
        self
    }
    pub(super) fn write(mut self, write: Write) -> Doc {
        self.write = write;
        self
    }
    /// It belongs to another instance, or to its parent.
    pub(super) fn foreign(mut self) -> Doc {
        self.owns = false;
        self
    }
    pub(super) fn when(mut self, when: When) -> Doc {
        self.when = when;
        self
    }
    pub(super) fn fixed(mut self, at: &'static str, value: impl Into<Lit>) -> Doc {
        self.fixed.push((path(at), value.into()));
        self
    }
    pub(super) fn going(mut self, going: Going) -> Doc {
        self.going = going;
        self
    }
    /// An item of an array on a document of another, by the argument that is its id and the path of the array.
    pub(super) fn item(mut self, argument: &'static str, path: &'static str) -> Doc {
        self.item = Some(argument);
        self.foreign().going(Going::Without(path))
    }
    /// What is asked for with a query parameter when it is written.
    pub(super) fn asking(mut self, name: &'static str, value: &'static str) -> Doc {
        self.query = Some((name, value));
        self
    }
    /// A bool of an element whose change makes the element's document anew.
    pub(super) fn anew_by(mut self, flag: &'static str) -> Doc {
        self.other = Some(flag);
        self
    }
    /// One document for each element of a block, named by an argument of it.
    pub(super) fn each(mut self, block: &'static str, name: &'static str) -> Doc {
        self.each = Some((block, name));
        self
    }
}

/// What a table cannot say.
#[derive(Clone, Default)]
pub(super) struct Hooks {
    /// More that may be wrong.
    pub(super) check: Option<fn(&Value, &Context<'_>) -> Vec<Problem>>,
    /// More defaults.
    pub(super) complete: Option<fn(&mut Object, &Context<'_>)>,
    /// Changes the claims that the rows made.
    pub(super) claims: Option<fn(&Value, &mut Vec<Claim>, &Context<'_>) -> Result<(), Stop>>,
    /// Changes the attributes that the rows made.
    pub(super) attributes: Option<fn(&mut Object, &Shown<'_>) -> Result<(), Stop>>,
    /// The ARM id that an import id means, where that is not the ARM id itself.
    pub(super) import: Option<fn(&str, &Context<'_>) -> Result<ArmId, Problem>>,
}

/// An object under construction.
pub(super) type Object = Entries;

/// What a hook over attributes may look at.
pub(super) struct Shown<'a> {
    /// The configuration; null when it is gone.
    pub(super) config: &'a Value,
    pub(super) documents: &'a dyn Fn(&str) -> Option<Arc<Value>>,
    /// The id of the primary document, if it is known.
    pub(super) id: Option<&'a ArmId>,
    /// Nothing is there yet.
    pub(super) new: bool,
    /// It is about what will be, not about what is.
    pub(super) planned: bool,
    pub(super) cx: &'a Context<'a>,
}

/// A resource type.
#[derive(Clone)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// Minutes: create, read, update, delete (0: there is no update).
    pub(super) timeouts: [u32; 4],
    pub(super) docs: Vec<Doc>,
    pub(super) rows: Vec<Row>,
    pub(super) rules: Vec<Rule>,
    /// Terraform's id is these two arguments with a `|` between them, not the ARM id.
    pub(super) pair: Option<(&'static str, &'static str)>,
    pub(super) hooks: Hooks,
    pub(super) schemas: [OnceLock<Arc<ResourceSchema>>; MAJORS],
}

impl Table {
    pub(super) fn new(name: &'static str, timeouts: [u32; 4], docs: Vec<Doc>, rows: Vec<Row>) -> Table {
        let (rules, hooks, schemas) = (Vec::new(), Hooks::default(), Default::default());
        Table { name, timeouts, docs, rows, rules, pair: None, hooks, schemas }
    }
    pub(super) fn rule(mut self, rule: Rule) -> Table {
        self.rules.push(rule);
        self
    }
    /// Terraform knows it by `{first}|{second}`.
    pub(super) fn known_by(mut self, first: &'static str, second: &'static str) -> Table {
        self.pair = Some((first, second));
        self
    }
    pub(super) fn hooks(mut self, hooks: Hooks) -> Table {
        self.hooks = hooks;
        self
    }

    /// The document of a row.
    pub(super) fn doc(&self, key: &str) -> Option<&Doc> {
        self.docs.iter().find(|d| d.key == key)
    }
}

/// `name`, `resource_group_name` and `location` of a resource in a group.
pub(super) fn place(name: Row) -> Vec<Row> {
    vec![name.required().new().part(Part::Name), group(), location()]
}

/// `resource_group_name`.
pub(super) fn group() -> Row {
    text("resource_group_name")
        .required()
        .new()
        .part(Part::Group)
        .matches(r"^[-\w._()]{1,90}$", "at most 90 letters, digits, `.`, `_`, `-`, `(` and `)`")
}

/// `location`.
pub(super) fn location() -> Row {
    text("location").required().new().at("location").codec(Codec::Location)
}

/// `edge_zone`.
pub(super) fn edge_zone() -> Row {
    text("edge_zone").new().at("extendedLocation.name").with("extendedLocation.type", "EdgeZone").observed()
}

/// `zones`.
pub(super) fn zones() -> Row {
    text_set("zones").new().at("zones").nonempty().check(Check::OneOf(&["1", "2", "3"]))
}

/// `tags`.
pub(super) fn tags() -> Row {
    text_map("tags").at("tags")
}

/// The block `identity`. `tight`: the service writes `SystemAssigned,UserAssigned` without a space.
pub(super) fn identity(kinds: &'static [&'static str], tight: bool) -> Row {
    static TIGHT: &[(&str, &str)] = &[("SystemAssigned, UserAssigned", "SystemAssigned,UserAssigned")];
    let kind = text("type").required().at("type").one_of(kinds);
    block(
        "identity",
        vec![
            if tight { kind.words(TIGHT) } else { kind },
            text_set("identity_ids").at("userAssignedIdentities").codec(Codec::Keys).nonempty(),
            text("principal_id").computed().at("principalId").predict(Predict::Hook(of_system)),
            text("tenant_id").computed().at("tenantId").predict(Predict::Hook(of_system)),
        ],
    )
    .rule(Rule::Only(
        "identity_ids",
        Given::Written,
        "type",
        &["UserAssigned", "SystemAssigned, UserAssigned"],
    ))
    .at("identity")
    .neutral(Lit::Json(r#"{"type":"None"}"#))
}

/// The kinds of identity that most types take.
pub(super) const ANY_IDENTITY: &[&str] = &["SystemAssigned", "UserAssigned", "SystemAssigned, UserAssigned"];

/// Only a system-assigned identity has a principal of its own.
fn of_system(block: &Value, _provider: &ProviderConfig) -> Option<Value> {
    let kind = block.get("type").and_then(Value::as_str)?;
    (!kind.contains("SystemAssigned")).then(|| Value::null(Type::String))
}
