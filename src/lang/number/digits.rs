//! Decimal digits of a binary number, rounded as Go rounds them (`strconv`, `math/big`).

use num_bigint::BigUint;

/// Decimal digits without leading or trailing zeros: `0.d1d2d3… * 10^point`.
pub(super) struct Decimal {
    digits: Vec<u8>,
    /// Where the decimal point is.
    pub(super) point: i64,
}

impl Decimal {
    /// The exact digits of `mantissa * 2^exponent`.
    pub(super) fn new(mantissa: &BigUint, exponent: i64) -> Decimal {
        if mantissa.bits() == 0 {
            return Decimal { digits: Vec::new(), point: 0 };
        }
        let power = exponent.unsigned_abs();
        let (text, point) = if exponent >= 0 {
            ((mantissa << power).to_string(), 0)
        } else {
            ((mantissa * BigUint::from(5u8).pow(power as u32)).to_string(), exponent)
        };
        let point = text.len() as i64 + point;
        let mut all = Decimal { digits: text.into_bytes(), point };
        all.trim();
        all
    }

    pub(super) fn len(&self) -> usize {
        self.digits.len()
    }

    fn at(&self, i: usize) -> u8 {
        self.digits.get(i).copied().unwrap_or(b'0')
    }

    fn trim(&mut self) {
        while self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.point = 0;
        }
    }

    /// Keeps `n` digits, half to even.
    pub(super) fn round(&mut self, n: i64) {
        if n < 0 {
            *self = Decimal { digits: Vec::new(), point: 0 };
            return;
        }
        let n = n as usize;
        if n >= self.len() {
            return;
        }
        let up = if self.digits[n] == b'5' && n + 1 == self.len() {
            n > 0 && (self.digits[n - 1] - b'0') % 2 == 1
        } else {
            self.digits[n] >= b'5'
        };
        if up { self.round_up(n) } else { self.round_down(n) }
    }

    fn round_down(&mut self, n: usize) {
        self.digits.truncate(n);
        self.trim();
    }

    fn round_up(&mut self, mut n: usize) {
        while n > 0 && self.digits[n - 1] == b'9' {
            n -= 1;
        }
        if n == 0 {
            self.digits = vec![b'1'];
            self.point += 1;
            return;
        }
        self.digits[n - 1] += 1;
        self.digits.truncate(n);
    }

    /// Go's `roundShortest`: the fewest digits that are nearer to this number than to its neighbours.
    pub(super) fn round_shortest(&mut self, mantissa: &BigUint, exponent: i64, precision: u64) {
        let bits = mantissa.bits();
        if bits == 0 {
            return;
        }
        if bits > precision || exponent >= 0 && bits as i64 + exponent < precision as i64 {
            // A whole number whose neighbours are less than one away needs all its digits.
            return;
        }
        let shift = precision + 1 - bits;
        let (mantissa, exponent) = (mantissa << shift, exponent - shift as i64);
        let inclusive = !mantissa.bit(1);
        let lower = Decimal::new(&(&mantissa - 1u8), exponent);
        let upper = Decimal::new(&(mantissa + 1u8), exponent);
        for i in 0..self.len() {
            let (l, m, u) = (lower.at(i), self.digits[i], upper.at(i));
            let down = l != m || inclusive && i + 1 == lower.len();
            let up = m != u && (inclusive || m + 1 < u || i + 1 < upper.len());
            match (down, up) {
                (true, true) => return self.round(i as i64 + 1),
                (true, false) => return self.round_down(i + 1),
                (false, true) => {
                    return if i + 1 < self.len() {
                        self.round_up(i + 1)
                    };
                }
                _ => {}
            }
        }
    }

    pub(super) fn write_plain(&self, out: &mut String, places: usize) {
        if self.point > 0 {
            for i in 0..self.point as usize {
                out.push(self.at(i) as char);
            }
        } else {
            out.push('0');
        }
        if places > 0 {
            out.push('.');
            for i in 0..places as i64 {
                let at = self.point + i;
                out.push(if at < 0 { '0' } else { self.at(at as usize) as char });
            }
        }
    }

    pub(super) fn write_exponent(&self, out: &mut String, verb: char, places: usize) {
        out.push(self.at(0) as char);
        if places > 0 {
            out.push('.');
            for i in 1..=places {
                out.push(self.at(i) as char);
            }
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.point - 1 };
        out.push(verb);
        out.push(if exponent < 0 { '-' } else { '+' });
        out.push_str(&format!("{:02}", exponent.abs()));
    }
}
