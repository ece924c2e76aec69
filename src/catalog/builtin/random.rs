//! The types of the provider `random`: a table of arguments, and what each draws.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use num_bigint::BigUint;

use super::{schema, text};
use crate::catalog::lens::{Detail, LocalPlan, LocalType, Problem};
use crate::catalog::value::{argument, error, flag, same};
use crate::lang::schema::{AttrSpec, ResourceSchema};
use crate::lang::{Entries, Number, Type, Value};

/// The most characters, bytes or words that are drawn at once.
const MOST: i64 = 1_000_000;

/// A source of random bytes.
type Source<'a> = &'a mut dyn FnMut(&mut [u8]);

/// One type of the provider.
pub(super) struct Random {
    /// `random_string`
    pub(super) name: &'static str,
    /// Arguments: name, type, default. Every one of them makes a new object when it changes.
    arguments: &'static [(&'static str, Kind, Default)],
    /// Computed attributes beside `id`: name, type, secret.
    computed: &'static [(&'static str, Kind, bool)],
    /// What is wrong with the arguments.
    check: fn(&Value) -> Vec<Problem>,
    /// Draws the computed attributes, `id` among them.
    draw: fn(&Value, Source<'_>) -> Vec<(&'static str, Value)>,
}

#[derive(Clone, Copy)]
enum Kind {
    Bool,
    Number,
    String,
    Strings,
    Keepers,
}

#[derive(Clone, Copy, PartialEq)]
enum Default {
    Required,
    None,
    True,
    Zero,
    Two,
    Dash,
}

impl Kind {
    fn ty(self) -> Type {
        match self {
            Kind::Bool => Type::Bool,
            Kind::Number => Type::Number,
            Kind::String => Type::String,
            Kind::Strings => Type::list(Type::String),
            Kind::Keepers => Type::map(Type::String),
        }
    }
}

impl Default {
    fn value(self) -> Option<Value> {
        match self {
            Default::Required | Default::None => None,
            Default::True => Some(true.into()),
            Default::Zero => Some(0.into()),
            Default::Two => Some(2.into()),
            Default::Dash => Some("-".into()),
        }
    }
}

const KEEPERS: (&str, Kind, Default) = ("keepers", Kind::Keepers, Default::None);

const CHARACTERS: &[(&str, Kind, Default)] = &[
    ("length", Kind::Number, Default::Required),
    ("special", Kind::Bool, Default::True),
    ("upper", Kind::Bool, Default::True),
    ("lower", Kind::Bool, Default::True),
    ("number", Kind::Bool, Default::True),
    ("numeric", Kind::Bool, Default::True),
    ("min_numeric", Kind::Number, Default::Zero),
    ("min_upper", Kind::Number, Default::Zero),
    ("min_lower", Kind::Number, Default::Zero),
    ("min_special", Kind::Number, Default::Zero),
    ("override_special", Kind::String, Default::None),
    KEEPERS,
];

/// Every type of the provider that is built in.
pub(super) static TYPES: &[Random] = &[
    Random {
        name: "random_string",
        arguments: CHARACTERS,
        computed: &[("result", Kind::String, false)],
        check: check_characters,
        draw: |config, source| {
            let drawn = characters(config, source);
            vec![("id", drawn.as_str().into()), ("result", drawn.into())]
        },
    },
    Random {
        name: "random_password",
        arguments: CHARACTERS,
        computed: &[("result", Kind::String, true), ("bcrypt_hash", Kind::String, true)],
        check: check_characters,
        draw: |config, source| {
            let drawn = characters(config, source);
            let mut salt = [0; 16];
            source(&mut salt);
            // bcrypt reads at most 72 bytes.
            let cut = drawn.len().min(72);
            let hash = bcrypt::hash_with_salt(&drawn.as_bytes()[..cut], 10, salt).map(|h| h.to_string());
            let hash = hash.map_or_else(|_| Value::null(Type::String), Value::from);
            vec![("id", "none".into()), ("result", drawn.into()), ("bcrypt_hash", hash)]
        },
    },
    Random {
        name: "random_id",
        arguments: &[
            ("byte_length", Kind::Number, Default::Required),
            ("prefix", Kind::String, Default::None),
            KEEPERS,
        ],
        computed: &[
            ("b64_url", Kind::String, false),
            ("b64_std", Kind::String, false),
            ("hex", Kind::String, false),
            ("dec", Kind::String, false),
        ],
        check: |config| at_least(config, "byte_length", 1),
        draw: |config, source| {
            let mut bytes = vec![0; count(config, "byte_length")];
            source(&mut bytes);
            let prefix = config.get("prefix").and_then(Value::as_str).unwrap_or_default();
            let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
            let url = URL_SAFE_NO_PAD.encode(&bytes);
            vec![
                ("b64_url", format!("{prefix}{url}").into()),
                ("b64_std", format!("{prefix}{}", STANDARD.encode(&bytes)).into()),
                ("hex", format!("{prefix}{hex}").into()),
                ("dec", format!("{prefix}{}", BigUint::from_bytes_be(&bytes)).into()),
                ("id", url.into()),
            ]
        },
    },
    Random {
        name: "random_integer",
        arguments: &[
            ("min", Kind::Number, Default::Required),
            ("max", Kind::Number, Default::Required),
            ("seed", Kind::String, Default::None),
            KEEPERS,
        ],
        computed: &[("result", Kind::Number, false)],
        check: |config| {
            let number = |name| config.get(name).and_then(Value::as_number).and_then(Number::as_i64);
            match (number("min"), number("max")) {
                (Some(min), Some(max)) if min > max => vec![error(
                    argument("max"),
                    "Invalid range",
                    format!("`max` ({max}) must not be less than `min` ({min})."),
                )],
                _ => Vec::new(),
            }
        },
        draw: |config, source| {
            let number =
                |name| config.get(name).and_then(Value::as_number).and_then(Number::as_i64).unwrap_or(0);
            let (min, max) = (number("min"), number("max"));
            let span = u64::try_from(i128::from(max) - i128::from(min) + 1).unwrap_or(u64::MAX);
            let drawn = i128::from(min) + i128::from(seeded(config, source, |s| below(span.max(1), s)));
            let drawn = i64::try_from(drawn).unwrap_or(max);
            vec![("id", drawn.to_string().into()), ("result", drawn.into())]
        },
    },
    Random {
        name: "random_uuid",
        arguments: &[KEEPERS],
        computed: &[("result", Kind::String, false)],
        check: |_| Vec::new(),
        draw: |_, source| {
            let drawn = uuid(source);
            vec![("id", drawn.as_str().into()), ("result", drawn.into())]
        },
    },
    Random {
        name: "random_shuffle",
        arguments: &[
            ("input", Kind::Strings, Default::Required),
            ("result_count", Kind::Number, Default::None),
            ("seed", Kind::String, Default::None),
            KEEPERS,
        ],
        computed: &[("result", Kind::Strings, false)],
        check: |config| at_least(config, "result_count", 0),
        draw: |config, source| {
            let input = config.get("input").and_then(Value::as_sequence).unwrap_or(&[]);
            let counted = config.get("result_count").is_some_and(|v| !v.is_null());
            let wanted = if counted { count(config, "result_count") } else { input.len() };
            let result = seeded(config, source, |s| shuffled(input, wanted, s));
            vec![("id", "-".into()), ("result", Value::list(Type::String, result))]
        },
    },
    Random {
        name: "random_bytes",
        arguments: &[("length", Kind::Number, Default::Required), KEEPERS],
        computed: &[("base64", Kind::String, true), ("hex", Kind::String, true)],
        check: |config| at_least(config, "length", 1),
        draw: |config, source| {
            let mut bytes = vec![0; count(config, "length")];
            source(&mut bytes);
            let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
            vec![("base64", STANDARD.encode(&bytes).into()), ("hex", hex.into())]
        },
    },
    Random {
        name: "random_pet",
        arguments: &[
            ("length", Kind::Number, Default::Two),
            ("prefix", Kind::String, Default::None),
            ("separator", Kind::String, Default::Dash),
            KEEPERS,
        ],
        computed: &[],
        check: |config| at_least(config, "length", 1),
        draw: |config, source| {
            let separator = config.get("separator").and_then(Value::as_str).unwrap_or("-").to_owned();
            let prefix = config.get("prefix").and_then(Value::as_str).filter(|p| !p.is_empty());
            let mut words: Vec<String> = prefix.map(str::to_owned).into_iter().collect();
            words.extend(super::words::pet(count(config, "length"), &mut |n| below(n, source)));
            vec![("id", words.join(&separator).into())]
        },
    },
];

impl Random {
    /// All but the plain bytes have an id.
    fn has_id(&self) -> bool {
        self.name != "random_bytes"
    }
}

impl LocalType for Random {
    fn schema(&self) -> Arc<ResourceSchema> {
        let mut all: Vec<AttrSpec> = Vec::new();
        for (name, kind, default) in self.arguments {
            let spec = match default {
                Default::Required => AttrSpec::required(*name, kind.ty()),
                default => AttrSpec {
                    computed: *default != Default::None,
                    deprecated: (*name == "number").then(|| "Use `numeric` instead.".to_owned()),
                    ..AttrSpec::optional(*name, kind.ty())
                },
            };
            all.push(spec);
        }
        for (name, kind, secret) in self.computed {
            all.push(AttrSpec { sensitive: *secret, ..AttrSpec::computed(*name, kind.ty()) });
        }
        if self.has_id() {
            all.push(AttrSpec::computed("id", Type::String));
        }
        schema(all)
    }

    fn check(&self, config: &Value) -> Vec<Problem> {
        (self.check)(config)
    }

    fn plan(&self, prior: Option<&Value>, config: &Value) -> LocalPlan {
        let mut planned: Entries = Entries::new();
        for (name, kind, default) in self.arguments {
            let value = config.get(name).filter(|v| !v.is_null()).cloned().or_else(|| default.value());
            planned.insert((*name).into(), value.unwrap_or_else(|| Value::null(kind.ty())));
        }
        // `number` is the old name of `numeric`.
        for (one, other) in [("number", "numeric"), ("numeric", "number")] {
            if planned.contains_key(one)
                && config.get(one).is_none_or(Value::is_null)
                && let Some(value) = config.get(other).filter(|v| !v.is_null())
            {
                planned.insert(one.into(), value.clone());
            }
        }
        let replace: Vec<_> = match prior {
            None => Vec::new(),
            Some(prior) => {
                let changed = |name: &&str| !prior.get(name).is_some_and(|old| same(old, &planned[*name]));
                self.arguments.iter().map(|(name, ..)| *name).filter(changed).map(argument).collect()
            }
        };
        let old = prior.filter(|_| replace.is_empty());
        let computed = self.computed.iter().map(|(name, kind, _)| (*name, kind.ty()));
        for (name, ty) in computed.chain(self.has_id().then_some(("id", Type::String))) {
            let value = old.and_then(|o| o.get(name)).cloned();
            planned.insert(name.into(), value.unwrap_or_else(|| Value::unknown_not_null(ty)));
        }
        LocalPlan { planned: Value::object(planned), replace }
    }

    fn import(&self, id: &str, now: &str) -> Result<Value, Problem> {
        let said = super::import::read(self.name, id, now)?;
        let mut all: Entries = Entries::new();
        for (name, kind, default) in self.arguments {
            all.insert((*name).into(), default.value().unwrap_or_else(|| Value::null(kind.ty())));
        }
        all.extend(said.into_iter().map(|(name, value)| (name.into(), value)));
        Ok(Value::object(all))
    }

    fn detail(&self, path: &[&str]) -> Detail {
        let row = path.first().and_then(|name| self.arguments.iter().find(|(n, ..)| n == name));
        let default = row.and_then(|(.., default)| default.value()).map(|v| crate::lang::codec::render(&v));
        Detail { default, replaces: true, ..Detail::default() }
    }

    fn apply(
        &self,
        _prior: Option<&Value>,
        planned: &Value,
        random: &mut dyn FnMut(&mut [u8]),
        _now: &str,
    ) -> Value {
        if planned.is_wholly_known() {
            return planned.clone();
        }
        let mut all = planned.as_entries().cloned().unwrap_or_default();
        all.extend((self.draw)(planned, random).into_iter().map(|(n, v)| (n.into(), v)));
        Value::object(all)
    }
}

/// A known count, 0 when it is not known.
fn count(config: &Value, name: &str) -> usize {
    config.get(name).and_then(Value::as_number).and_then(Number::as_usize).unwrap_or(0)
}

fn at_least(config: &Value, name: &str, least: i64) -> Vec<Problem> {
    match config.get(name).and_then(Value::as_number) {
        Some(n) if n.as_i64().is_none_or(|n| n < least || n > MOST) => vec![error(
            argument(name),
            "Invalid attribute value",
            format!("`{name}` must be a whole number from {least} to {MOST}, got: {n}."),
        )],
        _ => Vec::new(),
    }
}

fn check_characters(config: &Value) -> Vec<Problem> {
    let mut problems = at_least(config, "length", 1);
    let known = |name| config.get(name).is_none_or(|v| !v.is_unknown());
    let parts = ["min_numeric", "min_upper", "min_lower", "min_special"];
    let least: usize = parts.iter().map(|n| count(config, n)).sum();
    if problems.is_empty() && known("length") && least > count(config, "length") {
        problems.push(error(
            argument("length"),
            "Invalid attribute value",
            format!("`length` must be at least the sum of min_upper, min_lower, min_numeric and min_special ({least})."),
        ));
    }
    let on = |name| flag(config, name).unwrap_or(true);
    if problems.is_empty()
        && ["special", "upper", "lower", "numeric", "number"].into_iter().all(known)
        && !["special", "upper", "lower"].into_iter().any(on)
        && (!on("numeric") || !on("number"))
    {
        problems.push(error(
            Vec::new(),
            "Invalid attribute combination",
            "At least one of `special`, `upper`, `lower` and `numeric` must be true: there is no character to choose from.",
        ));
    }
    problems
}

/// Text of the wanted length: the least number of each class, the rest from all, in random order.
fn characters(config: &Value, source: Source<'_>) -> String {
    let special = config.get("override_special").and_then(Value::as_str).filter(|s| !s.is_empty());
    let classes: [(&str, &str, &str); 4] = [
        ("numeric", "min_numeric", text::DIGITS),
        ("lower", "min_lower", text::LOWER),
        ("upper", "min_upper", text::UPPER),
        ("special", "min_special", special.unwrap_or(text::SPECIAL)),
    ];
    let mut out: Vec<char> = Vec::new();
    let mut all: Vec<char> = Vec::new();
    let pick = |from: &[char], source: Source<'_>| from[below(from.len() as u64, source) as usize];
    for (on, least, characters) in classes {
        let class: Vec<char> = characters.chars().collect();
        if flag(config, on).unwrap_or(true) {
            all.extend(&class);
        }
        for _ in 0..count(config, least) {
            out.push(pick(&class, source));
        }
    }
    while out.len() < count(config, "length") && !all.is_empty() {
        out.push(pick(&all, source));
    }
    for at in (1..out.len()).rev() {
        out.swap(at, below(at as u64 + 1, source) as usize);
    }
    out.into_iter().collect()
}

/// So many of the items in random order; when there are too few, all of them again in another order.
fn shuffled(input: &[Value], wanted: usize, source: Source<'_>) -> Vec<Value> {
    let mut out = Vec::with_capacity(wanted);
    while out.len() < wanted && !input.is_empty() {
        let mut round = input.to_vec();
        for at in (1..round.len()).rev() {
            round.swap(at, below(at as u64 + 1, source) as usize);
        }
        round.truncate(wanted - out.len());
        out.extend(round);
    }
    out
}

/// With a `seed` the bytes come from it, so the same seed draws the same.
fn seeded<T>(config: &Value, source: Source<'_>, draw: impl FnOnce(Source<'_>) -> T) -> T {
    let Some(seed) = config.get("seed").and_then(Value::as_str).filter(|s| !s.is_empty()) else {
        return draw(source);
    };
    let mut block = 0u64;
    draw(&mut |buffer: &mut [u8]| {
        for chunk in buffer.chunks_mut(32) {
            let digest = ring::digest::digest(&ring::digest::SHA256, format!("{seed}/{block}").as_bytes());
            chunk.copy_from_slice(&digest.as_ref()[..chunk.len()]);
            block += 1;
        }
    })
}

/// A number from 0 to `limit - 1`, each as likely as the others.
fn below(limit: u64, source: Source<'_>) -> u64 {
    let fair = u64::MAX - u64::MAX % limit;
    loop {
        let mut bytes = [0; 8];
        source(&mut bytes);
        let drawn = u64::from_le_bytes(bytes);
        if drawn < fair {
            return drawn % limit;
        }
    }
}

/// A version 4 UUID.
pub(super) fn uuid(source: Source<'_>) -> String {
    let mut bytes = [0; 16];
    source(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}
