//! Address ranges in CIDR notation.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use num_bigint::BigUint;

use super::table::{Call, Fail, Function, Ty, bad, fail, param, row};
use crate::lang::number::Number;
use crate::lang::types::Type;
use crate::lang::value::Value;

const PREFIX: super::Param = param("prefix", Ty::String);

pub(super) const ROWS: &[Function] = &[
    row(
        "cidrhost",
        &[PREFIX, param("hostnum", Ty::Number)],
        Ty::String,
        host,
        "The address of a host by its number in a range.",
    ),
    row("cidrnetmask", &[PREFIX], Ty::String, netmask, "The netmask of an IPv4 range."),
    row(
        "cidrsubnet",
        &[PREFIX, param("newbits", Ty::Number), param("netnum", Ty::Number)],
        Ty::String,
        subnet,
        "A subnet of a range by its number.",
    ),
    row("cidrsubnets", &[PREFIX], Ty::ListOfString, subnets, "Consecutive subnets of a range.")
        .variadic(param("newbits", Ty::Number)),
];

/// A range: the bits of its address (at the low end) and how many of them are the prefix.
#[derive(Clone, Copy)]
struct Range {
    address: u128,
    /// 32 or 128.
    width: u32,
    prefix: u32,
}

impl Range {
    /// Ones where the host's bits are.
    fn host_mask(self) -> u128 {
        let bits = self.width - self.prefix;
        if bits == 128 { u128::MAX } else { (1 << bits) - 1 }
    }

    fn write_address(self) -> String {
        match u32::try_from(self.address) {
            Ok(address) if self.width == 32 => Ipv4Addr::from(address).to_string(),
            _ => {
                let address = Ipv6Addr::from(self.address);
                // Go prints these as what they mean.
                address.to_ipv4_mapped().map_or_else(|| address.to_string(), |a| a.to_string())
            }
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.write_address(), self.prefix)
    }
}

/// Reads a range; bits after the prefix are cleared. IPv4 numbers may have leading zeros, as Terraform allows.
fn read(text: &str) -> Result<Range, String> {
    let invalid = || format!("invalid CIDR expression: invalid CIDR address: {text}");
    let (address, prefix) = text.split_once('/').ok_or_else(invalid)?;
    let (address, width) = match address.parse::<Ipv6Addr>() {
        Ok(address) => (u128::from(address), 128),
        Err(_) => {
            let parts: Vec<u8> = address
                .split('.')
                .map(|p| p.bytes().all(|b| b.is_ascii_digit()).then(|| p.parse().ok()).flatten())
                .collect::<Option<_>>()
                .ok_or_else(invalid)?;
            let four: [u8; 4] = parts.try_into().map_err(|_| invalid())?;
            (u128::from(u32::from_be_bytes(four)), 32)
        }
    };
    let digits = !prefix.is_empty() && prefix.len() <= 3 && prefix.bytes().all(|b| b.is_ascii_digit());
    let prefix = prefix.parse::<u32>().ok().filter(|p| digits && *p <= width).ok_or_else(invalid)?;
    let mut range = Range { address, width, prefix };
    range.address &= !range.host_mask();
    Ok(range)
}

fn whole(n: &Number) -> Result<(bool, BigUint), Fail> {
    match n.integer() {
        Some(parts) => Ok(parts),
        None => fail("value must be a whole number"),
    }
}

/// The number, if it has at most 128 bits.
fn small(n: &BigUint) -> Option<u128> {
    let mut digits = n.iter_u64_digits();
    let low = u128::from(digits.next().unwrap_or(0));
    let high = u128::from(digits.next().unwrap_or(0));
    (digits.next().is_none()).then_some(high << 64 | low)
}

fn host(c: &Call<'_>) -> Result<Value, Fail> {
    let (negative, n) = whole(c.number(1))?;
    let mut range = read(c.text(0)).or_else(fail)?;
    let last = range.host_mask();
    let n = small(&n);
    let number = match n {
        Some(n) if negative && n - 1 <= last => Some(last - (n - 1)),
        Some(n) if !negative && n <= last => Some(n),
        _ => None,
    };
    let Some(number) = number else {
        // From the end, Terraform names the number that it would be from the beginning.
        let named = match n {
            Some(n) if negative => format!("-{}", (n - 1).saturating_sub(last)),
            _ => c.number(1).to_string(),
        };
        return fail(format!("prefix of {} does not accommodate a host numbered {named}", range.prefix));
    };
    range.address |= number;
    Ok(range.write_address().into())
}

fn netmask(c: &Call<'_>) -> Result<Value, Fail> {
    let mut range = read(c.text(0)).or_else(fail)?;
    if range.width != 32 {
        return fail(format!("IPv6 addresses cannot have a netmask: {}", c.text(0)));
    }
    range.address = u128::from(u32::MAX) & !range.host_mask();
    Ok(range.write_address().into())
}

fn subnet(c: &Call<'_>) -> Result<Value, Fail> {
    let new_bits = c.int(1).or_else(fail)?;
    let (negative, n) = whole(c.number(2))?;
    let mut range = read(c.text(0)).or_else(fail)?;
    let prefix = i64::from(range.prefix).saturating_add(new_bits);
    if prefix < 0 {
        return bad(1, format!("must not be below {}", -i64::from(range.prefix)));
    }
    if prefix > i64::from(range.width) {
        return fail(format!(
            "insufficient address space to extend prefix of {} by {new_bits}",
            range.prefix
        ));
    }
    let shift = range.width - prefix as u32;
    // Terraform judges the low 64 bits, and those only where the new bits are fewer.
    let accommodated = |n: &u128| !(0..64).contains(&new_bits) || *n as u64 >> new_bits == 0;
    let Some(number) = small(&n).filter(accommodated) else {
        return fail(format!(
            "prefix extension of {new_bits} does not accommodate a subnet numbered {}",
            c.number(2)
        ));
    };
    if negative && range.width == 32 {
        // What Terraform makes of a negative number: the two's complement, then its magnitude.
        let bits = range.address as i128 | (-(number as i128) << shift);
        range.address = bits.unsigned_abs() & u128::from(u32::MAX);
    } else if negative {
        return bad(2, "must not be negative");
    } else if shift < 128 {
        range.address |= number << shift;
        if range.width == 32 {
            range.address &= u128::from(u32::MAX);
        }
    }
    range.prefix = prefix as u32;
    Ok(range.to_string().into())
}

fn subnets(c: &Call<'_>) -> Result<Value, Fail> {
    let base = read(c.text(0)).or_else(|e| bad(0, e))?;
    let mut current: Option<Range> = None;
    let mut out = Vec::new();
    for i in 1..c.args.len() {
        let length = c.int(i).or_else(|e| bad(i, e))?;
        if length < 1 {
            return bad(i, "must extend prefix by at least one bit");
        }
        if length > 32 {
            return bad(i, "may not extend prefix by more than 32 bits");
        }
        let prefix = base.prefix + length as u32;
        if prefix > base.width {
            let protocol = if base.width == 32 { "IPv4" } else { "IPv6" };
            return bad(
                i,
                format!("would extend prefix to {prefix} bits, which is too long for an {protocol} address"),
            );
        }
        let mut next = Range { prefix, ..base };
        if let Some(current) = current {
            let end = current.address | current.host_mask() | next.host_mask();
            match end.checked_add(1).filter(|a| a & !base.host_mask() == base.address) {
                Some(address) => next.address = address,
                None => {
                    return bad(
                        i,
                        format!(
                            "not enough remaining address space for a subnet with a prefix of {prefix} bits after \
                             {current}"
                        ),
                    );
                }
            }
        }
        out.push(next.to_string().into());
        current = Some(next);
    }
    Ok(Value::list(Type::String, out))
}
