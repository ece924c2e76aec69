//! Logs, for whoever looks for a fault: `TF_LOG`, `TF_LOG_CORE`, `TF_LOG_PROVIDER` and `TF_LOG_PATH`, in Terraform's form.
//!
//! A log holds requests (method, URL without signatures, status, time, request id) and decisions; never a body, a header or a
//! token. Events of libraries are left out: nobody here can promise that for them.
//!
//! Must not know what is logged.

use std::fmt::{self, Write as _};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

/// What `TF_LOG` may be, beside `JSON` (everything, as JSON) and `OFF`.
const LEVELS: [(&str, LevelFilter); 5] = [
    ("TRACE", LevelFilter::TRACE),
    ("DEBUG", LevelFilter::DEBUG),
    ("INFO", LevelFilter::INFO),
    ("WARN", LevelFilter::WARN),
    ("ERROR", LevelFilter::ERROR),
];

/// Starts logging as the environment says; without its variables nothing is logged. Returns what is wrong with them, in a
/// sentence; then everything is logged all the same, as Terraform does.
pub fn start(env: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let mut wrong = None;
    let mut level = |name: &str| {
        let text = env(name)?.to_ascii_uppercase();
        let known = LEVELS.iter().find(|(n, _)| *n == text).map(|(_, level)| *level);
        Some(match text.as_str() {
            "OFF" => LevelFilter::OFF,
            "JSON" => LevelFilter::TRACE,
            _ => known.unwrap_or_else(|| {
                wrong = Some(format!(
                    "Invalid log level in {name}: \"{text}\". Defaulting to level: TRACE. Valid levels are: \
                     [TRACE DEBUG INFO WARN ERROR OFF JSON]"
                ));
                LevelFilter::TRACE
            }),
        })
    };
    let all = level("TF_LOG");
    let core = level("TF_LOG_CORE").or(all)?;
    let azure = level("TF_LOG_PROVIDER").or(all).unwrap_or(LevelFilter::OFF);
    let json = env("TF_LOG").is_some_and(|t| t.eq_ignore_ascii_case("json"));
    let sink = match env("TF_LOG_PATH") {
        None => Sink::Terminal,
        Some(path) => match OpenOptions::new().create(true).append(true).open(&path) {
            Ok(file) => Sink::File(Arc::new(Mutex::new(file))),
            Err(problem) => {
                wrong = Some(format!("Error opening log file {path}: {problem}"));
                Sink::Terminal
            }
        },
    };
    let log = tracing_subscriber::fmt()
        .with_max_level(core.max(azure))
        .event_format(Form { core, azure, json })
        .with_writer(sink)
        .finish();
    // A second start in one process is a test's; the first one stays.
    _ = tracing::subscriber::set_global_default(log);
    wrong
}

/// Where logs go.
#[derive(Clone)]
enum Sink {
    Terminal,
    File(Arc<Mutex<File>>),
}

impl<'a> MakeWriter<'a> for Sink {
    type Writer = Sink;

    fn make_writer(&'a self) -> Sink {
        self.clone()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Sink::Terminal => io::stderr().write(bytes),
            Sink::File(file) => match file.lock() {
                Ok(mut file) => file.write(bytes),
                Err(_) => Ok(bytes.len()),
            },
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A line for each event of ours.
struct Form {
    core: LevelFilter,
    azure: LevelFilter,
    json: bool,
}

impl<S, N> FormatEvent<S, N> for Form
where
    S: Subscriber + for<'l> LookupSpan<'l>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let about = event.metadata();
        let Some(room) = about.target().strip_prefix("ringfence::") else { return Ok(()) };
        let room = room.split("::").next().unwrap_or(room);
        let most = if room == "arm" { self.azure } else { self.core };
        if *about.level() > most {
            return Ok(());
        }
        let mut said = Said::default();
        event.record(&mut said);
        let now = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
        writer.write_str(&said.line(&now, about.level().as_str(), room, self.json))?;
        writer.write_char('\n')
    }
}

/// What an event says.
#[derive(Default)]
struct Said {
    message: String,
    fields: Map<String, Value>,
}

impl Said {
    fn line(mut self, now: &str, level: &str, room: &str, json: bool) -> String {
        if json {
            self.fields.insert("@level".into(), level.to_ascii_lowercase().into());
            self.fields.insert("@message".into(), self.message.into());
            self.fields.insert("@module".into(), room.into());
            self.fields.insert("@timestamp".into(), now.into());
            return Value::Object(self.fields).to_string();
        }
        let mut line = format!("{now} [{level}] {room}: {}", self.message);
        let mut mark = ": ";
        for (name, value) in &self.fields {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let quoted = text.is_empty() || text.contains([' ', '"']);
            let text = if quoted { format!("{text:?}") } else { text };
            _ = write!(line, "{mark}{name}={text}");
            mark = " ";
        }
        line
    }

    fn keep(&mut self, field: &Field, value: Value) {
        match field.name() {
            "message" => self.message = value.as_str().map_or_else(|| value.to_string(), str::to_owned),
            name => _ = self.fields.insert(name.to_owned(), value),
        }
    }
}

impl Visit for Said {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep(field, value.into());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field, value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field, value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, value.into());
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep(field, value.into());
    }
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.keep(field, format!("{value:?}").into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_like_terraforms() {
        let said = || {
            let fields = serde_json::json!({"method": "PUT", "seconds": 0.5, "why": "a b"});
            let Value::Object(fields) = fields else { unreachable!() };
            Said { message: "request".into(), fields }
        };
        assert_eq!(
            said().line("2026-11-22T00:00:00Z", "DEBUG", "arm", false),
            "2026-11-22T00:00:00Z [DEBUG] arm: request: method=PUT seconds=0.5 why=\"a b\""
        );
        let json: Value = serde_json::from_str(&said().line("T", "DEBUG", "arm", true)).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"@level": "debug", "@message": "request", "@module": "arm", "@timestamp": "T",
                "method": "PUT", "seconds": 0.5, "why": "a b"})
        );
    }
}
