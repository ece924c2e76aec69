use super::*;
use crate::lang::marks::Marks;

fn t(json: &str) -> Type {
    Type::from_json(&serde_json::from_str(json).unwrap()).unwrap()
}

fn v(json: &str) -> Value {
    Value::from_json(&serde_json::from_str(json).unwrap())
}

#[test]
fn converts_as_cty() {
    let rows = [
        (r#"1"#, r#""string""#, r#""1""#),
        (r#""1""#, r#""bool""#, "true"),
        (r#"[1,"a",true]"#, r#"["list","string"]"#, r#"["1","a","true"]"#),
        (r#"["b","a","b"]"#, r#"["set","string"]"#, r#"["a","b"]"#),
        (r#"[null,1]"#, r#"["list","dynamic"]"#, "[null,1]"),
        (r#"{"a":1,"b":"x"}"#, r#"["map","dynamic"]"#, r#"{"a":"1","b":"x"}"#),
        (r#"{"a":"1","z":0}"#, r#"["object",{"a":"number","b":"string"},["b"]]"#, r#"{"a":1,"b":null}"#),
        (r#"[1,"x"]"#, r#"["tuple",["string","dynamic"]]"#, r#"["1","x"]"#),
        (r#"[{"a":1},{"a":"x"}]"#, r#"["list",["object",{"a":"dynamic"}]]"#, r#"[{"a":"1"},{"a":"x"}]"#),
        (r#"[]"#, r#"["list","number"]"#, "[]"),
    ];
    for (value, ty, want) in rows {
        let got = convert(&v(value), &t(ty)).unwrap();
        assert_eq!(got.to_json().unwrap().to_string(), want, "{value} to {ty}");
        assert!(convertible(&got.ty(), &t(ty)), "{value} to {ty}");
    }
}

#[test]
fn the_type_of_all_elements_is_one() {
    let got = convert(&v(r#"[null,1]"#), &t(r#"["list","dynamic"]"#)).unwrap();
    assert_eq!(got.ty(), t(r#"["list","number"]"#));
    let got = convert(&v(r#"[{"a":1},{"b":1}]"#), &t(r#"["list","dynamic"]"#)).unwrap();
    assert_eq!(got.ty(), t(r#"["list",["map","number"]]"#));
    let map = Value::map(Type::Number, [("a", Value::from(1))]);
    let got = convert(&map, &t(r#"["object",{"a":"string"}]"#)).unwrap();
    assert_eq!(got, Value::object([("a", Value::from("1"))]));
}

#[test]
fn says_what_is_required_and_where() {
    let object = r#"["object",{"a":"number","b":["list","string"]}]"#;
    let rows = [
        (r#""x""#, r#""number""#, "a number is required"),
        (r#""True""#, r#""bool""#, "a bool is required; to convert from string, use lowercase \"true\""),
        (r#"1"#, r#""bool""#, "bool required"),
        (r#""a""#, r#"["list","string"]"#, "list of string required"),
        (r#"{}"#, object, "attributes \"a\" and \"b\" are required"),
        (r#"{"a":1}"#, object, "attribute \"b\" is required"),
        (r#"{"a":1,"b":[[]]}"#, object, "attribute \"b\": element 0: string required"),
        (r#"{"a":"x","b":[]}"#, object, ".a: a number is required"),
        (r#"{"k":[1,"x"]}"#, r#"["map",["list","number"]]"#, ".k[1]: a number is required"),
        (r#"[1,[1]]"#, r#"["list","dynamic"]"#, "all list elements must have the same type"),
        (r#"[1]"#, r#"["tuple",["number","number"]]"#, "tuple required"),
    ];
    for (value, ty, want) in rows {
        assert_eq!(convert(&v(value), &t(ty)).unwrap_err().to_string(), want, "{value} to {ty}");
    }
    let map = Value::map(Type::String, [("a", Value::from("1"))]);
    assert_eq!(
        convert(&map, &t(object)).unwrap_err().to_string(),
        "list of string required".replace("list of string", "object")
    );
    let error = convert(&map, &t(r#"["object",{"b":"string"}]"#)).unwrap_err();
    assert_eq!(error.to_string(), "map has no element for required attribute \"b\"");
}

#[test]
fn unknowns_keep_what_is_known_of_them() {
    let mut u = Unknown { ty: Type::list(Type::Number), not_null: true, prefix: None, length: Some((2, 5)) };
    let as_set = convert(&Kind::Unknown(Box::new(u.clone())).into(), &Type::set(Type::String)).unwrap();
    u.ty = Type::set(Type::String);
    u.length = Some((1, 5));
    assert_eq!(as_set.kind, Kind::Unknown(Box::new(u)));
    let any = convert(&Value::unknown(Type::Dynamic), &Type::list(Type::Dynamic)).unwrap();
    assert_eq!(any, Value::unknown(Type::list(Type::Dynamic)));
    assert_eq!(convert(&Value::null(Type::Dynamic), &Type::Bool).unwrap(), Value::null(Type::Bool));
}

#[test]
fn marks_stay_on_their_parts_but_rise_from_a_set() {
    let secret = Value::from(1).marked(&Marks::sensitive());
    let tuple = Value::tuple(vec![secret, 2.into()]);
    let list = convert(&tuple, &Type::list(Type::String)).unwrap();
    assert!(list.marks.is_empty());
    assert!(list.as_sequence().unwrap()[0].marks.is_sensitive());
    let set = convert(&tuple, &Type::set(Type::String)).unwrap();
    assert!(set.marks.is_sensitive());
    assert!(set.as_sequence().unwrap()[0].marks.is_empty());
}
