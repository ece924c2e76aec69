//! The request log: one line of JSON per request, secrets redacted.

use super::access::action::asked;
use super::clock::real_ms;
use super::wire::{Request, Response};
use super::world::iso;
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

const REDACTED: &str = "(redacted)";
/// A property whose name contains one of these, and whose value is text, is a secret.
const SECRET: &[&str] = &[
    "secret",
    "password",
    "passphrase",
    "accountkey",
    "connectionstring",
    "sastoken",
    "privatekey",
    "sharedkey",
    "accesskey",
];

/// An open log.
#[derive(Debug)]
pub struct Log(File);

impl Log {
    /// Opens a log at its end.
    ///
    /// # Errors
    /// If the file cannot be opened for writing.
    pub fn open(path: &Path) -> io::Result<Log> {
        Ok(Log(OpenOptions::new().create(true).append(true).open(path)?))
    }

    /// Writes one line. A log that cannot be written stops nothing.
    pub fn write(&mut self, request: &Request, uri: &str, response: &Response) {
        let mut line = line(request, uri, response.status, &iso(real_ms()));
        if let Some(rule) = &response.struck {
            line["chaos"] = rule.as_str().into();
        }
        let mut line = line.to_string();
        line.push('\n');
        let _ = self.0.write_all(line.as_bytes());
    }
}

fn line(request: &Request, uri: &str, status: u16, at: &str) -> Value {
    let mut entry = json!({ "time": at, "method": request.method, "uri": uri, "status": status });
    if let Some(asked) = asked(&request.method, &request.path, None) {
        entry["action"] = asked.action.into();
    }
    if !request.body.is_empty() {
        entry["body"] = match serde_json::from_slice::<Value>(&request.body) {
            Ok(mut body) => {
                redact(&mut body, false);
                body
            }
            // Forms of the token endpoint, and what is no JSON at all.
            Err(_) => REDACTED.into(),
        };
    }
    entry
}

fn redact(value: &mut Value, secret: bool) {
    match value {
        Value::String(text) if secret => *text = REDACTED.to_owned(),
        Value::Array(items) => items.iter_mut().for_each(|item| redact(item, secret)),
        Value::Object(object) => {
            // A vault's secret: `{"properties": {"value": …}}`; a workspace connection: `{"credentials": {"key": …}}`.
            for (name, value) in object.iter_mut() {
                let name = name.to_lowercase();
                let hidden = SECRET.iter().any(|word| name.contains(word))
                    || matches!(
                        name.as_str(),
                        "value" | "key" | "keys" | "credentials" | "pfx" | "pat" | "token"
                    );
                redact(value, (secret || hidden) && !name.ends_with("uri") && !name.ends_with("id"));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_reach_the_log() {
        let body = json!({"properties": {"administratorPassword": "p1", "value": "p2", "keyUri": "u",
            "encryption": {"keyVaultProperties": {"keyIdentifier": "https://v/keys/k"}},
            "credentials": {"key": "p3"}, "adminUserEnabled": true}});
        let request =
            Request { method: "PUT".into(), body: body.to_string().into_bytes(), ..Request::default() };
        let text = line(&request, "/x", 200, "now").to_string();
        for secret in ["p1", "p2", "p3"] {
            assert!(!text.contains(&format!("\"{secret}\"")), "{text}");
        }
        assert!(text.contains("https://v/keys/k"), "{text}");
        let form = Request { body: b"client_secret=p4".to_vec(), ..Request::default() };
        assert!(!line(&form, "/t", 200, "now").to_string().contains("p4"));
    }
}
