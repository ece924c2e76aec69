//! Numbers: binary floats of 512 bits, printed with the digits that Go prints.
//!
//! Terraform's numbers are Go `big.Float`s (cty). A literal has 512 bits of mantissa, an integer that a function made
//! has 64, a result of floating point functions 53; an operation takes the larger of its operands'. Knows nothing of
//! values, files or the network. Numbers of more than about 39,000 digits become infinite (or zero).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use num_bigint::BigUint;

use digits::Decimal;

mod digits;

/// Bits of a literal.
const LITERAL: u32 = 512;
/// Bits of an integer that a function made.
const INTEGER: u32 = 64;
/// The largest binary exponent, of either sign.
const LIMIT: i64 = 1 << 17;
/// The largest decimal exponent that is read.
const DECIMAL_LIMIT: i64 = 39_000;

/// A number of the language. Equality, order and hash are those of the value, whatever its precision.
#[derive(Clone)]
pub struct Number {
    repr: Repr,
    precision: u32,
}

/// Integers that fit are always `Small`; `Big` is never zero and its mantissa is odd.
#[derive(Clone)]
enum Repr {
    Small(i64),
    /// Zero with a sign, which only text shows: `-0`, `0 * -1`.
    MinusZero,
    Big(Arc<Big>),
    Infinite {
        negative: bool,
    },
}

/// `mantissa * 2^exponent`.
#[derive(Clone)]
struct Big {
    negative: bool,
    mantissa: BigUint,
    exponent: i64,
}

/// Why an operation has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ArithmeticError {
    /// Zero by zero, or infinity by infinity.
    #[error("can't divide zero by zero or infinity by infinity")]
    Divide,
    /// Zero times infinity.
    #[error("can't multiply zero by infinity")]
    Multiply,
    /// Infinity and minus infinity.
    #[error("can't compute sum of opposing infinities")]
    Add,
    /// Infinity from itself.
    #[error("can't subtract infinity from itself")]
    Subtract,
    /// Modulo of or by what has none.
    #[error("can't use modulo with zero and infinity")]
    Modulo,
}

impl From<i64> for Number {
    fn from(n: i64) -> Number {
        Number { repr: Repr::Small(n), precision: INTEGER }
    }
}

impl Number {
    /// Zero.
    pub const ZERO: Number = Number { repr: Repr::Small(0), precision: INTEGER };

    /// An integer of any size, exactly.
    pub fn from_integer(negative: bool, magnitude: BigUint) -> Number {
        let bits = magnitude.bits();
        let (negative, precision) =
            (negative && bits > 0, u32::try_from(bits).unwrap_or(u32::MAX).max(INTEGER));
        build(negative, magnitude, 0, precision, false)
    }

    /// A count.
    pub fn from_usize(n: usize) -> Number {
        i64::try_from(n).map_or_else(|_| Number::from_integer(false, BigUint::from(n)), Number::from)
    }

    /// A double, exactly; `None` for NaN.
    pub fn from_f64(x: f64) -> Option<Number> {
        if x.is_nan() {
            return None;
        }
        if x.is_infinite() {
            return Some(Number::infinite(x < 0.0));
        }
        let bits = x.to_bits();
        let exponent = ((bits >> 52) & 0x7ff) as i64;
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) =
            if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
        Some(build(x < 0.0, BigUint::from(mantissa), exponent, 53, false))
    }

    /// Infinity.
    pub fn infinite(negative: bool) -> Number {
        Number { repr: Repr::Infinite { negative }, precision: LITERAL }
    }

    /// Reads decimal text as cty does: sign, digits with at most one point, exponent, or `Inf`.
    pub fn parse(text: &str) -> Option<Number> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        if matches!(rest, "Inf" | "inf") {
            return Some(Number::infinite(negative));
        }
        // Go also takes a binary exponent.
        let (rest, binary) = match rest.split_once('p') {
            Some((rest, power)) => (rest, read_exponent(power)?),
            None => (rest, 0),
        };
        if binary.abs() > LIMIT {
            return None;
        }
        let (digits, exponent) = match rest.find(['e', 'E']) {
            Some(_) if binary != 0 => return None,
            Some(at) => (&rest[..at], read_exponent(&rest[at + 1..])?),
            None => (rest, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() && fraction.is_empty() || !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        if fraction.is_empty()
            && exponent == 0
            && binary == 0
            && whole.len() <= 18
            && let Ok(n) = whole.parse::<i64>()
            && (n != 0 || !negative)
        {
            return Some(Number { repr: Repr::Small(if negative { -n } else { n }), precision: LITERAL });
        }
        let all = BigUint::parse_bytes([whole, fraction].concat().as_bytes(), 10)?;
        let exponent = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
        let places = i64::try_from(whole.len() + fraction.len()).ok()?;
        if all.bits() == 0 {
            return Some(Number { repr: zero(negative), precision: LITERAL });
        }
        if exponent.abs() > DECIMAL_LIMIT || places > 2 * DECIMAL_LIMIT {
            return None;
        }
        let power = BigUint::from(10u8).pow(exponent.unsigned_abs() as u32);
        Some(if exponent >= 0 {
            build(negative, all * power, binary, LITERAL, false)
        } else {
            ratio(negative, all, power, binary, LITERAL)
        })
    }

    /// A JSON number, exactly as its text says.
    pub fn from_json(n: &serde_json::Number) -> Number {
        if let Some(i) = n.as_i64().filter(|i| *i != 0) {
            return Number { repr: Repr::Small(i), precision: LITERAL };
        }
        Number::parse(&n.to_string()).unwrap_or(Number::ZERO)
    }

    /// As a JSON number, with every digit; infinity is `null`, and zero has no sign.
    pub fn to_json(&self) -> serde_json::Value {
        if let Some(i) = self.as_i64() {
            return i.into();
        }
        let exact = self.to_json_text().and_then(|text| text.parse::<serde_json::Number>().ok());
        exact.map_or(serde_json::Value::Null, serde_json::Value::Number)
    }

    /// The exact text of the number in JSON, the sign of zero too; `None` for infinity.
    pub fn to_json_text(&self) -> Option<String> {
        self.is_finite().then(|| self.to_string())
    }

    /// Is it neither infinity?
    pub fn is_finite(&self) -> bool {
        !matches!(self.repr, Repr::Infinite { .. })
    }

    /// Is it zero?
    pub fn is_zero(&self) -> bool {
        matches!(self.repr, Repr::Small(0) | Repr::MinusZero)
    }

    /// Is it below zero?
    pub fn is_negative(&self) -> bool {
        match &self.repr {
            Repr::Small(n) => *n < 0,
            Repr::MinusZero => false,
            Repr::Big(b) => b.negative,
            Repr::Infinite { negative } => *negative,
        }
    }

    /// Is it the zero that is written `-0`? It equals the other one.
    pub fn is_minus_zero(&self) -> bool {
        matches!(self.repr, Repr::MinusZero)
    }

    /// Is it a whole number?
    pub fn is_integer(&self) -> bool {
        match &self.repr {
            Repr::Small(_) | Repr::MinusZero => true,
            Repr::Big(b) => b.exponent >= 0,
            Repr::Infinite { .. } => false,
        }
    }

    /// The whole number that it is, if it fits.
    pub fn as_i64(&self) -> Option<i64> {
        match &self.repr {
            Repr::Small(n) => Some(*n),
            Repr::MinusZero => Some(0),
            _ => None,
        }
    }

    /// The whole number that it is, if it fits and is not negative.
    pub fn as_u64(&self) -> Option<u64> {
        match self.integer() {
            Some((false, n)) if n.bits() <= 64 => Some(n.iter_u64_digits().next().unwrap_or(0)),
            _ => None,
        }
    }

    /// The whole number that it is, if it fits and is not negative.
    pub fn as_usize(&self) -> Option<usize> {
        self.as_u64().and_then(|n| n.try_into().ok())
    }

    /// Sign (negative?) and magnitude, if it is a whole number.
    pub fn integer(&self) -> Option<(bool, BigUint)> {
        match &self.repr {
            Repr::Small(n) => Some((*n < 0, BigUint::from(n.unsigned_abs()))),
            Repr::MinusZero => Some((false, BigUint::ZERO)),
            Repr::Big(b) if b.exponent >= 0 => Some((b.negative, &b.mantissa << b.exponent.unsigned_abs())),
            _ => None,
        }
    }

    /// The nearest double.
    pub fn as_f64(&self) -> f64 {
        match &self.repr {
            Repr::Small(n) => *n as f64,
            Repr::MinusZero => -0.0,
            Repr::Infinite { negative } => {
                if *negative {
                    f64::NEG_INFINITY
                } else {
                    f64::INFINITY
                }
            }
            Repr::Big(b) => {
                // The upper 64 bits, the rest as a sticky bit; two steps so that a tiny power does not vanish.
                let shift = b.mantissa.bits().saturating_sub(64);
                let upper = &b.mantissa >> shift;
                let sticky = u64::from(shift > 0 && (&upper << shift) != b.mantissa);
                let upper = upper.iter_u64_digits().next().unwrap_or(0) | sticky;
                let exponent = (b.exponent + shift as i64).clamp(-4000, 4000) as i32;
                let x = upper as f64 * 2f64.powi(exponent / 2) * 2f64.powi(exponent - exponent / 2);
                if b.negative { -x } else { x }
            }
        }
    }

    /// The sum.
    pub fn add(&self, other: &Number) -> Result<Number, ArithmeticError> {
        let precision = self.precision.max(other.precision);
        if let (Repr::Small(a), Repr::Small(b)) = (&self.repr, &other.repr)
            && let Some(n) = a.checked_add(*b).filter(|n| fits(*n, precision))
        {
            return Ok(Number { repr: Repr::Small(n), precision });
        }
        let (a, b) = match (self.parts(), other.parts()) {
            (Err(a), Err(b)) if a != b => return Err(ArithmeticError::Add),
            (Err(negative), _) | (_, Err(negative)) => return Ok(Number::infinite(negative)),
            (Ok(a), Ok(b)) => (a, b),
        };
        let exponent = a.exponent.min(b.exponent);
        let x = a.mantissa << (a.exponent - exponent).unsigned_abs();
        let y = b.mantissa << (b.exponent - exponent).unsigned_abs();
        Ok(if a.negative == b.negative {
            build(a.negative, x + y, exponent, precision, false)
        } else if x >= y {
            build(a.negative && x != y, x - y, exponent, precision, false)
        } else {
            build(b.negative, y - x, exponent, precision, false)
        })
    }

    /// The difference.
    pub fn sub(&self, other: &Number) -> Result<Number, ArithmeticError> {
        self.add(&other.neg()).map_err(|_| ArithmeticError::Subtract)
    }

    /// The product.
    pub fn mul(&self, other: &Number) -> Result<Number, ArithmeticError> {
        let precision = self.precision.max(other.precision);
        if let (Repr::Small(a), Repr::Small(b)) = (&self.repr, &other.repr)
            && let Some(n) = a.checked_mul(*b).filter(|n| *n != 0 && fits(*n, precision))
        {
            return Ok(Number { repr: Repr::Small(n), precision });
        }
        match (self.parts(), other.parts()) {
            (Ok(a), Ok(b)) => Ok(build(
                a.negative != b.negative,
                a.mantissa * b.mantissa,
                a.exponent + b.exponent,
                precision,
                false,
            )),
            _ if self.is_zero() || other.is_zero() => Err(ArithmeticError::Multiply),
            _ => Ok(Number::infinite(self.is_negative() != other.is_negative())),
        }
    }

    /// The quotient; by zero it is infinite.
    pub fn div(&self, other: &Number) -> Result<Number, ArithmeticError> {
        let precision = self.precision.max(other.precision);
        if let (Repr::Small(a), Repr::Small(b)) = (&self.repr, &other.repr)
            && a.checked_rem(*b) == Some(0)
            && let Some(n) = a.checked_div(*b).filter(|n| *n != 0 && fits(*n, precision))
        {
            return Ok(Number { repr: Repr::Small(n), precision });
        }
        match (self.parts(), other.parts()) {
            (Err(_), Err(_)) => Err(ArithmeticError::Divide),
            (Err(negative), Ok(b)) => Ok(Number::infinite(negative != b.negative)),
            (Ok(a), Err(negative)) => Ok(Number { repr: zero(a.negative != negative), precision }),
            (Ok(a), Ok(b)) if b.mantissa.bits() == 0 => {
                if a.mantissa.bits() == 0 {
                    return Err(ArithmeticError::Divide);
                }
                Ok(Number::infinite(a.negative))
            }
            (Ok(a), Ok(b)) => Ok(ratio(
                a.negative != b.negative,
                a.mantissa,
                b.mantissa,
                a.exponent - b.exponent,
                precision,
            )),
        }
    }

    /// What remains after the whole part of the quotient; as in cty, `x % 0` is `x`.
    pub fn rem(&self, other: &Number) -> Result<Number, ArithmeticError> {
        if let (Repr::Small(a), Repr::Small(b)) = (&self.repr, &other.repr)
            && let Some(n) = a.checked_rem(*b)
        {
            return Ok(Number { repr: Repr::Small(n), precision: self.precision.max(other.precision) });
        }
        let quotient = self.div(other)?;
        if !quotient.is_finite() {
            return if self.is_finite() { Ok(self.clone()) } else { Err(ArithmeticError::Modulo) };
        }
        self.sub(&other.mul(&quotient.trunc())?)
    }

    /// The number with the other sign.
    pub fn neg(&self) -> Number {
        let precision = self.precision;
        let repr = match &self.repr {
            Repr::Small(0) => Repr::MinusZero,
            Repr::MinusZero => Repr::Small(0),
            Repr::Small(n) => match n.checked_neg() {
                Some(n) => Repr::Small(n),
                None => {
                    return build(false, BigUint::from(n.unsigned_abs()), 0, precision.max(INTEGER), false);
                }
            },
            Repr::Big(b) => {
                return build(!b.negative, b.mantissa.clone(), b.exponent, precision, false);
            }
            Repr::Infinite { negative } => Repr::Infinite { negative: !negative },
        };
        Number { repr, precision }
    }

    /// The number without its sign.
    pub fn abs(&self) -> Number {
        if self.is_negative() || self.is_minus_zero() { self.neg() } else { self.clone() }
    }

    /// The whole number next to it towards zero.
    pub fn trunc(&self) -> Number {
        match &self.repr {
            Repr::Big(b) if b.exponent < 0 => {
                Number::from_integer(b.negative, &b.mantissa >> b.exponent.unsigned_abs())
            }
            Repr::MinusZero => self.neg(),
            _ => self.clone(),
        }
    }

    /// The largest whole number that is not above it.
    pub fn floor(&self) -> Number {
        let whole = self.trunc();
        if self.is_integer() || !self.is_finite() || !self.is_negative() {
            return whole;
        }
        whole.sub(&Number::from(1)).unwrap_or(whole)
    }

    /// The smallest whole number that is not below it.
    pub fn ceil(&self) -> Number {
        self.floor()
            .add(&Number::from(i64::from(!self.is_integer() && self.is_finite())))
            .unwrap_or_else(|_| self.clone())
    }

    /// The text that Go's `big.Float` gives for `e`, `E`, `f`, `g` or `G` with so many digits (`None`: as few as name
    /// the number).
    pub fn text(&self, verb: char, precision: Option<usize>) -> String {
        let negative = self.is_negative() || self.is_minus_zero();
        let mut out = String::from(if negative { "-" } else { "" });
        let Ok(parts) = self.parts() else {
            return if negative { "-Inf".into() } else { "+Inf".into() };
        };
        let mut digits = Decimal::new(&parts.mantissa, parts.exponent);
        let shortest = precision.is_none();
        let mut wanted = precision.unwrap_or(0);
        if shortest {
            digits.round_shortest(&parts.mantissa, parts.exponent, self.precision.into());
            wanted = match verb {
                'e' | 'E' => digits.len().saturating_sub(1),
                'f' => (digits.len() as i64 - digits.point).max(0) as usize,
                _ => digits.len(),
            };
        } else {
            let at = match verb {
                'e' | 'E' => 1 + wanted as i64,
                'f' => digits.point + wanted as i64,
                _ => {
                    wanted = wanted.max(1);
                    wanted as i64
                }
            };
            digits.round(at);
        }
        match verb {
            'e' | 'E' => digits.write_exponent(&mut out, verb, wanted),
            'f' => digits.write_plain(&mut out, wanted),
            _ => {
                let mut limit = wanted;
                if limit > digits.len() && digits.len() as i64 >= digits.point {
                    limit = digits.len();
                }
                if shortest {
                    limit = 6;
                }
                let exponent = digits.point - 1;
                if exponent < -4 || exponent >= limit as i64 {
                    let verb = if verb == 'G' { 'E' } else { 'e' };
                    digits.write_exponent(&mut out, verb, wanted.min(digits.len()).saturating_sub(1));
                } else {
                    let places = (digits.len() as i64 - digits.point).max(0) as usize;
                    digits.write_plain(&mut out, places);
                }
            }
        }
        out
    }

    /// Its parts, or the sign of infinity.
    fn parts(&self) -> Result<Big, bool> {
        match &self.repr {
            Repr::Small(n) => {
                Ok(Big { negative: *n < 0, mantissa: BigUint::from(n.unsigned_abs()), exponent: 0 })
            }
            Repr::MinusZero => Ok(Big { negative: true, mantissa: BigUint::ZERO, exponent: 0 }),
            Repr::Big(b) => Ok((**b).clone()),
            Repr::Infinite { negative } => Err(*negative),
        }
    }
}

/// The zero of this sign.
fn zero(negative: bool) -> Repr {
    if negative { Repr::MinusZero } else { Repr::Small(0) }
}

/// Is a whole number exact at this precision?
fn fits(n: i64, precision: u32) -> bool {
    precision >= 64 || n.unsigned_abs() >> precision.min(63) == 0
}

/// The digits after `e`; `None` if they are no exponent.
fn read_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Rounds to the precision (half to even; `sticky`: there was more below the last bit) and brings into normal form.
fn build(negative: bool, mut mantissa: BigUint, mut exponent: i64, precision: u32, sticky: bool) -> Number {
    let bits = mantissa.bits();
    let wanted = u64::from(precision);
    if bits > wanted {
        let shift = bits - wanted;
        let half_set = mantissa.bit(shift - 1);
        let below = sticky || mantissa.trailing_zeros().is_some_and(|z| z < shift - 1);
        mantissa >>= shift;
        exponent += shift as i64;
        if half_set && (below || mantissa.bit(0)) {
            mantissa += 1u8;
        }
    }
    let Some(zeros) = mantissa.trailing_zeros() else {
        return Number { repr: zero(negative), precision };
    };
    mantissa >>= zeros;
    exponent += zeros as i64;
    let top = exponent + mantissa.bits() as i64;
    if top > LIMIT {
        return Number::infinite(negative);
    }
    if top < -LIMIT {
        return Number { repr: zero(negative), precision };
    }
    if exponent >= 0 && top <= 63 {
        let n = (mantissa.iter_u64_digits().next().unwrap_or(0) << exponent) as i64;
        return Number { repr: Repr::Small(if negative { -n } else { n }), precision };
    }
    if negative && top == 64 && mantissa.bits() == 1 {
        return Number { repr: Repr::Small(i64::MIN), precision };
    }
    Number { repr: Repr::Big(Arc::new(Big { negative, mantissa, exponent })), precision }
}

/// `numerator / denominator * 2^exponent`, rounded once.
fn ratio(negative: bool, numerator: BigUint, denominator: BigUint, exponent: i64, precision: u32) -> Number {
    let shift = (u64::from(precision) + 2 + denominator.bits()).saturating_sub(numerator.bits());
    let numerator = numerator << shift;
    let quotient = &numerator / &denominator;
    let inexact = &quotient * &denominator != numerator;
    build(negative, quotient, exponent - shift as i64, precision, inexact)
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        if let (Repr::Small(a), Repr::Small(b)) = (&self.repr, &other.repr) {
            return a.cmp(b);
        }
        let sign = other.is_negative().cmp(&self.is_negative());
        if sign != Ordering::Equal {
            return sign;
        }
        let magnitude = match (self.parts(), other.parts()) {
            (Err(_), Err(_)) => Ordering::Equal,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Ok(_), Err(_)) => Ordering::Less,
            (Ok(a), Ok(b)) => {
                let exponent = a.exponent.min(b.exponent);
                (a.mantissa << (a.exponent - exponent).unsigned_abs())
                    .cmp(&(b.mantissa << (b.exponent - exponent).unsigned_abs()))
            }
        };
        if self.is_negative() { magnitude.reverse() } else { magnitude }
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.repr {
            Repr::Small(n) => n.hash(state),
            Repr::MinusZero => 0_i64.hash(state),
            Repr::Big(b) => (b.negative, &b.mantissa, b.exponent).hash(state),
            Repr::Infinite { negative } => (negative, "infinite").hash(state),
        }
    }
}

impl fmt::Display for Number {
    /// All digits, no exponent, as the language turns numbers into text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.repr {
            Repr::Small(n) => write!(f, "{n}"),
            _ => f.write_str(&self.text('f', None)),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    /// Every text is Terraform's (cases/expr).
    #[test]
    fn has_terraforms_digits() {
        let third = n("1").div(&n("3")).unwrap();
        let rows = [
            (n("2").div(&n("3")).unwrap(), format!("0.{}7", "6".repeat(153))),
            (third.clone(), format!("0.{}5", "3".repeat(154))),
            (third.mul(&n("3")).unwrap(), "1".into()),
            (n("0.1").add(&n("0.2")).unwrap(), "0.3".into()),
            (n("0.3").sub(&n("0.1")).unwrap(), format!("0.2{}2", "0".repeat(153))),
            (n("1e-3"), "0.001".into()),
            (n("00"), "0".into()),
            (n("-0"), "-0".into()),
            (n("0").mul(&n("-1")).unwrap(), "-0".into()),
            (n("0").div(&n("-2")).unwrap(), "-0".into()),
            (n("-0").add(&n("0")).unwrap(), "0".into()),
            (n("-3").add(&n("3")).unwrap(), "0".into()),
            (n("-0").neg(), "0".into()),
            (n("-0").abs(), "0".into()),
            (n("1.5e300"), format!("15{}", "0".repeat(299))),
            (n("1e-400"), format!("0.{}1", "0".repeat(399))),
            (n("9007199254740993").add(&n("1")).unwrap(), "9007199254740994".into()),
            (n("-5").rem(&n("3")).unwrap(), "-2".into()),
            (n("5").rem(&n("0")).unwrap(), "5".into()),
            (n("5.5").rem(&n("2")).unwrap(), "1.5".into()),
            (n("123456789012345678901234567890.5"), "123456789012345678901234567890.5".into()),
            (Number::from_f64(2f64.powi(200)).unwrap(), format!("16069380442589903{}", "0".repeat(44))),
            (Number::from(1).div(&Number::from(3)).unwrap(), "0.33333333333333333334".into()),
        ];
        for (i, (number, text)) in rows.into_iter().enumerate() {
            assert_eq!(number.to_string(), text, "row {i}");
        }
        assert_ne!(n("0.1").add(&n("0.2")).unwrap().cmp(&n("0.4")), Ordering::Equal);
    }

    #[test]
    fn formats_as_go() {
        let rows = [
            ("1e21", 'g', None, "1e+21"),
            ("0.1", 'g', None, "0.1"),
            ("1e-10", 'G', None, "1E-10"),
            ("1.5", 'f', Some(6), "1.500000"),
            ("3.14159", 'f', Some(3), "3.142"),
            ("0.5", 'f', Some(0), "0"),
            ("1234.5678", 'e', Some(2), "1.23e+03"),
            ("1234.5678", 'g', Some(3), "1.23e+03"),
            ("100000", 'g', None, "100000"),
            ("0", 'e', Some(2), "0.00e+00"),
        ];
        for (text, verb, precision, want) in rows {
            assert_eq!(n(text).text(verb, precision), want, "{text} {verb}");
        }
    }

    #[test]
    fn reads_what_cty_reads() {
        for bad in ["", "0x10", " 1", "1_000", "1e", "e1", ".", "-", "1.2.3", "Infinity", "1e999999999"] {
            assert!(Number::parse(bad).is_none(), "{bad}");
        }
        assert_eq!(n("+1."), n("1"));
        assert_eq!(n(".5"), n("0.5"));
        assert_eq!(n("1.5p-1"), n("0.75"));
        assert!(!n("-Inf").is_finite());
    }

    #[test]
    fn edges_of_small_integers() {
        let min = Number::from(i64::MIN);
        assert_eq!(min.neg().to_string(), "9223372036854775808");
        assert_eq!(min.neg().neg().as_i64(), Some(i64::MIN));
        assert_eq!(min.add(&Number::from(-1)).unwrap().to_string(), "-9223372036854775809");
        assert_eq!(min.div(&Number::from(-1)).unwrap().as_u64(), Some(1 << 63));
        assert_eq!(n("18446744073709551615").as_u64(), Some(u64::MAX));
        assert!(n("1e30") > n("9223372036854775807") && n("-1e30") < min);
        assert_eq!(n("-1.5").floor(), n("-2"));
        assert_eq!(n("-1.5").ceil(), n("-1"));
        assert_eq!(n("1.2").ceil(), n("2"));
    }

    #[test]
    fn infinities() {
        let inf = n("1").div(&n("0")).unwrap();
        assert!(!inf.is_finite() && inf > n("1e300"));
        assert_eq!(n("0").div(&n("0")), Err(ArithmeticError::Divide));
        assert_eq!(inf.sub(&inf), Err(ArithmeticError::Subtract));
        assert_eq!(inf.mul(&n("0")), Err(ArithmeticError::Multiply));
        assert_eq!(inf.to_json_text(), None);
    }

    #[test]
    fn doubles_round_trip() {
        for x in [0.1, 1.0 / 3.0, 5e-324, f64::MAX, -2.5, 1e21, 123456.789] {
            let number = Number::from_f64(x).unwrap();
            assert_eq!(number.as_f64(), x);
            assert_eq!(number.to_string().parse::<f64>().unwrap(), x);
            assert_eq!(n(&x.to_string()).as_f64(), x);
        }
    }
}
