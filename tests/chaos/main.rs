//! The secured workspace made, planned again and destroyed while the local cloud fails by rule: each family of faults alone,
//! and seeded mixes of them (`scripts/chaos` runs many more).

#[path = "../support/dice.rs"]
mod dice;
mod mixes;
#[path = "../support/stack.rs"]
mod stack;
mod trial;

use mixes::Mix;
use ringfence::localcloud::ClockMode;
use serde_json::{Value, json};
use trial::{Quiet, Trial};

/// How many mixes `cargo test` tries.
const MIXES: u64 = 6;

/// What must come of rules that pass by themselves.
async fn survives(name: &str, rules: Value) {
    let quiet = Quiet::of_workspace().await;
    let mix = Mix {
        name: name.to_owned(),
        seed: 1,
        rules,
        fatal: Vec::new(),
        clock: ClockMode::Scaled(2_000.0),
        destroys: true,
    };
    match trial::run(quiet, &mix).await {
        Ok(story) => println!("{story}"),
        Err(why) => panic!("{name}: {why}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_refused_for_now() {
    let refuse = |status: u16, code: &str| json!({"refuse": {"status": status, "code": code, "message": "Another operation is in progress."}});
    let rules = json!([
        {"method": "GET", "each": true, "nth": 1, "do": refuse(502, "BadGateway")},
        {"method": "PUT", "type": "Microsoft.Network/*", "each": true, "nth": 1, "do": refuse(409, "AnotherOperationInProgress")},
        {"method": "PUT", "type": "Microsoft.Storage/*", "each": true, "nth": 1, "do": refuse(409, "StorageAccountOperationInProgress")},
        {"method": "PUT", "type": "Microsoft.KeyVault/*", "each": true, "nth": 1, "do": refuse(409, "Conflict")},
        {"method": ["PUT", "PATCH", "POST"], "each": true, "nth": 1, "do": refuse(503, "ServiceUnavailable")},
        {"method": "DELETE", "each": true, "nth": 1, "do": refuse(500, "InternalServerError")},
    ]);
    survives("refusals", rules).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lro_08_operations_that_fail_for_now() {
    let fail = |code: &str| json!({"fail": {"code": code}});
    let rules = json!([
        {"method": "PUT", "type": "Microsoft.Network/*", "each": true, "nth": 1, "do": fail("RetryableError")},
        {"method": ["PUT", "PATCH"], "each": true, "nth": 1, "do": fail("InternalServerError")},
        {"method": "DELETE", "each": true, "nth": 1, "do": fail("ServerTimeout")},
    ]);
    survives("failed operations", rules).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn http_07_answers_that_are_lost_after_the_work() {
    let rules = json!([{"method": ["PUT", "PATCH", "DELETE", "POST"], "each": true, "nth": 1, "do": {"drop": "after"}}]);
    survives("lost after", rules).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_lost_before_the_work() {
    let rules = json!([{"each": true, "nth": 1, "do": {"drop": "before"}}]);
    survives("lost before", rules).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_slow() {
    survives("slow", json!([{"probability": 0.5, "do": {"slow": {"seconds": 50}}}])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lro_07_reads_that_are_stale() {
    survives("stale", json!([{"each": true, "times": 3, "do": {"stale": {"seconds": 600}}}])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lro_07_reads_that_are_stale_for_minutes() {
    survives("minutes stale", json!([{"probability": 0.8, "do": {"stale": {"seconds": 280}}}])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lro_07_lists_that_are_stale() {
    let lists = ["*/resourceGroups", "*/resources", "*s"];
    survives("stale lists", json!([{"path": lists, "probability": 0.7, "do": {"stale": {"seconds": 600}}}]))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_endpoint_that_stumbles() {
    let rules = json!([
        {"on": "login", "nth": 1, "do": {"refuse": {"status": 503, "code": "temporarily_unavailable"}}},
        {"on": "login", "nth": 1, "do": {"drop": "after"}},
        // After that a token is given, and later taken away: without that nobody would ask again.
        {"on": "login", "nth": 2, "do": {"drop": "before"}},
        {"on": "login", "nth": 2, "do": {"throttle": {"retryAfter": 5}}},
        {"on": "login", "nth": 2, "do": {"refuse": {"status": 500, "code": "server_error"}}},
        {"nth": 40, "do": "expire"},
    ]);
    survives("token endpoint", rules).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn polls_that_are_lost() {
    let refuse = |status: u16, code: &str| json!({"refuse": {"status": status, "code": code}});
    let rules = json!([
        {"on": "poll", "each": true, "nth": 1, "do": refuse(404, "NotFound")},
        {"on": "poll", "each": true, "nth": 2, "do": refuse(500, "InternalServerError")},
        {"on": "poll", "each": true, "nth": 3, "do": {"drop": "after"}},
        {"on": "poll", "each": true, "nth": 4, "do": "expire"},
    ]);
    survives("lost polls", rules).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thr_03_too_many_requests() {
    survives("throttling", json!([{"probability": 0.3, "do": {"throttle": {"retryAfter": 20}}}])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn auth_02_tokens_that_expire() {
    survives("expired tokens", json!([{"probability": 0.01, "do": "expire"}])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_that_are_for_good_are_explained_and_nothing_else_stops() {
    let quiet = Quiet::of_workspace().await;
    for fatal in mixes::FATAL {
        let rule = fatal.rule("always", Value::Null);
        let mix = Mix {
            name: fatal.code.to_owned(),
            seed: 1,
            rules: json!([rule]),
            fatal: vec![fatal],
            clock: ClockMode::Instant,
            destroys: false,
        };
        match trial::run(quiet, &mix).await {
            Ok(story) => {
                assert!(story.stopped, "{}: it must not end complete", fatal.code);
                println!("{story}");
            }
            Err(why) => panic!("{}: {why}", fatal.code),
        }
    }
}

/// Mixes 1 to 6, or those of `RINGFENCE_CHAOS_SEEDS` (`17`, `1-200`), in as many threads as `RINGFENCE_CHAOS_JOBS` says.
#[test]
fn seeded_mixes() {
    let (first, last) = match std::env::var("RINGFENCE_CHAOS_SEEDS") {
        Err(_) => (1, MIXES),
        Ok(text) => {
            let (first, last) = text.split_once('-').unwrap_or((&text, &text));
            (first.parse().unwrap(), last.parse().unwrap())
        }
    };
    let jobs = std::env::var("RINGFENCE_CHAOS_JOBS").map_or(2, |text| text.parse().unwrap());
    let failed = Trial::all(first..=last, jobs);
    assert!(failed.is_empty(), "failed: {failed:?}. One of them again: scripts/chaos -seed={}", failed[0]);
}
