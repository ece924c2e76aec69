//! Time: RFC 3339, Go's durations, date formats.

use std::time::SystemTime;

use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use super::table::{Call, Fail, Function, Ty, bad, fail, param, row};
use crate::lang::codec::quote;
use crate::lang::types::Type;
use crate::lang::value::Value;

pub(super) const ROWS: &[Function] = &[
    row(
        "formatdate",
        &[param("format", Ty::String), param("time", Ty::String)],
        Ty::String,
        format_date,
        "Writes a timestamp in another format.",
    ),
    row(
        "timeadd",
        &[param("timestamp", Ty::String), param("duration", Ty::String)],
        Ty::String,
        time_add,
        "Adds a duration to a timestamp.",
    ),
    row(
        "timecmp",
        &[param("timestamp_a", Ty::String), param("timestamp_b", Ty::String)],
        Ty::Number,
        time_compare,
        "Compares two timestamps: -1, 0 or 1.",
    ),
    row("timestamp", &[], Ty::String, timestamp, "The time now; unknown while planning.").impure(),
    row("plantimestamp", &[], Ty::String, plan_timestamp, "The time of the plan."),
];

fn timestamp(c: &Call<'_>) -> Result<Value, Fail> {
    Ok(system_time(c.world.now))
}

fn plan_timestamp(c: &Call<'_>) -> Result<Value, Fail> {
    Ok(system_time(c.world.plan_time))
}

fn system_time(time: Option<SystemTime>) -> Value {
    match time {
        Some(time) => rfc3339(OffsetDateTime::from(time)).into(),
        None => Value::unknown_not_null(Type::String),
    }
}

/// Seconds, no fraction, `Z` or an offset: Go's `time.RFC3339`.
fn rfc3339(t: OffsetDateTime) -> String {
    let (year, month, day) = (t.year(), u8::from(t.month()), t.day());
    let (h, m, s) = (t.hour(), t.minute(), t.second());
    format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}{}", offset(t, "Z", ":"))
}

fn offset(t: OffsetDateTime, utc: &str, separator: &str) -> String {
    let (h, m, _) = t.offset().as_hms();
    if h == 0 && m == 0 && !utc.is_empty() {
        return utc.into();
    }
    let sign = if h < 0 || m < 0 { '-' } else { '+' };
    format!("{sign}{:02}{separator}{:02}", h.abs(), m.abs())
}

/// Reads a strict RFC 3339 timestamp; the error is cty's words.
fn parse(text: &str) -> Result<OffsetDateTime, String> {
    read(text).map_err(|reason| format!("not a valid RFC3339 timestamp: {reason}"))
}

fn read(text: &str) -> Result<OffsetDateTime, String> {
    let mut rest = text;
    let year = digits(&mut rest, 4, "year", 0..=9999)?;
    literal(&mut rest, "-")?;
    let month = digits(&mut rest, 2, "month", 1..=12)?;
    literal(&mut rest, "-")?;
    let day_text = rest;
    let day = digits(&mut rest, 2, "day of month", 1..=31)?;
    if !rest.starts_with('T') {
        return Err("missing required time introducer 'T'".into());
    }
    rest = &rest[1..];
    let hour = digits(&mut rest, 2, "hour", 0..=23)?;
    literal(&mut rest, ":")?;
    let minute = digits(&mut rest, 2, "minute", 0..=59)?;
    literal(&mut rest, ":")?;
    let seconds_text = rest;
    let second = digits(&mut rest, 2, "second", 0..=59)?;
    let mut nanos = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let end = fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
        if end == 0 {
            return Err(format!("cannot use {} as second", quote(seconds_text)));
        }
        let nine: String = fraction[..end].chars().chain("000000000".chars()).take(9).collect();
        nanos = nine.parse().unwrap_or(0);
        rest = &fraction[end..];
    }
    let offset = read_offset(rest)?;
    let month = u8::try_from(month).ok().and_then(|m| Month::try_from(m).ok());
    let date = month.and_then(|m| Date::from_calendar_date(year, m, day as u8).ok());
    let time = Time::from_hms_nano(hour as u8, minute as u8, second as u8, nanos);
    match (date, time) {
        (Some(date), Ok(time)) => Ok(PrimitiveDateTime::new(date, time).assume_offset(offset)),
        _ => Err(format!("cannot use {} as day of month", quote(&day_text[..2]))),
    }
}

fn read_offset(text: &str) -> Result<UtcOffset, String> {
    if text == "Z" {
        return Ok(UtcOffset::UTC);
    }
    if text.is_empty() {
        return Err("end of string before UTC offset".into());
    }
    let cannot = || format!("cannot use {} as UTC offset", quote(text));
    let bytes = text.as_bytes();
    let shape = bytes.len() == 6 && matches!(bytes[0], b'+' | b'-') && bytes[3] == b':';
    if !shape || !text.is_ascii() {
        return Err(cannot());
    }
    let (hours, minutes) = (text[1..3].parse::<i8>(), text[4..6].parse::<i8>());
    match (hours, minutes) {
        (Ok(h @ 0..=23), Ok(m @ 0..=59)) => {
            let sign = if bytes[0] == b'-' { -1 } else { 1 };
            UtcOffset::from_hms(h * sign, m * sign, 0).map_err(|_| cannot())
        }
        _ => Err(cannot()),
    }
}

/// So many digits, within bounds.
fn digits(
    rest: &mut &str,
    n: usize,
    what: &str,
    range: std::ops::RangeInclusive<i32>,
) -> Result<i32, String> {
    if rest.is_empty() {
        return Err(format!("end of string before {what}"));
    }
    let found = rest.get(..n).filter(|t| t.bytes().all(|b| b.is_ascii_digit()));
    let Some(number) = found.and_then(|t| t.parse::<i32>().ok()) else {
        return Err(format!("cannot use {} as {what}", quote(rest)));
    };
    let after = &rest[n..];
    if !range.contains(&number) {
        if what == "hour" {
            return Err("hour must be between 0 and 23 inclusive".into());
        }
        return Err(format!("cannot use {} as {what}", quote(after)));
    }
    *rest = after;
    Ok(number)
}

fn literal(rest: &mut &str, want: &str) -> Result<(), String> {
    match rest.strip_prefix(want) {
        Some(after) => {
            *rest = after;
            Ok(())
        }
        None if rest.is_empty() => Err(format!("end of string where {} is expected", quote(want))),
        None => Err(format!("found {} where {} is expected", quote(rest), quote(want))),
    }
}

/// Reads what YAML takes for a timestamp and writes it as RFC 3339.
pub(super) fn yaml_timestamp(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
        return None;
    }
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let pad = |part: &str| (matches!(part.len(), 1 | 2)).then(|| format!("{part:0>2}"));
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, pad(parts.next()?)?, pad(parts.next()?)?);
    if parts.next().is_some() {
        return None;
    }
    let Some(time) = time else {
        return read(&format!("{year}-{month}-{day}T00:00:00Z")).ok().map(rfc3339);
    };
    let zoned = !text.contains(' ');
    let end = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(end);
    if zoned == zone.is_empty() {
        return None;
    }
    let mut parts = clock.split(':');
    let (hour, minute, second) = (pad(parts.next()?)?, pad(parts.next()?)?, parts.next()?);
    let (whole, fraction) =
        second.split_once('.').map_or((second, String::new()), |(s, f)| (s, format!(".{f}")));
    if parts.next().is_some() {
        return None;
    }
    let zone = if zoned { zone } else { "Z" };
    read(&format!("{year}-{month}-{day}T{hour}:{minute}:{}{fraction}{zone}", pad(whole)?)).ok().map(rfc3339)
}

fn time_add(c: &Call<'_>) -> Result<Value, Fail> {
    let start = parse(c.text(0)).or_else(fail)?;
    let nanos = duration(c.text(1)).or_else(fail)?;
    match start.checked_add(Duration::nanoseconds(nanos)) {
        Some(end) if (0..=9999).contains(&end.year()) => Ok(rfc3339(end).into()),
        _ => fail("the resulting year is not between 0 and 9999"),
    }
}

fn time_compare(c: &Call<'_>) -> Result<Value, Fail> {
    let a = parse(c.text(0)).or_else(|e| bad(0, e))?;
    let b = parse(c.text(1)).or_else(|e| bad(1, e))?;
    Ok((a.cmp(&b) as i64).into())
}

/// Go's `time.ParseDuration`, in nanoseconds.
fn duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote(text));
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return Err(invalid());
        }
        let end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let scale: i128 = match unit {
            "" => return Err(format!("time: missing unit in duration {}", quote(text))),
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60 * 1_000_000_000,
            "h" => 3600 * 1_000_000_000,
            other => {
                return Err(format!("time: unknown unit {} in duration {}", quote(other), quote(text)));
            }
        };
        let digits = |s: &str| -> Option<i128> { if s.is_empty() { Some(0) } else { s.parse().ok() } };
        let whole = digits(whole).filter(|n| *n <= i128::from(i64::MAX)).ok_or_else(invalid)?;
        let fraction: String = fraction.chars().take(18).collect();
        let part = digits(&fraction).ok_or_else(invalid)? * scale / 10i128.pow(fraction.len() as u32);
        total += whole * scale + part;
        if total > i128::from(i64::MAX) {
            return Err(invalid());
        }
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).map_err(|_| invalid())
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

fn format_date(c: &Call<'_>) -> Result<Value, Fail> {
    let t = parse(c.text(1)).or_else(|e| bad(1, e))?;
    let mut out = String::new();
    let mut rest = c.text(0);
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            rest = quoted(rest, &mut out)?;
        } else if first.is_ascii_alphabetic() {
            let end = rest.find(|x| x != first).unwrap_or(rest.len());
            let (verb, after) = rest.split_at(end);
            out.push_str(
                &date_part(first, verb, t)
                    .or_else(|e| bad(0, format!("invalid date format verb {}{e}", quote(verb))))?,
            );
            rest = after;
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    Ok(out.into())
}

/// A literal between quotes, in which two quotes are one; gives what comes after it.
fn quoted<'a>(text: &'a str, out: &mut String) -> Result<&'a str, Fail> {
    let mut rest = &text[1..];
    if let Some(after) = rest.strip_prefix('\'') {
        out.push('\'');
        return Ok(after);
    }
    loop {
        let Some((part, after)) = rest.split_once('\'') else { return bad(0, "unterminated literal '") };
        out.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => {
                out.push('\'');
                rest = more;
            }
            None => return Ok(after),
        }
    }
}

fn date_part(letter: char, verb: &str, t: OffsetDateTime) -> Result<String, String> {
    let number = |n: u8, what: &str| match verb.len() {
        1 => Ok(n.to_string()),
        2 => Ok(format!("{n:02}")),
        _ => Err(format!(": {what}")),
    };
    let two = |what: &str| format!("{what} must either be \"{letter}\" or \"{letter}{letter}\"");
    match letter {
        'Y' => match verb.len() {
            2 => Ok(format!("{:02}", t.year() % 100)),
            4 => Ok(format!("{:04}", t.year())),
            _ => Err(": year must either be \"YY\" or \"YYYY\"".into()),
        },
        'M' => {
            let name = MONTHS[usize::from(u8::from(t.month()) - 1) % 12];
            match verb.len() {
                3 => Ok(name[..3].into()),
                4 => Ok(name.into()),
                _ => number(u8::from(t.month()), "month must be \"M\", \"MM\", \"MMM\", or \"MMMM\""),
            }
        }
        'D' => number(t.day(), &two("day of month")),
        'E' => {
            let name = DAYS[usize::from(t.weekday().number_days_from_monday()) % 7];
            match verb.len() {
                3 => Ok(name[..3].into()),
                4 => Ok(name.into()),
                _ => Err(": day of week must either be \"EEE\" or \"EEEE\"".into()),
            }
        }
        'h' => number(t.hour(), &two("24-hour")),
        'H' => number((t.hour() + 11) % 12 + 1, &two("12-hour")),
        'A' | 'a' => {
            if verb.len() != 2 {
                return Err(format!(": must be \"{letter}{letter}\""));
            }
            let text = if t.hour() < 12 { "am" } else { "pm" };
            Ok(if letter == 'A' { text.to_uppercase() } else { text.into() })
        }
        'm' => number(t.minute(), &two("minute")),
        's' => number(t.second(), &two("second")),
        'Z' => match verb.len() {
            1 => Ok(offset(t, "Z", ":")),
            3 => Ok(offset(t, "UTC", "")),
            4 => Ok(offset(t, "", "")),
            5 => Ok(offset(t, "", ":")),
            _ => Err(": timezone must be Z, ZZZZ, or ZZZZZ".into()),
        },
        _ => Err(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_go() {
        let rows = [
            ("1.5h", Some(5_400_000_000_000)),
            ("-2h5m", Some(-7_500_000_000_000)),
            ("1d", None),
            ("", None),
        ];
        for (text, want) in rows {
            assert_eq!(duration(text).ok(), want, "{text}");
        }
        assert_eq!(duration("0"), Ok(0));
        assert_eq!(duration(".5ms"), Ok(500_000));
        assert!(duration("9999999h").is_err());
    }

    #[test]
    fn yaml_dates() {
        let rows = [
            ("2020-01-01", Some("2020-01-01T00:00:00Z")),
            ("2020-1-2 3:4:5.5", Some("2020-01-02T03:04:05Z")),
            ("2020-01-01T00:00:00+01:00", Some("2020-01-01T00:00:00+01:00")),
            ("2020-13-01", None),
            ("2020-01-01T00:00:00", None),
        ];
        for (text, want) in rows {
            assert_eq!(yaml_timestamp(text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_timestamp() {
        for bad in [
            "",
            "2018-02-30T00:00:00Z",
            "2018-01-02T24:00:00Z",
            "2018-01-02T23:12:01",
            "2018-01-02 23:12:01Z",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(parse("2018-01-02T23:12:01.123456789012+23:59").is_ok());
    }
}
