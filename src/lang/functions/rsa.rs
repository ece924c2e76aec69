//! RSA decryption, PKCS #1 v1.5, with keys in PEM.
//!
//! Only for the function `rsadecrypt`, whose input is in the hands of whoever runs the program: the arithmetic takes
//! no measures against observers of its timing, and must not be used on input from the network.

use num_bigint::BigUint;

use super::encoding::read_base64;

/// The parts of a private key that decryption needs.
pub(super) struct PrivateKey {
    modulus: BigUint,
    exponent: BigUint,
}

/// Reads a private key: `RSA PRIVATE KEY` (PKCS #1) or `PRIVATE KEY` (PKCS #8).
pub(super) fn read_key(pem: &str) -> Result<PrivateKey, String> {
    let none = || "invalid private key: ssh: no key found".to_string();
    let begin = pem.find("-----BEGIN ").ok_or_else(none)?;
    let (label, rest) = pem[begin + 11..].split_once("-----").ok_or_else(none)?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----")).ok_or_else(none)?;
    if body.contains("Proc-Type: 4,ENCRYPTED") || label == "ENCRYPTED PRIVATE KEY" {
        return Err("invalid private key: ssh: this private key is passphrase protected".into());
    }
    let compact: String = body.split_whitespace().collect();
    let der = read_base64(&compact).map_err(|_| none())?;
    let key = match label {
        "RSA PRIVATE KEY" => pkcs1(&der),
        "PRIVATE KEY" => pkcs8(&der),
        other => return Err(format!("invalid private key: ssh: unsupported key type {other:?}")),
    };
    key.ok_or_else(|| "invalid ASN1 data in the given private key".into())
}

/// `SEQUENCE { version, n, e, d, ... }`
fn pkcs1(der: &[u8]) -> Option<PrivateKey> {
    let (all, _) = element(der, 0x30)?;
    let (_, all) = element(all, 0x02)?;
    let (modulus, all) = element(all, 0x02)?;
    let (_, all) = element(all, 0x02)?;
    let (exponent, _) = element(all, 0x02)?;
    let key =
        PrivateKey { modulus: BigUint::from_bytes_be(modulus), exponent: BigUint::from_bytes_be(exponent) };
    (key.modulus.bits() > 88).then_some(key)
}

/// `SEQUENCE { version, algorithm, OCTET STRING { PKCS #1 } }`
fn pkcs8(der: &[u8]) -> Option<PrivateKey> {
    let (all, _) = element(der, 0x30)?;
    let (_, all) = element(all, 0x02)?;
    let (_, all) = element(all, 0x30)?;
    let (inner, _) = element(all, 0x04)?;
    pkcs1(inner)
}

/// The content of the first DER element, if it has this tag, and what comes after it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut length = usize::from(first);
    if first >= 0x80 {
        let (bytes, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if bytes.len() > 4 {
            return None;
        }
        length = bytes.iter().fold(0, |n, b| n << 8 | usize::from(*b));
        rest = after;
    }
    if found == tag { rest.split_at_checked(length) } else { None }
}

impl PrivateKey {
    /// The plain text, if padding is as it must be.
    pub(super) fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        let size = self.modulus.bits().div_ceil(8) as usize;
        let number = BigUint::from_bytes_be(cipher);
        if number >= self.modulus || cipher.len() != size {
            return None;
        }
        let digits = number.modpow(&self.exponent, &self.modulus).to_bytes_be();
        // The leading zero byte is not among the digits: 2, at least eight others, 0, the text.
        let rest = digits.strip_prefix(&[2])?;
        let end = rest.iter().position(|b| *b == 0)?;
        (digits.len() + 1 == size && end >= 8).then(|| rest[end + 1..].to_vec())
    }
}
