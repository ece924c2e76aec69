use super::*;
use reqwest::{Certificate, Client, Method};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn client(handle: &Handle) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let roots = [Certificate::from_pem(handle.ca_pem.as_bytes()).unwrap()];
    Client::builder()
        .tls_certs_only(roots)
        .no_proxy()
        .resolve("management.azure.com", handle.address)
        .build()
        .unwrap()
}

async fn token(client: &Client, handle: &Handle) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &handle.client_id),
        ("client_secret", &handle.client_secret),
        ("scope", &format!("{}/.default", handle.endpoint)),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let url = format!("{}/{}/oauth2/v2.0/token", handle.authority, handle.tenant_id);
    let text = client.post(url).body(body).send().await.unwrap().text().await.unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

async fn send(
    client: &Client,
    token: &str,
    method: Method,
    url: String,
    body: Option<Value>,
) -> (u16, String, Value) {
    let mut request = client.request(method, url).bearer_auth(token);
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let response = request.send().await.unwrap();
    let version = format!("{:?}", response.version());
    let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
    (status, version, serde_json::from_str(&text).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_works_over_tls_with_the_authority_alone() {
    let options = Options { clock: ClockMode::Instant, ..Options::default() };
    let handle = LocalCloud::start(&options).await.unwrap();
    let client = client(&handle);
    let token = token(&client, &handle).await;
    let group = format!("/subscriptions/{}/resourceGroups/g?api-version=2023-07-01", handle.subscription_id);
    let body = Some(json!({"location": "westeurope"}));
    let (status, version, answer) =
        send(&client, &token, Method::PUT, format!("{}{group}", handle.endpoint), body).await;
    assert_eq!((status, version.as_str(), answer["name"].as_str()), (201, "HTTP/2.0", Some("g")));
    // A client that has pinned ARM's own name to this address is answered as well, with URLs of that name.
    let port = handle.address.port();
    let pinned = format!("https://management.azure.com:{port}{group}");
    let (status, _, _) = send(&client, &token, Method::DELETE, pinned, None).await;
    assert_eq!(status, 202);
    assert_eq!(handle.cloud.counts().total, 2);
    // An old client speaks HTTP/1.1.
    let roots = [Certificate::from_pem(handle.ca_pem.as_bytes()).unwrap()];
    let old = Client::builder().tls_certs_only(roots).no_proxy().http1_only().build().unwrap();
    let url = format!("{}/subscriptions?api-version=2022-12-01", handle.endpoint);
    let (status, version, _) = send(&old, &token, Method::GET, url, None).await;
    assert_eq!((status, version.as_str()), (200, "HTTP/1.1"));
    let (status, _, answer) =
        send(&client, "nonsense", Method::GET, format!("{}{group}", handle.endpoint), None).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (401, Some("InvalidAuthenticationToken")));
    handle.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn latency_is_added_to_every_answer_and_answers_overlap() {
    let latency = Duration::from_millis(80);
    let options = Options { clock: ClockMode::Instant, latency, ..Options::default() };
    let handle = LocalCloud::start(&options).await.unwrap();
    let client = client(&handle);
    let token = token(&client, &handle).await;
    let url = format!("{}/subscriptions?api-version=2022-12-01", handle.endpoint);
    let began = Instant::now();
    let all =
        futures::future::join_all((0..50).map(|_| send(&client, &token, Method::GET, url.clone(), None)))
            .await;
    let took = began.elapsed();
    assert!(all.iter().all(|(status, ..)| *status == 200));
    assert!(took >= latency, "{took:?}");
    assert!(took < latency * 50, "fifty requests at once took as long as one after another: {took:?}");
}

/// They are kept with the world.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_on_a_known_world_makes_no_keys() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { world: WorldFile::File(folder.path().join("world.redb")), ..Options::default() };
    let mut known = Vec::new();
    for _ in 0..2 {
        let handle = LocalCloud::start(&options).await.unwrap();
        known.push((handle.ca_pem.clone(), handle.client_secret.clone()));
        handle.shutdown().await.unwrap();
    }
    assert_eq!(known[0], known[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_taken_is_an_error_that_names_it() {
    let handle = LocalCloud::start(&Options::default()).await.unwrap();
    let second = LocalCloud::start(&Options { listen: handle.address, ..Options::default() }).await;
    let error = second.err().unwrap().to_string();
    assert!(error.contains(&handle.address.to_string()), "{error}");
}
