//! Each `LRO-xx` of the behaviour list by hand-made answers, then all recorded flows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, HttpClient, Request};
use serde_json::json;

use super::*;
use crate::arm::test_support::{FixedToken, Script, Step, answer, client, facts};
use crate::arm::{Accepted, Clock, Cloud, InstantClock, Recent, RetryClass};

const VNET: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v";
const URL: &str = "https://management.azure.com/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v?api-version=1";
const OP: &str = "https://management.azure.com/subscriptions/s/providers/X/operations/1?api-version=1&t=63%3A&c=MI%2BJ&s=a-_b&h=x";
const LOC: &str = "https://management.azure.com/subscriptions/s/providers/X/operationResults/1?api-version=1";

fn vnet() -> ArmId {
    ArmId::parse(VNET).unwrap()
}

fn resource(state: &str) -> Value {
    json!({"id": VNET, "properties": {"provisioningState": state}})
}

fn status(state: &str) -> Step {
    answer(200, &[], json!({"status": state})).into()
}

fn done() -> Step {
    answer(200, &[], resource("Succeeded")).into()
}

async fn run(method: &str, steps: Vec<Step>) -> (Result<Outcome, ArmError>, Arc<Script>, Duration) {
    let script = Script::new(steps);
    let clock = Arc::new(InstantClock::default());
    let arm = ArmClient::with_tokens(Cloud::default(), Arc::new(FixedToken), script.clone())
        .with_clock(clock.clone());
    let write = Write::default();
    let body = json!({});
    let accepted = match method {
        "PUT" => arm.put(&vnet(), "1", &body, &write).await,
        "PATCH" => arm.patch(&vnet(), "1", &body, &write).await,
        "DELETE" => arm.delete(&vnet(), "1", &write).await,
        _ => arm.post(&format!("{VNET}/act"), "1", None, &write).await,
    };
    let result = match accepted {
        Err(e) => Err(e),
        Ok(Accepted { operation: None, body, etag, .. }) => Ok(Outcome { body, etag, polls: 0 }),
        Ok(Accepted { operation: Some(op), .. }) => {
            // What another process would do: through JSON.
            let op: Operation = serde_json::from_str(&serde_json::to_string(&op).unwrap()).unwrap();
            arm.wait(&op, &mut |_| ()).await
        }
    };
    (result, script, clock.now())
}

#[tokio::test]
async fn lro_01_order_of_signals() {
    let both = [("azure-asyncoperation", OP), ("location", LOC)];
    let (r, s, _) =
        run("PUT", vec![answer(201, &both, resource("Updating")).into(), status("Succeeded"), done()]).await;
    assert_eq!(r.unwrap().body, Some(resource("Succeeded")));
    assert_eq!(s.urls()[1..], [format!("GET {OP}"), format!("GET {URL}")]);
    // 201 without headers and without a state is done; with a state it is not.
    let (r, s, _) = run("PUT", vec![answer(201, &[], json!({"id": VNET, "properties": {}})).into()]).await;
    assert_eq!((r.unwrap().polls, s.urls().len()), (0, 1));
    let (r, s, _) = run("PUT", vec![answer(201, &[], resource("Creating")).into(), done()]).await;
    assert_eq!((r.unwrap().polls, s.urls()[1].clone()), (1, format!("GET {URL}")));
}

#[tokio::test]
async fn lro_07_a_poll_that_finds_nothing_after_a_delete_is_believed_when_the_resource_is_gone() {
    let none = || Step::from(answer(404, &[], json!({"error": {"code": "NotFound", "message": "m"}})));
    let begun = || Step::from(answer(202, &[("location", LOC)], Value::Null));
    let (r, s, _) = run("DELETE", vec![begun(), none(), none()]).await;
    assert!(r.is_ok());
    assert_eq!(s.urls()[1..], [format!("GET {LOC}"), format!("GET {URL}")]);
    let deleting = || Step::from(answer(200, &[], resource("Deleting")));
    let (r, s, _) = run("DELETE", vec![begun(), none(), deleting(), deleting(), none()]).await;
    assert!(r.is_ok());
    assert_eq!(s.left(), 0, "it is still being deleted");
    let steps = [begun(), none()].into_iter().chain((0..500).map(|_| done())).collect();
    let (r, _, took) = run("DELETE", steps).await;
    let error = r.unwrap_err();
    assert_eq!(error.kind, ErrorKind::OperationFailed);
    assert!(error.to_string().contains("it is still there"), "{error}");
    assert!((ABSENT..ABSENT * 2).contains(&took), "{took:?}");
}

#[tokio::test]
async fn lro_02_a_location_that_goes_on_answering_500_tells_that_the_request_broke() {
    let broken =
        || answer(500, &[], json!({"error": {"code": "ServerTimeout", "message": "It took too long."}}));
    let begun = Step::from(answer(202, &[("location", LOC)], Value::Null));
    let steps = [begun].into_iter().chain((0..200).map(|_| broken().into())).collect();
    let (r, _, took) = run("DELETE", steps).await;
    let error = r.unwrap_err();
    assert_eq!(
        (error.kind, error.class(&Recent::default())),
        (ErrorKind::OperationFailed, RetryClass::Transient)
    );
    assert!(took < TROUBLE / 2, "{took:?}");
    let begun = Step::from(answer(202, &[("location", LOC)], Value::Null));
    let steps = vec![begun, broken().into(), broken().into(), answer(200, &[], Value::Null).into()];
    assert!(run("DELETE", steps).await.0.is_ok(), "one that stumbles is asked again");
}

#[tokio::test]
async fn lro_02_urls_are_used_as_they_were_given() {
    let (_, s, _) = run(
        "PUT",
        vec![answer(202, &[("azure-asyncoperation", OP)], Value::Null).into(), status("Succeeded"), done()],
    )
    .await;
    assert_eq!(s.urls()[1], format!("GET {OP}"), "signatures are untouched");
    // A refusal at the status URL is a failure to read it; at the Location it is the operation's.
    let denied =
        || Step::from(answer(403, &[], json!({"error": {"code": "AuthorizationFailed", "message": "no"}})));
    let (r, ..) =
        run("PUT", vec![answer(202, &[("azure-asyncoperation", OP)], Value::Null).into(), denied()]).await;
    assert_eq!(r.unwrap_err().kind, ErrorKind::Refused);
    let (r, ..) = run("PUT", vec![answer(202, &[("location", LOC)], Value::Null).into(), denied()]).await;
    assert_eq!(r.unwrap_err().kind, ErrorKind::OperationFailed);
    // The token is shown to nobody else.
    let foreign = [("azure-asyncoperation", "https://evil.example/op")];
    let (r, s, _) = run("PUT", vec![answer(202, &foreign, Value::Null).into()]).await;
    assert_eq!((r.unwrap_err().kind, s.urls().len()), (ErrorKind::InvalidAnswer, 1));
}

#[tokio::test]
async fn lro_03_states_end_in_any_case_and_unknown_ones_run() {
    let mut steps = vec![answer(201, &[("azure-asyncoperation", OP)], resource("Updating")).into()];
    steps.extend(
        ["Accepted", "Dequeued", "Enqueued", "resolving dns", "BrandNewState", "sUCCEEDED"].map(status),
    );
    steps.push(done());
    let (r, s, _) = run("PUT", steps).await;
    assert_eq!((r.unwrap().polls, s.left()), (6, 0));
    for bad in ["failed", "Canceled", "CANCELLED"] {
        let begin = answer(201, &[("azure-asyncoperation", OP)], resource("Updating")).into();
        let (r, ..) = run("PUT", vec![begin, status(bad)]).await;
        assert_eq!(r.unwrap_err().kind, ErrorKind::OperationFailed, "{bad}");
    }
}

#[tokio::test]
async fn lro_04_private_dns_empty_202_and_202_at_the_status_url() {
    let both = [("azure-asyncoperation", OP), ("location", LOC)];
    let running = answer(202, &both, json!({"status": "InProgress"})).into();
    let (r, s, _) =
        run("PUT", vec![answer(202, &both, Value::Null).into(), running, status("Succeeded"), done()]).await;
    assert_eq!((r.unwrap().body, s.left()), (Some(resource("Succeeded")), 0));
}

#[tokio::test]
async fn lro_04_storage_answers_the_account_at_the_location() {
    let loc = [("location", LOC), ("retry-after", "17")];
    let wait = || Step::from(answer(202, &[("location", LOC), ("retry-after", "3")], Value::Null));
    let (r, s, time) = run("PUT", vec![answer(202, &loc, Value::Null).into(), wait(), wait(), done()]).await;
    assert_eq!((r.unwrap().body, s.left()), (Some(resource("Succeeded")), 0));
    assert_eq!(time, Duration::from_secs(17 + 3 + 3));
}

#[tokio::test]
async fn lro_04_key_vault_has_no_header_at_all() {
    let dns = || Step::from(answer(200, &[], resource("RegisteringDns")));
    let (r, s, _) = run("PUT", vec![dns(), dns(), done()]).await;
    assert_eq!((r.unwrap().polls, s.left()), (2, 0));
}

#[tokio::test]
async fn lro_04_a_relative_location_is_no_operation() {
    let body = json!({"id": VNET, "properties": {"principalId": "p"}});
    let (r, s, _) = run("PUT", vec![answer(201, &[("location", VNET)], body.clone()).into()]).await;
    assert_eq!((r.unwrap().body, s.urls().len()), (Some(body), 1));
}

#[tokio::test]
async fn lro_04_an_update_may_run_on_without_any_header() {
    let (r, s, _) = run("PATCH", vec![answer(200, &[], resource("Updating")).into(), done()]).await;
    assert_eq!((r.unwrap().polls, s.left()), (1, 0));
}

#[tokio::test]
async fn lro_04_cosmos_answers_200_and_both_headers() {
    let both = [("azure-asyncoperation", OP), ("location", LOC)];
    let steps = vec![
        answer(200, &both, resource("Creating")).into(),
        status("Dequeued"),
        status("Succeeded"),
        done(),
    ];
    let (r, s, _) = run("PUT", steps).await;
    assert_eq!((r.unwrap().polls, s.left()), (2, 0));
}

#[tokio::test]
async fn lro_04_deletes_of_every_shape() {
    let both = [("azure-asyncoperation", OP), ("location", LOC)];
    let gone =
        || Step::from(answer(404, &[], json!({"error": {"code": "ResourceNotFound", "message": "m"}})));
    let empty = |s| Step::from(answer(s, &[], Value::Null));
    for (what, steps, polls) in [
        (
            "network",
            vec![answer(202, &both, Value::Null).into(), status("InProgress"), status("Succeeded")],
            2,
        ),
        ("compute: no Location", vec![answer(202, &both[..1], Value::Null).into(), status("Succeeded")], 1),
        (
            "registry: body and Location",
            vec![answer(202, &both[1..], resource("Deleting")).into(), empty(200)],
            1,
        ),
        (
            "group",
            vec![
                answer(202, &both[1..], Value::Null).into(),
                answer(202, &both[1..], Value::Null).into(),
                empty(200),
            ],
            2,
        ),
        ("deployment", vec![answer(202, &both[1..], Value::Null).into(), empty(204)], 1),
        ("container group: the deleted body", vec![answer(200, &[], resource("Succeeded")).into()], 0),
        ("absent", vec![empty(204)], 0),
        ("absent group", vec![gone()], 0),
        ("202 without a header", vec![empty(202), answer(200, &[], resource("Deleting")).into(), gone()], 2),
        ("status gone with the resource", vec![answer(202, &both, Value::Null).into(), gone(), gone()], 2),
    ] {
        let (r, s, _) = run("DELETE", steps).await;
        let outcome = r.unwrap();
        assert_eq!((outcome.polls, s.left()), (polls, 0), "{what}");
    }
}

#[tokio::test]
async fn lro_04_empty_202_without_a_header_is_followed_at_the_resource() {
    let absent = answer(404, &[], json!({"error": {"code": "ResourceNotFound", "message": "m"}})).into();
    let steps = vec![
        answer(202, &[], Value::Null).into(),
        absent,
        answer(200, &[], resource("Creating")).into(),
        done(),
    ];
    let (r, s, _) = run("PUT", steps).await;
    assert_eq!((r.unwrap().polls, s.left()), (3, 0));
}

#[tokio::test]
async fn lro_05_the_result_of_an_action_is_at_the_location() {
    let both = [("azure-asyncoperation", OP), ("location", LOC)];
    let result = json!({"value": 1});
    let steps = vec![
        answer(202, &both, Value::Null).into(),
        status("Succeeded"),
        answer(200, &[], result.clone()).into(),
    ];
    let (r, s, _) = run("POST", steps).await;
    assert_eq!((r.unwrap().body, s.urls()[2].clone()), (Some(result), format!("GET {LOC}")));
    // A Location that ends without the resource: it is read where it was written.
    let steps = vec![
        answer(202, &both[1..], Value::Null).into(),
        answer(200, &[], json!({"status": "Succeeded"})).into(),
        done(),
    ];
    let (r, ..) = run("PUT", steps).await;
    assert_eq!(r.unwrap().body, Some(resource("Succeeded")));
}

#[tokio::test]
async fn lro_06_retry_after_in_seconds_milliseconds_and_as_a_date() {
    let begin = answer(202, &[("azure-asyncoperation", OP), ("retry-after-ms", "250")], Value::Null).into();
    let poll = answer(200, &[("retry-after", "10")], json!({"status": "InProgress"})).into();
    let (r, _, time) = run("PUT", vec![begin, poll, status("Succeeded"), done()]).await;
    r.unwrap();
    assert_eq!(time, Duration::from_millis(10_250));
    let soon = (time::OffsetDateTime::now_utc() + time::Duration::seconds(40))
        .format(&time::format_description::well_known::Rfc2822)
        .unwrap()
        .replace("+0000", "GMT");
    let begin = answer(202, &[("azure-asyncoperation", OP), ("retry-after", &soon)], Value::Null).into();
    let (_, _, time) = run("PUT", vec![begin, status("Succeeded"), done()]).await;
    assert!((38..=41).contains(&time.as_secs()), "{time:?}");
}

#[tokio::test]
async fn lro_07_what_does_not_end_a_wait() {
    let absent = || Step::from(answer(404, &[], json!({"error": {"code": "NotFound", "message": "m"}})));
    let begin = || Step::from(answer(202, &[("azure-asyncoperation", OP)], Value::Null));
    let busy = |s| Step::from(answer(s, &[], Value::Null));
    let steps = vec![
        begin(),
        absent(),
        busy(503),
        busy(500),
        busy(429),
        Step::Lost(true),
        busy(408),
        status("InProgress"),
        status("Succeeded"),
        absent(),
        done(),
    ];
    let (r, s, _) = run("PUT", steps).await;
    assert_eq!((r.unwrap().body, s.left()), (Some(resource("Succeeded")), 0));
    // A status that is forgotten for good: the resource tells.
    let mut steps = vec![begin()];
    let script = Script::new(steps.drain(..));
    let arm = client(Arc::new(Forgotten(script)));
    let accepted = arm.put(&vnet(), "1", &json!({}), &Write::default()).await.unwrap();
    let operation = accepted.operation.unwrap();
    let mut took = Duration::ZERO;
    let outcome = arm.wait(&operation, &mut |p| took = p.elapsed).await.unwrap();
    assert_eq!(outcome.body, Some(resource("Succeeded")));
    assert!(took >= ABSENT, "{took:?}");
    // Of an earlier process: it had its time.
    let outcome = arm.take_up(&operation, &mut |p| took = p.elapsed).await.unwrap();
    assert_eq!((outcome.body, outcome.polls), (Some(resource("Succeeded")), 2));
    assert!(took < ABSENT, "{took:?}");
}

/// Begins as scripted; then the operation is unknown and the resource is there.
#[derive(Debug)]
struct Forgotten(Arc<Script>);

#[async_trait]
impl HttpClient for Forgotten {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        if self.0.left() > 0 {
            return self.0.execute_request(request).await;
        }
        let (status, body) = match request.url().as_str().contains("/operations/") {
            true => (404, json!({"error": {"code": "NotFound", "message": "operation"}})),
            false => (200, resource("Succeeded")),
        };
        Ok(AsyncRawResponse::from_bytes(status.into(), Headers::new(), body.to_string()))
    }
}

#[tokio::test]
async fn lro_08_a_resource_that_ends_failed_is_a_failure_wherever_it_shows() {
    let failed = || Step::from(answer(200, &[], resource("Failed")));
    let begin = answer(201, &[("azure-asyncoperation", OP)], resource("Creating"));
    for steps in [
        vec![failed()],
        vec![answer(201, &[], resource("Creating")).into(), failed()],
        vec![answer(202, &[("location", LOC)], Value::Null).into(), failed()],
        vec![begin.into(), status("Succeeded"), failed()],
    ] {
        let (r, s, _) = run("PUT", steps).await;
        let e = r.unwrap_err();
        assert_eq!((e.kind, s.left()), (ErrorKind::OperationFailed, 0));
        assert!(e.to_string().starts_with(&format!("PUT {VNET}: the operation failed")), "{e}");
        assert!(e.message.contains("Failed"), "{e}");
    }
}

#[tokio::test]
async fn lro_09_superseded_and_retryable_failures_are_to_be_repeated_whole() {
    let superseded = json!({"status": "Canceled", "error": {"code": "CanceledAndSupersededDueToAnotherOperation",
        "message": "Operation was canceled."}});
    let retryable = json!({"status": "Failed", "error": {"code": "RetryableError", "message": "A retryable error occurred.",
        "details": [{"code": "StorageAccountOperationInProgress", "message": "exclusive access"}]}});
    for body in [superseded, retryable] {
        let begin = answer(201, &[("azure-asyncoperation", OP)], resource("Updating")).into();
        let (r, ..) = run("PUT", vec![begin, answer(200, &[], body).into()]).await;
        let e = r.unwrap_err();
        assert_eq!(
            (e.kind, e.class(&Recent::default())),
            (ErrorKind::OperationFailed, RetryClass::BusyParent)
        );
    }
}

#[tokio::test]
async fn dep_02_a_200_with_an_error_inside_is_a_failure() {
    let body = json!({"error": {"code": "InvalidTemplate", "message": "m"}});
    let (r, ..) = run("POST", vec![answer(200, &[], body).into()]).await;
    assert_eq!(r.unwrap_err().code.as_deref(), Some("InvalidTemplate"));
}

/// An operation that ends at a time of the clock.
#[derive(Debug)]
struct Timed {
    clock: Arc<InstantClock>,
    end: Duration,
    polls: Mutex<u32>,
}

#[async_trait]
impl HttpClient for Timed {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        *self.polls.lock().unwrap() += 1;
        let mut headers = Headers::new();
        let (status, body) = if request.method() == azure_core::http::Method::Put {
            headers.insert("azure-asyncoperation", OP);
            (201, resource("Creating"))
        } else if !request.url().as_str().contains("/operations/") {
            (200, resource("Succeeded"))
        } else if self.clock.now() >= self.end {
            (200, json!({"status": "Succeeded"}))
        } else {
            (200, json!({"status": "InProgress"}))
        };
        Ok(AsyncRawResponse::from_bytes(status.into(), headers, body.to_string()))
    }
}

#[tokio::test]
async fn lro_06_without_retry_after_an_end_is_noticed_within_five_percent() {
    for (seconds, expected) in [(0.3, 3), (0.5, 5), (6.0, 60), (18.0, 180), (300.0, 180), (2_000.0, 0)] {
        let clock = Arc::new(InstantClock::default());
        let end = Duration::from_secs_f64(seconds);
        let http = Arc::new(Timed { clock: clock.clone(), end, polls: Mutex::default() });
        let arm =
            ArmClient::with_tokens(Cloud::at("x", "https://localhost"), Arc::new(FixedToken), http.clone());
        let arm = arm.with_clock(clock.clone());
        let operation = Operation {
            method: "PUT".into(),
            url: "https://localhost/x".into(),
            id: None,
            monitor: Monitor::AsyncOperation("https://localhost/operations/1".into()),
            location: None,
            final_state: None,
            retry_after_ms: None,
            expected_ms: Some(expected * 1000),
        };
        arm.wait(&operation, &mut |_| ()).await.unwrap();
        let late = clock.now().saturating_sub(end).as_secs_f64();
        let polls = *http.polls.lock().unwrap();
        assert!(late <= (seconds * 0.05).max(0.1), "{seconds}: {late} late after {polls} polls");
        assert!(polls < 300, "{polls} polls");
    }
}

#[tokio::test]
async fn lro_08_a_repair_may_still_show_the_old_failure_while_it_runs() {
    let begin = answer(200, &[("azure-asyncoperation", OP)], resource("Failed")).into();
    let (r, ..) = run("PUT", vec![begin, status("Succeeded"), done()]).await;
    assert_eq!(r.unwrap().body, Some(resource("Succeeded")));
}

#[tokio::test]
async fn an_operation_of_a_local_cloud_is_found_at_its_new_port() {
    let script = Script::new([status("Succeeded"), done()]);
    let arm = ArmClient::with_tokens(
        Cloud::at("local", "https://127.0.0.1:2"),
        Arc::new(FixedToken),
        script.clone(),
    );
    let operation = Operation {
        method: "PUT".into(),
        url: "https://localhost:1/x?api-version=1".into(),
        id: None,
        monitor: Monitor::AsyncOperation("https://localhost:1/op?s=%2F".into()),
        location: None,
        final_state: None,
        retry_after_ms: Some(1),
        expected_ms: None,
    };
    arm.with_clock(Arc::new(InstantClock::default())).wait(&operation, &mut |_| ()).await.unwrap();
    assert_eq!(
        script.urls(),
        ["GET https://127.0.0.1:2/op?s=%2F", "GET https://127.0.0.1:2/x?api-version=1"]
    );
}

#[tokio::test]
async fn a_cancelled_wait_ends_and_the_operation_can_be_waited_for_again() {
    let script = Script::new([status("Succeeded"), done()]);
    let arm = client(script);
    let operation = Operation::begun(
        "PUT",
        URL,
        Some(&vnet()),
        &Reply::new(
            202,
            {
                let mut h = Headers::new();
                h.insert("azure-asyncoperation", OP);
                h
            },
            b"",
        ),
        &Write::default(),
    )
    .unwrap();
    let cancel = tokio_util::sync::CancellationToken::new();
    cancel.cancel();
    let e = arm.with_cancel(cancel).wait(&operation, &mut |_| ()).await.unwrap_err();
    assert_eq!(e.kind, ErrorKind::Cancelled);
    assert!(arm.wait(&operation, &mut |_| ()).await.is_ok());
}

/// Plays one recorded flow: the first request gets the recorded answer, polls theirs by URL and in order.
#[derive(Debug)]
struct Replay {
    first: Mutex<Option<Value>>,
    polls: Mutex<HashMap<String, Vec<Value>>>,
    /// The resource's URL, if the recording ended with the operation but without the resource.
    original: Option<String>,
}

/// A URL to compare by: case and the order of its query do not count.
fn key(url: &str) -> String {
    let url = Url::parse(url).unwrap();
    let mut query: Vec<_> = url.query_pairs().map(|(k, v)| format!("{k}={v}").to_lowercase()).collect();
    query.sort();
    format!("{}?{}", url.path().to_lowercase(), query.join("&"))
}

fn bytes(body: &Value) -> Vec<u8> {
    match body {
        Value::Null => Vec::new(),
        Value::String(text) => text.clone().into_bytes(),
        other => other.to_string().into_bytes(),
    }
}

#[async_trait]
impl HttpClient for Replay {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let key = key(request.url().as_str());
        let record = self.first.lock().unwrap().take().or_else(|| {
            let mut polls = self.polls.lock().unwrap();
            let list = polls.get_mut(&key)?;
            (!list.is_empty()).then(|| list.remove(0))
        });
        let record = match record {
            Some(record) => record,
            // Not recorded: the client that was recorded did not read the result. It is there all the same.
            None if self.polls.lock().unwrap().values().all(Vec::is_empty)
                && Some(&key) == self.original.as_ref() =>
            {
                json!({"status": 200, "headers": {}, "body": {"id": "x", "properties": {}}})
            }
            None if key.contains("operationresult") || key.contains("monitor=true") => {
                json!({"status": 204, "headers": {}, "body": null})
            }
            None => {
                let text = format!("the recording ends before {key}");
                return Err(azure_core::Error::with_message(azure_core::error::ErrorKind::Other, text));
            }
        };
        let mut headers = Headers::new();
        for (k, v) in record["headers"].as_object().unwrap() {
            headers.insert(k.to_lowercase(), v.as_str().unwrap_or_default().to_owned());
        }
        let status = record["status"].as_u64().unwrap() as u16;
        Ok(AsyncRawResponse::from_bytes(status.into(), headers, bytes(&record["body"])))
    }
}

/// What a recorded flow should come to.
#[derive(Debug, PartialEq)]
enum Recorded {
    Good,
    Bad,
    Running,
}

#[tokio::test]
async fn recorded_flows_end_in_the_recorded_state() {
    let Some(facts) = facts() else { return };
    let (mut right, mut waited, mut broken, mut wrong) = (0, 0, 0, Vec::new());
    for file in ["flows.jsonl", "aml_flows.jsonl"] {
        for line in std::fs::read_to_string(facts.join("recordings").join(file)).unwrap().lines() {
            let flow: Value = serde_json::from_str(line).unwrap();
            let method = flow["method"].as_str().unwrap();
            if !matches!(method, "PUT" | "PATCH" | "POST" | "DELETE") {
                continue;
            }
            let uri = flow["uri"].as_str().unwrap();
            let polls = flow["polls"].as_array().cloned().unwrap_or_default();
            let unreadable = |v: &Value| {
                v["body"].as_str().is_some_and(|t| t.contains('\u{1f}') || t.contains('\u{fffd}'))
            };
            if unreadable(&flow) || polls.iter().any(unreadable) {
                broken += 1; // the recorder kept compressed bytes as text
                continue;
            }
            let last = polls.last().unwrap_or(&flow);
            let body = Some(&last["body"]);
            let state = status_of(body).filter(|s| *s != "(resource)").or(provisioning_state(body));
            let code = flow["status"].as_u64().unwrap();
            let expected = match state.map(end_of) {
                _ if code >= 400 && !(code == 404 && method == "DELETE") => Recorded::Bad,
                Some(End::Bad) => Recorded::Bad,
                Some(End::Not) if method != "DELETE" && method != "POST" => Recorded::Running,
                None if polls.is_empty() && code == 202 && method != "POST" => Recorded::Running,
                _ if polls.is_empty() && code == 202 && flow["headers"].get("location").is_some() => {
                    Recorded::Running
                }
                _ => Recorded::Good,
            };
            let mut by_url: HashMap<String, Vec<Value>> = HashMap::new();
            for poll in &polls {
                by_url.entry(key(poll["uri"].as_str().unwrap())).or_default().push(poll.clone());
            }
            let result_body = polls
                .iter()
                .rev()
                .find(|p| key(p["uri"].as_str().unwrap()) == key(uri))
                .map(|p| p["body"].clone());
            let arm = client(Arc::new(Replay {
                first: Mutex::new(Some(flow.clone())),
                polls: Mutex::new(by_url),
                original: (expected != Recorded::Running).then(|| key(uri)),
            }));
            let url = Url::parse(uri).unwrap();
            let mut write = Write::default();
            let mut version = String::new();
            for (k, v) in url.query_pairs() {
                match k == "api-version" {
                    true => version = v.into_owned(),
                    false => write.query.push((k.into_owned(), v.into_owned())),
                }
            }
            let request = &flow["request_body"];
            let id = ArmId::parse(url.path());
            let accepted = match (method, &id) {
                ("POST", _) | (_, Err(_)) => arm.post(url.path(), &version, Some(request), &write).await,
                ("PUT", Ok(id)) => arm.put(id, &version, request, &write).await,
                ("PATCH", Ok(id)) => arm.patch(id, &version, request, &write).await,
                (_, Ok(id)) => arm.delete(id, &version, &write).await,
            };
            let end = match accepted {
                Err(e) => Err(e),
                Ok(a) => match a.operation {
                    None => Ok(None),
                    Some(op) => {
                        waited += 1;
                        arm.wait(&op, &mut |_| ()).await.map(|o| o.body)
                    }
                },
            };
            let got = match &end {
                Ok(_) => Recorded::Good,
                Err(e) if e.message.contains("the recording ends") => Recorded::Running,
                Err(_) => Recorded::Bad,
            };
            let same_body = match (&end, &result_body) {
                (Ok(Some(body)), Some(recorded)) if method == "PUT" => body == recorded,
                _ => true,
            };
            match got == expected && same_body {
                true => right += 1,
                false => wrong.push(format!(
                    "{method} {} {code}: recorded {expected:?}, got {got:?} {end:?}",
                    flow["type"]
                )),
            }
        }
    }
    println!(
        "{right} of {} recorded writes end in the recorded state ({waited} waited for; {broken} recordings are unreadable)",
        right + wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(right > 300 && waited > 150, "{right} {waited}");
}
