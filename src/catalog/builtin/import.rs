//! The ids by which objects without a cloud are imported, as the providers `random` 3.7, `time` 0.13 and Terraform itself
//! read them. Types that are not here cannot be imported.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use num_bigint::BigUint;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::catalog::lens::Problem;
use crate::catalog::value::error;
use crate::lang::Value;

/// What an id says of an object; arguments that are missing have their defaults.
type Parts = Vec<(&'static str, Value)>;

/// What a provider advises when a text cannot be read.
const RETRY: &str = "Retry the Terraform operation. If the error still occurs or happens regularly, please contact the provider \
                     developer with hardware and operating system information.\n\n";

fn wrong(summary: &str, detail: impl Into<String>) -> Problem {
    error(Vec::new(), summary, detail)
}

/// What providers say of a type that has no import.
pub(in crate::catalog) fn unsupported() -> Problem {
    wrong(
        "Resource Import Not Implemented",
        "This resource does not support import. Please contact the provider developer for additional information.",
    )
}

/// Reads an id; `now` is RFC 3339.
pub(super) fn read(kind: &str, id: &str, now: &str) -> Result<Parts, Problem> {
    match kind {
        "random_string" => {
            Ok(vec![("id", id.into()), ("result", id.into()), ("length", (id.len() as i64).into())])
        }
        "random_password" => Ok(password(id)),
        "random_id" => random_id(id),
        "random_integer" => integer(id),
        "random_uuid" => {
            let found = uuid::Uuid::try_parse(id).map_err(|why| {
                let detail = format!(
                    "There was an error during the parsing of the UUID.\n\n{RETRY}Original Error: {why}"
                );
                wrong("Import Random UUID Error", detail)
            })?;
            let text = found.to_string();
            Ok(vec![("id", text.as_str().into()), ("result", text.into())])
        }
        "random_bytes" => {
            let bytes = STANDARD.decode(id).map_err(|why| {
                let detail =
                    format!("There was an error during the parsing of the base64 string.\n\n{RETRY}Original Error: {why}");
                wrong("Import Random bytes Error", detail)
            })?;
            Ok(vec![
                ("base64", id.into()),
                ("hex", hex(&bytes).into()),
                ("length", (bytes.len() as i64).into()),
            ])
        }
        "time_static" => {
            moment(id).map_err(|why| {
                let detail = format!(
                    "The id that was supplied could not be parsed as RFC3339.\n\n+Original Error: {why}"
                );
                wrong("Import time static error", detail)
            })?;
            Ok(vec![("rfc3339", id.into())])
        }
        "time_offset" => offset(id),
        "time_rotating" => rotating(id),
        "time_sleep" => sleep(id, now),
        _ => Err(unsupported()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn password(text: &str) -> Parts {
    // An import is planned again and again, and must come to the same each time: the salt follows from the password.
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    let mut salt = [0; 16];
    salt.copy_from_slice(&digest.as_ref()[..16]);
    let cut = text.len().min(72);
    let hash = bcrypt::hash_with_salt(&text.as_bytes()[..cut], 10, salt).map(|h| Value::from(h.to_string()));
    let mut all =
        vec![("id", "none".into()), ("result", text.into()), ("length", (text.len() as i64).into())];
    all.extend(hash.ok().map(|hash| ("bcrypt_hash", hash)));
    all
}

fn random_id(text: &str) -> Result<Parts, Problem> {
    let (prefix, id) = text.rsplit_once(',').unwrap_or(("", text));
    let bytes = URL_SAFE_NO_PAD.decode(id).map_err(|why| {
        let detail = format!(
            "While attempting to import a random id there was a decoding error.\n\n+{RETRY}Original Error: {why}"
        );
        wrong("Import Random ID Error", detail)
    })?;
    let mut all: Parts = vec![
        ("id", id.into()),
        ("byte_length", (bytes.len() as i64).into()),
        ("b64_url", format!("{prefix}{id}").into()),
        ("b64_std", format!("{prefix}{}", STANDARD.encode(&bytes)).into()),
        ("hex", format!("{prefix}{}", hex(&bytes)).into()),
        ("dec", format!("{prefix}{}", BigUint::from_bytes_be(&bytes)).into()),
    ];
    all.extend((!prefix.is_empty()).then(|| ("prefix", prefix.into())));
    Ok(all)
}

fn integer(text: &str) -> Result<Parts, Problem> {
    let said = |detail: String| wrong("Import Random Integer Error", detail);
    let parts: Vec<&str> = text.split(',').collect();
    let ([result, min, max] | [result, min, max, _]) = &parts[..] else {
        return Err(said(
            "Invalid import usage: expecting {result},{min},{max} or {result},{min},{max},{seed}".into(),
        ));
    };
    let number = |what: &str, part: &str| {
        part.parse::<i64>().map_err(|why| {
            said(format!(
                "The {what}value supplied could not be parsed as an integer.\n\nOriginal Error: {why}"
            ))
        })
    };
    let mut all: Parts = vec![
        ("id", (*result).into()),
        ("result", number("", result)?.into()),
        ("min", number("min ", min)?.into()),
        ("max", number("max ", max)?.into()),
    ];
    all.extend(parts.get(3).map(|seed| ("seed", (*seed).into())));
    Ok(all)
}

fn moment(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339).map_err(|e| e.to_string())
}

fn unexpected(id: &str, expected: &str) -> Problem {
    wrong("Unexpected Format of ID", format!("Unexpected format of ID ({id:?}), expected {expected}"))
}

/// Amounts by the names of their arguments; an empty one is not set.
fn amounts(
    names: &[&'static str],
    parts: &[&str],
    why: &dyn Fn(&str, String) -> Problem,
) -> Result<Parts, Problem> {
    let written = names.iter().zip(parts).filter(|(_, part)| !part.is_empty());
    written
        .map(|(name, part)| match part.parse::<i64>() {
            Ok(n) => Ok((*name, n.into())),
            Err(e) => Err(why(name, e.to_string())),
        })
        .collect()
}

fn offset(id: &str) -> Result<Parts, Problem> {
    const NAMES: [&str; 6] =
        ["offset_years", "offset_months", "offset_days", "offset_hours", "offset_minutes", "offset_seconds"];
    const FORM: &str = "BASETIMESTAMP,YEARS,MONTHS,DAYS,HOURS,MINUTES,SECONDS";
    let parts: Vec<&str> = id.split(',').collect();
    let (Some((base, rest)), 7) = (parts.split_first(), parts.len()) else {
        return Err(unexpected(id, FORM));
    };
    if base.is_empty() || rest.iter().all(|p| p.is_empty()) {
        return Err(unexpected(id, &format!("{FORM} where at least one offset value is non-empty")));
    }
    let mut all = amounts(&NAMES, rest, &|name, why| {
        let detail = format!(
            "The {name} parameter that was supplied could not be parsed as Int64.\n\n+Original Error: {why}"
        );
        wrong("Import time offset error", detail)
    })?;
    moment(base).map_err(|why| {
        let detail =
            format!("The base_rfc3339 timestamp that was supplied could not be parsed as RFC3339.\n\n+Original Error: {why}");
        wrong("Create time offset error", detail)
    })?;
    all.push(("base_rfc3339", (*base).into()));
    Ok(all)
}

fn rotating(id: &str) -> Result<Parts, Problem> {
    const NAMES: [&str; 5] =
        ["rotation_years", "rotation_months", "rotation_days", "rotation_hours", "rotation_minutes"];
    const FORM: &str = "BASETIMESTAMP,YEARS,MONTHS,DAYS,HOURS,MINUTES";
    let said = |detail: String| wrong("Import time rotating error", detail);
    let parts: Vec<&str> = id.split(',').collect();
    match &parts[..] {
        ["", _] | [_, ""] => Err(unexpected(id, "BASETIMESTAMP,ROTATIONTIMESTAMP")),
        [base, end] => {
            for text in [base, end] {
                moment(text).map_err(|why| {
                    said(format!(
                        "The timestamp that was supplied could not be parsed as RFC3339.\n\n+Original Error: {why}"
                    ))
                })?;
            }
            Ok(vec![("rfc3339", (*base).into()), ("rotation_rfc3339", (*end).into())])
        }
        [base, rest @ ..] if rest.len() == NAMES.len() => {
            if base.is_empty() || rest.iter().all(|p| p.is_empty()) {
                return Err(unexpected(
                    id,
                    &format!("{FORM} where at least one rotation value is non-empty"),
                ));
            }
            let unread = |why: String| {
                said(format!(
                    "The parameter that was supplied could not be parsed.\n\n+Original Error: {why}"
                ))
            };
            let mut all = amounts(&NAMES, rest, &|_, why| unread(why))?;
            moment(base).map_err(unread)?;
            all.push(("rfc3339", (*base).into()));
            Ok(all)
        }
        _ => Err(unexpected(id, &format!("{FORM} or BASETIMESTAMP,ROTATIONTIMESTAMP"))),
    }
}

fn sleep(id: &str, now: &str) -> Result<Parts, Problem> {
    let (create, destroy) = match id.split_once(',') {
        Some((a, b)) if !(b.contains(',') || a.is_empty() && b.is_empty()) => (a, b),
        _ => {
            let form = "CREATEDURATION,DESTROYDURATION where at least one value is non-empty";
            return Err(unexpected(id, form));
        }
    };
    let mut all: Parts = vec![("id", now.into())];
    for (name, text) in [("create_duration", create), ("destroy_duration", destroy)] {
        if text.is_empty() {
            continue;
        }
        if super::data::seconds(text).is_none() {
            let detail = format!(
                "The {name} cannot be parsed\n\n+Original Error: `{text}` is not a number with a unit (ms, s, m or h)"
            );
            return Err(wrong("Import time sleep error", detail));
        }
        all.push((name, text.into()));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use crate::catalog::builtin::resource;
    use crate::lang::Value;

    const NOW: &str = "2026-01-01T00:00:00Z";

    fn json(kind: &str, id: &str) -> serde_json::Value {
        let object = resource(kind).unwrap().import(id, NOW).unwrap_or_else(|p| panic!("{kind} {id}: {p:?}"));
        object.to_json().unwrap()
    }

    /// What is imported is what a configuration of it plans: nothing is changed.
    #[test]
    fn an_imported_object_needs_no_change() {
        for (kind, id, arguments) in [
            ("random_string", "abc123", r#"{"length":6}"#),
            ("random_password", "hunter2!", r#"{"length":8}"#),
            ("random_id", "p-,p-9hUg", r#"{"byte_length":4,"prefix":"p-"}"#),
            ("random_id", "p-9hUg", r#"{"byte_length":4}"#),
            ("random_integer", "15390,1,50000", r#"{"min":1,"max":50000}"#),
            ("random_integer", "3,1,5,abc", r#"{"min":1,"max":5,"seed":"abc"}"#),
            ("random_uuid", "aabbccdd-eeff-0011-2233-445566778899", "{}"),
            ("random_bytes", "8/fu3q+2DcgSJ19i0jZ5Cw==", r#"{"length":16}"#),
            ("time_static", "2020-02-12T06:36:13Z", "{}"),
            (
                "time_offset",
                "2020-02-12T06:36:13Z,0,0,7,,,",
                r#"{"offset_days":7,"offset_years":0,"offset_months":0}"#,
            ),
            (
                "time_rotating",
                "2020-02-12T06:36:13Z,0,0,30,,",
                r#"{"rotation_days":30,"rotation_years":0,"rotation_months":0}"#,
            ),
            (
                "time_rotating",
                "2020-02-12T06:36:13Z,2020-03-13T06:36:13Z",
                r#"{"rotation_rfc3339":"2020-03-13T06:36:13Z"}"#,
            ),
            ("time_sleep", "30s,", r#"{"create_duration":"30s"}"#),
            ("terraform_data", "abc", "{}"),
        ] {
            let local = resource(kind).unwrap();
            let schema = local.schema();
            let whole = |v: &Value| crate::plan::local::conform(v, &schema);
            let prior = whole(&local.import(id, NOW).unwrap());
            let config = whole(&Value::from_json(&serde_json::from_str(arguments).unwrap()));
            let plan = local.plan(Some(&prior), &config);
            assert_eq!(plan.replace, Vec::<Vec<_>>::new(), "{kind} {id}");
            assert_eq!(whole(&plan.planned).to_json(), prior.to_json(), "{kind} {id}");
        }
    }

    #[test]
    fn ids_say_what_the_providers_say() {
        assert_eq!(json("random_id", "pre,9hUg")["hex"], "pref61520");
        assert_eq!(json("random_integer", "3,1,5,abc")["seed"], "abc");
        assert_eq!(json("time_offset", "2020-02-12T06:36:13Z,,,7,,,")["rfc3339"], "2020-02-19T06:36:13Z");
        assert_eq!(
            json("time_rotating", "2020-02-12T06:36:13Z,,,30,,")["rotation_rfc3339"],
            "2020-03-13T06:36:13Z"
        );
        for (kind, id, said) in [
            ("random_integer", "3", "expecting {result},{min},{max}"),
            ("random_integer", "x,1,2", "could not be parsed as an integer"),
            ("random_id", "?", "decoding error"),
            ("random_uuid", "x", "parsing of the UUID"),
            ("random_bytes", "?", "base64 string"),
            ("random_pet", "a-b", "does not support import"),
            ("random_shuffle", "-", "does not support import"),
            ("null_resource", "1", "does not support import"),
            ("tls_private_key", "1", "does not support import"),
            ("local_file", "a", "does not support import"),
            ("time_static", "x", "could not be parsed as RFC3339"),
            ("time_offset", "2020-02-12T06:36:13Z", "BASETIMESTAMP,YEARS"),
            ("time_offset", "2020-02-12T06:36:13Z,,,,,,", "at least one offset value"),
            ("time_rotating", "2020-02-12T06:36:13Z", "or BASETIMESTAMP,ROTATIONTIMESTAMP"),
            ("time_sleep", ",", "at least one value"),
        ] {
            let problem = resource(kind).unwrap().import(id, NOW).unwrap_err();
            assert!(problem.detail.contains(said), "{kind} {id}: {}", problem.detail);
        }
    }
}
