use super::*;

fn chaos(text: &str) -> Chaos {
    let mut chaos = Chaos::default();
    chaos.add(Rules::parse(text).unwrap(), 1_000);
    chaos
}

fn request(method: &str, tail: &str) -> Traits {
    Traits {
        on: On::Request,
        method: method.into(),
        type_name: "Microsoft.Network/virtualNetworks".into(),
        path: format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/{tail}"),
        action: String::new(),
        written_ago: None,
        now_ms: 1_000,
    }
}

const BUSY: &str = r#"{"refuse": {"status": 503, "code": "ServerBusy"}}"#;

#[test]
fn bad_rules_are_told_with_their_place_and_what_is_allowed() {
    let cases = [
        ("{\n\"rulez\": []}", 2, "unknown field `rulez`, expected `seed` or `rules`"),
        (
            "{\"rules\": [\n{\"metod\": \"PUT\"}]}",
            2,
            "unknown field `metod`, expected one of `name`, `on`, `method`",
        ),
        (
            "{\"rules\": [\n\n{\"do\": \"explode\"}]}",
            3,
            "unknown variant `explode`, expected one of `refuse`, `fail`, `drop`",
        ),
        ("{\"rules\": [{\"do\": {\"drop\": \"never\"}}]}", 1, "expected `before` or `after`"),
        ("{\"rules\": [{\"name\": \"x\"}]}", 1, "missing field `do`"),
        ("{\"rules\": [{\"do\": {\"refuse\": {\"status\": 503}}}]}", 1, "missing field `code`"),
        (
            "{\"rules\": [{\n\"do\": {\"refuse\": {\"status\": 200, \"code\": \"OK\"}}\n}]}",
            3,
            "`status` of a refusal is 400 to 599, not 200",
        ),
        (
            "{\"rules\": [{\"method\": \"put\", \"do\": \"expire\"}]}",
            1,
            "`method` is one of GET, HEAD, PUT, PATCH, DELETE, POST, not `put`",
        ),
        ("{\"rules\": [{\"nth\": 1, \"times\": 1, \"do\": \"expire\"}]}", 1, "`nth` names one request"),
        ("{\"rules\": [{\"nth\": 0, \"do\": \"expire\"}]}", 1, "count from 1"),
        ("{\"rules\": [{\"probability\": 2, \"do\": \"expire\"}]}", 1, "a number from 0 to 1"),
        ("{\"rules\": [{\"method\": \"PUT\", \"do\": {\"stale\": {}}}]}", 1, "`stale` is about GET"),
        ("{\"rules\": [{\"on\": \"poll\", \"do\": {\"fail\": {\"code\": \"X\"}}}]}", 1, "leave `on` out"),
        ("{\"rules\": [{\"do\": {\"slow\": {\"seconds\": -1}}}]}", 1, "`seconds` is a number from 0"),
        ("{\"rules\": [{\"method\": 7, \"do\": \"expire\"}]}", 1, "expected a text or a list of texts"),
        ("{\"rules\": [{\"on\": \"login\", \"do\": \"expire\"}]}", 1, "a request for a token takes `refuse`"),
        ("{\"rules\": [{\"from\": 9, \"until\": 9, \"do\": \"expire\"}]}", 1, "`from` comes before `until`"),
        ("{\"rules\"", 1, "EOF while parsing"),
    ];
    for (text, line, why) in cases {
        let bad = Rules::parse(text).expect_err(text);
        assert_eq!(bad.line, line, "{text}: {bad}");
        assert!(bad.to_string().contains(why), "{text}: {bad}");
        assert!(!bad.why.contains(" at line "), "{bad}");
    }
}

#[test]
fn patterns_take_any_letters_for_a_star_and_any_case() {
    let rule = |pattern: &str| chaos(&format!(r#"{{"rules": [{{"path": "{pattern}", "do": {BUSY}}}]}}"#));
    let strikes = |pattern: &str| rule(pattern).strike(&request("PUT", "hub/subnets/a")).is_some();
    for pattern in ["*", "*/VIRTUALNETWORKS/hub/*", "/subscriptions/*/a", "*hub/subnets/a", "*sub*hub*a"] {
        assert!(strikes(pattern), "{pattern}");
    }
    for pattern in ["", "hub", "*/subnets/b", "*hub", "/resource*", "*/subnets/a/*"] {
        assert!(!strikes(pattern), "{pattern}");
    }
}

#[test]
fn the_nth_request_of_all_or_of_each_path_is_struck() {
    let hits = |rule: &str| {
        let mut chaos =
            chaos(&format!(r#"{{"rules": [{{"method": ["PUT", "PATCH"], {rule}, "do": {BUSY}}}]}}"#));
        let story = [("PUT", "a"), ("GET", "a"), ("PUT", "b"), ("PUT", "a"), ("PUT", "a"), ("PATCH", "b")];
        let hits = story.map(|(method, name)| chaos.strike(&request(method, name)).is_some());
        assert_eq!(chaos.struck()[0].fitting, 5);
        assert_eq!(chaos.struck()[0].struck as usize, hits.iter().filter(|hit| **hit).count());
        hits
    };
    assert_eq!(hits(r#""nth": 2"#), [false, false, true, false, false, false]);
    assert_eq!(hits(r#""nth": 2, "each": true"#), [false, false, false, true, false, false]);
    assert_eq!(hits(r#""times": 2"#), [true, false, true, false, false, false]);
    assert_eq!(hits(r#""times": 1, "each": true"#), [true, false, true, false, false, true]);
    assert_eq!(hits(r#""each": false"#), [true, false, true, true, true, true]);
}

#[test]
fn a_seed_strikes_the_same_requests_whatever_their_order() {
    let names: Vec<String> = (0..200).map(|n| format!("n{n}")).collect();
    let run = |seed: u64, back: bool| {
        let mut chaos =
            chaos(&format!(r#"{{"seed": {seed}, "rules": [{{"probability": 0.3, "do": {BUSY}}}]}}"#));
        let mut order: Vec<&String> = names.iter().collect();
        if back {
            order.reverse();
        }
        let mut hits: Vec<&String> =
            order.into_iter().filter(|name| chaos.strike(&request("PUT", name)).is_some()).collect();
        hits.sort();
        hits.into_iter().cloned().collect::<Vec<_>>()
    };
    let hits = run(17, false);
    assert_eq!(hits, run(17, true));
    assert_ne!(hits, run(18, false));
    assert!((40..80).contains(&hits.len()), "about 60 of 200: {}", hits.len());
}

#[test]
fn names_that_clients_make_up_do_not_change_what_is_struck() {
    let run = |guid: &str| {
        let mut chaos = chaos(&format!(r#"{{"seed": 5, "rules": [{{"probability": 0.5, "do": {BUSY}}}]}}"#));
        (0..40).map(|_| chaos.strike(&request("PUT", guid)).is_some()).collect::<Vec<_>>()
    };
    assert_eq!(run("0f0e0d0c-0b0a-0908-0706-050403020100"), run("11111111-2222-3333-4444-555555555555"));
}

#[test]
fn the_first_rule_whose_turn_it_is_counts() {
    let mut chaos =
        chaos(&format!(r#"{{"rules": [{{"name": "once", "nth": 1, "do": "expire"}}, {{"do": {BUSY}}}]}}"#));
    let mut next = || chaos.strike(&request("GET", "a")).unwrap().0;
    assert_eq!([next(), next()], ["once", "rule 2"]);
    let struck: Vec<(u64, u64)> = chaos.struck().iter().map(|rule| (rule.fitting, rule.struck)).collect();
    assert_eq!(struck, [(2, 1), (1, 1)]);
    chaos.clear();
    assert_eq!((chaos.strike(&request("GET", "a")), chaos.is_empty()), (None, true));
}

#[test]
fn a_rule_holds_for_a_time_after_it_was_set() {
    let mut chaos = chaos(&format!(r#"{{"rules": [{{"from": 10, "until": 70, "do": {BUSY}}}]}}"#));
    let mut at = |seconds: u64| {
        let traits = Traits { now_ms: 1_000 + seconds * 1_000, ..request("GET", "x") };
        chaos.strike(&traits).is_some()
    };
    assert_eq!([0, 9, 10, 69, 70, 500].map(&mut at), [false, false, true, true, false, false]);
}
