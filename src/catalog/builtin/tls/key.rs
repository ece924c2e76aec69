//! Private keys of the three algorithms, and every form they are written in.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use md5::{Digest as _, Md5};
use num_bigint::BigUint;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::curve::{CURVES, Curve};
use super::der::{self, bits, element, integer, octets, oid, pem, sequence, small};
use super::rsa::{self, Rsa};
use crate::catalog::builtin::table::Source;

const RSA_OID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC_OID: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ED_OID: &[u8] = &[0x2b, 0x65, 0x70];

/// A private key.
pub(super) enum Key {
    Rsa(Box<Rsa>),
    Ec(&'static Curve, BigUint),
    Ed([u8; 32]),
}

/// Draws a key. `None`: there is no such algorithm or curve.
pub(super) fn draw(algorithm: &str, rsa_bits: u64, curve: &str, source: Source<'_>) -> Option<Key> {
    Some(match algorithm {
        "RSA" => Key::Rsa(Box::new(rsa::draw(rsa_bits, source))),
        "ECDSA" => {
            let curve = CURVES.iter().find(|c| c.name == curve)?;
            // Sixty-four bits more than the order has make the remainder as good as even (FIPS 186-4, B.4.1).
            let mut bytes = vec![0; curve.size() + 8];
            source(&mut bytes);
            Key::Ec(curve, BigUint::from_bytes_be(&bytes) % (curve.order() - 1u8) + 1u8)
        }
        "ED25519" => {
            let mut seed = [0; 32];
            source(&mut seed);
            Key::Ed(seed)
        }
        _ => return None,
    })
}

impl Key {
    /// The label and the bytes of the form that OpenSSL used first: PKCS #1, SEC 1; PKCS #8 for Ed25519.
    fn classic(&self) -> (&'static str, Vec<u8>) {
        match self {
            Key::Rsa(rsa) => ("RSA PRIVATE KEY", rsa.pkcs1()),
            Key::Ec(curve, secret) => ("EC PRIVATE KEY", sec1(curve, secret, true)),
            Key::Ed(_) => ("PRIVATE KEY", self.pkcs8()),
        }
    }

    /// `private_key_pem`
    pub(super) fn pem(&self) -> String {
        let (label, bytes) = self.classic();
        pem(label, &bytes)
    }

    /// PKCS #8.
    pub(super) fn pkcs8(&self) -> Vec<u8> {
        let inner = match self {
            Key::Rsa(rsa) => rsa.pkcs1(),
            Key::Ec(curve, secret) => sec1(curve, secret, false),
            Key::Ed(seed) => octets(seed),
        };
        sequence(&[small(0), self.algorithm(), octets(&inner)])
    }

    /// `private_key_pem_pkcs8`
    pub(super) fn pkcs8_pem(&self) -> String {
        pem("PRIVATE KEY", &self.pkcs8())
    }

    fn algorithm(&self) -> Vec<u8> {
        match self {
            Key::Rsa(_) => sequence(&[oid(RSA_OID), element(0x05, &[])]),
            Key::Ec(curve, _) => sequence(&[oid(EC_OID), oid(curve.oid)]),
            Key::Ed(_) => sequence(&[oid(ED_OID)]),
        }
    }

    fn ed_public(seed: &[u8; 32]) -> Vec<u8> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed);
        pair.map_or_else(|_| Vec::new(), |pair| pair.public_key().as_ref().to_vec())
    }

    /// `SubjectPublicKeyInfo`
    fn public(&self) -> Vec<u8> {
        let inner = match self {
            Key::Rsa(rsa) => rsa.public(),
            Key::Ec(curve, secret) => curve.public(secret),
            Key::Ed(seed) => Key::ed_public(seed),
        };
        sequence(&[self.algorithm(), bits(&inner)])
    }

    /// `public_key_pem`
    pub(super) fn public_pem(&self) -> String {
        pem("PUBLIC KEY", &self.public())
    }

    /// The SHA-1 of the public key, in hexadecimal digits: `id`.
    pub(super) fn id(&self) -> String {
        hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.public()).as_ref(), "")
    }

    /// The name of the key's type for SSH, and its public and private parts. `None`: SSH does not know the curve.
    fn ssh(&self) -> Option<(String, Vec<u8>, Vec<u8>)> {
        Some(match self {
            Key::Rsa(rsa) => (
                "ssh-rsa".into(),
                [mpint(&rsa.e), mpint(&rsa.n)].concat(),
                [&rsa.n, &rsa.e, &rsa.d, &rsa.inverse, &rsa.p, &rsa.q].map(mpint).concat(),
            ),
            Key::Ec(curve, secret) => {
                let public = [text(curve.ssh?.as_bytes()), text(&curve.public(secret))].concat();
                let private = [public.clone(), mpint(secret)].concat();
                (format!("ecdsa-sha2-{}", curve.ssh?), public, private)
            }
            Key::Ed(seed) => {
                let public = Key::ed_public(seed);
                let pair = [seed.as_slice(), &public].concat();
                ("ssh-ed25519".into(), text(&public), [text(&public), text(&pair)].concat())
            }
        })
    }

    fn ssh_blob(&self) -> Option<(String, Vec<u8>)> {
        let (name, public, _) = self.ssh()?;
        let blob = [text(name.as_bytes()), public].concat();
        Some((name, blob))
    }

    /// `public_key_openssh`: a line; empty for a curve that SSH does not know.
    pub(super) fn public_openssh(&self) -> String {
        self.ssh_blob().map(|(name, blob)| format!("{name} {}\n", STANDARD.encode(blob))).unwrap_or_default()
    }

    /// `private_key_openssh`; empty for a curve that SSH does not know. `check` is random.
    pub(super) fn private_openssh(&self, check: [u8; 4]) -> String {
        let (Some((name, _, private)), Some((_, blob))) = (self.ssh(), self.ssh_blob()) else {
            return String::new();
        };
        let mut secret = [&check, &check, &text(name.as_bytes())[..], &private, &text(b"")].concat();
        for n in 1..=(8 - secret.len() % 8) % 8 {
            secret.push(n as u8);
        }
        let mut all = b"openssh-key-v1\0".to_vec();
        for part in [b"none".as_slice(), b"none", b""] {
            all.extend(text(part));
        }
        all.extend(1u32.to_be_bytes());
        all.extend(text(&blob));
        all.extend(text(&secret));
        pem("OPENSSH PRIVATE KEY", &all)
    }

    /// `public_key_fingerprint_md5`
    pub(super) fn md5(&self) -> String {
        self.ssh_blob().map(|(_, blob)| hex(&Md5::digest(blob), ":")).unwrap_or_default()
    }

    /// `public_key_fingerprint_sha256`
    pub(super) fn sha256(&self) -> String {
        let of = |(_, blob): (String, Vec<u8>)| STANDARD_NO_PAD.encode(digest(&SHA256, &blob).as_ref());
        self.ssh_blob().map(|b| format!("SHA256:{}", of(b))).unwrap_or_default()
    }
}

/// `ECPrivateKey` (SEC 1); inside PKCS #8 the curve is named outside.
fn sec1(curve: &Curve, secret: &BigUint, named: bool) -> Vec<u8> {
    let mut parts = vec![small(1), octets(&curve.padded(secret))];
    if named {
        parts.push(element(0xa0, &oid(curve.oid)));
    }
    parts.push(element(0xa1, &bits(&curve.public(secret))));
    sequence(&parts)
}

fn hex(bytes: &[u8], between: &str) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(between)
}

/// A string as SSH writes it: its length before it.
fn text(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes(), bytes].concat()
}

/// A number as SSH writes it.
fn mpint(n: &BigUint) -> Vec<u8> {
    let whole = integer(n);
    text(der::first(&whole).map_or(&[], |(_, content, _)| content))
}

/// A private key in any of its forms as PKCS #8, and the algorithm's name. The error says what is wrong.
pub(super) fn read(given: &str) -> Result<(Vec<u8>, &'static str), String> {
    let broken = || "the private key cannot be read: it is no PEM of PKCS #1, SEC 1 or PKCS #8".to_string();
    let (label, bytes) = der::from_pem(given).ok_or_else(broken)?;
    let wrapped = match label.as_str() {
        "PRIVATE KEY" => bytes,
        "RSA PRIVATE KEY" => {
            let algorithm = sequence(&[oid(RSA_OID), element(0x05, &[])]);
            sequence(&[small(0), algorithm, octets(&bytes)])
        }
        "EC PRIVATE KEY" => {
            let (inner, _) = der::take(&bytes, 0x30).ok_or_else(broken)?;
            let (_, rest) = der::take(inner, 0x02).ok_or_else(broken)?;
            let (secret, rest) = der::take(rest, 0x04).ok_or_else(broken)?;
            let (named, _) = der::take(rest, 0xa0).ok_or_else(broken)?;
            let (name, _) = der::take(named, 0x06).ok_or_else(broken)?;
            let curve = CURVES.iter().find(|c| c.oid == name).ok_or_else(broken)?;
            Key::Ec(curve, BigUint::from_bytes_be(secret)).pkcs8()
        }
        other => return Err(format!("the private key is a \"{other}\", which cannot be read")),
    };
    let name = (|| {
        let (all, _) = der::take(&wrapped, 0x30)?;
        let (_, rest) = der::take(all, 0x02)?;
        let (algorithm, _) = der::take(rest, 0x30)?;
        let (found, _) = der::take(algorithm, 0x06)?;
        [(RSA_OID, "RSA"), (EC_OID, "ECDSA"), (ED_OID, "ED25519")]
            .iter()
            .find(|(o, _)| *o == found)
            .map(|(_, n)| *n)
    })();
    Ok((wrapped, name.ok_or_else(broken)?))
}
