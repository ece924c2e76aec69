//! A rule as it is written: which requests, when, and what happens to them.

use crate::localcloud::pattern::fits;
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize as De, Serialize};
use std::fmt;

/// The methods that a rule may name.
const METHODS: [&str; 6] = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "POST"];
/// How long after a write a read may be stale when the rule does not say (seconds of the world): in the recordings of
/// `LRO-07` a new resource was seen everywhere within that time.
const STALE_SECONDS: f64 = 10.0;

/// A file of rules, or the body of `POST /_cloud/chaos`.
#[derive(Debug, Clone, Default, De)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// What probabilities are thrown with.
    #[serde(default)]
    pub seed: u64,
    /// The rules; the first that strikes a request counts.
    rules: Vec<Checked>,
}

/// Why a file of rules cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {why}")]
pub struct BadRules {
    /// From 1.
    pub line: usize,
    /// From 1; of a rule that contradicts itself the end.
    pub column: usize,
    /// What is wrong, and what is allowed.
    pub why: String,
}

impl Rules {
    /// Reads rules from JSON.
    ///
    /// # Errors
    /// Where the text is no JSON, has a member that rules do not have, or a value that is not allowed.
    pub fn parse(text: &str) -> Result<Rules, BadRules> {
        serde_json::from_str(text).map_err(|error| {
            let why = error.to_string();
            let why = why.split(" at line ").next().unwrap_or_default();
            BadRules { line: error.line(), column: error.column(), why: why.to_owned() }
        })
    }

    /// The rules, each with its name.
    pub fn named(self) -> impl Iterator<Item = (String, Rule)> {
        self.rules.into_iter().enumerate().map(|(at, Checked(rule))| {
            (rule.name.clone().unwrap_or_else(|| format!("rule {}", at + 1)), rule)
        })
    }
}

/// One rule.
#[derive(Debug, Clone, PartialEq, De, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Rule {
    /// What it is called where strikes are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Requests, or questions after their operations.
    #[serde(default)]
    pub on: On,
    /// Methods in capitals; none: every one. Of a poll: that of the request that began the operation.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub method: Texts,
    /// Resource types in any casing, `*` for any letters; none: every one.
    #[serde(default, rename = "type", skip_serializing_if = "Texts::is_empty")]
    pub types: Texts,
    /// Paths in any casing, `*` for any letters; none: every one. Of a poll: that of the resource.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub path: Texts,
    /// Verbs of POST requests in any casing; none: every one.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub action: Texts,
    /// `nth` and `times` count for each method and path by itself.
    #[serde(default)]
    pub each: bool,
    /// Only this one of the fitting requests, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// At most so many strikes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// Not before so many seconds of the world after the rule was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// Not later than that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<f64>,
    /// How likely a strike is, 0 to 1; none: certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// What happens.
    #[serde(rename = "do")]
    pub effect: Effect,
}

/// What a rule is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, De, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum On {
    /// Requests to ARM but those that ask after an operation.
    #[default]
    Request,
    /// Requests that ask after an operation.
    Poll,
    /// Requests for a token.
    Login,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, De, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Effect {
    /// The request is refused; nothing is done.
    Refuse(Refuse),
    /// The request is accepted, and its operation fails; what is done at once is refused.
    Fail(Fail),
    /// The connection is lost.
    Drop(When),
    /// The connection stays, and no answer ever comes.
    Hang(When),
    /// The answer takes longer.
    Slow(Slow),
    /// A read answers what was there before the last write.
    Stale(Stale),
    /// 429 with `Retry-After`.
    Throttle(Throttle),
    /// The token of the request is good no more (401 `ExpiredAuthenticationToken`, `AUTH-02`), for any request.
    Expire,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, De, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Refuse {
    /// HTTP status, 400 to 599.
    pub status: u16,
    /// `error.code`.
    pub code: String,
    /// `error.message`; none: names the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// `Retry-After` in seconds of the world.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

/// How an operation fails.
#[derive(Debug, Clone, PartialEq, De, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Fail {
    /// `error.code`.
    pub code: String,
    /// `error.message`; none: names the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What a `Location` URL answers, and the request itself where there is no operation; none: 409.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

/// When an answer is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, De, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum When {
    /// Nothing was done.
    Before,
    /// All was done; only the answer is lost (`HTTP-07`).
    After,
}

/// How much longer an answer takes.
#[derive(Debug, Clone, PartialEq, De, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Slow {
    /// Seconds of the world; nothing on a clock that is instant or stepped.
    pub seconds: f64,
}

/// How long after a write reads may be stale.
#[derive(Debug, Clone, PartialEq, De, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Stale {
    /// Seconds of the world.
    #[serde(default = "usual_staleness")]
    pub seconds: f64,
}

fn usual_staleness() -> f64 {
    STALE_SECONDS
}

/// Too many requests.
#[derive(Debug, Clone, PartialEq, De, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Throttle {
    /// `Retry-After` in seconds of the world.
    pub retry_after: u32,
}

/// One text, or several.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Texts(Vec<String>);

impl Texts {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Does one of them fit this text? None fit every text.
    pub fn fit(&self, text: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|pattern| fits(pattern, text))
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts(vec![text.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
                let mut all = Vec::new();
                while let Some(text) = list.next_element()? {
                    all.push(text);
                }
                Ok(Texts(all))
            }
        }
        from.deserialize_any(Either)
    }
}

/// A rule that does not contradict itself.
#[derive(Debug, Clone)]
struct Checked(Rule);

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let rule = Rule::deserialize(from)?;
        match rule.fault() {
            Some(why) => Err(de::Error::custom(why)),
            None => Ok(Checked(rule)),
        }
    }
}

impl Rule {
    /// What is wrong with it.
    fn fault(&self) -> Option<String> {
        let error = |status: u16| (400..=599).contains(&status);
        let strange = self.method.0.iter().find(|method| !METHODS.contains(&method.as_str()));
        if let Some(method) = strange {
            return Some(format!("`method` is one of {}, not `{method}`", METHODS.join(", ")));
        }
        if self.nth.is_some() && (self.times.is_some() || self.probability.is_some()) {
            return Some("`nth` names one request: `times` and `probability` do not go with it".to_owned());
        }
        if self.nth == Some(0) || self.times == Some(0) {
            return Some("`nth` and `times` count from 1".to_owned());
        }
        if self.probability.is_some_and(|p| !(0.0..=1.0).contains(&p)) {
            return Some("`probability` is a number from 0 to 1".to_owned());
        }
        if [self.from, self.until].iter().flatten().any(|seconds| !seconds.is_finite() || *seconds < 0.0) {
            return Some("`from` and `until` are numbers from 0".to_owned());
        }
        if self.from.zip(self.until).is_some_and(|(from, until)| from >= until) {
            return Some("`from` comes before `until`".to_owned());
        }
        match &self.effect {
            Effect::Fail(_) | Effect::Stale(_) | Effect::Expire if self.on == On::Login => {
                Some("a request for a token takes `refuse`, `drop`, `hang`, `slow` and `throttle`".to_owned())
            }
            Effect::Refuse(refuse) if !error(refuse.status) => {
                Some(format!("`status` of a refusal is 400 to 599, not {}", refuse.status))
            }
            Effect::Fail(fail) if fail.status.is_some_and(|status| !error(status)) => {
                Some("`status` of a failure is 400 to 599".to_owned())
            }
            Effect::Fail(_) if self.on == On::Poll => {
                Some("`fail` is about the request that begins the operation: leave `on` out".to_owned())
            }
            Effect::Stale(_) if self.on == On::Poll || self.method.0.iter().any(|m| m != "GET") => Some(
                "`stale` is about GET requests of resources and lists: leave `on` and `method` out"
                    .to_owned(),
            ),
            Effect::Slow(Slow { seconds }) | Effect::Stale(Stale { seconds })
                if !seconds.is_finite() || *seconds < 0.0 =>
            {
                Some("`seconds` is a number from 0".to_owned())
            }
            _ => None,
        }
    }
}
