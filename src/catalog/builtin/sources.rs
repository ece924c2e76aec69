//! Data sources with no cloud behind them: `http`, `external`, `local_file`, `local_sensitive_file`, as the providers `http` 3.5,
//! `external` 2.3 and `local` 2.5 read them. What is asked for, the reader brings.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::file;
use super::table::Ty;
use crate::catalog::lens::{Context, DataSource, Fetched, HttpAsk, Outside, Problem, Stop};
use crate::catalog::value::{argument, error, text};
use crate::lang::schema::{AttrSpec, BlockSpec, NestedSpec, Nesting, ResourceSchema};
use crate::lang::{Number, Type, Value};

/// A data source as rows.
pub(super) struct Source {
    pub(super) name: &'static str,
    required: &'static [(&'static str, Ty)],
    optional: &'static [(&'static str, Ty)],
    /// Name, type, secret.
    computed: &'static [(&'static str, Ty, bool)],
    blocks: fn() -> Vec<NestedSpec>,
    check: fn(&Value) -> Vec<Problem>,
    ask: fn(&Value) -> Outside,
    /// The computed attributes, of what was read; or why it cannot be used.
    take: fn(&Value, &Value) -> Result<Vec<(&'static str, Value)>, String>,
}

const FILE: Source = Source {
    name: "local_file",
    required: &[("filename", Ty::Text)],
    optional: &[],
    computed: &file_attributes(false),
    blocks: Vec::new,
    check: |_| Vec::new(),
    ask: ask_file,
    take: take_file,
};

/// What a file says of itself; its content may be a secret, its digests are not.
const fn file_attributes(secret: bool) -> [(&'static str, Ty, bool); 2 + file::COMPUTED.len()] {
    let mut all = [("content", Ty::Text, secret); 2 + file::COMPUTED.len()];
    all[1].0 = "content_base64";
    let mut at = 0;
    while at < file::COMPUTED.len() {
        all[2 + at] = file::COMPUTED[at];
        at += 1;
    }
    all
}

/// All of them.
pub(super) static SOURCES: &[Source] = &[
    Source {
        name: "external",
        required: &[("program", Ty::Texts)],
        optional: &[("query", Ty::Map), ("working_dir", Ty::Text)],
        computed: &[("id", Ty::Text, false), ("result", Ty::Map, false)],
        blocks: Vec::new,
        check: |config| match config.get("program").and_then(Value::as_sequence) {
            Some([]) => {
                vec![error(argument("program"), "Invalid attribute value", "`program` names no program.")]
            }
            _ => Vec::new(),
        },
        ask: |config| {
            let query = config.get("query").filter(|v| !v.is_null()).and_then(Value::to_json);
            Outside::Program {
                words: texts(config, "program"),
                input: query.unwrap_or_else(|| serde_json::json!({})).to_string().into(),
                working_dir: text(config, "working_dir").map(Into::into),
            }
        },
        take: |_, answer| {
            let output = text(answer, "output").unwrap_or_default();
            let wrong = "its output is not a JSON object whose values are all strings";
            let all: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(output).map_err(|e| format!("{wrong}: {e}"))?;
            let mut result = Vec::new();
            for (name, value) in &all {
                let value = value.as_str().ok_or_else(|| format!("{wrong}: `{name}` is none"))?;
                result.push((name.as_str(), Value::string(value)));
            }
            Ok(vec![("id", "-".into()), ("result", Value::map(Type::String, result))])
        },
    },
    Source {
        name: "http",
        required: &[("url", Ty::Text)],
        optional: &[
            ("method", Ty::Text),
            ("request_headers", Ty::Map),
            ("request_body", Ty::Text),
            ("request_timeout_ms", Ty::Number),
        ],
        computed: &[
            ("id", Ty::Text, false),
            ("body", Ty::Text, false),
            ("response_body", Ty::Text, false),
            ("response_body_base64", Ty::Text, false),
            ("response_headers", Ty::Map, false),
            ("status_code", Ty::Number, false),
        ],
        blocks: || {
            let names = ["attempts", "max_delay_ms", "min_delay_ms"];
            let attributes = names.iter().map(|n| AttrSpec::optional(*n, Type::Number)).collect();
            let block = BlockSpec { attributes, ..BlockSpec::default() };
            vec![NestedSpec::new("retry", Nesting::Single, block)]
        },
        check: check_http,
        ask: ask_http,
        take: |config, answer| {
            let encoded = text(answer, "body").unwrap_or_default();
            let bytes = STANDARD.decode(encoded).unwrap_or_default();
            let body = Value::string(&String::from_utf8_lossy(&bytes));
            let part = |name: &str| answer.get(name).cloned().unwrap_or_else(|| Value::null(Type::Dynamic));
            let headers = part("headers").as_entries().cloned().unwrap_or_default();
            Ok(vec![
                ("id", config.get("url").cloned().unwrap_or_else(|| Value::null(Type::String))),
                ("body", body.clone()),
                ("response_body", body),
                ("response_body_base64", encoded.into()),
                ("response_headers", Value::map(Type::String, headers)),
                ("status_code", part("status")),
            ])
        },
    },
    FILE,
    Source { name: "local_sensitive_file", computed: &file_attributes(true), ..FILE },
];

fn texts(config: &Value, name: &str) -> Vec<Arc<str>> {
    let all = config.get(name).and_then(Value::as_sequence).unwrap_or(&[]);
    all.iter().filter_map(Value::as_str).map(Into::into).collect()
}

fn ask_file(config: &Value) -> Outside {
    Outside::File(text(config, "filename").unwrap_or_default().into())
}

fn take_file(_: &Value, answer: &Value) -> Result<Vec<(&'static str, Value)>, String> {
    let encoded = text(answer, "content").unwrap_or_default();
    let bytes = STANDARD.decode(encoded).unwrap_or_default();
    let mut all = file::sums(&bytes);
    all.push(("content", Value::string(&String::from_utf8_lossy(&bytes))));
    all.push(("content_base64", encoded.into()));
    Ok(all)
}

const METHODS: [&str; 3] = ["GET", "POST", "HEAD"];

fn check_http(config: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(given) = text(config, "url")
        && !url::Url::parse(given).is_ok_and(|u| matches!(u.scheme(), "http" | "https"))
    {
        let detail = format!("`{given}` is no URL that begins with http:// or https://.");
        problems.push(error(argument("url"), "Invalid attribute value", detail));
    }
    if let Some(given) = text(config, "method")
        && !METHODS.contains(&given)
    {
        let detail = format!("Attribute method value must be one of: {METHODS:?}, got: {given:?}.");
        problems.push(error(argument("method"), "Invalid Attribute Value Match", detail));
    }
    problems
}

fn ask_http(config: &Value) -> Outside {
    let number = |value: Option<&Value>| value.and_then(Value::as_number).and_then(Number::as_u64);
    let headers = config.get("request_headers").and_then(Value::as_entries);
    let headers = headers.into_iter().flatten().filter_map(|(n, v)| Some((n.clone(), v.as_str()?.into())));
    let retry = |name: &str| number(config.get("retry").and_then(|r| r.get(name)));
    Outside::Http(HttpAsk {
        method: text(config, "method").unwrap_or("GET").into(),
        url: text(config, "url").unwrap_or_default().into(),
        headers: headers.collect(),
        body: text(config, "request_body").map(Into::into),
        timeout_ms: number(config.get("request_timeout_ms")),
        retries: retry("attempts").unwrap_or(0),
        // As the provider has it where nothing is written.
        delays_ms: (retry("min_delay_ms").unwrap_or(1_000), retry("max_delay_ms").unwrap_or(30_000)),
    })
}

impl DataSource for Source {
    fn schema(&self, _provider_major: u32) -> Arc<ResourceSchema> {
        let required = self.required.iter().map(|(n, ty)| AttrSpec::required(*n, ty.ty()));
        let optional = self.optional.iter().map(|(n, ty)| AttrSpec::optional(*n, ty.ty()));
        let computed = self.computed.iter().map(|(n, ty, secret)| AttrSpec {
            sensitive: *secret,
            deprecated: (*n == "body").then(|| "Use `response_body` instead.".to_owned()),
            ..AttrSpec::computed(*n, ty.ty())
        });
        Arc::new(BlockSpec {
            attributes: required.chain(optional).chain(computed).collect(),
            blocks: (self.blocks)(),
            ..BlockSpec::default()
        })
    }

    fn read(&self, config: &Value, cx: &Context<'_>) -> Result<Value, Stop> {
        let problems = (self.check)(config);
        if !problems.is_empty() {
            return Err(Stop::Problems(problems));
        }
        let answer = match cx.reader.outside(&(self.ask)(config)) {
            Fetched::Ready(answer) => answer,
            Fetched::Pending | Fetched::Later => return Err(Stop::Pending),
        };
        let failed = |why: &str| {
            let summary = match self.name {
                "http" => "Error making request",
                "external" => "External Program Execution Failed",
                _ => "Read local file data source error",
            };
            Stop::Problems(vec![error(Vec::new(), summary, format!("{why}."))])
        };
        if let Some(why) = text(&answer, "error") {
            return Err(failed(why));
        }
        let taken = (self.take)(config, &answer).map_err(|why| failed(&why))?;
        let mut all = config.as_entries().cloned().unwrap_or_default();
        all.extend(taken.into_iter().map(|(n, v)| (n.into(), v)));
        Ok(Value::object(all))
    }
}
