//! The seventy-odd attributes of a storage account that name its endpoints, hosts and keys.

use super::table::{Codec, Predict, Row, text};
use crate::catalog::lens::ProviderConfig;
use crate::catalog::value::text as known;
use crate::lang::{Type, Value};

const SERVICES: [&str; 6] = ["blob", "dfs", "file", "queue", "table", "web"];

/// Names that are made once, when the table is.
fn once(text: String) -> &'static str {
    text.leak()
}

/// `https://x.blob.core.windows.net/` as `x.blob.core.windows.net`.
fn host(live: &Value) -> Option<Value> {
    let text = live.as_str()?;
    let host = text.split_once("://").map_or(text, |(_, rest)| rest);
    Some(host.trim_end_matches('/').into())
}

/// Only some kinds of replication have a second place; only a routing that is published has endpoints of its own.
fn none_unless(written: &Value, _provider: &ProviderConfig) -> Option<Value> {
    let replication = known(written, "account_replication_type")?;
    (!replication.starts_with("RA")).then(|| Value::null(Type::String))
}

/// No routing, no endpoint of it.
fn none_unless_routed(written: &Value, _provider: &ProviderConfig) -> Option<Value> {
    let routing = written.get("routing").and_then(Value::as_sequence)?;
    routing.is_empty().then(|| Value::null(Type::String))
}

fn second_location(written: &Value, _provider: &ProviderConfig) -> Option<Value> {
    let replication = known(written, "account_replication_type")?;
    (!replication.contains('G')).then(|| Value::null(Type::String))
}

/// The services that an account of a kind has.
fn has(kind: &str, service: &str) -> bool {
    match kind {
        "FileStorage" => service == "file",
        "BlockBlobStorage" => matches!(service, "blob" | "dfs" | "web"),
        "BlobStorage" => matches!(service, "blob" | "dfs" | "table"),
        "Storage" => matches!(service, "blob" | "file" | "queue" | "table"),
        _ => true,
    }
}

/// Endpoint, or host, of a service: it follows from the name, where the account's kind has the service.
fn first_place<const SERVICE: usize, const HOST: bool>(
    written: &Value,
    provider: &ProviderConfig,
) -> Option<Value> {
    let service = SERVICES[SERVICE];
    if !has(known(written, "account_kind")?, service) {
        return Some(Value::null(Type::String));
    }
    // Web endpoints lie in a storage stamp that only Azure knows.
    let name = written.get("name").filter(|_| service != "web")?;
    let host = format!("{}.{service}.{}", name.as_str()?, provider.suffixes.storage);
    let text = if HOST { host } else { format!("https://{host}/") };
    Some(Value::from(text).marked(&name.marks))
}

type Hook = fn(&Value, &ProviderConfig) -> Option<Value>;

/// Endpoint and host of each of the services.
const FIRST: [(Hook, Hook); 6] = [
    (first_place::<0, false>, first_place::<0, true>),
    (first_place::<1, false>, first_place::<1, true>),
    (first_place::<2, false>, first_place::<2, true>),
    (first_place::<3, false>, first_place::<3, true>),
    (first_place::<4, false>, first_place::<4, true>),
    (first_place::<5, false>, first_place::<5, true>),
];

pub(super) fn endpoints() -> Vec<Row> {
    let mut rows = Vec::new();
    for place in ["primary", "secondary"] {
        for (service, first) in SERVICES.into_iter().zip(FIRST) {
            for (infix, below) in
                [("", ""), ("internet_", "internetEndpoints."), ("microsoft_", "microsoftEndpoints.")]
            {
                // Queues and tables have no endpoint on the internet route.
                if infix == "internet_" && matches!(service, "queue" | "table") {
                    continue;
                }
                let path = once(format!("properties.{place}Endpoints.{below}{service}"));
                let (predict, of_host): (Hook, Hook) = match (place, infix) {
                    ("primary", "") => first,
                    ("secondary", "") => (none_unless, none_unless),
                    _ => (none_unless_routed, none_unless_routed),
                };
                let name = |what: &str| once(format!("{place}_{service}_{infix}{what}"));
                rows.push(text(name("endpoint")).computed().at(path).predict(Predict::Hook(predict)));
                let codec = Codec::Hook(Value::clone, host);
                rows.push(
                    text(name("host")).computed().at(path).codec(codec).predict(Predict::Hook(of_host)),
                );
            }
        }
    }
    rows.push(
        text("primary_location")
            .computed()
            .at("properties.primaryLocation")
            .codec(Codec::Location)
            .will_be("{location}"),
    );
    rows.push(
        text("secondary_location")
            .computed()
            .at("properties.secondaryLocation")
            .codec(Codec::Location)
            .predict(Predict::Hook(second_location)),
    );
    let demand = |name: &'static str, take: fn(&Value, &Value) -> Value| text(name).demand("listKeys", take);
    rows.extend([
        demand("primary_access_key", |answer, _| key(answer, 0)),
        demand("secondary_access_key", |answer, _| key(answer, 1)),
        demand("primary_connection_string", |answer, known| connection(answer, known, 0)),
        demand("secondary_connection_string", |answer, known| connection(answer, known, 1)),
        demand("primary_blob_connection_string", |answer, known| {
            blob_connection(answer, known, 0, "primary")
        }),
        demand("secondary_blob_connection_string", |answer, known| {
            blob_connection(answer, known, 1, "secondary")
        }),
    ]);
    rows
}

/// The nth key that `listKeys` answers.
fn key(answer: &Value, at: usize) -> Value {
    let keys = answer.get("keys").and_then(Value::as_sequence).unwrap_or_default();
    keys.get(at).and_then(|k| k.get("value")).cloned().unwrap_or_else(|| Value::null(Type::String))
}

fn connection(answer: &Value, attributes: &Value, at: usize) -> Value {
    let key = key(answer, at);
    let (Some(secret), Some(name)) = (key.as_str(), known(attributes, "name")) else {
        return Value::null(Type::String);
    };
    let blob = known(attributes, "primary_blob_host").unwrap_or_default();
    let suffix = blob.split_once(".blob.").map_or("core.windows.net", |(_, suffix)| suffix);
    format!("DefaultEndpointsProtocol=https;AccountName={name};AccountKey={secret};EndpointSuffix={suffix}")
        .into()
}

fn blob_connection(answer: &Value, attributes: &Value, at: usize, place: &str) -> Value {
    let key = key(answer, at);
    let endpoint = known(attributes, &format!("{place}_blob_endpoint"));
    match (key.as_str(), known(attributes, "name"), endpoint) {
        (Some(secret), Some(name), Some(endpoint)) => format!(
            "DefaultEndpointsProtocol=https;BlobEndpoint={endpoint};AccountName={name};AccountKey={secret}"
        )
        .into(),
        _ => Value::null(Type::String),
    }
}
