//! The world's clock: as the real one, faster, standing until it is stepped, or with operations that end at once.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How time goes in the world.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ClockMode {
    /// As outside.
    Real,
    /// Operations end before the next request.
    Instant,
    /// So many times as fast as outside.
    Scaled(f64),
    /// Only [`Clock::step`] moves it; requests that take time answer at once.
    Stepped,
}

impl FromStr for ClockMode {
    type Err = String;

    /// Reads `real`, `instant`, `stepped` or `x60`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused =
            || format!("`{text}` is no clock: write real, instant, stepped or a factor such as x60");
        match text {
            "real" => Ok(ClockMode::Real),
            "instant" => Ok(ClockMode::Instant),
            "stepped" => Ok(ClockMode::Stepped),
            _ => match text.strip_prefix('x').and_then(|factor| factor.parse::<f64>().ok()) {
                Some(factor) if factor.is_finite() && factor > 0.0 => Ok(ClockMode::Scaled(factor)),
                _ => Err(refused()),
            },
        }
    }
}

impl fmt::Display for ClockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClockMode::Real => f.write_str("real"),
            ClockMode::Instant => f.write_str("instant"),
            ClockMode::Scaled(factor) => write!(f, "x{factor}"),
            ClockMode::Stepped => f.write_str("stepped"),
        }
    }
}

/// The clock of one running cloud.
#[derive(Debug)]
pub struct Clock {
    mode: ClockMode,
    base_ms: u64,
    started: Instant,
    stepped_ms: u64,
}

impl Clock {
    /// Starts a clock; it never shows less than `not_before_ms` (where the world was left), nor less than the real time,
    /// except that a stepped clock begins at a fixed date.
    pub fn start(mode: ClockMode, not_before_ms: u64) -> Clock {
        let real = match mode {
            ClockMode::Stepped => 1_767_225_600_000, // 2026-01-01
            _ => real_ms(),
        };
        Clock { mode, base_ms: real.max(not_before_ms), started: Instant::now(), stepped_ms: 0 }
    }

    /// How time goes.
    pub fn mode(&self) -> ClockMode {
        self.mode
    }

    /// Milliseconds of the world since 1970.
    pub fn now_ms(&self) -> u64 {
        let elapsed = self.started.elapsed().as_secs_f64() * 1000.0;
        self.base_ms
            + match self.mode {
                ClockMode::Real | ClockMode::Instant => elapsed as u64,
                ClockMode::Scaled(factor) => (elapsed * factor) as u64,
                ClockMode::Stepped => self.stepped_ms,
            }
    }

    /// Seconds since 1970 for everything that says until when it is good (tokens, assertions, certificates): others judge
    /// it by their own clocks, so it is the real time, moved by what was stepped.
    pub fn calendar(&self) -> u64 {
        (real_ms() + self.stepped_ms) / 1000
    }

    /// Moves a stepped clock on.
    pub fn step(&mut self, by: Duration) {
        self.stepped_ms += u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
    }

    /// Lets time pass at once: from now on it is not before `ms`.
    pub fn skip_to(&mut self, ms: u64) {
        self.base_ms += ms.saturating_sub(self.now_ms());
    }

    /// How many milliseconds of the world an operation of so many seconds takes.
    pub fn duration_ms(&self, seconds: f64) -> u64 {
        match self.mode {
            ClockMode::Instant => 0,
            _ => (seconds.max(0.0) * 1000.0) as u64,
        }
    }

    /// How long something that takes so many seconds of the world takes outside.
    pub fn outside(&self, seconds: f64) -> Duration {
        match self.mode {
            ClockMode::Real => Duration::from_secs_f64(seconds.max(0.0)),
            ClockMode::Scaled(factor) => Duration::from_secs_f64((seconds / factor).max(0.0)),
            ClockMode::Instant | ClockMode::Stepped => Duration::ZERO,
        }
    }

    /// `Retry-After` headers that say "ask again in so many seconds of the world". Whole seconds are what the header can
    /// say; `retry-after-ms` says it exactly where time does not go as outside.
    pub fn retry_after(&self, seconds: Option<u32>) -> Vec<(String, String)> {
        let whole = |seconds: u128| ("Retry-After".to_owned(), seconds.to_string());
        match (self.mode, seconds) {
            (ClockMode::Real, None) => Vec::new(),
            (ClockMode::Real, Some(seconds)) => vec![whole(seconds.into())],
            // A client that is told nothing waits ten seconds or more: on a faster clock it is told the same, scaled.
            (_, seconds) => {
                let outside = self.outside(f64::from(seconds.unwrap_or(10)));
                let mut headers = vec![("retry-after-ms".to_owned(), outside.as_millis().max(1).to_string())];
                if seconds.is_some() {
                    headers.push(whole(outside.as_millis().div_ceil(1000)));
                }
                headers
            }
        }
    }
}

/// Milliseconds since 1970 outside.
pub fn real_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_read_as_they_are_written() {
        for text in ["real", "instant", "stepped", "x60", "x0.5"] {
            assert_eq!(text.parse::<ClockMode>().unwrap().to_string(), text);
        }
        for text in ["", "x", "x0", "x-1", "xNaN", "60"] {
            assert!(text.parse::<ClockMode>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_scaled_clock_scales_what_clients_wait() {
        let clock = Clock::start(ClockMode::Scaled(60.0), 0);
        let headers = clock.retry_after(Some(15));
        assert_eq!(headers[0], ("retry-after-ms".to_owned(), "250".to_owned()));
        assert_eq!(headers[1], ("Retry-After".to_owned(), "1".to_owned()));
        assert_eq!(clock.outside(120.0), Duration::from_secs(2));
        assert_eq!(Clock::start(ClockMode::Real, 0).retry_after(None), []);
    }

    #[test]
    fn a_stepped_clock_stands_until_it_is_stepped() {
        let mut clock = Clock::start(ClockMode::Stepped, 0);
        let before = clock.now_ms();
        clock.step(Duration::from_secs(30));
        assert_eq!(clock.now_ms() - before, 30_000);
    }
}
