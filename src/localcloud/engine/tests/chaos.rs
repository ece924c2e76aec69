//! Faults by rule, one family after the other.

use super::{Sky, code, message, plain};
use crate::localcloud::Rules;
use crate::localcloud::wire::Lost;
use serde_json::json;

/// A world with these rules.
fn under(rules: serde_json::Value) -> Sky {
    let sky = Sky::with_group();
    sky.cloud.add_chaos(Rules::parse(&json!({ "rules": rules }).to_string()).unwrap());
    sky
}

fn struck(sky: &Sky) -> Vec<u64> {
    sky.cloud.chaos().iter().map(|rule| rule.struck).collect()
}

#[test]
fn a_request_is_refused_and_nothing_is_left_behind() {
    let refuse = json!({"status": 503, "code": "ServiceUnavailable", "message": "later", "retryAfter": 7});
    let sky = under(
        json!([{"method": "PUT", "type": "Microsoft.Orbital/nets", "nth": 1, "do": {"refuse": refuse}}]),
    );
    let id = sky.id("nets/n");
    assert_eq!(sky.put(&sky.id("accounts/x01"), plain()).status, 202, "another type");
    let response = sky.put(&id, plain());
    assert_eq!((response.status, code(&response), message(&response)), (503, "ServiceUnavailable", "later"));
    assert_eq!(response.struck.as_deref(), Some("rule 1"));
    assert!(response.header("retry-after").is_some());
    assert_eq!(sky.get(&id).status, 404);
    assert_eq!(sky.put(&id, plain()).status, 201);
    assert_eq!(struck(&sky), [1]);
}

#[test]
fn a_request_is_accepted_and_its_operation_fails() {
    let fail = json!({"fail": {"code": "SomethingBroke", "message": "Half of it is there.", "status": 409}});
    let sky = under(json!([
        {"method": "PUT", "type": "Microsoft.Orbital/nets", "nth": 1, "do": fail},
        {"method": "DELETE", "nth": 1, "do": fail},
        {"type": "*/accounts", "action": "listKeys", "do": fail},
    ]));
    let id = sky.id("nets/n");
    let response = sky.put(&id, plain());
    assert_eq!(response.status, 201);
    let status = response.header("azure-asyncoperation").unwrap().to_owned();
    sky.step(60);
    let poll = sky.follow(&status);
    assert_eq!(poll.value()["status"], "Failed");
    assert_eq!(poll.value()["error"]["code"], "SomethingBroke");
    assert_eq!(sky.get(&id).value()["properties"]["provisioningState"], "Failed");
    assert_eq!(sky.put(&id, plain()).status, 200);
    sky.step(60);
    assert!(sky.delete(&id).status == 202);
    sky.step(3600);
    assert_eq!(sky.get(&id).value()["properties"]["provisioningState"], "Succeeded", "it is still there");
    let sync = sky.id("boards/b");
    let rule = json!([{"type": "*/boards", "do": fail}]);
    sky.cloud.add_chaos(Rules::parse(&json!({ "rules": rule }).to_string()).unwrap());
    assert_eq!(sky.put(&sync, plain()).status, 409, "what is done at once is refused");
    assert_eq!(sky.get(&sync).status, 404);
}

#[test]
fn http_07_a_connection_is_lost_before_or_after_the_work() {
    let sky = under(json!([
        {"method": "PUT", "path": "*/nets/early", "do": {"drop": "before"}},
        {"method": "PUT", "path": "*/nets/late", "do": {"drop": "after"}},
        {"method": "PUT", "path": "*/machines/m", "do": {"drop": "after"}},
        {"method": "PUT", "path": "*/nets/still", "do": {"hang": "before"}},
        {"method": "PUT", "path": "*/nets/mute", "do": {"hang": "after"}},
    ]));
    let (cut, silent) = (Lost::Cut, Lost::Silent);
    for (tail, lost, status) in [
        ("nets/early", cut, 404),
        ("nets/late", cut, 200),
        ("labs/none/machines/m", cut, 404),
        ("nets/still", silent, 404),
        ("nets/mute", silent, 200),
    ] {
        let id = sky.id(tail);
        assert_eq!(sky.put(&id, plain()).lost, Some(lost), "{tail}");
        let read = sky.get(&id);
        assert_eq!((read.status, read.lost), (status, None), "{tail}");
    }
}

#[test]
fn an_answer_is_slow_on_the_clock_of_the_world() {
    let sky = under(json!([{"method": "GET", "do": {"slow": {"seconds": 30}}}]));
    assert!(sky.get(&sky.group()).delay.is_zero(), "a clock that is stepped lets nobody wait");
    let options = crate::localcloud::Options {
        clock: crate::localcloud::ClockMode::Scaled(60.0),
        ..Default::default()
    };
    let cloud = crate::localcloud::LocalCloud::open(&options).unwrap();
    cloud.add_chaos(Rules::parse(r#"{"rules": [{"do": {"slow": {"seconds": 30}}}]}"#).unwrap());
    let response = cloud.request("GET", "/subscriptions?api-version=2022-12-01", None);
    assert_eq!((response.status, response.delay.as_millis()), (200, 500));
}

#[test]
fn lro_07_a_read_answers_what_was_there_before_the_last_write() {
    let sky = under(json!([{"do": {"stale": {"seconds": 20}}}]));
    let id = sky.id("nets/n");
    let (old, new) = (
        json!({"location": "westeurope", "tags": {"a": "1"}}),
        json!({"location": "westeurope", "tags": {"a": "2"}}),
    );
    assert_eq!(sky.put(&id, old).status, 201);
    let response = sky.get(&id);
    assert_eq!((response.status, code(&response)), (404, "ResourceNotFound"));
    sky.step(60);
    assert_eq!(sky.get(&id).value()["tags"]["a"], "1", "by now it is seen everywhere");
    sky.put(&id, new);
    assert_eq!(sky.get(&id).value()["tags"]["a"], "1");
    sky.step(60);
    assert_eq!(sky.get(&id).value()["tags"]["a"], "2");
    assert_eq!(sky.delete(&id).status, 202);
    sky.step(15);
    assert_eq!(sky.get(&id).status, 200, "it is still seen");
    sky.step(60);
    assert_eq!(sky.get(&id).status, 404);
}

#[test]
fn lro_07_a_list_shows_what_was_there_before() {
    let sky = under(json!([{"path": ["*/nets", "*/resources"], "do": {"stale": {"seconds": 20}}}]));
    let (list, group) = (sky.id("nets"), format!("{}/resources", sky.group()));
    let tags = |path: &str| -> Vec<String> {
        let response = sky.get(path);
        let items = response.value()["value"].as_array().unwrap().clone();
        items.iter().map(|item| item["tags"]["a"].to_string()).collect()
    };
    let id = sky.id("nets/n");
    sky.put(&id, json!({"location": "westeurope", "tags": {"a": "1"}}));
    assert!(tags(&list).is_empty(), "not there yet");
    sky.step(60);
    assert_eq!((tags(&list), tags(&group)), (vec!["\"1\"".into()], vec!["\"1\"".into()]));
    sky.put(&id, json!({"location": "westeurope", "tags": {"a": "2"}}));
    assert_eq!((tags(&list), tags(&group)), (vec!["\"1\"".into()], vec!["\"1\"".into()]));
    assert_eq!(sky.get(&id).value()["tags"]["a"], "2", "the rule is about lists");
    sky.step(60);
    assert_eq!(tags(&list), ["\"2\""]);
    sky.delete(&id);
    sky.step(12);
    assert_eq!(sky.get(&id).status, 404);
    assert_eq!(tags(&list), ["\"2\""], "still shown");
    sky.step(60);
    assert!(tags(&list).is_empty());
}

#[test]
fn requests_for_a_token_are_refused_lost_and_slow() {
    let sky = under(json!([
        {"on": "login", "nth": 1, "do": {"refuse": {"status": 503, "code": "temporarily_unavailable", "retryAfter": 2}}},
        {"on": "login", "nth": 1, "do": {"drop": "before"}},
        {"on": "login", "nth": 1, "do": {"throttle": {"retryAfter": 3}}},
        {"do": {"refuse": {"status": 500, "code": "X"}}},
    ]));
    let tenant = sky.cloud.names().tenant_id.clone();
    let ask = || {
        let uri = format!("/{tenant}/oauth2/v2.0/token");
        sky.cloud.handle(&crate::localcloud::wire::Request::new(
            "POST",
            "https://localhost",
            &uri,
            Vec::new(),
        ))
    };
    let refused = ask();
    assert_eq!((refused.status, refused.value()["error"].as_str()), (503, Some("temporarily_unavailable")));
    assert!(refused.header("retry-after").is_some());
    assert_eq!(ask().lost, Some(Lost::Cut));
    assert_eq!(ask().status, 429);
    assert_eq!(ask().status, 400, "now it is answered: an empty form is refused");
    assert_eq!(struck(&sky), [1, 1, 1, 0]);
}

#[test]
fn a_poll_is_lost_and_the_operation_goes_on() {
    let refuse = |status: u16, code: &str| json!({"refuse": {"status": status, "code": code}});
    let sky = under(json!([
        {"on": "poll", "method": "PUT", "type": "*/nets", "path": "*/n", "nth": 1, "do": refuse(404, "NotFound")},
        {"on": "poll", "method": "PUT", "nth": 1, "do": {"drop": "after"}},
        {"on": "poll", "method": "DELETE", "nth": 1, "do": refuse(500, "InternalServerError")},
    ]));
    let id = sky.id("nets/n");
    let poll = sky.put(&id, plain()).header("azure-asyncoperation").unwrap().to_owned();
    assert_eq!(sky.follow(&poll).status, 404);
    assert_eq!(sky.follow(&poll).lost, Some(Lost::Cut));
    assert_eq!(sky.follow(&poll).value()["status"], "InProgress");
    sky.step(60);
    assert_eq!(sky.follow(&poll).value()["status"], "Succeeded");
    let poll = sky.delete(&id).header("location").unwrap().to_owned();
    assert_eq!(sky.follow(&poll).status, 500);
    assert_eq!(sky.follow(&poll).status, 202);
}

#[test]
fn thr_03_too_many_requests_say_when_to_come_back() {
    let sky = under(json!([{"nth": 2, "do": {"throttle": {"retryAfter": 9}}}]));
    assert_eq!(sky.get(&sky.group()).status, 200);
    let response = sky.get(&sky.group());
    assert_eq!((response.status, code(&response)), (429, "SubscriptionRequestsThrottled"));
    assert!(response.header("retry-after").is_some());
    assert_eq!(sky.get(&sky.group()).status, 200);
}

#[test]
fn auth_02_a_token_expires_in_the_middle_and_only_a_new_one_helps() {
    let sky = under(json!([{"nth": 1, "do": "expire"}]));
    let token = sky.cloud.engine_token();
    let get = |token: &str| {
        let mut request = crate::localcloud::wire::Request::new(
            "GET",
            "https://localhost",
            &format!("{}?api-version=2024-01-01", sky.group()),
            Vec::new(),
        );
        request.headers.push(("authorization".into(), format!("Bearer {token}")));
        sky.cloud.handle(&request)
    };
    for _ in 0..2 {
        let response = get(&token);
        assert_eq!((response.status, code(&response)), (401, "ExpiredAuthenticationToken"));
    }
    assert_eq!(get(&sky.cloud.engine_token()).status, 200);
    assert_eq!(struck(&sky), [1]);
}

#[test]
fn the_world_is_read_as_a_whole() {
    let sky = Sky::with_group();
    sky.put(&sky.id("nets/n"), plain());
    let request = |path| crate::localcloud::wire::Request::new("GET", "https://localhost", path, Vec::new());
    let answer = sky.cloud.handle(&request("/_cloud/world"));
    let sent: Vec<&str> =
        answer.value()["sent"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!(sent, [sky.group(), sky.id("nets/n")]);
    assert_eq!(answer.value()["world"], sky.cloud.world_json());
}

#[test]
fn rules_are_kept_at_a_path_of_their_own() {
    let sky = Sky::with_group();
    let send = |method: &str, body: Option<serde_json::Value>| {
        sky.cloud.request(method, "/_cloud/chaos", body.as_ref())
    };
    assert_eq!(send("GET", None).body, Some(json!({"rules": []})));
    let rules = json!({"rules": [{"name": "busy", "method": "GET", "nth": 1,
        "do": {"refuse": {"status": 503, "code": "ServerBusy"}}}]});
    assert_eq!(send("POST", Some(rules)).status, 200);
    assert_eq!(sky.get(&sky.group()).status, 503);
    assert_eq!(sky.get(&sky.group()).status, 200);
    let rules = send("GET", None).body.unwrap();
    assert_eq!((&rules["rules"][0]["name"], &rules["rules"][0]["fitting"]), (&json!("busy"), &json!(2)));
    assert_eq!(rules["rules"][0]["struck"], 1);
    let bad = send("POST", Some(json!({"rules": [{"do": "explode"}]})));
    assert_eq!((bad.status, code(&bad)), (400, "InvalidRules"));
    assert!(message(&bad).contains("line 1") && message(&bad).contains("`refuse`"), "{}", message(&bad));
    assert_eq!(send("PATCH", None).status, 405);
    assert_eq!(send("DELETE", None).body, Some(json!({"rules": []})));
    assert_eq!(sky.cloud.chaos(), []);
}
