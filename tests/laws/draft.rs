//! A resource with some things written otherwise: left out, with another legal value, in another order or casing. Legal
//! values come from the catalog's tables where they say them (words, ranges, bools), else from the table of tests.

use std::collections::{BTreeMap, BTreeSet};

use ringfence::catalog::{self, Lens, LookUp};
use ringfence::lang::Type;
use ringfence::lang::schema::{AttrSpec, BlockSpec, NestedSpec, Nesting};

use super::dice::Dice;
use super::refused::{ALIKE, IDLE, is_decided};
use super::table::{Document, Node, Verdict};

/// Where a node is in its document.
pub type Place = Vec<usize>;

/// Something that is written otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviation {
    /// What stands at places instead; `None`: nothing.
    pub edits: Vec<(Place, Option<String>)>,
    /// The arguments, with dots.
    pub paths: BTreeSet<String>,
    /// What the plan must say if only this changes; `None`: nothing is planned, or nobody says what.
    pub verdict: Option<Verdict>,
    /// The values decide whether the resource is made anew.
    pub by_value: bool,
    /// It means the same: in other letters or words, or of what is off.
    pub same: bool,
}

/// A document as it is written in a case.
#[derive(Clone)]
pub struct Draft<'t> {
    pub document: &'t Document,
    pub deviations: Vec<Deviation>,
    /// Arguments and the items of sets stand in the order of this number; none: as in the table.
    pub order: Option<u64>,
}

/// The lens of a type.
pub fn lens(kind: &str) -> &'static dyn Lens {
    match catalog::resource(kind) {
        Some(LookUp::Arm(lens)) => lens,
        _ => panic!("{kind} is no type in ARM"),
    }
}

/// What a path is in a schema.
enum Spec<'s> {
    Argument(&'s AttrSpec),
    Block(&'s NestedSpec),
}

fn spec<'s>(schema: &'s BlockSpec, path: &str) -> Option<Spec<'s>> {
    let (name, below) = path.split_once('.').map_or((path, None), |(n, b)| (n, Some(b)));
    let block = || schema.blocks.iter().find(|b| b.name == name);
    match below {
        Some(below) => spec(&block()?.block, below),
        None => {
            let argument = schema.attributes.iter().find(|a| a.name == name).map(Spec::Argument);
            argument.or_else(|| block().map(Spec::Block))
        }
    }
}

/// Everything that could be written otherwise in a document.
pub fn deviations(document: &Document, dice: &mut Dice) -> Vec<Deviation> {
    let lens = lens(&document.kind);
    let schema = lens.schema(4);
    let mut all = Vec::new();
    let mut together: BTreeMap<String, Deviation> = BTreeMap::new();
    document.walk(&mut |place, path, node| {
        let found = spec(&schema, path);
        let one = |text: Option<String>, verdict, same| Deviation {
            edits: vec![(place.to_vec(), text)],
            paths: BTreeSet::from([path.to_owned()]),
            verdict,
            by_value: false,
            same,
        };
        match (node, found) {
            (Node::Block { tag: Some(tag), .. }, _) => join(&mut together, tag, one(None, None, false)),
            (Node::Block { stays: false, .. }, Some(Spec::Block(block))) if block.min == 0 => {
                all.push(one(None, None, false));
            }
            (Node::Argument { value, mark, .. }, Some(Spec::Argument(argument))) => {
                let verdict = mark.as_ref().map(|m| m.verdict);
                match mark {
                    Some(mark) if mark.tag.is_some() => {
                        let tag = mark.tag.clone().unwrap_or_default();
                        join(&mut together, &tag, one(mark.other.clone(), verdict, false));
                        return;
                    }
                    Some(mark) if mark.other.is_some() || !argument.required => {
                        all.push(one(mark.other.clone(), verdict, false));
                        if mark.other.is_some() && !argument.required {
                            all.push(one(None, None, false));
                        }
                    }
                    _ => {}
                }
                let names: Vec<&str> = path.split('.').collect();
                let detail = lens.detail(&names);
                for text in legal(value, argument, &detail.words, dice) {
                    all.push(Deviation { by_value: detail.by_value, ..one(Some(text), verdict, false) });
                }
                all.extend(in_other_letters(value, path).map(|text| one(Some(text), None, true)));
            }
            _ => {}
        }
    });
    all.extend(together.into_values());
    all.retain(|one| !one.paths.iter().any(|path| is_decided(path)));
    all
}

fn join(together: &mut BTreeMap<String, Deviation>, tag: &str, one: Deviation) {
    match together.get_mut(tag) {
        Some(known) => {
            known.edits.extend(one.edits);
            known.paths.extend(one.paths);
            known.verdict = known.verdict.or(one.verdict);
        }
        None => _ = together.insert(tag.to_owned(), one),
    }
}

/// Other values of an argument, of what its table says.
fn legal(value: &str, argument: &AttrSpec, words: &[String], dice: &mut Dice) -> Vec<String> {
    let ranges = words.iter().filter_map(|w| w.split_once(" to "));
    let ranges: Vec<(i64, i64)> =
        ranges.filter_map(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?))).collect();
    let mut all: Vec<String> = match (&argument.ty, value) {
        (Type::Bool, "true") => vec!["false".into()],
        (Type::Bool, "false") => vec!["true".into()],
        (Type::Number, _) if value.parse::<i64>().is_ok() => match ranges[..] {
            [(from, to)] => {
                let (from, to) = (from.max(-1_000_000), to.min(1_000_000));
                vec![
                    from.to_string(),
                    to.to_string(),
                    (from + dice.below((to - from) as usize + 1) as i64).to_string(),
                ]
            }
            _ => words.to_vec(),
        },
        (Type::String, _) if words.iter().any(|w| w == value) => words.to_vec(),
        (Type::Map(of), _) if **of == Type::String && value.starts_with("{ a = ") => {
            let some = dice.below(1000);
            vec![format!("{{ a = \"{some}\" }}"), format!("{{ b = \"x\", \"C d\" = \"{some}\" }}")]
        }
        _ => Vec::new(),
    };
    all.retain(|text| text != value && !text.contains(" to "));
    all
}

/// The same in other letters: what ARM takes in any case.
fn in_other_letters(value: &str, path: &str) -> Option<String> {
    if path == "location" && value == "\"westeurope\"" {
        return Some("\"West Europe\"".into());
    }
    let plain = value.chars().all(|c| c.is_ascii_alphanumeric() || "_.[]".contains(c));
    let id = value.starts_with("azurerm_") && value.ends_with(".id") && plain;
    id.then(|| format!("replace({value}, \"resourceGroups\", \"resourcegroups\")"))
}

impl Draft<'_> {
    /// What stands at a place: as in the table, otherwise, or not at all.
    fn at(&self, place: &[usize]) -> Option<Option<&String>> {
        let edit = self.deviations.iter().flat_map(|d| &d.edits).find(|(at, _)| at == place);
        edit.map(|(_, text)| text.as_ref())
    }

    /// Whether a deviation says something of what is written: nothing around it is left out.
    pub fn touches(&self, deviation: &Deviation) -> bool {
        deviation.edits.iter().all(|(place, _)| self.stands(place))
    }

    fn stands(&self, place: &[usize]) -> bool {
        (1..place.len()).all(|n| self.at(&place[..n]).is_none())
    }

    /// Whether a service takes what a deviation says for what is written.
    pub fn says_the_same(&self, deviation: &Deviation) -> bool {
        self.is_idle(deviation) || self.is_alike(deviation)
    }

    fn is_alike(&self, deviation: &Deviation) -> bool {
        let rows = || ALIKE.iter().filter(|(kind, ..)| *kind == self.document.kind);
        let mut alike = false;
        self.document.walk(&mut |place, at, node| {
            let Node::Argument { value, .. } = node else { return };
            let written = self.at(place).unwrap_or(Some(value));
            let edit = deviation.edits.iter().find(|(edited, _)| edited == place);
            let of = |text: &String, words: &[&str]| words.contains(&text.trim_matches('"'));
            alike |= rows().any(|(_, path, words)| {
                *path == at
                    && edit.and_then(|(_, text)| text.as_ref()).is_some_and(|text| of(text, words))
                    && written.is_none_or(|text| of(text, words))
            });
        });
        alike
    }

    /// Whether a deviation is of what is off: the block around it says `false`, and no more.
    fn is_idle(&self, deviation: &Deviation) -> bool {
        let of = |(kind, path, _): &&(&str, &str, &str)| {
            *kind == self.document.kind && deviation.paths.iter().eq([*path])
        };
        let Some((_, path, flag)) = IDLE.iter().find(of) else { return false };
        let (block, _) = path.rsplit_once('.').unwrap_or_default();
        let (mut off, mut silent) = (false, true);
        self.document.walk(&mut |place, at, node| {
            let below = at.strip_prefix(block).is_some_and(|rest| rest.starts_with('.'));
            let Node::Argument { value, .. } = node else { return };
            if !below || at == *path || !self.stands(place) {
                return;
            }
            let text = self.at(place).unwrap_or(Some(value));
            off |= at == *flag && text.is_some_and(|t| t == "false");
            silent &= text.is_none_or(|t| t == "false");
        });
        off && silent
    }

    /// Whether two say something of the same place, or of one within the other.
    pub fn free(&self, deviation: &Deviation) -> bool {
        let clash = |a: &[usize], b: &[usize]| a.starts_with(b) || b.starts_with(a);
        let known = || self.deviations.iter().flat_map(|d| &d.edits);
        deviation.edits.iter().all(|(place, _)| known().all(|(other, _)| !clash(place, other)))
    }

    /// Its text, and the arguments that are written.
    pub fn text(&self) -> (String, BTreeSet<String>) {
        let mut written = BTreeSet::new();
        let mut text = format!("\n{}\n", self.document.header());
        let schema = lens(&self.document.kind).schema(4);
        let mut dice = self.order.map(|seed| Dice::of(seed, 0));
        self.nodes(
            &self.document.nodes,
            &mut Vec::new(),
            "",
            Some(&schema),
            &mut dice,
            &mut text,
            &mut written,
        );
        text.push_str("}\n");
        (text, written)
    }

    #[allow(clippy::too_many_arguments)]
    fn nodes(
        &self,
        nodes: &[Node],
        place: &mut Place,
        prefix: &str,
        schema: Option<&BlockSpec>,
        dice: &mut Option<Dice>,
        text: &mut String,
        written: &mut BTreeSet<String>,
    ) {
        for at in order(nodes, schema, dice) {
            place.push(at);
            let edit = self.at(place);
            let path = format!("{prefix}{}", nodes[at].name());
            let indent = "  ".repeat(place.len());
            match (&nodes[at], edit) {
                (_, Some(None)) => {}
                (Node::Argument { name, value, .. }, edit) => {
                    let value = edit.flatten().unwrap_or(value);
                    let argument = schema.and_then(|s| s.attributes.iter().find(|a| a.name == *name));
                    let set = argument.is_some_and(|a| matches!(a.ty, Type::Set(_)));
                    let value = match dice {
                        Some(dice) if set => shuffled(value, dice),
                        _ => value.clone(),
                    };
                    text.push_str(&format!("{indent}{name} = {value}\n"));
                    written.insert(path);
                }
                (Node::Block { name, nodes, .. }, _) => {
                    text.push_str(&format!("{indent}{name} {{\n"));
                    let below = schema.and_then(|s| s.blocks.iter().find(|b| b.name == *name));
                    let below = below.map(|b| &b.block);
                    self.nodes(nodes, place, &format!("{path}."), below, dice, text, written);
                    text.push_str(&format!("{indent}}}\n"));
                }
            }
            place.pop();
        }
    }
}

/// The order of some nodes: blocks of a list keep theirs among themselves.
fn order(nodes: &[Node], schema: Option<&BlockSpec>, dice: &mut Option<Dice>) -> Vec<usize> {
    let mut all: Vec<usize> = (0..nodes.len()).collect();
    let Some(dice) = dice else { return all };
    dice.shuffle(&mut all);
    let lists = schema.into_iter().flat_map(|s| &s.blocks).filter(|b| b.nesting != Nesting::Set);
    for list in lists {
        let slots: Vec<usize> = (0..all.len()).filter(|at| nodes[all[*at]].name() == list.name).collect();
        let mut own: Vec<usize> = slots.iter().map(|at| all[*at]).collect();
        own.sort_unstable();
        slots.into_iter().zip(own).for_each(|(slot, node)| all[slot] = node);
    }
    all
}

/// A list of plain items in another order.
fn shuffled(value: &str, dice: &mut Dice) -> String {
    let Some(inner) = value.strip_prefix('[').and_then(|v| v.strip_suffix(']')) else { return value.into() };
    if inner.contains(['(', '{', '$']) || inner.contains("for ") {
        return value.into();
    }
    // Brackets of indexes hold no commas.
    let mut items: Vec<&str> = inner.split(", ").collect();
    dice.shuffle(&mut items);
    format!("[{}]", items.join(", "))
}
