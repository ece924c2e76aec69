use super::*;
use crate::catalog::lens::LocalType;
use crate::lang::{Type, Value};

/// Bytes that are the same in every run.
fn bytes() -> impl FnMut(&mut [u8]) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    move |buffer: &mut [u8]| {
        for byte in buffer {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *byte = state as u8;
        }
    }
}

/// A configuration of the type: what is not given is null.
fn config(ty: &dyn LocalType, given: &[(&str, Value)]) -> Value {
    let schema = ty.schema();
    let attributes = schema.attributes.iter().map(|a| (a.name.as_str(), Value::null(a.ty.clone())));
    let blocks =
        schema.blocks.iter().map(|b| (b.name.as_str(), Value::list(b.block.implied_type(), Vec::new())));
    let given = given.iter().map(|(n, v)| (*n, v.clone()));
    Value::object(attributes.chain(blocks).chain(given))
}

fn create(ty: &dyn LocalType, given: &[(&str, Value)]) -> Value {
    let plan = ty.plan(None, &config(ty, given));
    assert!(plan.replace.is_empty());
    let made = ty.apply(None, &plan.planned, &mut bytes(), "2026-01-02T03:04:05Z");
    assert!(made.is_wholly_known(), "{made:?}");
    for (name, planned) in plan.planned.as_entries().unwrap() {
        assert!(planned.is_unknown() || planned == made.get(name).unwrap(), "{name}");
    }
    made
}

/// Arguments that make an object of the type.
fn sample(name: &str) -> Vec<(&'static str, Value)> {
    let texts = |all: &[&str]| Value::list(Type::String, all.iter().map(|t| Value::string(t)).collect());
    match name {
        "random_integer" => vec![("min", 8.into()), ("max", 8.into())],
        "random_id" => vec![("byte_length", 8.into())],
        "random_bytes" | "random_password" | "random_string" => vec![("length", 8.into())],
        "random_shuffle" => vec![("input", texts(&["a", "b", "c"]))],
        "time_sleep" => vec![("create_duration", "1s".into())],
        "time_offset" => vec![("offset_days", 7.into())],
        "time_rotating" => vec![("rotation_days", 7.into())],
        "tls_private_key" => vec![("algorithm", "ED25519".into())],
        "tls_self_signed_cert" => {
            let key = create(resource("tls_private_key").unwrap(), &[("algorithm", "ED25519".into())]);
            vec![
                ("private_key_pem", key.get("private_key_pem").unwrap().clone()),
                ("validity_period_hours", 24.into()),
                ("allowed_uses", texts(&["server_auth", "digital_signature"])),
            ]
        }
        "local_file" | "local_sensitive_file" => vec![("filename", "f".into()), ("content", "x".into())],
        _ => Vec::new(),
    }
}

#[test]
fn every_name_is_a_type_whose_objects_fit_its_schema() {
    for name in NAMES {
        let ty = resource(name).unwrap();
        let given = sample(name);
        assert_eq!(ty.check(&config(ty, &given)), [], "{name}");
        let made = create(ty, &given);
        let attributes: Vec<_> = made.as_entries().unwrap().keys().cloned().collect();
        let schema = ty.schema();
        let names = schema.attributes.iter().map(|a| &a.name).chain(schema.blocks.iter().map(|b| &b.name));
        let mut expected: Vec<_> = names.cloned().collect();
        expected.sort();
        assert!(attributes.iter().map(|a| &**a).eq(expected.iter().map(String::as_str)), "{name}");
        let again = ty.plan(Some(&made), &config(ty, &given));
        assert!(again.replace.is_empty() && again.planned == made, "{name}: a second plan changes nothing");
    }
}

#[test]
fn a_shuffle_is_in_rounds_and_the_same_of_the_same_seed() {
    let ty = resource("random_shuffle").unwrap();
    let of = |given: &[(&'static str, Value)]| {
        let all: Vec<_> = sample("random_shuffle").into_iter().chain(given.iter().cloned()).collect();
        let made = create(ty, &all);
        let result = made.get("result").unwrap().as_sequence().unwrap();
        result.iter().map(|v| v.as_str().unwrap().to_string()).collect::<String>()
    };
    let sorted = |text: &str| {
        let mut all: Vec<char> = text.chars().collect();
        all.sort_unstable();
        all.into_iter().collect::<String>()
    };
    assert_eq!(sorted(&of(&[])), "abc");
    let five = of(&[("result_count", 5.into())]);
    assert_eq!((sorted(&five[..3]).as_str(), five.len()), ("abc", 5));
    assert_eq!(of(&[("seed", "s".into())]), of(&[("seed", "s".into())]));
    assert_eq!(of(&[("result_count", 0.into())]), "");
}

#[test]
fn bytes_are_the_same_in_both_forms_and_secret() {
    let ty = resource("random_bytes").unwrap();
    let made = create(ty, &[("length", 5.into())]);
    assert_eq!(made.get("hex").unwrap().as_str().unwrap().len(), 10);
    assert_eq!(made.get("base64").unwrap().as_str().unwrap().len(), 8);
    assert!(ty.schema().attributes.iter().filter(|a| a.computed).all(|a| a.sensitive));
}

#[test]
fn moments_are_taken_apart_and_added_to_as_go_does() {
    let text = |made: &Value, name: &str| made.get(name).unwrap().as_str().unwrap().to_string();
    let fixed = create(resource("time_static").unwrap(), &[]);
    assert_eq!(text(&fixed, "rfc3339"), "2026-01-02T03:04:05Z");
    assert_eq!(text(&fixed, "id"), "2026-01-02T03:04:05Z");
    let number = |name: &str| fixed.get(name).unwrap().clone();
    assert_eq!([number("year"), number("month"), number("second")], [2026.into(), 1.into(), 5.into()]);
    assert_eq!(number("unix"), 1_767_323_045.into());
    let offset = resource("time_offset").unwrap();
    let base = ("base_rfc3339", Value::from("2024-01-31T00:00:00Z"));
    let later = |name, n: i64| text(&create(offset, &[base.clone(), (name, n.into())]), "rfc3339");
    assert_eq!(later("offset_months", 1), "2024-03-02T00:00:00Z");
    assert_eq!(later("offset_years", -1), "2023-01-31T00:00:00Z");
    assert_eq!(later("offset_seconds", -1), "2024-01-30T23:59:59Z");
    // What is known is shown in the plan; a change of the offset is one in place.
    let made = create(offset, &[base.clone(), ("offset_days", 1.into())]);
    let plan = offset.plan(Some(&made), &config(offset, &[base, ("offset_days", 2.into())]));
    assert!(plan.replace.is_empty());
    assert_eq!(plan.planned.get("rfc3339"), Some(&"2024-02-02T00:00:00Z".into()));
    assert_eq!(offset.check(&config(offset, &[("base_rfc3339", "today".into())])).len(), 2);
}

#[test]
fn what_rotates_is_gone_when_its_time_has_come() {
    use crate::catalog::Expiry;
    let ty = resource("time_rotating").unwrap();
    let made = create(ty, &[("rotation_minutes", 10.into())]);
    assert_eq!(made.get("rotation_rfc3339"), Some(&"2026-01-02T03:14:05Z".into()));
    assert_eq!(ty.expired(&made, "2026-01-02T03:14:04Z"), None);
    assert_eq!(ty.expired(&made, "2026-01-02T03:14:05Z"), Some(Expiry::Gone));
    let fixed = create(ty, &[("rotation_rfc3339", "2030-01-01T00:00:00Z".into())]);
    assert_eq!(ty.expired(&fixed, "2030-01-01T00:00:00Z"), Some(Expiry::Gone));
    assert_eq!(ty.check(&config(ty, &[])).len(), 1);
    assert_eq!(ty.check(&config(ty, &[("rotation_days", 0.into())])).len(), 1);
}

#[test]
fn a_file_is_its_content_and_its_permissions() {
    let ty = resource("local_file").unwrap();
    let made = create(
        ty,
        &[("filename", "a/b".into()), ("content_base64", "aGk=".into()), ("file_permission", "0640".into())],
    );
    let file = ty.file(&made).unwrap();
    assert_eq!((file.content.as_slice(), file.mode, file.directory_mode), (&b"hi"[..], 0o640, 0o777));
    assert_eq!(made.get("content_md5"), Some(&"49f68a5c8493ec2c0bf489821c21fc3b".into()));
    assert_eq!(made.get("id"), Some(&"c22b5f9178342609428d6f51b2c5af4c0bde6a42".into()));
    let wrong = |given: &[(&'static str, Value)]| ty.check(&config(ty, given)).len();
    assert_eq!(wrong(&[("filename", "f".into())]), 1);
    assert_eq!(wrong(&[("content", "a".into()), ("content_base64", "eA==".into())]), 1);
    assert_eq!(wrong(&[("content", "a".into()), ("file_permission", "rwx".into())]), 1);
    let secret = resource("local_sensitive_file").unwrap().schema();
    assert!(secret.attribute("content").unwrap().sensitive);
}

#[test]
fn random_text_has_the_wanted_characters() {
    let ty = resource("random_string").unwrap();
    let given = [
        ("length", Value::from(12)),
        ("upper", false.into()),
        ("min_numeric", 3.into()),
        ("min_special", 2.into()),
        ("override_special", "_".into()),
    ];
    let made = create(ty, &given);
    let text = made.get("result").unwrap().as_str().unwrap();
    assert_eq!(text.len(), 12);
    assert!(text.chars().filter(char::is_ascii_digit).count() >= 3);
    assert!(text.chars().filter(|c| *c == '_').count() >= 2);
    assert!(!text.chars().any(|c| c.is_ascii_uppercase()));
    let other = [("length", Value::from(13))];
    assert_eq!(ty.plan(Some(&made), &config(ty, &other)).replace.len(), 5);
    assert_eq!(ty.check(&config(ty, &[("length", 2.into()), ("min_upper", 3.into())])).len(), 1);
}

#[test]
fn old_and_new_name_of_numeric_agree() {
    let ty = resource("random_string").unwrap();
    let made = create(ty, &[("length", 6.into()), ("number", false.into())]);
    assert_eq!(made.get("numeric"), Some(&false.into()));
    assert!(!made.get("result").unwrap().as_str().unwrap().contains(|c: char| c.is_ascii_digit()));
}

#[test]
fn random_id_gives_the_same_bytes_in_every_form() {
    let made = create(resource("random_id").unwrap(), &[("byte_length", 4.into()), ("prefix", "p-".into())]);
    let hex = made.get("hex").unwrap().as_str().unwrap().strip_prefix("p-").unwrap().to_owned();
    let dec = made.get("dec").unwrap().as_str().unwrap().strip_prefix("p-").unwrap().to_owned();
    assert_eq!(u32::from_str_radix(&hex, 16).unwrap().to_string(), dec);
    assert!(!made.get("id").unwrap().as_str().unwrap().starts_with("p-"));
}

#[test]
fn terraform_data_follows_its_input_and_triggers() {
    let ty = resource("terraform_data").unwrap();
    let made = create(ty, &[("input", "a".into())]);
    assert_eq!(made.get("output"), Some(&"a".into()));
    let update = ty.plan(Some(&made), &config(ty, &[("input", "b".into())]));
    assert!(update.replace.is_empty() && update.planned.get("output").unwrap().is_unknown());
    assert_eq!(update.planned.get("id"), made.get("id"));
    let replace = ty.plan(Some(&made), &config(ty, &[("input", "a".into()), ("triggers_replace", 1.into())]));
    assert_eq!(replace.replace.len(), 1);
    assert!(replace.planned.get("id").unwrap().is_unknown());
}

#[test]
fn time_sleep_waits_and_refuses_nonsense() {
    let ty = resource("time_sleep").unwrap();
    assert_eq!(ty.check(&config(ty, &[])).len(), 1);
    assert_eq!(ty.check(&config(ty, &[("create_duration", "5 minutes".into())])).len(), 1);
    let made = create(ty, &[("create_duration", "1.5m".into()), ("destroy_duration", "200ms".into())]);
    assert_eq!(ty.wait(&made, true), 90.0);
    assert_eq!(ty.wait(&made, false), 0.2);
    let keep = Value::map(Type::String, [("a", Value::from("b"))]);
    let changed = [("create_duration", Value::from("1.5m")), ("triggers", keep)];
    assert_eq!(ty.plan(Some(&made), &config(ty, &changed)).replace.len(), 1);
}
