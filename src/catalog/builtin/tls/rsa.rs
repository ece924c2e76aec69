//! RSA keys.
//!
//! The tree has no crate that makes them: ring only uses them, and the crate `rsa` has an open advisory (RUSTSEC-2023-0071). Making
//! one needs primes and an inverse, nothing that is observed from outside while it is used.

use num_bigint::BigUint;

use super::der;
use crate::catalog::builtin::table::Source;

/// A private key, and what its encodings hold.
pub(super) struct Rsa {
    pub n: BigUint,
    pub e: BigUint,
    pub d: BigUint,
    pub p: BigUint,
    pub q: BigUint,
    /// `q⁻¹ mod p`
    pub inverse: BigUint,
}

/// Draws a key of so many bits.
pub(super) fn draw(bits: u64, source: Source<'_>) -> Rsa {
    let e = BigUint::from(65_537u32);
    loop {
        let p = prime(bits - bits / 2, &e, source);
        let q = prime(bits / 2, &e, source);
        // FIPS 186-4, B.3.3: the two must not be near each other.
        let distance = if p > q { &p - &q } else { &q - &p };
        let n = &p * &q;
        if n.bits() != bits || distance.bits() + 100 <= bits / 2 {
            continue;
        }
        let phi = (&p - 1u8) * (&q - 1u8);
        if let (Some(d), Some(inverse)) = (e.modinv(&phi), q.modinv(&p)) {
            return Rsa { n, e, d, p, q, inverse };
        }
    }
}

impl Rsa {
    /// `RSAPrivateKey` (PKCS #1).
    pub(super) fn pkcs1(&self) -> Vec<u8> {
        let (dp, dq) = (&self.d % (&self.p - 1u8), &self.d % (&self.q - 1u8));
        let numbers = [&self.n, &self.e, &self.d, &self.p, &self.q, &dp, &dq, &self.inverse];
        let parts: Vec<_> = std::iter::once(der::small(0)).chain(numbers.map(der::integer)).collect();
        der::sequence(&parts)
    }

    /// `RSAPublicKey` (PKCS #1).
    pub(super) fn public(&self) -> Vec<u8> {
        der::sequence(&[der::integer(&self.n), der::integer(&self.e)])
    }
}

/// A prime of so many bits, its two highest set, with `p - 1` prime to `e`.
fn prime(bits: u64, e: &BigUint, source: Source<'_>) -> BigUint {
    let small = small_primes();
    loop {
        let mut start = number(bits, source);
        start.set_bit(bits - 1, true);
        start.set_bit(bits - 2, true);
        start.set_bit(0, true);
        // From a random start upwards; the remainders say which numbers small primes divide.
        let left: Vec<u32> =
            small.iter().map(|s| (&start % s).iter_u32_digits().next().unwrap_or(0)).collect();
        for step in (0..4_096u32).step_by(2) {
            if small.iter().zip(&left).any(|(s, l)| (l + step).is_multiple_of(*s)) {
                continue;
            }
            let candidate = &start + step;
            if candidate.bits() == bits
                && &candidate % e != BigUint::from(1u8)
                && is_prime(&candidate, source)
            {
                return candidate;
            }
        }
    }
}

/// Odd primes below 2000.
fn small_primes() -> Vec<u32> {
    let is_prime = |n: &u32| (2..).take_while(|d| d * d <= *n).all(|d| !n.is_multiple_of(d));
    (3..2_000).filter(is_prime).collect()
}

fn number(bits: u64, source: Source<'_>) -> BigUint {
    let mut bytes = vec![0; bits.div_ceil(8) as usize];
    source(&mut bytes);
    let mut n = BigUint::from_bytes_be(&bytes);
    for bit in bits..bytes.len() as u64 * 8 {
        n.set_bit(bit, false);
    }
    n
}

/// Miller-Rabin with random bases. Of random numbers of these sizes five rounds leave less than 2⁻¹⁰⁰ (FIPS 186-4, C.3); here are 20.
fn is_prime(n: &BigUint, source: Source<'_>) -> bool {
    let one = BigUint::from(1u8);
    let last = n - &one;
    let twos = last.trailing_zeros().unwrap_or(0);
    let odd = &last >> twos;
    'rounds: for _ in 0..20 {
        let base = loop {
            let drawn = number(n.bits(), source);
            if drawn > one && drawn < last {
                break drawn;
            }
        };
        let mut x = base.modpow(&odd, n);
        if x == one || x == last {
            continue;
        }
        for _ in 1..twos {
            x = &x * &x % n;
            if x == last {
                continue 'rounds;
            }
        }
        return false;
    }
    true
}
