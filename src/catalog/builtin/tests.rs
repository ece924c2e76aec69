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
    Value::object(schema.attributes.iter().map(|a| {
        let value = given.iter().find(|(n, _)| *n == a.name).map(|(_, v)| v.clone());
        (a.name.as_str(), value.unwrap_or_else(|| Value::null(a.ty.clone())))
    }))
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

#[test]
fn every_name_is_a_type_whose_objects_fit_its_schema() {
    for name in NAMES {
        let ty = resource(name).unwrap();
        let given: Vec<(&str, Value)> = ty
            .schema()
            .attributes
            .iter()
            .filter(|a| a.required)
            .map(|a| (&*a.name.clone().leak(), Value::from(8)))
            .collect();
        let made = create(ty, &given);
        let attributes: Vec<_> = made.as_entries().unwrap().keys().cloned().collect();
        let mut expected: Vec<_> = ty.schema().attributes.iter().map(|a| a.name.clone()).collect();
        expected.sort();
        assert!(attributes.iter().map(|a| &**a).eq(expected.iter().map(String::as_str)), "{name}");
        let again = ty.plan(Some(&made), &config(ty, &given));
        assert!(again.replace.is_empty() && again.planned == made, "{name}: a second plan changes nothing");
    }
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
