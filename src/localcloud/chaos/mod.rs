//! Faults by rule: requests that are refused, operations that fail, connections and polls that are lost, answers that are
//! slow or stale, throttling, tokens that expire. What Azure does now and then, on demand and repeatable.
//!
//! Whether a rule strikes depends on the rule, its seed, and the request itself (method, path, how many of these there were
//! before), so that requests which come side by side strike the same whatever their order.
//!
//! Must not know: sockets, what requests mean.

mod rule;
#[cfg(test)]
mod tests;

pub use rule::{BadRules, Effect, Fail, On, Refuse, Rule, Rules, Slow, Stale, Texts, Throttle, When};

use super::failure::ArmFailure;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// What of a request rules look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traits {
    /// Whether it asks after an operation.
    pub on: On,
    /// Method in capitals; of a poll that of the operation.
    pub method: String,
    /// Resource type; `""` for paths that are about none.
    pub type_name: String,
    /// Path; of a poll that of the resource.
    pub path: String,
    /// The verb of a POST on a resource.
    pub action: String,
    /// For a GET of a resource that was written, or of a list of such: how many milliseconds of the world ago.
    pub written_ago: Option<u64>,
    /// When it comes, in milliseconds of the world.
    pub now_ms: u64,
}

/// What a list shows: resources below a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The scope or parent, in lower case.
    pub scope: String,
    /// Of which type, in lower case; none: all that stand in no other resource.
    pub type_name: Option<String>,
}

impl Listed {
    fn shows(&self, key: &str, former: &Former) -> bool {
        let below = key.strip_prefix(&*self.scope).is_some_and(|rest| rest.starts_with('/'));
        below
            && match &self.type_name {
                Some(type_name) => former.type_name.eq_ignore_ascii_case(type_name),
                None => former.type_name.matches('/').count() == 1,
            }
    }
}

/// The rules of a running cloud.
#[derive(Debug, Default)]
pub struct Chaos {
    armed: Vec<Armed>,
    former: HashMap<String, Former>,
}

/// A rule with what came of it.
#[derive(Debug)]
struct Armed {
    name: String,
    rule: Rule,
    seed: u64,
    /// When it was set, in milliseconds of the world.
    set_ms: u64,
    fitting: u64,
    struck: u64,
    /// Fitting requests and strikes by method and path.
    by_request: HashMap<String, (u64, u64)>,
    /// Throws by method and path, names that are GUIDs left out: clients make those up anew in every run.
    thrown: HashMap<String, u64>,
}

/// What a resource was before its last write.
#[derive(Debug)]
struct Former {
    type_name: String,
    written_ms: u64,
    /// As answers showed it; none: it was not there.
    body: Option<Value>,
}

/// What came of a rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Struck {
    /// Its name, or `rule N` by its place in its file.
    pub name: String,
    /// Requests that it is about.
    pub fitting: u64,
    /// Those of them that it struck.
    pub struck: u64,
    /// The rule.
    pub rule: Rule,
}

impl Chaos {
    /// Adds rules; `now_ms` is the time of the world.
    pub fn add(&mut self, rules: Rules, now_ms: u64) {
        let seed = rules.seed;
        self.armed.extend(rules.named().map(|(name, rule)| Armed {
            name,
            rule,
            seed,
            set_ms: now_ms,
            fitting: 0,
            struck: 0,
            by_request: HashMap::new(),
            thrown: HashMap::new(),
        }));
    }

    /// Takes all rules away.
    pub fn clear(&mut self) {
        *self = Chaos::default();
    }

    /// No rule is there.
    pub fn is_empty(&self) -> bool {
        self.armed.is_empty()
    }

    /// The rules and how often each struck.
    pub fn struck(&self) -> Vec<Struck> {
        let one = |armed: &Armed| Struck {
            name: armed.name.clone(),
            fitting: armed.fitting,
            struck: armed.struck,
            rule: armed.rule.clone(),
        };
        self.armed.iter().map(one).collect()
    }

    /// The fault that strikes a request: that of the first rule that fits and whose turn it is.
    pub fn strike(&mut self, traits: &Traits) -> Option<(String, Effect)> {
        let armed = self.armed.iter_mut().find_map(|armed| armed.strikes(traits).then_some(armed))?;
        Some((armed.name.clone(), armed.rule.effect.clone()))
    }

    /// Is there a rule that wants to know what resources were before?
    pub fn remembers(&self) -> bool {
        self.armed.iter().any(|armed| matches!(armed.rule.effect, Effect::Stale(_)))
    }

    /// A resource was written at `now_ms`; before that it was `body`.
    pub fn wrote(&mut self, key: &str, type_name: String, now_ms: u64, body: Option<Value>) {
        self.former.insert(key.to_owned(), Former { type_name, written_ms: now_ms, body });
    }

    /// How many milliseconds ago a resource was written.
    pub fn written_ago(&self, key: &str, now_ms: u64) -> Option<u64> {
        Some(now_ms.saturating_sub(self.former.get(key)?.written_ms))
    }

    /// How many milliseconds ago the last of what a list shows was written.
    pub fn listed_ago(&self, listed: &Listed, now_ms: u64) -> Option<u64> {
        let shown = self.former.iter().filter(|(key, former)| listed.shows(key, former));
        Some(now_ms.saturating_sub(shown.map(|(_, former)| former.written_ms).max()?))
    }

    /// What a list shows instead of what was written since `since_ms`: keys, and what was there; none: nothing.
    pub fn formerly(
        &self,
        listed: &Listed,
        since_ms: u64,
    ) -> impl Iterator<Item = (&String, Option<&Value>)> {
        let shown = move |(key, former): &(&String, &Former)| {
            former.written_ms >= since_ms && listed.shows(key, former)
        };
        self.former.iter().filter(shown).map(|(key, former)| (key, former.body.as_ref()))
    }

    /// What a resource was before its last write.
    pub fn former(&self, key: &str) -> Option<&Value> {
        self.former.get(key)?.body.as_ref()
    }
}

impl Armed {
    /// Counts a request; answers whether it is struck.
    fn strikes(&mut self, traits: &Traits) -> bool {
        let seconds = traits.now_ms.saturating_sub(self.set_ms) as f64 / 1000.0;
        let then = self.rule.from.is_none_or(|from| from <= seconds)
            && self.rule.until.is_none_or(|until| seconds < until);
        if !then || !self.rule.fits(traits) {
            return false;
        }
        let key = format!("{} {}", traits.method, traits.path.to_lowercase());
        let mut here = self.by_request.get(&key).copied().unwrap_or_default();
        self.fitting += 1;
        here.0 += 1;
        let (fitting, struck) = if self.rule.each { here } else { (self.fitting, self.struck) };
        let turn = self.rule.nth.is_none_or(|nth| nth == fitting)
            && self.rule.times.is_none_or(|times| struck < times)
            && self.rule.probability.is_none_or(|p| self.throw(&key) < p);
        if turn {
            self.struck += 1;
            here.1 += 1;
        }
        self.by_request.insert(key, here);
        turn
    }

    /// A number from 0 to 1 that follows from the seed, the rule, and which of these requests it is.
    fn throw(&mut self, key: &str) -> f64 {
        let even: Vec<&str> =
            key.split('/').map(|part| if Uuid::try_parse(part).is_ok() { "*" } else { part }).collect();
        let even = even.join("/");
        let which = self.thrown.entry(even.clone()).or_default();
        *which += 1;
        let text = format!("{}|{}|{which}|{even}", self.seed, self.name);
        let sum = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        let high = sum.as_ref()[..4].iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
        f64::from(high) / 4_294_967_296.0
    }
}

impl Rule {
    /// Is it about this request?
    fn fits(&self, traits: &Traits) -> bool {
        let of_effect = match &self.effect {
            Effect::Fail(_) => matches!(traits.method.as_str(), "PUT" | "PATCH" | "DELETE" | "POST"),
            Effect::Stale(stale) => {
                traits.method == "GET"
                    && traits.written_ago.is_some_and(|ms| ms as f64 <= stale.seconds * 1000.0)
            }
            _ => true,
        };
        of_effect
            && self.on == traits.on
            && self.method.fit(&traits.method)
            && self.types.fit(&traits.type_name)
            && self.path.fit(&traits.path)
            && self.action.fit(&traits.action)
    }
}

impl Refuse {
    /// What is answered, in the name of a rule.
    pub fn failure(&self, rule: &str) -> ArmFailure {
        let message = self.message.clone().unwrap_or_else(|| by_rule(rule));
        let failure = ArmFailure::new(self.status, self.code.clone(), message);
        ArmFailure { retry_after: self.retry_after, ..failure }
    }
}

impl Fail {
    /// What the operation says, in the name of a rule.
    pub fn failure(&self, rule: &str) -> ArmFailure {
        let message = self.message.clone().unwrap_or_else(|| by_rule(rule));
        ArmFailure::new(self.status.unwrap_or(409), self.code.clone(), message)
    }
}

fn by_rule(name: &str) -> String {
    format!("The local cloud failed as it was told to, by the chaos rule '{name}'.")
}
