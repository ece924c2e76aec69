use std::sync::Arc;

use ringfence::arm::{ArmClient, Clock};
use ringfence::localcloud::{Proofs, Rules};
use ringfence::secret::Secret;
use serde_json::json;

use crate::desk::{APP_CERTIFICATE, Desk, keys};
use crate::others::{Came, Other, github, trusting};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ends_in_the_middle_of_a_run_is_renewed() {
    let desk =
        Desk::new(Proofs { certificates: vec![APP_CERTIFICATE.to_owned()], ..Proofs::default() }).await;
    let settings = desk.settings(&[
        ("ARM_CLIENT_CERTIFICATE_PATH", &keys("app.p12")),
        ("ARM_CLIENT_CERTIFICATE_PASSWORD", "correct"),
    ]);
    let credential = desk.credential(&settings).unwrap();
    let arm = ArmClient::new(desk.cloud.clone(), credential.clone(), desk.http.clone())
        .with_clock(Arc::new(ringfence::arm::InstantClock::default()));
    arm.list("/subscriptions", "2022-12-01", &[]).await.unwrap();
    let first = credential.token().await.unwrap();
    // Fresh enough: the same one.
    desk.step(3000).await;
    assert_eq!(credential.token().await.unwrap().token.secret(), first.token.secret());
    // Less than five minutes left: another one, before ARM refuses.
    desk.step(400).await;
    let second = credential.token().await.unwrap();
    assert_ne!(second.token.secret(), first.token.secret());
    // The pipeline still has the first: ARM refuses it as expired, and the request is sent again with a good one.
    desk.step(400).await;
    let before = desk.handle.cloud.counts().total;
    arm.list("/subscriptions", "2022-12-01", &[]).await.unwrap();
    assert_eq!(desk.handle.cloud.counts().total - before, 2, "refused once, answered once");
    // Once it is renewed, no further request is refused.
    let before = desk.handle.cloud.counts().total;
    arm.list("/subscriptions", "2022-12-01", &[]).await.unwrap();
    assert_eq!(desk.handle.cloud.counts().total - before, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exchanged_is_asked_anew_for_every_token() {
    let desk = Desk::new(trusting()).await;
    let actions = Other::new(github).await;
    let settings = desk.settings(&[
        ("ARM_USE_OIDC", "true"),
        ("ARM_OIDC_REQUEST_URL", &actions.url("/idtoken")),
        ("ARM_OIDC_REQUEST_TOKEN", "job-token"),
    ]);
    let credential = desk.credential(&settings).unwrap();
    let first = credential.token().await.unwrap();
    credential.token().await.unwrap();
    assert_eq!(actions.times(), 1);
    credential.forget(&Secret::new("another")).await;
    credential.token().await.unwrap();
    assert_eq!(actions.times(), 1, "a token that was not refused is kept");
    credential.forget(&Secret::new(first.token.secret())).await;
    credential.token().await.unwrap();
    assert_eq!(actions.times(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_down_for_a_moment_is_asked_again_and_one_that_says_no_is_not() {
    let desk = Desk::new(trusting()).await;
    let ask = async |other: &Other| {
        let settings = desk.settings(&[
            ("ARM_USE_OIDC", "true"),
            ("ARM_OIDC_REQUEST_URL", &other.url("/idtoken")),
            ("ARM_OIDC_REQUEST_TOKEN", "job-token"),
        ]);
        desk.credential(&settings).unwrap().token().await
    };
    let slow =
        Other::new(|came: &Came, before| if before < 2 { (503, json!({})) } else { github(came, before) })
            .await;
    ask(&slow).await.unwrap();
    assert_eq!(slow.times(), 3);
    let down = Other::new(|_: &Came, _| (500, json!({"message": "down"}))).await;
    assert!(ask(&down).await.unwrap_err().to_string().contains("HTTP 500, down"));
    assert_eq!(down.times(), 6);
    // Nobody there: at the start that is the address, later it is the network.
    let mut gone = Other::new(github).await;
    let settings = desk.settings(&[
        ("ARM_USE_OIDC", "true"),
        ("ARM_OIDC_REQUEST_URL", &gone.url("/idtoken")),
        ("ARM_OIDC_REQUEST_TOKEN", "job-token"),
    ]);
    let credential = desk.credential(&settings).unwrap();
    credential.token().await.unwrap();
    gone.stop().await;
    desk.clock_only(3500).await;
    let before = desk.clock.now();
    assert!(credential.token().await.unwrap_err().to_string().contains("cannot be reached"));
    assert!((180..240).contains(&(desk.clock.now() - before).as_secs()), "asked as long as ARM is");
    let fresh = desk.credential(&settings).unwrap();
    let before = desk.clock.now();
    assert!(fresh.token().await.unwrap_err().to_string().contains("cannot be reached"));
    assert_eq!(desk.clock.now(), before, "asked once");
    // The login service itself.
    let rules = json!({"rules": [
        {"on": "login", "nth": 1, "do": {"refuse": {"status": 503, "code": "temporarily_unavailable"}}},
        {"on": "login", "nth": 1, "do": {"throttle": {"retryAfter": 3}}},
    ]});
    desk.handle.cloud.add_chaos(Rules::parse(&rules.to_string()).unwrap());
    ask(&Other::new(github).await).await.unwrap();
    // Away for a minute in the middle of a run.
    let away = Other::new(|came: &Came, before| match before {
        1..=7 => (503, json!({})),
        _ => github(came, before),
    })
    .await;
    let settings = desk.settings(&[
        ("ARM_USE_OIDC", "true"),
        ("ARM_OIDC_REQUEST_URL", &away.url("/idtoken")),
        ("ARM_OIDC_REQUEST_TOKEN", "job-token"),
    ]);
    let credential = desk.credential(&settings).unwrap();
    let first = credential.token().await.unwrap();
    credential.forget(&Secret::new(first.token.secret())).await;
    let before = desk.clock.now();
    credential.token().await.unwrap();
    assert!((desk.clock.now() - before).as_secs() > 60);
    let no = Other::new(|_: &Came, _| (403, json!({"message": "no"}))).await;
    assert!(ask(&no).await.unwrap_err().to_string().contains("HTTP 403, no"));
    assert_eq!(no.times(), 1);
}
