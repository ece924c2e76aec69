//! Numbers.

use num_bigint::BigUint;

use super::table::{Call, Fail, Function, Ty, bad, fail, param, row};
use crate::lang::codec::quote;
use crate::lang::convert::convert;
use crate::lang::number::Number;
use crate::lang::types::Type;
use crate::lang::value::{Kind, Value};

/// As many as `range` may make.
const RANGE: usize = 1024;

pub(super) const ROWS: &[Function] = &[
    row(
        "abs",
        &[param("num", Ty::Number).dynamic()],
        Ty::Number,
        |c| Ok(c.number(0).abs().into()),
        "The number without its sign.",
    ),
    row(
        "ceil",
        &[param("num", Ty::Number)],
        Ty::Number,
        |c| Ok(c.number(0).ceil().into()),
        "The smallest whole number that is not below the given one.",
    ),
    row(
        "floor",
        &[param("num", Ty::Number)],
        Ty::Number,
        |c| Ok(c.number(0).floor().into()),
        "The largest whole number that is not above the given one.",
    ),
    row(
        "log",
        &[param("num", Ty::Number), param("base", Ty::Number)],
        Ty::Number,
        log,
        "The logarithm of a number in a base.",
    ),
    row("max", &[], Ty::Number, |c| extreme(c, |new, old| new > old), "The greatest of numbers.")
        .variadic(param("numbers", Ty::Number).dynamic()),
    row("min", &[], Ty::Number, |c| extreme(c, |new, old| new < old), "The smallest of numbers.")
        .variadic(param("numbers", Ty::Number).dynamic()),
    row(
        "parseint",
        &[param("number", Ty::Any), param("base", Ty::Number)],
        Ty::Any,
        parse_int,
        "Reads a whole number in a base.",
    )
    .checked(|args| match args[0].ty() {
        Type::String => Ok(()),
        other => bad(0, format!("first argument must be a string, not {}", other.friendly_name())),
    }),
    row(
        "pow",
        &[param("num", Ty::Number), param("power", Ty::Number)],
        Ty::Number,
        pow,
        "Raises a number to a power.",
    ),
    row("range", &[], Ty::ListOfNumber, range, "A list of numbers from a start up to a limit, by a step.")
        .variadic(param("params", Ty::Number)),
    row("signum", &[param("num", Ty::Number)], Ty::Number, signum, "The sign of a number: -1, 0 or 1."),
    row("sum", &[param("list", Ty::Any)], Ty::Any, sum, "The sum of the numbers of a collection."),
];

fn log(c: &Call<'_>) -> Result<Value, Fail> {
    let (num, base) = (c.number(0), c.number(1));
    match Number::from_f64(num.as_f64().ln() / base.as_f64().ln()) {
        Some(n) => Ok(n.into()),
        None => fail(format!("the logarithm of {num} in base {base} is not a real number")),
    }
}

fn pow(c: &Call<'_>) -> Result<Value, Fail> {
    let (num, power) = (c.number(0), c.number(1));
    match Number::from_f64(power_of(num.as_f64(), power.as_f64())) {
        Some(n) => Ok(n.into()),
        None => fail(format!("{num} to the power of {power} is not a real number")),
    }
}

/// `x` to the power of `y` as Go reckons it, whose last digit is not always that of C: by squaring.
fn power_of(x: f64, y: f64) -> f64 {
    if x == 0.0 || !x.is_finite() || !y.is_finite() || y.abs() >= 9e18 || x < 0.0 && y.fract() != 0.0 {
        return x.powf(y);
    }
    let (mut whole, mut part) = (y.abs().trunc(), y.abs().fract());
    let mut result = 1.0;
    if part != 0.0 {
        if part > 0.5 {
            part -= 1.0;
            whole += 1.0;
        }
        result = (part * x.ln()).exp();
    }
    // Mantissa and exponent apart, so that nothing overflows on the way.
    let (mut base, mut base_exponent) = mantissa(x);
    let (mut exponent, mut n) = (0i64, whole as u64);
    while n != 0 {
        if base_exponent.abs() > 1 << 12 {
            exponent += base_exponent;
            break;
        }
        if n & 1 == 1 {
            result *= base;
            exponent += base_exponent;
        }
        base *= base;
        base_exponent <<= 1;
        if base < 0.5 {
            base += base;
            base_exponent -= 1;
        }
        n >>= 1;
    }
    if y < 0.0 {
        result = 1.0 / result;
        exponent = -exponent;
    }
    scaled(result, exponent)
}

/// A number of which the magnitude is from one half to one, and the power of two that it is to be multiplied with.
fn mantissa(x: f64) -> (f64, i64) {
    const TINY: f64 = (1u64 << 52) as f64;
    let (x, below) = if x.abs() < f64::MIN_POSITIVE { (x * TINY, -52) } else { (x, 0) };
    let exponent = (x.to_bits() >> 52 & 0x7ff) as i64 - 1022;
    (f64::from_bits(x.to_bits() & !(0x7ff << 52) | 1022 << 52), exponent + below)
}

/// A number times a power of two.
fn scaled(mut x: f64, exponent: i64) -> f64 {
    let mut left = exponent.clamp(-4000, 4000);
    while left != 0 {
        let step = left.clamp(-1000, 1000);
        x *= 2f64.powi(step as i32);
        left -= step;
    }
    x
}

fn extreme(c: &Call<'_>, better: fn(&Number, &Number) -> bool) -> Result<Value, Fail> {
    let mut all = c.args.iter().filter_map(Value::as_number);
    let Some(first) = all.next() else { return fail("must pass at least one number") };
    Ok(all.fold(first, |best, n| if better(n, best) { n } else { best }).clone().into())
}

fn signum(c: &Call<'_>) -> Result<Value, Fail> {
    match c.int(0) {
        Ok(n) => Ok(n.signum().into()),
        Err(reason) => fail(reason),
    }
}

fn parse_int(c: &Call<'_>) -> Result<Value, Fail> {
    let text = c.text(0);
    let base = c.number(1).as_i64().filter(|b| (2..=62).contains(b));
    let Some(base) = base else { return bad(1, "base must be a whole number between 2 and 62 inclusive") };
    match read_int(text, base as u32) {
        Some((negative, n)) => Ok(Number::from_integer(negative, n).into()),
        None => bad(0, format!("cannot parse {} as a base {base} integer", quote(text))),
    }
}

/// Digits as Go's `big.Int` reads them: above base 36 uppercase letters come after lowercase ones.
fn read_int(text: &str, base: u32) -> Option<(bool, BigUint)> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let all: Option<Vec<u8>> = digits
        .chars()
        .map(|c| {
            let n = match c {
                '0'..='9' => u32::from(c) - u32::from('0'),
                'a'..='z' => u32::from(c) - u32::from('a') + 10,
                'A'..='Z' if base <= 36 => u32::from(c) - u32::from('A') + 10,
                'A'..='Z' => u32::from(c) - u32::from('A') + 36,
                _ => return None,
            };
            (n < base).then_some(n as u8)
        })
        .collect();
    let all = all.filter(|all| !all.is_empty() && all.len() < 40_000)?;
    Some((text.starts_with('-'), BigUint::from_radix_be(&all, base)?))
}

fn range(c: &Call<'_>) -> Result<Value, Fail> {
    let (zero, one) = (Number::ZERO, Number::from(1));
    let down_or_up = |start: &Number, end: &Number| if end < start { one.neg() } else { one.clone() };
    let (start, end, step) = match c.args.len() {
        1 => (zero.clone(), c.number(0).clone(), down_or_up(&zero, c.number(0))),
        2 => (c.number(0).clone(), c.number(1).clone(), down_or_up(c.number(0), c.number(1))),
        3 => (c.number(0).clone(), c.number(1).clone(), c.number(2).clone()),
        _ => return fail("must have one, two, or three arguments"),
    };
    let down = step.is_negative();
    if down && end > start {
        return bad(1, "end must be less than start when step is negative");
    }
    if !down && end < start {
        return bad(1, "end must be greater than start when step is positive");
    }
    let mut all = Vec::new();
    let mut next = start;
    while if down { next > end } else { next < end } {
        if all.len() >= RANGE {
            return fail(format!(
                "more than {RANGE} values were generated; either decrease the difference between start and end or use \
                 a smaller step"
            ));
        }
        all.push(next.clone().into());
        next = next.add(&step).or_else(|e| fail(e.to_string()))?;
    }
    Ok(Value::list(Type::Number, all))
}

fn sum(c: &Call<'_>) -> Result<Value, Fail> {
    let value = &c.args[0];
    let all = match &value.kind {
        Kind::List(_, all) | Kind::Set(_, all) | Kind::Tuple(all) => all,
        Kind::Map(..) | Kind::Object(_) => {
            let name = value.ty().friendly_name();
            return bad(0, format!("argument must be list, set, or tuple. Received {name}"));
        }
        _ => return bad(0, "cannot sum noniterable"),
    };
    if all.is_empty() {
        return bad(0, "cannot sum an empty list");
    }
    if !value.is_wholly_known() {
        return Ok(Value::unknown_not_null(Type::Number));
    }
    let mut sum: Option<Number> = None;
    for element in all.iter() {
        let number = convert(element, &Type::Number).ok();
        let Some(number) = number.as_ref().and_then(Value::as_number) else {
            return bad(0, "argument must be list, set, or tuple of number values");
        };
        sum = Some(match sum {
            None => number.clone(),
            Some(sum) => sum.add(number).or_else(|e| fail(e.to_string()))?,
        });
    }
    Ok(sum.unwrap_or(Number::ZERO).into())
}
