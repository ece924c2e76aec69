//! The tables of body schemas: their text format and how it is read.
//!
//! A table says, for the types of one namespace, which properties a body has at which API version. It is drafted from the
//! official type definitions by `scripts/draft-cloud-schemas` and read here, a namespace at a time, when first needed.
//!
//! ```text
//! Microsoft.KeyVault 2023-07-01 2024-11-01 2026-02-01    the namespace and its versions: a, b, c
//! = vaults/keys ac                                       a type, and the versions at which it is described
//! .vaults/keys                                           its root shape; then any shape, by name
//!  properties {KeyProperties}+                           a property: name, kind and flags, then rules
//!  systemData@c {SystemData}!                            only at version c
//!  ?@ab type Periodic>PeriodicMode Continuous>Continuous a shape told apart by the property `type`
//! ```
//!
//! Kinds: `s` text, `i` whole number, `n` number, `b` boolean, `*` anything, `{Shape}`, `[kind]` list, `<kind>` map.
//! Flags: `+` required, `!` read-only, `-` write-only, `$` secret.
//! Rules: `=A|B` closed values, `~A|B` known values, `#min-max` length, `:min..max` range, `%n` most items, `/pattern` to the
//! end of the line. The rules of a list of scalars hold for its items. A blank in a value is written `·`.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use regex::Regex;

/// What a property holds.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Any,
    Text,
    Whole,
    Number,
    Flag,
    Object(&'static str),
    List(Box<Kind>),
    Map(Box<Kind>),
}

/// What a value must obey beyond its kind.
#[derive(Debug, Default)]
pub(super) struct Limits {
    /// Allowed values; those of an open list are known, not the only ones.
    pub values: Vec<String>,
    pub open: bool,
    pub length: (Option<usize>, Option<usize>),
    pub range: (Option<f64>, Option<f64>),
    pub items: Option<usize>,
    pattern: Option<&'static str>,
    compiled: OnceLock<Option<Regex>>,
}

impl Limits {
    /// The pattern as written, with the expression that checks it.
    pub fn pattern(&self) -> Option<(&'static str, &Regex)> {
        let text = self.pattern?;
        // A pattern that the regex engine cannot read (look-around) checks nothing.
        self.compiled.get_or_init(|| Regex::new(text).ok()).as_ref().map(|regex| (text, regex))
    }
}

/// One property of a shape.
#[derive(Debug)]
pub(super) struct Field {
    pub name: &'static str,
    versions: u64,
    pub kind: Kind,
    pub required: bool,
    pub read_only: bool,
    pub write_only: bool,
    pub secret: bool,
    pub limits: Limits,
}

/// A shape told apart by one of its properties.
#[derive(Debug)]
pub(super) struct Cases {
    versions: u64,
    pub by: &'static str,
    pub shapes: Vec<(&'static str, &'static str)>,
}

/// A named set of properties.
#[derive(Debug, Default)]
pub(super) struct Shape {
    fields: Vec<Field>,
    cases: Vec<Cases>,
}

impl Shape {
    /// The property of that exact name at a version; `*` is the property of a map with named ones.
    pub fn field(&self, name: &str, version: u64) -> Option<&Field> {
        let at = |wanted: &str| self.fields.iter().find(|f| f.versions & version != 0 && f.name == wanted);
        at(name).or_else(|| at("*"))
    }

    /// Whether there is such a property at any version.
    pub fn ever(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name)
    }

    /// The properties at a version.
    pub fn fields(&self, version: u64) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(move |f| f.versions & version != 0)
    }

    /// The cases at a version, if the shape has any.
    pub fn cases(&self, version: u64) -> Option<&Cases> {
        self.cases.iter().find(|c| c.versions & version != 0)
    }
}

/// A read table.
#[derive(Debug)]
pub(super) struct Table {
    versions: Vec<&'static str>,
    types: HashMap<String, (&'static str, u64)>,
    shapes: HashMap<&'static str, Shape>,
}

impl Table {
    /// The shape of that name; an unknown name is an empty shape.
    pub fn shape(&self, name: &str) -> Option<&Shape> {
        self.shapes.get(name)
    }

    /// The root shape of a type (`vaults/keys`) and the version to read it at: the asked one, else the newest that is not
    /// newer, else the oldest. With it the version whose properties are known too (0: none): a preview that is not described
    /// has what the next version made stable.
    pub fn root(&self, kinds: &str, version: &str) -> Option<(&Shape, u64, u64)> {
        let (name, known) = self.types.get(&kinds.to_ascii_lowercase())?;
        let described = || self.versions.iter().enumerate().filter(|(i, _)| known & (1 << i) != 0);
        let earlier = described().rev().find(|(_, v)| **v <= version);
        let later = described().find(|(_, v)| **v >= version);
        let (index, _) = earlier.or_else(|| described().next())?;
        let preview = version.ends_with("-preview") && earlier.is_none_or(|(_, v)| *v != version);
        let also = later.filter(|_| preview).map_or(0, |(index, _)| 1 << index);
        Some((self.shapes.get(name)?, 1 << index, also))
    }

    /// The types of the table with their versions.
    pub fn types(&self) -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
        self.types.values().map(|(name, known)| {
            let versions = self.versions.iter().enumerate().filter(|(i, _)| known & (1 << i) != 0);
            (&name[1..], versions.map(|(_, v)| *v).collect())
        })
    }
}

macro_rules! tables {
    ($($namespace:literal $file:literal)*) => {
        &[$(($namespace, include_str!(concat!("tables/", $file, ".txt")))),*]
    };
}

/// The tables: namespace and text. A namespace may have several.
const TEXTS: &[(&str, &str)] = tables! {
    "Microsoft.Authorization" "authorization"
    "Microsoft.CognitiveServices" "cognitiveservices"
    "Microsoft.CognitiveServices" "own-cognitiveservices"
    "Microsoft.Compute" "compute"
    "Microsoft.Compute" "own-compute"
    "Microsoft.ContainerInstance" "containerinstance"
    "Microsoft.ContainerRegistry" "containerregistry"
    "Microsoft.ContainerRegistry" "own-containerregistry"
    "Microsoft.ContainerService" "containerservice"
    "Microsoft.ContainerService" "own-containerservice"
    "Microsoft.Databricks" "databricks"
    "Microsoft.DevTestLab" "own-devtestlab"
    "Microsoft.DocumentDB" "documentdb"
    "Microsoft.Insights" "insights"
    "Microsoft.KeyVault" "keyvault"
    "Microsoft.Kusto" "own-kusto"
    "Microsoft.MachineLearningServices" "machinelearningservices"
    "Microsoft.ManagedIdentity" "managedidentity"
    "Microsoft.Network" "network"
    "Microsoft.Network" "own-network"
    "Microsoft.OperationalInsights" "operationalinsights"
    "Microsoft.Resources" "resources"
    "Microsoft.Search" "search"
    "Microsoft.Security" "security"
    "Microsoft.Storage" "storage"
    "Microsoft.Storage" "own-storage"
};

static TABLES: LazyLock<Vec<(&'static str, &'static str, OnceLock<Table>)>> =
    LazyLock::new(|| TEXTS.iter().map(|(namespace, text)| (*namespace, *text, OnceLock::new())).collect());

/// The tables of a namespace, in any case.
pub(super) fn tables(namespace: &str) -> impl Iterator<Item = &'static Table> {
    TABLES
        .iter()
        .filter(move |(name, _, _)| name.eq_ignore_ascii_case(namespace))
        .map(|(_, text, table)| table.get_or_init(|| read(text)))
}

/// Every namespace that has a table.
pub(super) fn namespaces() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|(name, _, _)| *name)
}

fn read(text: &'static str) -> Table {
    let mut lines = text.lines();
    let versions: Vec<&str> = lines.next().unwrap_or_default().split(' ').skip(1).collect();
    let mut table = Table { versions, types: HashMap::new(), shapes: HashMap::new() };
    let mut shape = Shape::default();
    let mut name = "";
    for line in lines {
        if let Some(kinds) = line.strip_prefix("= ") {
            if let Some((kinds, letters)) = kinds.split_once(' ') {
                let root =
                    text.find(&format!("\n.{kinds}\n")).map_or("", |at| &text[at + 1..=at + 1 + kinds.len()]);
                table.types.insert(kinds.to_ascii_lowercase(), (root, letters_mask(letters)));
            }
        } else if line.starts_with('.') {
            table.shapes.insert(name, std::mem::take(&mut shape));
            // A type's own shape keeps its dot: it may be called like another shape.
            let plain = line.trim_start_matches('.');
            name = if is_root(text, plain) { line } else { plain };
        } else if let Some(cases) = line.strip_prefix(" ?") {
            shape.cases.extend(read_cases(cases));
        } else if let Some(field) = line.strip_prefix(' ') {
            shape.fields.extend(read_field(field));
        }
    }
    table.shapes.insert(name, shape);
    table
}

fn is_root(text: &str, kinds: &str) -> bool {
    text.contains(&format!("\n= {kinds} "))
}

fn letters_mask(letters: &str) -> u64 {
    letters.bytes().filter(u8::is_ascii_lowercase).fold(0, |mask, b| mask | 1 << (b - b'a'))
}

fn split_versions(text: &'static str) -> (&'static str, u64) {
    match text.split_once('@') {
        Some((name, letters)) => (name, letters_mask(letters)),
        None => (text, u64::MAX),
    }
}

fn read_cases(line: &'static str) -> Option<Cases> {
    let (at, rest) = line.split_once(' ')?;
    let mut words = rest.split(' ');
    let by = words.next()?;
    let shapes = words.filter_map(|w| w.split_once('>')).collect();
    Some(Cases { versions: split_versions(at).1, by, shapes })
}

fn read_field(line: &'static str) -> Option<Field> {
    let (name, rest) = line.split_once(' ')?;
    let (name, versions) = split_versions(name);
    let (head, rules) = rest.split_once(' ').unwrap_or((rest, ""));
    let kind_end = head.trim_end_matches(['+', '!', '-', '$']).len();
    let flags = &head[kind_end..];
    Some(Field {
        name,
        versions,
        kind: read_kind(&head[..kind_end]),
        required: flags.contains('+'),
        read_only: flags.contains('!'),
        write_only: flags.contains('-'),
        secret: flags.contains('$'),
        limits: read_limits(rules),
    })
}

fn read_kind(text: &'static str) -> Kind {
    let inner = |open, close| text.strip_prefix(open).and_then(|t: &str| t.strip_suffix(close));
    match text {
        "s" => Kind::Text,
        "i" => Kind::Whole,
        "n" => Kind::Number,
        "b" => Kind::Flag,
        _ => {
            if let Some(item) = inner('[', ']') {
                Kind::List(Box::new(read_kind(item)))
            } else if let Some(value) = inner('<', '>') {
                Kind::Map(Box::new(read_kind(value)))
            } else if let Some(shape) = inner('{', '}') {
                Kind::Object(shape)
            } else {
                Kind::Any
            }
        }
    }
}

fn read_limits(mut rules: &'static str) -> Limits {
    let mut limits = Limits::default();
    while !rules.is_empty() {
        if let Some(pattern) = rules.strip_prefix('/') {
            limits.pattern = Some(pattern);
            break;
        }
        let (rule, rest) = rules.split_once(' ').unwrap_or((rules, ""));
        rules = rest;
        let Some(sign) = rule.chars().next() else { continue };
        let text = &rule[1..];
        match sign {
            '=' | '~' => {
                limits.values = text.split('|').map(|v| v.replace('·', " ")).collect();
                limits.open = sign == '~';
            }
            '#' => {
                let (least, most) = text.split_once('-').unwrap_or((text, ""));
                limits.length = (least.parse().ok(), most.parse().ok());
            }
            ':' => {
                let (least, most) = text.split_once("..").unwrap_or((text, ""));
                limits.range = (least.parse().ok(), most.parse().ok());
            }
            '%' => limits.items = text.parse().ok(),
            _ => {}
        }
    }
    limits
}
