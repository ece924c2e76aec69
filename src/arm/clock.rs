//! The client's clock, so that a test waits for nothing.
//!
//! Must not know: what is waited for.

use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use async_trait::async_trait;

/// Where waiting and measuring happens.
#[async_trait]
pub trait Clock: Send + Sync + fmt::Debug {
    /// Time since the clock was made; never goes back.
    fn now(&self) -> Duration;
    /// Returns after `duration`.
    async fn sleep(&self, duration: Duration);
}

/// Real time.
#[derive(Debug)]
pub struct TokioClock(Instant);

impl Default for TokioClock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

#[async_trait]
impl Clock for TokioClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// A clock whose sleepers return at once and whose hands move by what was slept: for tests, and for a local cloud
/// whose operations take no time.
#[derive(Debug, Default)]
pub struct InstantClock(Mutex<Duration>);

impl InstantClock {
    fn hands(&self) -> std::sync::MutexGuard<'_, Duration> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for InstantClock {
    fn now(&self) -> Duration {
        *self.hands()
    }

    async fn sleep(&self, duration: Duration) {
        *self.hands() += duration;
        tokio::task::yield_now().await;
    }
}
