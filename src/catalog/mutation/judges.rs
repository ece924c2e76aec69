//! Who judges a change: the tests of the tables, each called for the changed type alone. A judge that panics has noticed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::catalog::{arm, azurerm};

/// The same tests that visit every argument on the local cloud, for one type.
#[path = "../../../tests/arguments"]
#[expect(dead_code, reason = "who visits every type has more to report")]
mod arguments {
    pub(super) mod bench;
    pub(super) mod document;
    pub(super) mod judge;
    #[path = "../support/stack.rs"]
    pub(super) mod stack;
    pub(super) mod visit;
}

/// How long a judge may take.
const PATIENCE: Duration = Duration::from_secs(240);

/// A test that judges, by the name of what it holds the tables against.
type Judge = (&'static str, fn());

/// What is known officially, of azurerm's arguments and of ARM's types.
const OFFICIAL: &[Judge] = &[
    ("azurerm's arguments", azurerm::tests::every_argument_of_the_facts_is_in_the_tables),
    ("azurerm's source", azurerm::tests::beyond::types_beyond_the_facts_are_as_azurerms_source_has_them),
    (
        "azurerm's create-only list",
        azurerm::tests::fixed::azurerm_facts_what_azurerm_makes_anew_is_made_anew_or_refused,
    ),
    ("official types", azurerm::tests::bodies::every_body_is_one_that_arm_knows),
    ("official types", azurerm::tests::rows::every_row_stands_where_the_official_types_have_it),
    ("official types", azurerm::tests::rows::every_word_that_is_sent_is_one_of_the_official_types),
    ("official types", azurerm::tests::rows::a_constant_is_a_word_of_its_type_or_what_absence_means),
    ("azurerm's arguments", azurerm::tests::rows::endpoints_of_accounts_stand_where_their_names_say),
    ("azurerm against ARM", azurerm::tests::rows::no_two_rows_stand_at_one_place),
    (
        "azurerm against ARM",
        azurerm::tests::rows::what_azurerm_makes_anew_is_create_only_and_the_other_way_round,
    ),
    ("azurerm against ARM", azurerm::tests::rows::what_azurerm_has_in_a_set_has_no_order),
    ("azurerm against ARM", azurerm::tests::rows::what_is_only_read_is_the_services),
    ("azurerm against ARM", azurerm::tests::rows::a_bool_is_inverted_where_its_property_says_the_opposite),
    ("azurerm against ARM", azurerm::tests::rows::what_is_not_written_is_absent),
    ("what holds of itself", azurerm::tests::values::what_azurerm_sends_of_itself_is_the_services_default),
    ("what holds of itself", azurerm::tests::values::a_place_is_sent_as_arm_writes_places),
    ("what holds of itself", azurerm::tests::values::the_word_for_nothing_is_sent_for_nothing),
    ("what holds of itself", azurerm::tests::values::what_is_sent_for_nothing_is_the_services_default),
    ("what holds of itself", azurerm::tests::values::what_is_not_sent_is_what_absence_means),
    ("what holds of itself", azurerm::tests::values::a_list_that_is_empty_is_none),
    ("azurerm against ARM", azurerm::tests::values::what_is_owned_is_deleted_where_it_can_be),
];

/// What is known officially of an ARM type.
const FACTS: &[Judge] = &[
    ("official types", arm::tests::every_path_is_in_a_schema),
    ("official types", arm::tests::schema::every_fact_can_be_true_of_its_path),
    ("official types", arm::tests::schema::the_case_of_a_word_means_nothing),
    ("what holds of itself", arm::tests::schema::what_is_empty_is_none),
    ("azurerm against ARM", arm::tests::schema::what_is_fixed_is_known_to_be),
    ("what holds of itself", arm::tests::schema::an_array_without_an_order_says_so),
    ("what others say of absence", arm::tests::defaults::what_absence_means_is_said_by_another_too),
    ("what the local cloud does", arm::tests::cloud::what_the_cloud_does_of_itself_is_known),
    ("official types", arm::tests::read_only_paths_of_the_schemas_are_known),
    ("official mutability", arm::tests::mutability_what_cannot_be_updated_is_create_only),
    ("official mutability", arm::tests::mutability_defaults_are_those_of_the_specification),
    ("official examples", arm::tests::server_populated_what_a_service_adds_is_known),
    ("official examples", arm::tests::server_populated_what_a_service_rewrites_is_the_same),
    (
        "official examples",
        arm::tests::drift::server_populated_what_a_service_adds_is_no_drift_and_another_value_is,
    ),
    ("official examples", arm::tests::order_case_and_form_are_no_difference_and_values_are),
    ("official examples", arm::tests::names_are_found_whatever_their_case_and_below_fixed_is_fixed),
    ("official examples", arm::tests::every_row_says_where_it_is_known_from_and_its_json_is_json),
];

/// The tables against themselves: bodies are read back, changes are traced.
const ROUND: &[Judge] = &[
    ("round trip", azurerm::tests::schemas_of_every_major_version_are_made_once_and_hold_together),
    ("round trip", azurerm::tests::bodies::every_argument_is_written_and_read_back),
    ("round trip", azurerm::tests::bodies::every_change_is_traced_to_its_argument),
    ("round trip", azurerm::tests::bodies::unknown_arguments_never_panic_and_flow_into_claims),
];

/// Who noticed the change of this thread, and what was said; `None`: nobody.
pub(super) fn verdict() -> Option<(&'static str, String)> {
    let facts = if arm::tests::mutants::is_changed() { FACTS } else { &[] };
    let cloud: &[Judge] = &[("local cloud", visited)];
    let scenes = azurerm::tests::cloud::SCENES.iter().map(|scene| ("local cloud's scenes", *scene));
    let all = facts.iter().chain(OFFICIAL).chain(cloud).copied().chain(scenes).chain(ROUND.iter().copied());
    all.into_iter().find_map(|(name, judge)| {
        let caught = catch_unwind(AssertUnwindSafe(judge)).err()?;
        let said = caught.downcast_ref::<String>().cloned();
        let said = said.or_else(|| caught.downcast_ref::<&str>().map(|s| (*s).to_owned()));
        Some((name, said.unwrap_or_default()))
    })
}

/// The changed type on the local cloud with all its arguments: applied, and planned again; then what is near the change is
/// changed and taken away, of an ARM type everything.
fn visited() {
    static FACTS: Mutex<Option<Arc<Option<serde_json::Value>>>> = Mutex::new(None);
    let facts = FACTS.lock().unwrap().get_or_insert_with(|| Arc::new(arguments::visit::facts())).clone();
    let kinds = azurerm::tests::mutants::looked_at();
    let of = |kind: &str| kinds.contains(&kind);
    let near = azurerm::tests::mutants::changed_argument();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for entry in std::fs::read_dir(arguments::visit::here()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let has = |name: &str| {
            let file = arguments::document::File::parse(name, &arguments::visit::read(name));
            file.documents.iter().any(|d| of(&d.kind))
        };
        if !name.ends_with(".tf") || name == "world.tf" || !has(&name) {
            continue;
        }
        let wanted = arguments::visit::Wanted { of: &of, near, stop: true, unruly: &[1, 2, 3] };
        let visit = arguments::visit::visit(&name, facts.as_ref().as_ref(), &wanted);
        let seen = runtime.block_on(async { tokio::time::timeout(PATIENCE, visit).await });
        let seen = seen.expect("the visit ends");
        assert!(seen.failing.is_empty(), "{:?}", seen.failing);
    }
}
