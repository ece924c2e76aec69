//! `time_static`, `time_offset`, `time_rotating`: moments that stay the same until something says otherwise.

use time::format_description::well_known::Rfc3339;
use time::{Date, Duration, Month, OffsetDateTime};

use super::table::{Arg, Attributes, Table, Ty, Unset, arg, plain};
use crate::catalog::lens::{Expiry, Problem};
use crate::catalog::value::{argument, error, set, text};
use crate::lang::{Number, Type, Value};

const TRIGGERS: Arg = arg("triggers", Ty::Map, Unset::Null);

/// The parts of a moment.
const fn part(name: &'static str) -> (&'static str, Ty, bool) {
    (name, Ty::Number, false)
}
const ID: (&str, Ty, bool) = ("id", Ty::Text, false);
const PARTS: [(&str, Ty, bool); 7] =
    [part("year"), part("month"), part("day"), part("hour"), part("minute"), part("second"), part("unix")];

const STATIC: &[(&str, Ty, bool)] =
    &[ID, PARTS[0], PARTS[1], PARTS[2], PARTS[3], PARTS[4], PARTS[5], PARTS[6]];
const OFFSET: &[(&str, Ty, bool)] =
    &[ID, ("rfc3339", Ty::Text, false), PARTS[0], PARTS[1], PARTS[2], PARTS[3], PARTS[4], PARTS[5], PARTS[6]];

/// Years and what follows, in the order in which they are added.
const OFFSETS: [&str; 6] =
    ["offset_days", "offset_hours", "offset_minutes", "offset_months", "offset_seconds", "offset_years"];
const ROTATIONS: [&str; 5] =
    ["rotation_days", "rotation_hours", "rotation_minutes", "rotation_months", "rotation_years"];

/// The types.
pub(super) static TYPES: &[Table] = &[
    Table {
        name: "time_static",
        arguments: &[arg("rfc3339", Ty::Text, Unset::Computed), TRIGGERS],
        computed: STATIC,
        check: |config| moments(config, &["rfc3339"]),
        derive: |all| {
            if let Some(moment) = moment(all, "rfc3339") {
                all.insert("id".into(), all["rfc3339"].clone());
                parts(all, moment);
            }
        },
        make: |_, _, now| vec![("rfc3339", now.into())],
        ..Table::PLAIN
    },
    Table {
        name: "time_offset",
        arguments: &[
            arg("base_rfc3339", Ty::Text, Unset::Computed),
            plain(OFFSETS[0], Ty::Number, Unset::Null),
            plain(OFFSETS[1], Ty::Number, Unset::Null),
            plain(OFFSETS[2], Ty::Number, Unset::Null),
            plain(OFFSETS[3], Ty::Number, Unset::Null),
            plain(OFFSETS[4], Ty::Number, Unset::Null),
            plain(OFFSETS[5], Ty::Number, Unset::Null),
            TRIGGERS,
        ],
        computed: OFFSET,
        check: |config| {
            let mut problems = moments(config, &["base_rfc3339"]);
            problems.extend(one_of(config, &OFFSETS));
            problems
        },
        derive: |all| {
            let Some(base) = moment(all, "base_rfc3339") else { return };
            let Some(later) = added(all, base, &OFFSETS) else { return };
            all.insert("id".into(), all["base_rfc3339"].clone());
            all.insert("rfc3339".into(), written(later));
            parts(all, later);
        },
        make: |_, _, now| vec![("base_rfc3339", now.into())],
        ..Table::PLAIN
    },
    Table {
        name: "time_rotating",
        arguments: &[
            arg("rfc3339", Ty::Text, Unset::Computed),
            plain(ROTATIONS[0], Ty::Number, Unset::Null),
            plain(ROTATIONS[1], Ty::Number, Unset::Null),
            plain(ROTATIONS[2], Ty::Number, Unset::Null),
            plain(ROTATIONS[3], Ty::Number, Unset::Null),
            plain(ROTATIONS[4], Ty::Number, Unset::Null),
            plain("rotation_rfc3339", Ty::Text, Unset::Computed),
            TRIGGERS,
        ],
        computed: STATIC,
        check: |config| {
            let mut problems = moments(config, &["rfc3339", "rotation_rfc3339"]);
            let all: Vec<&str> = ROTATIONS.iter().copied().chain(["rotation_rfc3339"]).collect();
            problems.extend(one_of(config, &all));
            problems.extend(ROTATIONS.iter().filter_map(|name| {
                let n = set(config, name)?.as_number()?;
                let positive = n.as_i64().is_some_and(|n| n >= 1);
                (!positive).then(|| {
                    error(
                        argument(name),
                        "Invalid attribute value",
                        format!("`{name}` must be a whole number of at least 1, got: {n}."),
                    )
                })
            }));
            problems
        },
        derive: |all| {
            let Some(base) = moment(all, "rfc3339") else { return };
            all.insert("id".into(), all["rfc3339"].clone());
            parts(all, base);
            let rotates = ROTATIONS.iter().any(|n| all.get(n).is_some_and(|v| !v.is_null()));
            if rotates && let Some(end) = added(all, base, &ROTATIONS) {
                all.insert("rotation_rfc3339".into(), written(end));
            }
        },
        make: |_, _, now| vec![("rfc3339", now.into())],
        expired: |object, now| {
            let end = parse(text(object, "rotation_rfc3339")?)?;
            (parse(now)? >= end).then_some(Expiry::Gone)
        },
        ..Table::PLAIN
    },
];

fn parse(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

fn written(moment: OffsetDateTime) -> Value {
    moment.format(&Rfc3339).map_or_else(|_| Value::null(Type::String), Value::from)
}

fn moment(all: &Attributes, name: &str) -> Option<OffsetDateTime> {
    parse(all.get(name)?.as_str()?)
}

fn parts(all: &mut Attributes, moment: OffsetDateTime) {
    let numbers: [i64; 7] = [
        moment.year().into(),
        u8::from(moment.month()).into(),
        moment.day().into(),
        moment.hour().into(),
        moment.minute().into(),
        moment.second().into(),
        moment.unix_timestamp(),
    ];
    for ((name, ..), number) in PARTS.iter().zip(numbers) {
        all.insert((*name).into(), number.into());
    }
}

/// The moment with every amount added; nothing where one is not known or the result is out of range.
fn added(all: &Attributes, mut moment: OffsetDateTime, names: &[&str]) -> Option<OffsetDateTime> {
    for name in names {
        let Some(value) = all.get(name).filter(|v| !v.is_null()) else { continue };
        let n = value.as_number().and_then(Number::as_i64)?;
        moment = match name.rsplit('_').next() {
            Some("seconds") => moment.checked_add(Duration::seconds(n))?,
            Some("minutes") => moment.checked_add(Duration::seconds(n.checked_mul(60)?))?,
            Some("hours") => moment.checked_add(Duration::seconds(n.checked_mul(3600)?))?,
            Some("days") => moment.checked_add(Duration::seconds(n.checked_mul(86_400)?))?,
            Some("months") => months(moment, n)?,
            _ => months(moment, n.checked_mul(12)?)?,
        };
    }
    Some(moment)
}

/// Months later. A day that the month does not have runs over into the next: January 31st and a month is March 3rd, as Go has it.
fn months(moment: OffsetDateTime, n: i64) -> Option<OffsetDateTime> {
    let month = i64::from(moment.year()) * 12 + i64::from(u8::from(moment.month())) - 1;
    let month = month.checked_add(n)?;
    let name = Month::try_from(u8::try_from(month.rem_euclid(12)).ok()? + 1).ok()?;
    let first = Date::from_calendar_date(i32::try_from(month.div_euclid(12)).ok()?, name, 1).ok()?;
    let day = first.checked_add(Duration::days(i64::from(moment.day()) - 1))?;
    Some(moment.replace_date(day))
}

fn moments(config: &Value, names: &[&str]) -> Vec<Problem> {
    let wrong = names.iter().filter_map(|name| {
        let given = text(config, name)?;
        parse(given).is_none().then(|| {
            error(
                argument(name),
                "Invalid RFC3339 String Value",
                format!("A string value was provided that is not valid RFC3339 string format: `{given}`. Write it as `2026-01-31T12:00:00Z`."),
            )
        })
    });
    wrong.collect()
}

fn one_of(config: &Value, names: &[&str]) -> Option<Problem> {
    let none = names.iter().all(|n| config.get(n).is_none_or(Value::is_null));
    none.then(|| {
        error(
            Vec::new(),
            "Missing Attribute Configuration",
            format!("At least one of these attributes must be configured: {}.", names.join(", ")),
        )
    })
}
