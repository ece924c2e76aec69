//! ARM's token buckets as the client sees them, so that it waits before ARM says no (`THR-01` to `THR-03`).
//!
//! A principal has, per subscription and region, 250 reads with 25 more a second, and 200 writes and 200 deletes with 10 more
//! a second. Answers tell what is left. Against an ARM on this machine nothing is counted until its answers say that it
//! counts.
//!
//! Must not know: requests, what is waited for.

use std::sync::Mutex;
use std::time::Duration;

use azure_core::http::headers::Headers;

/// Which bucket a request draws from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    /// GET, HEAD.
    Reads,
    /// PUT, PATCH, POST.
    Writes,
    /// DELETE.
    Deletes,
}

/// Capacity and refill per second, in the order of [`Bucket`].
const LIMITS: [(f64, f64); 3] = [(250.0, 25.0), (200.0, 10.0), (200.0, 10.0)];
/// Whoever waits for a token waits for so many more: ARM's bucket fills by its own clock, and requests overtake one another.
const SPARE: f64 = 1.0;
/// Beginnings and ends of the headers that tell what is left; `global` ones count something else.
const PREFIX: &str = "x-ms-ratelimit-remaining-";
const SUFFIXES: [&str; 3] = ["-reads", "-writes", "-deletes"];

#[derive(Debug)]
struct Level {
    /// May be below zero: what is promised to those that wait.
    tokens: f64,
    /// When `tokens` was true.
    at: Duration,
    /// Nobody may go before this (a 429 said so).
    closed_until: Duration,
}

/// The limiter of one client. Its methods take the time and give a time to wait, so that it needs no clock.
#[derive(Debug)]
pub struct Limiter {
    levels: Mutex<([Level; 3], bool)>,
}

impl Bucket {
    /// The bucket of a method.
    pub fn of(method: &str) -> Self {
        match method {
            "GET" | "HEAD" => Self::Reads,
            "DELETE" => Self::Deletes,
            _ => Self::Writes,
        }
    }
}

impl Limiter {
    /// Full buckets; `on` is false for an ARM on this machine.
    pub fn new(on: bool) -> Self {
        let full = |(tokens, _)| Level { tokens, at: Duration::ZERO, closed_until: Duration::ZERO };
        Self { levels: Mutex::new((LIMITS.map(full), on)) }
    }

    /// Counts from now on, whatever ARM it is.
    pub fn turn_on(&self) {
        self.lock().1 = true;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, ([Level; 3], bool)> {
        self.levels.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Takes one token at time `now`; the caller must wait as long as is answered before it sends.
    pub fn take(&self, bucket: Bucket, now: Duration) -> Duration {
        let mut guard = self.lock();
        let on = guard.1;
        let (_, rate) = LIMITS[bucket as usize];
        let level = &mut guard.0[bucket as usize];
        level.refill(bucket, now);
        let closed = level.closed_until.saturating_sub(now);
        if !on {
            return closed;
        }
        level.tokens -= 1.0;
        let wait = if level.tokens < 0.0 { (SPARE - level.tokens) / rate } else { 0.0 };
        closed.max(Duration::from_secs_f64(wait))
    }

    /// How full the need is: 0 with a full bucket, 1 with an empty one. Polls stretch by it.
    pub fn pressure(&self, bucket: Bucket, now: Duration) -> f64 {
        let mut guard = self.lock();
        if !guard.1 {
            return 0.0;
        }
        let level = &mut guard.0[bucket as usize];
        level.refill(bucket, now);
        let (capacity, _) = LIMITS[bucket as usize];
        (1.0 - level.tokens / capacity).clamp(0.0, 1.0)
    }

    /// Learns from an answer's headers.
    pub fn learn(&self, headers: &Headers, now: Duration) {
        for (name, value) in headers.iter() {
            let Some(rest) = name.as_str().strip_prefix(PREFIX) else { continue };
            let Some(which) = SUFFIXES.iter().position(|s| rest.ends_with(s)) else { continue };
            let Ok(left) = value.as_str().trim().parse::<f64>() else { continue };
            let mut guard = self.lock();
            guard.1 = true;
            if !rest.contains("global") {
                let level = &mut guard.0[which];
                level.refill([Bucket::Reads, Bucket::Writes, Bucket::Deletes][which], now);
                level.tokens = level.tokens.min(left);
            }
        }
    }

    /// A 429 said to wait: nobody draws from this bucket before that, and it is empty then.
    pub fn close(&self, bucket: Bucket, now: Duration, wait: Duration) {
        let mut guard = self.lock();
        guard.1 = true;
        let level = &mut guard.0[bucket as usize];
        level.closed_until = level.closed_until.max(now + wait);
        level.refill(bucket, now);
        level.tokens = level.tokens.min(0.0);
    }
}

impl Level {
    fn refill(&mut self, bucket: Bucket, now: Duration) {
        let (capacity, rate) = LIMITS[bucket as usize];
        self.tokens = (self.tokens + now.saturating_sub(self.at).as_secs_f64() * rate).min(capacity);
        self.at = self.at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn thr_01_a_burst_then_the_refill_rate() {
        let limiter = Limiter::new(true);
        assert!((0..250).all(|_| limiter.take(Bucket::Reads, s(0)).is_zero()));
        let waits: Vec<_> = (0..50).map(|_| limiter.take(Bucket::Reads, s(0))).collect();
        let after = |tokens: f64| Duration::from_secs_f64((tokens + SPARE) / 25.0);
        assert_eq!(waits[24], after(25.0), "the 25th above the burst waits one second, and a little");
        assert_eq!(waits[49], after(50.0));
        assert!(limiter.take(Bucket::Writes, s(0)).is_zero(), "buckets are separate");
        assert!(limiter.take(Bucket::Reads, s(30)).is_zero(), "refilled");
        assert!(limiter.pressure(Bucket::Reads, s(60)) < 0.01);
    }

    #[test]
    fn thr_02_headers_lower_the_level_and_switch_a_local_one_on() {
        let limiter = Limiter::new(false);
        assert!((0..1000).all(|_| limiter.take(Bucket::Reads, s(0)).is_zero()));
        let mut headers = Headers::new();
        headers.insert("x-ms-ratelimit-remaining-subscription-reads", "3");
        limiter.learn(&headers, s(0));
        assert!((0..3).all(|_| limiter.take(Bucket::Reads, s(0)).is_zero()));
        assert!(!limiter.take(Bucket::Reads, s(0)).is_zero());
        let limiter = Limiter::new(true);
        let mut headers = Headers::new();
        headers.insert("x-ms-ratelimit-remaining-subscription-global-writes", "0");
        limiter.learn(&headers, s(0));
        assert!(limiter.take(Bucket::Writes, s(0)).is_zero());
    }

    #[test]
    fn one_that_is_turned_on_counts_from_the_start() {
        let limiter = Limiter::new(false);
        limiter.turn_on();
        assert!((0..200).all(|_| limiter.take(Bucket::Writes, s(0)).is_zero()));
        assert!(!limiter.take(Bucket::Writes, s(0)).is_zero());
    }

    #[test]
    fn thr_03_a_429_closes_the_bucket_for_all() {
        let limiter = Limiter::new(false);
        limiter.close(Bucket::Deletes, s(1), s(10));
        assert_eq!(limiter.take(Bucket::Deletes, s(3)), s(8));
        assert!((0..90).all(|_| limiter.take(Bucket::Deletes, s(11)).is_zero()), "ten seconds refilled it");
        assert!((0..20).any(|_| !limiter.take(Bucket::Deletes, s(11)).is_zero()), "and no more than that");
    }
}
