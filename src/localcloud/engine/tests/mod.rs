//! The engine's behaviour, by the ids of the facts. Requests are handed in without sockets; the types are rows of the tests'
//! own (in a namespace that nobody else uses), so that a change of a provider's table changes nothing here.

mod auth;
mod chaos;
mod deletes;
mod deployments;
mod lists;
mod locks;
mod names;
mod operations;
mod resources;
mod roles;
mod rows;
mod scopes;
mod worlds;

pub(in crate::localcloud) use rows::TABLES;

use crate::localcloud::cloud::{LocalCloud, Options};
use crate::localcloud::wire::{Request, Response};
use crate::localcloud::{ClockMode, Registered};
use serde_json::{Value, json};
use std::time::Duration;

/// A cloud whose clock stands until it is stepped, with every namespace registered.
struct Sky {
    cloud: LocalCloud,
    subscription: String,
}

impl Sky {
    fn new() -> Sky {
        Sky::with(Options::default())
    }

    fn with(options: Options) -> Sky {
        let registered = match options.registered {
            Registered::Usual => Registered::All,
            other => other,
        };
        let cloud = LocalCloud::open(&Options { clock: ClockMode::Stepped, registered, ..options }).unwrap();
        let subscription = format!("/subscriptions/{}", cloud.names().subscription_id);
        Sky { cloud, subscription }
    }

    /// With the resource group `g`.
    fn with_group() -> Sky {
        let sky = Sky::new();
        assert_eq!(sky.put(&sky.group(), json!({"location": "West Europe"})).status, 201);
        sky
    }

    fn group(&self) -> String {
        format!("{}/resourceGroups/g", self.subscription)
    }

    /// Id of a resource of the tests' namespace in the group `g`.
    fn id(&self, tail: &str) -> String {
        format!("{}/providers/Microsoft.Orbital/{tail}", self.group())
    }

    fn send(&self, method: &str, id: &str, body: Option<Value>) -> Response {
        let joint = if id.contains('?') { '&' } else { '?' };
        self.cloud.request(method, &format!("{id}{joint}api-version=2024-01-01"), body.as_ref())
    }

    fn get(&self, id: &str) -> Response {
        self.send("GET", id, None)
    }

    fn put(&self, id: &str, body: Value) -> Response {
        self.send("PUT", id, Some(body))
    }

    fn patch(&self, id: &str, body: Value) -> Response {
        self.send("PATCH", id, Some(body))
    }

    fn delete(&self, id: &str) -> Response {
        self.send("DELETE", id, None)
    }

    fn post(&self, id: &str, body: Value) -> Response {
        self.send("POST", id, Some(body))
    }

    /// A URL as an answer gave it.
    fn follow(&self, url: &str) -> Response {
        self.cloud.request("GET", url, None)
    }

    fn step(&self, seconds: u64) {
        self.cloud.step(Duration::from_secs(seconds));
    }

    /// Sends with a header.
    fn send_with(&self, method: &str, id: &str, body: Value, header: (&str, &str)) -> Response {
        let mut request = Request::new(
            method,
            "https://localhost",
            &format!("{id}?api-version=2024-01-01"),
            body.to_string().into_bytes(),
        );
        let token = self.cloud.engine_token();
        request.headers.push(("authorization".into(), format!("Bearer {token}")));
        request.headers.push((header.0.into(), header.1.into()));
        self.cloud.handle(&request)
    }

    /// A resource that is there, whatever its shape: put and waited for.
    fn have(&self, id: &str, body: Value) -> Value {
        let response = self.put(id, body);
        assert!(response.status < 300, "{id}: {} {:?}", response.status, response.body);
        self.step(3600);
        self.get(id).body.unwrap()
    }
}

fn code(response: &Response) -> &str {
    response.value()["error"]["code"].as_str().unwrap_or_default()
}

fn message(response: &Response) -> &str {
    response.value()["error"]["message"].as_str().unwrap_or_default()
}

fn names(response: &Response) -> Vec<&str> {
    response.value()["value"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

/// A body that every regional type of the tests takes.
fn plain() -> Value {
    json!({"location": "westeurope", "properties": {}})
}
