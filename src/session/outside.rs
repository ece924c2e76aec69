//! What data sources read outside of ARM: files, web addresses, programs. Failures are part of the answer.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::str::FromStr as _;
use std::time::Duration;

use azure_core::http::headers::{HeaderName, HeaderValue};
use azure_core::http::{Method, Request, Url};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use crate::arm::Http;
use crate::catalog::{HttpAsk, Outside};
use crate::ledger::terraform::OtherStack;

/// How many times an answer may point elsewhere.
const REDIRECTS: usize = 10;

/// Reads it: an object with what the data source takes, or with `error`. `local`: the run is about the local cloud.
pub(super) async fn read(
    http: &Http,
    what: &Outside,
    local: bool,
    env: &dyn Fn(&str) -> Option<String>,
) -> Json {
    let read = match what {
        Outside::Stack { path, workspace_dir, workspace } => {
            let other = OtherStack {
                path: path.clone(),
                workspace_dir: workspace_dir.clone(),
                workspace: workspace.to_string(),
            };
            other.outputs(local, env("RINGFENCE_ENCRYPTION_KEY")).map(|found| match found {
                Some(outputs) => json!({ "outputs": json!(outputs).to_string() }),
                None => json!({ "missing": true }),
            })
        }
        Outside::File(path) => file(path),
        Outside::Http(ask) => repeated(http, ask).await,
        Outside::Program { words, input, working_dir } => {
            let words: Vec<String> = words.iter().map(ToString::to_string).collect();
            let (input, dir) = (input.to_string(), working_dir.as_ref().map(ToString::to_string));
            let run = tokio::task::spawn_blocking(move || program(&words, &input, dir.as_deref()));
            run.await.unwrap_or_else(|e| Err(e.to_string()))
        }
    };
    read.unwrap_or_else(|why| json!({ "error": why }))
}

fn file(path: &Path) -> Result<Json, String> {
    let bytes =
        std::fs::read(path).map_err(|e| format!("the file at {} cannot be read: {e}", path.display()))?;
    Ok(json!({ "content": STANDARD.encode(bytes) }))
}

async fn repeated(http: &Http, ask: &HttpAsk) -> Result<Json, String> {
    let mut left = ask.retries;
    let mut delay = ask.delays_ms.0;
    loop {
        let limit = ask.timeout_ms.map_or(Duration::MAX, Duration::from_millis);
        let answer = tokio::time::timeout(limit, sent(http, ask)).await;
        let answer = answer.unwrap_or_else(|_| Err(format!("{} did not answer in time", ask.url)));
        let again = answer.as_ref().map_or(true, |a| a["status"].as_u64().is_some_and(|s| s >= 500));
        if !again || left == 0 {
            return answer;
        }
        left -= 1;
        tokio::time::sleep(Duration::from_millis(delay.min(ask.delays_ms.1))).await;
        delay = delay.saturating_mul(2);
    }
}

async fn sent(http: &Http, ask: &HttpAsk) -> Result<Json, String> {
    let mut method = Method::from_str(&ask.method).map_err(|e| e.to_string())?;
    let mut url = Url::parse(&ask.url).map_err(|e| format!("{}: {e}", ask.url))?;
    for _ in 0..REDIRECTS {
        let mut request = Request::new(url.clone(), method);
        for (name, value) in &ask.headers {
            // Credentials are for the host that they were given for.
            let ours = url.origin() == Url::parse(&ask.url).map_or_else(|_| url.origin(), |u| u.origin());
            if ours || !name.eq_ignore_ascii_case("authorization") {
                let name = HeaderName::from(name.to_ascii_lowercase());
                request.insert_header(name, HeaderValue::from(value.to_string()));
            }
        }
        if let Some(body) = ask.body.as_ref().filter(|_| method == Method::Post) {
            request.set_body(body.to_string());
        }
        let failed = |e: azure_core::Error| format!("{url} cannot be asked: {e}");
        let answer = http.execute_request(&request).await.map_err(failed)?;
        let answer = answer.try_into_raw_response().await.map_err(failed)?;
        let status = u16::from(answer.status());
        let to = answer.headers().get_optional_str(&HeaderName::from("location"));
        if let (301 | 302 | 303 | 307 | 308, Some(to)) = (status, to) {
            url = url.join(to).map_err(|e| format!("{url} points to {to}: {e}"))?;
            if status < 307 && method == Method::Post {
                method = Method::Get;
            }
            continue;
        }
        let headers: serde_json::Map<String, Json> = answer
            .headers()
            .iter()
            .map(|(name, value)| (canonical(name.as_str()), Json::from(value.as_str())))
            .collect();
        return Ok(json!({
            "status": status,
            "headers": headers,
            "body": STANDARD.encode(answer.body().as_ref()),
        }));
    }
    Err(format!("{} points elsewhere more than {REDIRECTS} times", ask.url))
}

/// `content-type` as `Content-Type`, as the provider shows it.
fn canonical(name: &str) -> String {
    let word = |w: &str| {
        let mut chars = w.chars();
        chars.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(chars).collect::<String>()
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

fn program(words: &[String], input: &str, working_dir: Option<&str>) -> Result<Json, String> {
    let [program, arguments @ ..] = words else { return Err("no program is named".into()) };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(dir) = working_dir.filter(|d| !d.is_empty()) {
        command.current_dir(dir);
    }
    let mut child = command.spawn().map_err(|e| format!("the program {program:?} cannot be started: {e}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read its query has a reader that is gone.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().map_err(|e| format!("the program {program:?} was lost: {e}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("the program {program:?} ended with {}: {}", output.status, said.trim()));
    }
    String::from_utf8(output.stdout)
        .map(|text| json!({ "output": text }))
        .map_err(|_| format!("the output of the program {program:?} is not UTF-8"))
}
