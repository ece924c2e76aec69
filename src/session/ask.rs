//! A request that reads, as a configuration words it: with headers, query and repetition of its own.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::arm::{ArmClient, ArmError, Write};
use crate::catalog::Ask;

/// How long a request is repeated by a rule of the configuration: azapi's time to read.
const PATIENCE: Duration = Duration::from_secs(300);

/// Sends it. `None`: ARM answered 404; an answer without a body is null.
pub(super) async fn send(client: &ArmClient, ask: &Ask) -> Result<Option<Json>, ArmError> {
    let (mut waited, mut attempt) = (Duration::ZERO, 0);
    loop {
        let error = match once(client, ask).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        attempt += 1;
        let rule = ask.retry.as_ref().filter(|rule| rule.matches(&error.to_string()));
        match rule.map(|rule| rule.delay(attempt)) {
            Some(delay) if waited + delay <= PATIENCE => {
                client.clock().sleep(delay).await;
                waited += delay;
            }
            _ if error.status == Some(404) => return Ok(None),
            _ => return Err(error),
        }
    }
}

async fn once(client: &ArmClient, ask: &Ask) -> Result<Option<Json>, ArmError> {
    let mut write = Write {
        headers: ask.extras.headers.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect(),
        ..Write::default()
    };
    for (name, values) in &ask.extras.query {
        write.query.extend(values.iter().map(|v| (name.to_string(), v.to_string())));
    }
    if ask.pages {
        let items = client.list_with(&ask.path, &ask.api_version, &write).await?;
        return Ok(Some(json!({ "value": items })));
    }
    if !ask.post {
        return client.ask(&ask.path, &ask.api_version, &write).await.map(Some);
    }
    let body: Option<Json> = ask.body.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let accepted = client.enquire(&ask.path, &ask.api_version, body.as_ref(), &write).await?;
    let answer = match accepted.operation {
        Some(operation) => client.wait(&operation, &mut |_| {}).await?.body,
        None => accepted.body,
    };
    Ok(Some(answer.unwrap_or(Json::Null)))
}
