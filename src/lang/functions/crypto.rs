//! Digests, password hashes, UUIDs, RSA.

use base64::Engine;
use md5::{Digest, Md5};
use ring::digest;
use uuid::Uuid;

use super::encoding::{BASE64, read_base64};
use super::rsa;
use super::table::{Call, Fail, Function, Ty, bad, fail, param, row};
use crate::lang::codec::quote;
use crate::lang::value::Value;

/// bcrypt's own default and bounds.
const COST: i64 = 10;

const STR: &[super::Param] = &[param("str", Ty::String)];

pub(super) const ROWS: &[Function] = &[
    row("md5", STR, Ty::String, |c| text(c, md5_hex), "The MD5 digest of a string, in hexadecimal."),
    row("sha1", STR, Ty::String, |c| text(c, sha1_hex), "The SHA1 digest of a string, in hexadecimal."),
    row("sha256", STR, Ty::String, |c| text(c, sha256_hex), "The SHA256 digest of a string, in hexadecimal."),
    row("sha512", STR, Ty::String, |c| text(c, sha512_hex), "The SHA512 digest of a string, in hexadecimal."),
    row(
        "base64sha256",
        STR,
        Ty::String,
        |c| text(c, sha256_base64),
        "The SHA256 digest of a string, in Base64.",
    ),
    row(
        "base64sha512",
        STR,
        Ty::String,
        |c| text(c, sha512_base64),
        "The SHA512 digest of a string, in Base64.",
    ),
    row("bcrypt", STR, Ty::String, bcrypt_hash, "A hash of a password by bcrypt; unknown while planning.")
        .variadic(param("cost", Ty::Number))
        .impure(),
    row(
        "uuid",
        &[],
        Ty::String,
        |_| Ok(Uuid::new_v4().to_string().into()),
        "A random UUID; unknown while planning.",
    )
    .impure(),
    row(
        "uuidv5",
        &[param("namespace", Ty::String), param("name", Ty::String)],
        Ty::String,
        uuid_v5,
        "The UUID of a name in a namespace.",
    ),
    row(
        "rsadecrypt",
        &[param("ciphertext", Ty::String), param("privatekey", Ty::String)],
        Ty::String,
        rsa_decrypt,
        "Decrypts what was encrypted with RSA (PKCS #1 v1.5).",
    ),
];

/// A digest as text.
pub(super) type Hash = fn(&[u8]) -> String;

fn text(c: &Call<'_>, hash: Hash) -> Result<Value, Fail> {
    Ok(hash(c.text(0).as_bytes()).into())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub(super) fn md5_hex(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

pub(super) fn sha1_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref())
}

pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

pub(super) fn sha512_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA512, bytes).as_ref())
}

pub(super) fn sha256_base64(bytes: &[u8]) -> String {
    BASE64.encode(digest::digest(&digest::SHA256, bytes))
}

pub(super) fn sha512_base64(bytes: &[u8]) -> String {
    BASE64.encode(digest::digest(&digest::SHA512, bytes))
}

fn bcrypt_hash(c: &Call<'_>) -> Result<Value, Fail> {
    if c.args.len() > 2 {
        return fail("bcrypt() takes no more than two arguments");
    }
    let cost = if c.args.len() == 2 { c.int(1).or_else(|e| bad(1, e))? } else { COST };
    // Go's bcrypt takes its default for what is too small.
    let cost = if cost < 4 { COST } else { cost };
    let Some(cost) = u32::try_from(cost).ok().filter(|c| *c <= 31) else {
        return fail(format!(
            "error occurred generating password: cost {cost} is outside allowed range (4,31)"
        ));
    };
    if c.text(0).len() > 72 {
        return fail("error occurred generating password: password length exceeds 72 bytes");
    }
    match bcrypt::hash_with_result(c.text(0), cost) {
        Ok(parts) => Ok(parts.format_for_version(bcrypt::Version::TwoA).into()),
        Err(error) => fail(format!("error occurred generating password: {error}")),
    }
}

fn uuid_v5(c: &Call<'_>) -> Result<Value, Fail> {
    let namespace = match c.text(0) {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        other => match Uuid::try_parse(other) {
            Ok(id) => id,
            Err(error) => return fail(format!("uuidv5() doesn't support namespace {other} ({error})")),
        },
    };
    Ok(Uuid::new_v5(&namespace, c.text(1).as_bytes()).to_string().into())
}

fn rsa_decrypt(c: &Call<'_>) -> Result<Value, Fail> {
    let Ok(cipher) = read_base64(c.text(0)) else {
        let reason =
            format!("failed to decode input {}: cipher text must be base64-encoded", quote(c.text(0)));
        return bad(0, reason);
    };
    let key = rsa::read_key(c.text(1)).or_else(|e| bad(1, e))?;
    match key.decrypt(&cipher) {
        Some(plain) => match String::from_utf8(plain) {
            Ok(text) => Ok(text.into()),
            Err(_) => fail("the decrypted text is not valid UTF-8"),
        },
        None => fail("failed to decrypt: crypto/rsa: decryption error"),
    }
}
