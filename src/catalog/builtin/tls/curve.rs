//! The NIST curves: public keys from private ones.
//!
//! Only for making keys on the machine of whoever runs the program: the arithmetic takes no measures against observers of its
//! timing, and must not be used on input from the network.

use num_bigint::BigUint;

/// A curve `y² = x³ - 3x + b` over a prime field, with its base point.
pub(super) struct Curve {
    /// As Terraform names it.
    pub name: &'static str,
    /// As SSH names it; nothing: SSH does not know it.
    pub ssh: Option<&'static str>,
    /// The content of its object identifier.
    pub oid: &'static [u8],
    p: &'static str,
    x: &'static str,
    y: &'static str,
    n: &'static str,
}

/// FIPS 186-4, D.1.2.
pub(super) static CURVES: &[Curve] = &[
    Curve {
        name: "P224",
        ssh: None,
        oid: &[0x2b, 0x81, 0x04, 0x00, 0x21],
        p: "ffffffffffffffffffffffffffffffff000000000000000000000001",
        x: "b70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21",
        y: "bd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34",
        n: "ffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3d",
    },
    Curve {
        name: "P256",
        ssh: Some("nistp256"),
        oid: &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
        p: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        x: "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        y: "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        n: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    },
    Curve {
        name: "P384",
        ssh: Some("nistp384"),
        oid: &[0x2b, 0x81, 0x04, 0x00, 0x22],
        p: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
        x: "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
        y: "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
        n: "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    },
    Curve {
        name: "P521",
        ssh: Some("nistp521"),
        oid: &[0x2b, 0x81, 0x04, 0x00, 0x23],
        p: "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        x: "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
        y: "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
        n: "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    },
];

fn number(hex: &str) -> BigUint {
    BigUint::parse_bytes(hex.as_bytes(), 16).unwrap_or_default()
}

/// Projective coordinates: `x = X/Z²`, `y = Y/Z³`; the neutral point has `Z = 0`.
#[derive(Clone)]
struct Point {
    x: BigUint,
    y: BigUint,
    z: BigUint,
}

impl Curve {
    /// Bytes of a coordinate.
    pub(super) fn size(&self) -> usize {
        (number(self.p).bits() as usize).div_ceil(8)
    }

    /// The number of points.
    pub(super) fn order(&self) -> BigUint {
        number(self.n)
    }

    /// The public key of a private one: `04 || x || y`.
    pub(super) fn public(&self, secret: &BigUint) -> Vec<u8> {
        let p = number(self.p);
        let base = Point { x: number(self.x), y: number(self.y), z: BigUint::from(1u8) };
        let mut sum = Point { x: BigUint::from(1u8), y: BigUint::from(1u8), z: BigUint::default() };
        for bit in (0..secret.bits()).rev() {
            sum = double(&sum, &p);
            if secret.bit(bit) {
                sum = add(&sum, &base, &p);
            }
        }
        let inverse = sum.z.modinv(&p).unwrap_or_default();
        let square = &inverse * &inverse % &p;
        let x = &sum.x * &square % &p;
        let y = &sum.y * &square * &inverse % &p;
        [vec![4], self.padded(&x), self.padded(&y)].concat()
    }

    /// A number in as many bytes as a coordinate has.
    pub(super) fn padded(&self, n: &BigUint) -> Vec<u8> {
        let bytes = n.to_bytes_be();
        let mut out = vec![0; self.size().saturating_sub(bytes.len())];
        out.extend(bytes);
        out
    }
}

fn minus(a: &BigUint, b: &BigUint, p: &BigUint) -> BigUint {
    (a + p - b % p) % p
}

fn double(a: &Point, p: &BigUint) -> Point {
    if a.z.bits() == 0 {
        return a.clone();
    }
    let delta = &a.z * &a.z % p;
    let gamma = &a.y * &a.y % p;
    let beta = &a.x * &gamma % p;
    let alpha = minus(&a.x, &delta, p) * (&a.x + &delta) * 3u8 % p;
    let x = minus(&(&alpha * &alpha % p), &(&beta * 8u8 % p), p);
    let sum = &a.y + &a.z;
    let z = minus(&minus(&(&sum * &sum % p), &gamma, p), &delta, p);
    let y = minus(&(&alpha * minus(&(&beta * 4u8 % p), &x, p) % p), &(&gamma * &gamma * 8u8 % p), p);
    Point { x, y, z }
}

/// `b` has `z = 1`.
fn add(a: &Point, b: &Point, p: &BigUint) -> Point {
    if a.z.bits() == 0 {
        return b.clone();
    }
    let square = &a.z * &a.z % p;
    let (u, s) = (&b.x * &square % p, &b.y * &square * &a.z % p);
    let (h, r) = (minus(&u, &a.x, p), minus(&s, &a.y, p));
    if h.bits() == 0 {
        return match r.bits() {
            0 => double(a, p),
            _ => Point { x: BigUint::from(1u8), y: BigUint::from(1u8), z: BigUint::default() },
        };
    }
    let hh = &h * &h % p;
    let hhh = &hh * &h % p;
    let v = &a.x * &hh % p;
    let x = minus(&minus(&(&r * &r % p), &hhh, p), &(&v * 2u8 % p), p);
    let y = minus(&(&r * minus(&v, &x, p) % p), &(&a.y * &hhh % p), p);
    let z = &a.z * &h % p;
    Point { x, y, z }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The coefficient `b` of each.
    const B: [&str; 4] = [
        "b4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4",
        "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
        "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
    ];

    #[test]
    fn the_curves_are_what_they_should_be() {
        for (curve, b) in CURVES.iter().zip(B) {
            let p = number(curve.p);
            let on_curve = |public: &[u8]| {
                let (x, y) = public[1..].split_at(curve.size());
                let (x, y) = (BigUint::from_bytes_be(x), BigUint::from_bytes_be(y));
                let right = (&x * &x * &x + number(b) + &p * 3u8 - &x * 3u8) % &p;
                &y * &y % &p == right
            };
            for secret in [1u32, 2, 3, 12_345] {
                assert!(on_curve(&curve.public(&BigUint::from(secret))), "{} {secret}", curve.name);
            }
            // The base point has the order that is said: one less gives its negative.
            let one = curve.public(&BigUint::from(1u8));
            let last = curve.public(&(curve.order() - 1u8));
            assert_eq!(one[..=curve.size()], last[..=curve.size()], "{}", curve.name);
            assert_ne!(one, last);
        }
    }

    #[test]
    fn p256_agrees_with_ring() {
        use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
        let curve = &CURVES[1];
        let secret = curve.order() - 98_765u32;
        let public = curve.public(&secret);
        let random = ring::rand::SystemRandom::new();
        // It refuses a public key that is not that of the private one.
        EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_ASN1_SIGNING,
            &curve.padded(&secret),
            &public,
            &random,
        )
        .unwrap();
    }
}
