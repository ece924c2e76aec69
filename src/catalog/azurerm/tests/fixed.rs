//! What azurerm makes anew by its own schemas is made anew here, or refused.

use super::super::table::Row;
use super::mutants::{all_are_looked_at, tables};
use super::shared;

/// What the list says otherwise than azurerm's source, by `azurerm-arguments.json`.
const OTHERWISE: &[(&str, &str)] = &[
    (
        "azurerm_container_registry.georeplications.location",
        "replications are made and deleted beside the registry",
    ),
    ("azurerm_cosmosdb_account.geo_location.location", "regions are added and taken away"),
    ("azurerm_private_dns_a_record.private_dns_zone_id", "no argument of azurerm 4.81: it names the zone"),
    (
        "azurerm_private_dns_zone_virtual_network_link.private_dns_zone_id",
        "no argument of azurerm 4.81: it names the zone",
    ),
];

/// The rows on the way to an argument; `None`: there is no such argument.
fn rows<'t>(rows_of: &'t [Row], path: &str, found: &mut Vec<&'t Row>) -> Option<()> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let row = rows_of.iter().find(|r| r.name == first && r.is_in(4))?;
    found.push(row);
    match rest {
        Some(rest) => match row.as_block() {
            Some(block) => rows(&block.rows, rest, found),
            // A block that is refused is refused with all that is in it.
            None => row.refused.map(|_| ()),
        },
        None => Some(()),
    }
}

/// The same in any block: the list leaves out the blocks of some.
fn anywhere<'t>(rows_of: &'t [Row], path: &str, found: &mut Vec<&'t Row>) -> Option<()> {
    if rows(rows_of, path, found).is_some() {
        return Some(());
    }
    rows_of.iter().filter_map(Row::as_block).find_map(|block| {
        found.clear();
        anywhere(&block.rows, path, found)
    })
}

#[test]
pub(in crate::catalog) fn azurerm_facts_what_azurerm_makes_anew_is_made_anew_or_refused() {
    let Some(text) = shared("facts/arm/azurerm_facts.tsv") else { return };
    let (mut anew, mut refused, mut otherwise, mut without, mut wrong) = (0, 0, 0, Vec::new(), Vec::new());
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [_, resource, attributes, ..] = cells[..] else { continue };
        let Some((_, table)) = tables().find(|(name, _)| *name == resource) else {
            without.push(resource);
            continue;
        };
        for path in attributes.split(',').map(str::trim).filter(|path| !path.is_empty()) {
            let mut found = Vec::new();
            let called = format!("{resource}.{path}");
            if OTHERWISE.iter().any(|(other, _)| *other == called) {
                otherwise += 1;
                continue;
            }
            match anywhere(&table.rows, path, &mut found) {
                Some(()) if found.iter().any(|r| r.refused.is_some()) => refused += 1,
                Some(()) if found.iter().any(|r| r.new || r.new_whole || r.replaces.is_some()) => anew += 1,
                Some(()) => wrong.push(format!("{called} is changed in place")),
                None => wrong.push(format!("{called} is no argument")),
            }
        }
    }
    println!("{anew} arguments are made anew, {refused} are refused; no table of {without:?}; otherwise:");
    OTHERWISE.iter().for_each(|(argument, why)| println!("  {argument}: {why}"));
    assert!(wrong.is_empty(), "{}: {wrong:#?}", wrong.len());
    if all_are_looked_at() {
        assert_eq!(otherwise, OTHERWISE.len(), "not all of OTHERWISE is needed");
        assert!(anew > 200, "{anew}");
    }
}
