use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::arm::InstantClock;
use crate::arm::test_support::{Script, Step, answer, client};

const GROUP: &str = "/subscriptions/s/resourceGroups/g";

fn group() -> ArmId {
    ArmId::parse(GROUP).unwrap()
}

fn error(status: u16, code: &str) -> Step {
    answer(status, &[], json!({"error": {"code": code, "message": "m"}})).into()
}

#[tokio::test]
async fn a_read_gives_body_and_etag_or_nothing() {
    let body = json!({"id": GROUP});
    let script = Script::new([
        answer(200, &[("etag", "W/1")], body.clone()).into(),
        answer(200, &[], json!({"etag": "b"})).into(),
        error(404, "ResourceGroupNotFound"),
        error(409, "MissingSubscriptionRegistration"),
        error(404, "SubscriptionNotFound"),
        error(403, "AuthorizationFailed"),
    ]);
    let arm = client(script.clone());
    let get = || async { arm.get(&group(), "1", &[("$expand".into(), "a b".into())]).await };
    assert_eq!(get().await.unwrap(), Some(Live { body, etag: Some("W/1".into()) }));
    assert_eq!(get().await.unwrap().unwrap().etag.as_deref(), Some("b"));
    assert_eq!(get().await.unwrap(), None);
    assert_eq!(get().await.unwrap(), None, "what has no registered provider does not exist");
    assert_eq!(get().await.unwrap_err().code.as_deref(), Some("SubscriptionNotFound"));
    assert_eq!(get().await.unwrap_err().status, Some(403));
    assert_eq!(
        script.urls()[0],
        "GET https://management.azure.com/subscriptions/s/resourceGroups/g?api-version=1&%24expand=a+b"
    );
    let seen = script.seen.lock().unwrap()[0].clone();
    assert!(seen.headers.iter().any(|(k, v)| k == "authorization" && v == "Bearer token"));
    assert!(
        seen.headers
            .iter()
            .any(|(k, v)| k == "x-ms-correlation-request-id" && Some(v.as_str()) == arm.correlation_id())
    );
}

#[tokio::test]
async fn http_05_a_byte_order_mark_is_no_obstacle() {
    let mut bom = answer(200, &[], Value::Null);
    bom.body = "\u{feff}{\r\n  \"id\": 1\r\n}".as_bytes().to_vec();
    let live = client(Script::new([bom.into()])).get(&group(), "1", &[]).await.unwrap().unwrap();
    assert_eq!(live.body, json!({"id": 1}));
    let mut html = answer(200, &[], Value::Null);
    html.body = b"<html>".to_vec();
    let e = client(Script::new([html.into()])).get(&group(), "1", &[]).await.unwrap_err();
    assert_eq!(e.kind, ErrorKind::InvalidAnswer);
}

#[tokio::test]
async fn http_09_lists_follow_next_links_even_over_empty_pages() {
    let next = |n: u8| format!("https://management.azure.com/x?api-version=1&$skiptoken={n}");
    let script = Script::new([
        answer(200, &[], json!({"value": [1], "nextLink": next(1)})).into(),
        answer(200, &[], json!({"value": [], "nextLink": next(2)})).into(),
        answer(200, &[], json!({"value": [2, 3], "nextLink": null})).into(),
    ]);
    assert_eq!(client(script.clone()).list("/x", "1", &[]).await.unwrap(), [json!(1), json!(2), json!(3)]);
    assert_eq!(script.urls()[2], format!("GET {}", next(2)));
    let foreign = answer(200, &[], json!({"value": [], "nextLink": "https://elsewhere/x"})).into();
    let e = client(Script::new([foreign])).list("/x", "1", &[]).await.unwrap_err();
    assert_eq!(e.kind, ErrorKind::InvalidAnswer);
}

#[tokio::test]
async fn reads_are_repeated_writes_only_where_nothing_was_done() {
    let ok = || Step::from(answer(200, &[], json!({})));
    let script = Script::new([error(503, "x"), Step::Lost(true), Step::Lost(false), error(500, "x"), ok()]);
    assert!(client(script.clone()).get(&group(), "1", &[]).await.unwrap().is_some());
    assert_eq!(script.left(), 0);
    let put = |steps: Vec<Step>| async {
        let script = Script::new(steps);
        (client(script.clone()).put(&group(), "1", &json!({}), &Write::default()).await, script)
    };
    let (r, s) = put(vec![error(429, "TooManyRequests"), Step::Lost(false), ok()]).await;
    assert!(r.is_ok() && s.left() == 0, "throttled or never sent: repeated");
    let (r, s) = put(vec![Step::Lost(true), ok()]).await;
    let e = r.unwrap_err();
    assert_eq!((e.kind, s.left()), (ErrorKind::UnknownOutcome, 1), "sent and lost: the caller looks it up");
    assert!(e.outcome_unknown() && !e.class(&Recent::ALL).repeats());
    let (r, s) = put(vec![error(504, "GatewayTimeout"), ok()]).await;
    let e = r.unwrap_err();
    assert_eq!((e.class(&Recent::default()), s.left()), (RetryClass::Transient, 1));
    assert!(e.outcome_unknown());
    let enquire = |steps: Vec<Step>| async {
        let script = Script::new(steps);
        let path = "/subscriptions/s/providers/Microsoft.X/register";
        (client(script.clone()).enquire(path, "1", None, &Write::default()).await, script)
    };
    let (r, s) = enquire(vec![Step::Lost(true), error(503, "x"), error(500, "x"), ok()]).await;
    assert!(r.is_ok() && s.left() == 0, "what does no more when it is done twice: repeated");
    let (r, s) = enquire(vec![error(403, "AuthorizationFailed"), ok()]).await;
    assert!(r.is_err() && s.left() == 1);
    let (r, s) = put(vec![error(409, "AnotherOperationInProgress"), ok()]).await;
    assert_eq!((r.unwrap_err().class(&Recent::default()), s.left()), (RetryClass::BusyParent, 1));
}

#[tokio::test]
async fn thr_03_a_throttled_request_waits_as_long_as_it_is_told() {
    let clock = Arc::new(InstantClock::default());
    let busy = || {
        Step::from(answer(
            429,
            &[("retry-after", "10")],
            json!({"error": {"code": "SubscriptionRequestsThrottled", "message": "m"}}),
        ))
    };
    let script = Script::new([busy(), busy(), answer(200, &[], json!({})).into()]);
    let arm = client(script).with_clock(clock.clone());
    arm.put(&group(), "1", &json!({}), &Write::default()).await.unwrap();
    assert_eq!(clock.now(), Duration::from_secs(20));
}

#[tokio::test]
async fn an_unreachable_host_is_named_within_the_time() {
    let clock = Arc::new(InstantClock::default());
    let lost = std::iter::repeat_n(Step::Lost(false), 100);
    let arm = client(Script::new(lost)).with_clock(clock.clone());
    let e = arm.get(&group(), "1", &[]).await.unwrap_err();
    assert_eq!(e.kind, ErrorKind::Unreachable);
    assert!(e.message.contains("management.azure.com") && e.hint().is_some(), "{e}");
    assert!(clock.now() < Duration::from_secs(15), "{:?}", clock.now());
}

#[tokio::test]
async fn real_hosts_that_are_not_there() {
    // Nothing listens on port 1 of this machine; `.invalid` never resolves.
    for (url, named) in [("https://127.0.0.1:1", "127.0.0.1:1"), ("https://arm.invalid", "arm.invalid")] {
        let http = crate::arm::NetOptions::default().client();
        let tokens = Arc::new(crate::arm::test_support::FixedToken);
        let arm = ArmClient::with_tokens(Cloud::at("x", url), tokens, http);
        let begin = std::time::Instant::now();
        let arm = arm.with_clock(Arc::new(InstantClock::default()));
        let e = arm.get(&group(), "1", &[]).await.unwrap_err();
        assert_eq!(e.kind, ErrorKind::Unreachable, "{e}");
        assert!(e.message.contains(named) && e.advice.is_some(), "{e}");
        assert!(begin.elapsed() < Duration::from_secs(15));
    }
}

#[tokio::test]
async fn cancellation_stops_what_was_not_sent() {
    let cancel = CancellationToken::new();
    cancel.cancel();
    let script = Script::new([answer(200, &[], json!({})).into()]);
    let arm = client(script.clone()).with_cancel(cancel);
    let e = arm.put(&group(), "1", &json!({}), &Write::default()).await.unwrap_err();
    assert_eq!((e.kind, script.left()), (ErrorKind::Cancelled, 1));
}

#[tokio::test]
async fn conditions_queries_and_bodies_are_sent() {
    let script =
        Script::new([answer(204, &[], Value::Null).into(), answer(200, &[], json!({"k": 1})).into()]);
    let arm = client(script.clone());
    let write = Write {
        if_match: Some("W/1".into()),
        query: vec![("forceToPurge".into(), "true".into())],
        ..Write::default()
    };
    assert_eq!(arm.delete(&group(), "1", &write).await.unwrap().status, 204);
    let keys = arm.post("/subscriptions/s/x/listKeys", "1", None, &Write::default()).await.unwrap();
    assert_eq!(keys.body, Some(json!({"k": 1})));
    let seen = script.seen.lock().unwrap();
    assert!(seen[0].url.ends_with("?api-version=1&forceToPurge=true"));
    assert!(seen[0].headers.iter().any(|(k, v)| k == "if-match" && v == "W/1"));
}
