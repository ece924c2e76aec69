//! ARM's token buckets (THR-01): reads 250 and 25 a second, writes and deletes 200 and 10 a second each, and those of the
//! resource providers behind them (THR-04), all filled on the world's clock.

use super::Engine;
use crate::localcloud::clock::ClockMode;
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::wire::Request;

const READS: (f64, f64) = (250.0, 25.0);
const OTHERS: (f64, f64) = (200.0, 10.0);

/// What a resource provider takes: start of the type, reads or changes, how many in so many seconds (THR-04).
const PROVIDERS: &[(&str, bool, f64, f64)] = &[
    ("microsoft.network/privatednszones", true, 500.0, 300.0),
    ("microsoft.network/", true, 10_000.0, 300.0),
    ("microsoft.network/", false, 1_000.0, 300.0),
    ("microsoft.storage/storageaccounts", false, 10.0, 1.0),
];

/// ARM's three buckets, and one of each row of [`PROVIDERS`]: tokens, and when they were counted.
#[derive(Debug, Default)]
pub struct Buckets([Option<(f64, u64)>; 3], [Option<(f64, u64)>; PROVIDERS.len()]);

fn which(method: &str) -> (usize, &'static str, (f64, f64)) {
    match method {
        "GET" | "HEAD" => (0, "read", READS),
        "DELETE" => (2, "delete", OTHERS),
        _ => (1, "write", OTHERS),
    }
}

impl Engine {
    /// Takes a token.
    pub(super) fn throttled(&mut self, request: &Request) -> Result<(), ArmFailure> {
        let (index, verb, (size, rate)) = which(&request.method);
        let (left, since) = self.buckets.0[index].unwrap_or((size, self.world.now_ms));
        let passed = self.world.now_ms.saturating_sub(since) as f64 / 1000.0;
        let left = match self.clock.mode() {
            ClockMode::Instant => size,
            _ => (left + passed * rate).min(size),
        };
        if left < 1.0 && self.settings.throttle {
            self.buckets.0[index] = Some((left, self.world.now_ms));
            let wait = ((1.0 - left) / rate).ceil().max(1.0);
            return Err(ArmFailure::gateway(
                429,
                "SubscriptionRequestsThrottled",
                format!(
                    "Number of '{verb}' requests for subscription '{}' actor '{}' exceeded. Please try again after '{wait}' seconds.",
                    self.world.names.subscription_id, self.world.names.object_id
                ),
            )
            .retry_after(wait as u32));
        }
        self.buckets.0[index] = Some(((left - 1.0).max(0.0), self.world.now_ms));
        self.throttled_by_provider(request)
    }

    /// Takes a token of the resource provider that the request is for; the first row that fits counts.
    fn throttled_by_provider(&mut self, request: &Request) -> Result<(), ArmFailure> {
        let path = request.path.to_lowercase();
        let kind = path.rsplit_once("/providers/").map_or("", |(_, kind)| kind);
        let read = matches!(request.method.as_str(), "GET" | "HEAD");
        let row = PROVIDERS.iter().position(|(start, reads, ..)| *reads == read && kind.starts_with(start));
        let Some((index, (start, _, size, span))) = row.map(|at| (at, PROVIDERS[at])) else { return Ok(()) };
        if !self.settings.throttle || self.clock.mode() == ClockMode::Instant {
            return Ok(());
        }
        let (left, since) = self.buckets.1[index].unwrap_or((size, self.world.now_ms));
        let passed = self.world.now_ms.saturating_sub(since) as f64 / 1000.0;
        let left = (left + passed * size / span).min(size);
        self.buckets.1[index] = Some(((left - 1.0).max(0.0), self.world.now_ms));
        if left >= 1.0 {
            return Ok(());
        }
        let (what, wait) = (if read { "Read" } else { "Write" }, ((1.0 - left) * span / size).ceil());
        let message = format!(
            "The request is being throttled as the limit of {size} has been reached for operation type - {what}_ObservationWindow_{span}s of '{start}'."
        );
        Err(ArmFailure::new(429, "TooManyRequests", message).retry_after(wait.max(1.0) as u32))
    }

    /// What the headers say is left (THR-02).
    pub(super) fn remaining(&self, method: &str) -> Vec<(String, String)> {
        let (index, verb, (size, _)) = which(method);
        let left = self.buckets.0[index].map_or(size, |(left, _)| left);
        let name = |scope: &str| format!("x-ms-ratelimit-remaining-subscription-{scope}{verb}s");
        vec![(name(""), format!("{left:.0}")), (name("global-"), format!("{:.0}", left * 15.0))]
    }
}
