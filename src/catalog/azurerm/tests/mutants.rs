//! Tables with one thing changed: what the tests that hold them against the facts and the local cloud must notice.

use std::cell::Cell;

use super::super::TYPES;
use super::super::table::{Check, Codec, Going, Lit, Mode, Path, Row, Send as Sent, Table, What, When};
use crate::catalog::lens::Write;
use crate::catalog::mutation::{Change, Kind, Site, altered, leak, paths_of};
use crate::lang::Type;

thread_local! {
    /// The table that is another one on this thread.
    static CHANGED: Cell<Option<(&'static str, &'static Table)>> = const { Cell::new(None) };
    /// The argument whose row is another one; empty: none.
    static ARGUMENT: Cell<&'static str> = const { Cell::new("") };
    /// The types that the tests look at on this thread; `None`: all of them.
    static LOOKED_AT: Cell<Option<&'static [&'static str]>> = const { Cell::new(None) };
}

/// The changed table of this name, on this thread.
pub(in crate::catalog::azurerm) fn changed(name: &str) -> Option<&'static Table> {
    CHANGED.get().filter(|(changed, _)| *changed == name).map(|(_, table)| table)
}

/// The tables that the tests look at, as they are on this thread.
pub(in crate::catalog::azurerm) fn tables() -> impl Iterator<Item = (&'static str, &'static Table)> {
    let names = LOOKED_AT.get();
    let all = TYPES.iter().filter(move |(name, _)| names.is_none_or(|names| names.contains(name)));
    all.map(|(name, table)| (*name, changed(name).unwrap_or(table)))
}

/// The names of the tables that the tests look at.
pub(in crate::catalog) fn looked_at() -> Vec<&'static str> {
    tables().map(|(name, _)| name).collect()
}

/// Whether the tests look at every type: what they say of numbers holds only then.
pub(in crate::catalog) fn all_are_looked_at() -> bool {
    LOOKED_AT.get().is_none()
}

/// The types over documents of an ARM type.
pub(in crate::catalog) fn types_over(arm_type: &str) -> Vec<&'static str> {
    let over = |table: &Table| table.docs.iter().any(|doc| doc.arm_type.eq_ignore_ascii_case(arm_type));
    TYPES.iter().filter(|(_, table)| over(table)).map(|(name, _)| *name).collect()
}

/// Lets the tests of this thread look only at these types.
pub(in crate::catalog) fn look_at(names: Vec<&'static str>) {
    LOOKED_AT.set(Some(names.leak()));
}

/// Everything is as it was.
pub(in crate::catalog) fn restore() {
    CHANGED.set(None);
    LOOKED_AT.set(None);
    ARGUMENT.set("");
}

/// The path of the argument that is changed on this thread.
pub(in crate::catalog) fn changed_argument() -> Option<&'static str> {
    Some(ARGUMENT.get()).filter(|path| !path.is_empty())
}

/// Where a row is in a table: indexes, from the outside in.
type At = Vec<usize>;

fn row_at<'t>(rows: &'t mut [Row], at: &[usize]) -> &'t mut Row {
    let row = &mut rows[at[0]];
    if at.len() == 1 {
        return row;
    }
    match &mut row.what {
        What::Block(block) => row_at(&mut block.rows, &at[1..]),
        What::Plain(_) => unreachable!("a row within a row that is no block"),
    }
}

/// Forgets what was made of the rows before.
fn forget(rows: &mut [Row]) {
    for row in rows {
        row.types = Default::default();
        if let What::Block(block) = &mut row.what {
            forget(&mut block.rows);
        }
    }
}

fn install(name: &'static str, table: &'static Table, make: &dyn Fn(&mut Table)) {
    let mut table = table.clone();
    make(&mut table);
    table.schemas = Default::default();
    forget(&mut table.rows);
    CHANGED.set(Some((name, Box::leak(Box::new(table)))));
    look_at(vec![name]);
}

/// Everything that can be changed in the tables of the resource types, of the newest major version's arguments.
pub(in crate::catalog) fn sites() -> Vec<Site> {
    let mut sites = Vec::new();
    for (name, table) in TYPES {
        let table: &'static Table = table;
        let mut found = Found { name, table, sites: &mut sites };
        for (index, doc) in table.docs.iter().enumerate() {
            found.doc(index, doc);
        }
        found.rows(&table.rows, &[], name);
    }
    sites
}

type RowChange = Box<dyn Fn(&mut Row) + Send + Sync>;

struct Found<'s> {
    name: &'static str,
    table: &'static Table,
    sites: &'s mut Vec<Site>,
}

impl Found<'_> {
    fn site(&mut self, kind: Kind, place: &str, changes: Vec<Change>) {
        if !changes.is_empty() {
            self.sites.push(Site { kind, place: place.to_owned(), changes });
        }
    }

    fn change(&self, says: String, make: impl Fn(&mut Table) + Send + Sync + 'static) -> Change {
        let (name, table) = (self.name, self.table);
        Change { says, nothing: None, install: Box::new(move || install(name, table, &make)) }
    }

    fn rows(&mut self, rows: &'static [Row], above: &[usize], place: &str) {
        for (index, row) in rows.iter().enumerate().filter(|(_, r)| r.is_in(4) && r.refused.is_none()) {
            let at: At = above.iter().copied().chain([index]).collect();
            let place = format!("{place}.{}", row.name);
            let argument = place.split_once('.').map_or("", |(_, path)| leak(path.to_owned()));
            for (kind, changes) in [
                (Kind::Path, paths(row, rows, index)),
                (Kind::Enum, words(row)),
                (Kind::Default, defaults(row)),
                (Kind::ForceNew, anew(row)),
                (Kind::Transformation, transformations(row)),
            ] {
                let lifted = changes.into_iter().map(|(says, make)| {
                    let (at, argument) = (at.clone(), argument);
                    let nothing = changes_nothing(row, &says);
                    let change = self.change(says, move |table| {
                        ARGUMENT.set(argument);
                        make(row_at(&mut table.rows, &at));
                    });
                    Change { nothing, ..change }
                });
                let lifted = lifted.collect();
                self.site(kind, &place, lifted);
            }
            if let What::Block(block) = &row.what {
                self.rows(&block.rows, &at, &place);
            }
        }
    }

    fn doc(&mut self, index: usize, doc: &'static super::super::table::Doc) {
        let place = format!("{} document `{}`", self.name, doc.key);
        let mut changes = Vec::new();
        let other = match doc.write {
            Write::Merge => Write::Patch,
            _ => Write::Merge,
        };
        changes.push(self.change(format!("write {:?} is {other:?}", doc.write), move |t| {
            t.docs[index].write = other;
        }));
        changes.push(self.change(format!("owns is {}", !doc.owns), move |t| {
            t.docs[index].owns = !t.docs[index].owns;
        }));
        let (was, other) = match doc.going {
            Going::Delete => ("deleted", Going::Leave),
            Going::With(_) => ("withdrawn by the features", Going::Leave),
            Going::Neutral(_) => ("made neutral", Going::Leave),
            Going::Without(_) => ("taken out", Going::Leave),
            Going::Leave => ("left", Going::Delete),
        };
        let is = if matches!(other, Going::Delete) { "deleted" } else { "left" };
        changes.push(self.change(format!("going: {was} is {is}"), move |t| {
            t.docs[index].going = other.clone();
        }));
        if matches!(doc.when, When::Written(_) | When::Hook(_)) {
            changes.push(self.change("always claimed".into(), move |t| t.docs[index].when = When::Always));
        }
        if doc.query.is_some() {
            changes.push(self.change("asked without the query".into(), move |t| t.docs[index].query = None));
        }
        self.site(Kind::Transformation, &place, changes);
        let mut moved = Vec::new();
        let mut said = Vec::new();
        for (i, (path, lit)) in doc.fixed.iter().enumerate() {
            for (says, new) in others(path) {
                moved.push(self.change(says, move |t| t.docs[index].fixed[i].0 = new.clone()));
            }
            if let Lit::Text(word) = lit {
                let new = other_word(word);
                let says = format!("`{}`: `{word}` is `{new}`", path.join("."));
                said.push(self.change(says, move |t| t.docs[index].fixed[i].1 = Lit::Text(new)));
            }
        }
        self.site(Kind::Path, &place, moved);
        self.site(Kind::Enum, &place, said);
    }
}

const LEFT: &str = "not written is left as it is";
const ABSENT: &str = "not written claims absence";

/// Why a change of a row cannot be noticed.
fn changes_nothing(row: &Row, says: &str) -> Option<&'static str> {
    match says {
        LEFT | ABSENT if row.default_of(4).is_some() => Some("it has a default, and so is always written"),
        _ => None,
    }
}

fn shown(lit: Lit) -> String {
    format!("{:?}", lit.value().to_json().unwrap_or_default().to_string())
        .replace('"', "")
        .replace('\\', "\"")
}

/// Another path, in words and as it is.
fn others(path: &Path) -> Vec<(String, Path)> {
    let all = paths_of(path).into_iter();
    all.map(|other| (format!("`{}` is `{}`", path.join("."), other.join(".")), other)).collect()
}

fn other_word(word: &str) -> &'static str {
    leak(altered(word))
}

/// Rows whose paths nobody looks at.
fn is_nowhere(row: &Row) -> bool {
    row.alias.is_some() || row.demand.is_some() || row.not_in_arm.is_some()
}

fn paths(row: &'static Row, rows: &'static [Row], index: usize) -> Vec<(String, RowChange)> {
    let mut all: Vec<(String, RowChange)> = Vec::new();
    if is_nowhere(row) {
        return all;
    }
    for (i, path) in row.paths.iter().enumerate() {
        for (says, new) in others(path) {
            all.push((says, Box::new(move |r| r.paths[i] = new.clone())));
        }
    }
    for (i, (path, _)) in row.beside.iter().enumerate() {
        for (says, new) in others(path) {
            all.push((format!("beside it {says}"), Box::new(move |r| r.beside[i].0 = new.clone())));
        }
    }
    // The path of its neighbour, as one copies a line and forgets to change it.
    let plain = |r: &&Row| {
        let alike = matches!((&r.what, &row.what), (What::Plain(_), What::Plain(_)));
        alike
            && r.is_in(4)
            && !is_nowhere(r)
            && !r.paths.is_empty()
            && r.doc == row.doc
            && r.paths != row.paths
    };
    let before = rows[..index].iter().rev().find(plain);
    let after = rows[index + 1..].iter().find(plain);
    if !row.paths.is_empty() {
        for other in before.into_iter().chain(after) {
            let says = format!("at `{}`, as `{}` is", other.paths[0].join("."), other.name);
            let path = other.paths[0].clone();
            all.push((says, Box::new(move |r| r.paths[0] = path.clone())));
        }
    }
    if let Codec::Items(path, _) = &row.codec {
        for (says, new) in others(path) {
            let make = move |r: &mut Row| {
                if let Codec::Items(path, _) = &mut r.codec {
                    *path = new.clone();
                }
            };
            all.push((format!("of each item {says}"), Box::new(make)));
        }
    }
    all
}

/// A list with a word less, another one, and one more.
fn lists(words: &'static [&'static str]) -> Vec<(String, &'static [&'static str])> {
    let mut all = Vec::new();
    for (i, word) in words.iter().enumerate() {
        if words.len() > 1 {
            let rest: Vec<&str> = words.iter().copied().filter(|w| w != word).collect();
            all.push((format!("without `{word}`"), &*rest.leak()));
        }
        let mut other = words.to_vec();
        other[i] = other_word(word);
        all.push((format!("`{word}` is `{}`", other[i]), &*other.leak()));
    }
    let more: Vec<&str> = words.iter().copied().chain(["Another"]).collect();
    all.push(("with `Another`".into(), more.leak()));
    all
}

fn words(row: &'static Row) -> Vec<(String, RowChange)> {
    let mut all: Vec<(String, RowChange)> = Vec::new();
    for (i, check) in row.checks.iter().enumerate().filter(|_| row.mode != Mode::Computed) {
        match check {
            Check::OneOf(words) => {
                for (says, new) in lists(words) {
                    all.push((says, Box::new(move |r| r.checks[i] = Check::OneOf(new))));
                }
            }
            Check::OneOfAnyCase(words) => {
                for (says, new) in lists(words) {
                    all.push((says, Box::new(move |r| r.checks[i] = Check::OneOfAnyCase(new))));
                }
            }
            Check::OneNumberOf(numbers) => {
                for number in *numbers {
                    let rest: Vec<i64> = numbers.iter().copied().filter(|n| n != number).collect();
                    let rest: &'static [i64] = rest.leak();
                    let make = move |r: &mut Row| r.checks[i] = Check::OneNumberOf(rest);
                    all.push((format!("without {number}"), Box::new(make)));
                }
                let more = numbers.iter().max().map_or(0, |n| n + 1);
                let new: Vec<i64> = numbers.iter().copied().chain([more]).collect();
                let new: &'static [i64] = new.leak();
                let make = move |r: &mut Row| r.checks[i] = Check::OneNumberOf(new);
                all.push((format!("with {more}"), Box::new(make)));
            }
            _ => {}
        }
    }
    if is_nowhere(row) {
        return all;
    }
    match row.codec {
        Codec::Words(pairs) => {
            for (i, (ours, theirs)) in pairs.iter().enumerate() {
                let mut other = pairs.to_vec();
                other[i].1 = other_word(theirs);
                let says = format!("`{ours}` is sent as `{}`, not as `{theirs}`", other[i].1);
                let other: &'static [(&str, &str)] = other.leak();
                all.push((says, Box::new(move |r| r.codec = Codec::Words(other))));
            }
        }
        Codec::Switch(on, off) => {
            let (new_on, new_off) = (other_word(on), other_word(off));
            all.push((
                format!("true is `{new_on}`, not `{on}`"),
                Box::new(move |r| r.codec = Codec::Switch(new_on, off)),
            ));
            all.push((
                format!("false is `{new_off}`, not `{off}`"),
                Box::new(move |r| r.codec = Codec::Switch(on, new_off)),
            ));
        }
        _ => {}
    }
    for (i, (path, lit)) in row.beside.iter().enumerate() {
        if let Lit::Text(word) = lit {
            let new = other_word(word);
            let says = format!("beside it `{}`: `{word}` is `{new}`", path.join("."));
            all.push((says, Box::new(move |r| r.beside[i].1 = Lit::Text(new))));
        }
    }
    if let Some((_, words)) = &row.by {
        for (i, word) in words.iter().enumerate() {
            let new = other_word(word);
            let make = move |r: &mut Row| {
                if let Some((_, words)) = &mut r.by {
                    words[i] = new;
                }
            };
            all.push((format!("chosen by `{new}`, not by `{word}`"), Box::new(make)));
        }
    }
    if let Some(word) = row.nothing {
        let new = other_word(word);
        all.push((format!("nothing is `{new}`, not `{word}`"), Box::new(move |r| r.nothing = Some(new))));
    }
    all
}

/// Another value of the same type.
fn other_value(row: &Row, lit: Lit) -> Option<Lit> {
    Some(match lit {
        Lit::Bool(b) => Lit::Bool(!b),
        Lit::Int(n) => Lit::Int(n + 1),
        Lit::Text(word) => {
            let words = row.checks.iter().find_map(|c| match c {
                Check::OneOf(words) | Check::OneOfAnyCase(words) => words.iter().find(|w| **w != word),
                _ => None,
            });
            Lit::Text(words.copied().unwrap_or_else(|| other_word(word)))
        }
        Lit::Json(_) => return None,
    })
}

fn defaults(row: &'static Row) -> Vec<(String, RowChange)> {
    let mut all: Vec<(String, RowChange)> = Vec::new();
    let mut of = |what: &str, lit: Option<Lit>, set: fn(&mut Row, Option<Lit>)| {
        let Some(lit) = lit else { return };
        if let Some(new) = other_value(row, lit) {
            let says = format!("{what} {} is {}", shown(lit), shown(new));
            all.push((says, Box::new(move |r| set(r, Some(new)))));
        }
        all.push((format!("{what} {} is none", shown(lit)), Box::new(move |r| set(r, None))));
    };
    if row.mode != Mode::Computed {
        of("default", row.default, |r, lit| r.default = lit);
        if !is_nowhere(row) {
            of("neutral", row.neutral, |r, lit| r.neutral = lit);
        }
    }
    if !is_nowhere(row) {
        of("absent", row.absent, |r, lit| r.absent = lit);
    }
    all
}

fn anew(row: &'static Row) -> Vec<(String, RowChange)> {
    let mut all: Vec<(String, RowChange)> = Vec::new();
    // A judge of its own decides before, and of another name the other decides.
    if row.mode == Mode::Computed || row.replaces.is_some() || row.alias.is_some() {
        return all;
    }
    all.push((format!("force-new is {}", !row.new), Box::new(|r| r.new = !r.new)));
    if row.as_block().is_some() && !row.new {
        let says = format!("force-new of the whole block is {}", !row.new_whole);
        all.push((says, Box::new(|r| r.new_whole = !r.new_whole)));
    }
    all
}

fn transformations(row: &'static Row) -> Vec<(String, RowChange)> {
    let mut all: Vec<(String, RowChange)> = Vec::new();
    if is_nowhere(row) || row.paths.is_empty() {
        return all;
    }
    let mut becomes = |says: &str, codec: Codec| {
        all.push((says.to_owned(), Box::new(move |r| r.codec = codec.clone())));
    };
    match &row.codec {
        Codec::Plain if matches!(row.what, What::Plain(Type::Bool)) => becomes("sent inverted", Codec::Not),
        Codec::Plain => {}
        Codec::Switch(on, off) => {
            becomes("switched round", Codec::Switch(off, on));
            becomes("sent as a bool", Codec::Plain);
        }
        Codec::Not => becomes("not inverted", Codec::Plain),
        Codec::Id => becomes("sent without the object around the id", Codec::Plain),
        Codec::Items(path, constants) => {
            becomes("sent as texts, not as objects", Codec::Plain);
            if !constants.is_empty() {
                becomes("sent without the constants", Codec::Items(path.clone(), Vec::new()));
            }
        }
        Codec::Join(glue) => {
            becomes("not joined", Codec::Plain);
            becomes("joined otherwise", Codec::Join(if *glue == ";" { "," } else { ";" }));
        }
        Codec::Location => becomes("location as it is written", Codec::Plain),
        Codec::Words(_) => becomes("words as they are written", Codec::Plain),
        Codec::Keys => becomes("sent as a list", Codec::Plain),
        Codec::Json => becomes("sent as text", Codec::Plain),
        Codec::Hook(..) => becomes("sent as it is written", Codec::Plain),
        Codec::Spread(..) => becomes("sent as it is written, at its first path", Codec::Plain),
    }
    if row.send != Sent::Always {
        let says = format!("sent also when {:?}", row.send);
        all.push((says, Box::new(|r| r.send = Sent::Always)));
    }
    let plain = matches!(row.what, What::Plain(_));
    if row.mode == Mode::Optional && plain && row.neutral.is_none() && !row.own && !row.write_only {
        let says = if row.observed { ABSENT } else { LEFT };
        all.push((says.into(), Box::new(|r| r.observed = !r.observed)));
    }
    if row.cleared && row.neutral.is_none() {
        all.push(("a block that is not written is left".into(), Box::new(|r| r.cleared = false)));
    }
    if row.reset.is_some() {
        all.push(("a block that was written is not reset".into(), Box::new(|r| r.reset = None)));
    }
    if row.by.is_some() {
        all.push(("always at its first path".into(), Box::new(|r| r.by = None)));
    }
    all
}
