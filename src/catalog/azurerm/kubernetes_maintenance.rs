//! When a Kubernetes cluster may be worked on: three documents below it, each a block.

use super::table::{Check, Codec, Given, Row, Rule, block, block_set, number, number_set, text};
use crate::catalog::lens::Claim;
use crate::catalog::value::{put, text as known};
use crate::lang::{Type, Value};

pub(super) const CONFIGURATIONS: &str =
    "Microsoft.ContainerService/managedClusters/maintenanceConfigurations";

/// The documents: their names, and the blocks that they are.
pub(super) const WINDOWS: &[(&str, &[&str])] = &[
    ("default", &["maintenance_window"]),
    ("aksManagedAutoUpgradeSchedule", &["maintenance_window_auto_upgrade"]),
    ("aksManagedNodeOSUpgradeSchedule", &["maintenance_window_node_os"]),
];

const DAYS: &[&str] = &["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// How often: the word, and what the service calls the schedule.
const FREQUENCIES: &[(&str, &str)] = &[
    ("Daily", "daily"),
    ("Weekly", "weekly"),
    ("AbsoluteMonthly", "absoluteMonthly"),
    ("RelativeMonthly", "relativeMonthly"),
];

/// The schedule of the frequency is there, and no other.
fn put_frequency(word: &Value) -> Vec<Option<Value>> {
    let chosen = |at: usize| word.as_str() == Some(FREQUENCIES[at].0);
    (0..FREQUENCIES.len()).map(|at| (!chosen(at)).then(|| Value::null(Type::Dynamic))).collect()
}

fn take_frequency(parts: &[Option<&Value>]) -> Option<Value> {
    let at = parts.iter().position(|p| p.is_some_and(|v| !v.is_null()))?;
    Some(FREQUENCIES.get(at)?.0.into())
}

/// A day, of a time.
fn put_day(time: &Value) -> Value {
    time.as_str().and_then(|t| t.get(..10)).map_or_else(|| time.clone(), Value::from)
}

fn take_day(live: &Value) -> Option<Value> {
    Some(format!("{}T00:00:00Z", live.as_str()?.get(..10)?).into())
}

fn days(name: &'static str) -> Row {
    text(name).required().at(name).check(Check::Time).codec(Codec::Hook(put_day, take_day))
}

/// A part of a schedule: where it is depends on the frequency.
fn part(row: Row, frequencies: &'static [(&'static str, &'static str)]) -> Row {
    row.by("frequency", frequencies)
}

fn window(name: &'static str, key: &'static str) -> Row {
    let row = block(
        name,
        vec![
            text("frequency")
                .required()
                .one_of(&["Daily", "Weekly", "RelativeMonthly", "AbsoluteMonthly"])
                .spread(
                    &[
                        "schedule.daily",
                        "schedule.weekly",
                        "schedule.absoluteMonthly",
                        "schedule.relativeMonthly",
                    ],
                    put_frequency,
                    take_frequency,
                ),
            part(
                number("interval").required(),
                &[
                    ("Daily", "schedule.daily.intervalDays"),
                    ("Weekly", "schedule.weekly.intervalWeeks"),
                    ("AbsoluteMonthly", "schedule.absoluteMonthly.intervalMonths"),
                    ("RelativeMonthly", "schedule.relativeMonthly.intervalMonths"),
                ],
            ),
            part(
                text("day_of_week").one_of(DAYS),
                &[
                    ("Weekly", "schedule.weekly.dayOfWeek"),
                    ("RelativeMonthly", "schedule.relativeMonthly.dayOfWeek"),
                ],
            ),
            part(
                number("day_of_month").range(0, 31),
                &[("AbsoluteMonthly", "schedule.absoluteMonthly.dayOfMonth")],
            ),
            part(
                text("week_index").one_of(&["First", "Second", "Third", "Fourth", "Last"]),
                &[("RelativeMonthly", "schedule.relativeMonthly.weekIndex")],
            ),
            number("duration").required().at("durationHours").range(4, 24),
            text("start_time").at("startTime").matches(r"^\d\d:\d\d$", "a time of day as `HH:mm`"),
            text("start_date")
                .both()
                .at("startDate")
                .check(Check::Time)
                .codec(Codec::Hook(put_day, take_day)),
            text("utc_offset").at("utcOffset"),
            block_set("not_allowed", vec![days("start"), days("end")]).at("notAllowedDates").cleared(),
        ],
    );
    // What ARM's schema of the schedule requires.
    let needs = [
        ("Weekly", "day_of_week"),
        ("RelativeMonthly", "day_of_week"),
        ("RelativeMonthly", "week_index"),
        ("AbsoluteMonthly", "day_of_month"),
    ];
    let row = needs.into_iter().fold(row, |row, (frequency, argument)| {
        row.rule(Rule::Only("frequency", Given::is(frequency), argument, &[]))
    });
    row.of(key).at("properties.maintenanceWindow")
}

/// The three blocks.
pub(super) fn rows() -> Vec<Row> {
    let time = |name: &'static str| text(name).required().at(name).check(Check::Time);
    vec![
        block(
            "maintenance_window",
            vec![
                block_set(
                    "allowed",
                    vec![
                        text("day").required().at("day").one_of(DAYS),
                        number_set("hours").required().at("hourSlots").check(Check::Items(1, 24)),
                    ],
                )
                .at("timeInWeek")
                .cleared(),
                block_set("not_allowed", vec![time("start"), time("end")]).at("notAllowedTime").cleared(),
            ],
        )
        .of("maintenance_window")
        .at("properties"),
        window("maintenance_window_auto_upgrade", "maintenance_window_auto_upgrade"),
        window("maintenance_window_node_os", "maintenance_window_node_os"),
    ]
}

/// A schedule that the frequency names is there even where nothing of it is written.
pub(super) fn complete(config: &Value, claims: &mut [Claim]) {
    for (_, block) in WINDOWS.iter().skip(1) {
        let window = config.get(block[0]).and_then(Value::as_sequence).and_then(<[Value]>::first);
        let Some(claim) = claims.iter_mut().find(|c| &*c.key == block[0]) else { continue };
        let word = window.and_then(|w| known(w, "frequency"));
        let Some((_, schedule)) = FREQUENCIES.iter().find(|(w, _)| Some(*w) == word) else { continue };
        let mut body = claim.body.as_entries().cloned().unwrap_or_default();
        let path = ["properties", "maintenanceWindow", "schedule", schedule];
        put(&mut body, &path, Value::object::<std::sync::Arc<str>>([]));
        claim.body = Value::object(body);
    }
}
