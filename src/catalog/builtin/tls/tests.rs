use std::io::Write as _;
use std::process::{Command, Stdio};

use super::*;
use crate::catalog::lens::{Expiry, LocalType};
use crate::lang::Type;

/// Bytes that are the same in every run.
fn bytes() -> impl FnMut(&mut [u8]) {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    move |buffer: &mut [u8]| {
        for byte in buffer {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *byte = state as u8;
        }
    }
}

const NOW: &str = "2026-01-02T03:04:05Z";

fn made(table: &Table, given: &[(&str, Value)]) -> Value {
    let schema = table.schema();
    let attributes = schema.attributes.iter().map(|a| (a.name.as_str(), Value::null(a.ty.clone())));
    let blocks =
        schema.blocks.iter().map(|b| (b.name.as_str(), Value::list(b.block.implied_type(), Vec::new())));
    let config = Value::object(attributes.chain(blocks).chain(given.iter().map(|(n, v)| (*n, v.clone()))));
    assert_eq!(table.check(&config), []);
    let planned = table.plan(None, &config).planned;
    let object = table.apply(None, &planned, &mut bytes(), NOW);
    assert!(object.is_wholly_known(), "{object:?}");
    object
}

fn part<'v>(object: &'v Value, name: &str) -> &'v str {
    object.get(name).and_then(Value::as_str).unwrap()
}

/// What a tool of the system says to a text; nothing where it is not installed.
fn tool(words: &[&str], input: &str) -> Option<String> {
    let child = Command::new(words[0])
        .args(&words[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        println!("skipped: no {}", words[0]);
        return None;
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn keys() -> Vec<(&'static str, Value)> {
    let table = &TYPES[0];
    let of =
        |algorithm: &str, more: (&'static str, Value)| made(table, &[("algorithm", algorithm.into()), more]);
    let mut all = vec![
        ("RSA", of("RSA", ("rsa_bits", 1024.into()))),
        ("ED25519", of("ED25519", ("rsa_bits", Value::null(Type::Number)))),
    ];
    all.extend(curve::CURVES.iter().map(|c| (c.name, of("ECDSA", ("ecdsa_curve", c.name.into())))));
    all
}

#[test]
fn every_key_is_one_for_openssl_and_ssh() {
    for (name, key) in keys() {
        let public = part(&key, "public_key_pem");
        for form in ["private_key_pem", "private_key_pem_pkcs8"] {
            if let Some(derived) = tool(&["openssl", "pkey", "-pubout"], part(&key, form)) {
                assert_eq!(derived, public, "{name} {form}");
            }
            let (_, algorithm) = key::read(part(&key, form)).unwrap();
            assert_eq!(algorithm, if name.starts_with('P') { "ECDSA" } else { name });
        }
        let line = part(&key, "public_key_openssh");
        if name == "P224" {
            assert_eq!((line, part(&key, "private_key_openssh")), ("", ""));
            continue;
        }
        let private = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(private.path(), part(&key, "private_key_openssh")).unwrap();
        let path = private.path().display().to_string();
        if let Some(derived) = tool(&["ssh-keygen", "-y", "-f", &path], "") {
            let words = |text: &str| text.split_whitespace().take(2).map(str::to_string).collect::<Vec<_>>();
            assert_eq!(words(&derived), words(line), "{name}");
        }
        if let Some(told) = tool(&["ssh-keygen", "-l", "-f", "-"], line) {
            assert!(told.contains(part(&key, "public_key_fingerprint_sha256")), "{name}: {told}");
        }
        if let Some(told) = tool(&["ssh-keygen", "-l", "-E", "md5", "-f", "-"], line) {
            assert!(told.contains(part(&key, "public_key_fingerprint_md5")), "{name}: {told}");
        }
    }
}

#[test]
fn wrong_keys_are_refused() {
    let table = &TYPES[0];
    let count = |given: &[(&str, Value)]| table.check(&Value::object(given.to_vec())).len();
    assert_eq!(count(&[("algorithm", "DSA".into())]), 1);
    assert_eq!(count(&[("ecdsa_curve", "P192".into())]), 1);
    assert_eq!(count(&[("rsa_bits", 100.into())]), 1);
    let cert = &TYPES[1];
    for pem in [
        "",
        "-----BEGIN X-----\n-----END X-----",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ] {
        assert_eq!(cert.check(&Value::object([("private_key_pem", Value::from(pem))])).len(), 1, "{pem:?}");
    }
    // Too short to sign with.
    let short = made(table, &[("algorithm", "RSA".into()), ("rsa_bits", 1024.into())]);
    let problems =
        cert.check(&Value::object([("private_key_pem", short.get("private_key_pem").unwrap().clone())]));
    assert!(problems[0].detail.contains("2048"), "{problems:?}");
}

#[test]
fn certificates_name_what_they_are_for() {
    let texts = |all: &[&str]| Value::list(Type::String, all.iter().map(|t| Value::string(t)).collect());
    let table = &TYPES[1];
    for (name, key) in keys() {
        if ["RSA", "P224", "P521"].contains(&name) {
            continue;
        }
        let block = table.schema().blocks[0].block.clone();
        let subject = Value::object(block.attributes.iter().map(|a| {
            let value = match a.name.as_str() {
                "common_name" => "example".into(),
                "organization" => "ACME".into(),
                _ => Value::null(a.ty.clone()),
            };
            (a.name.as_str(), value)
        }));
        let cert = made(
            table,
            &[
                ("private_key_pem", part(&key, "private_key_pem").into()),
                ("validity_period_hours", 24.into()),
                ("early_renewal_hours", 2.into()),
                ("allowed_uses", texts(&["server_auth", "digital_signature"])),
                ("dns_names", texts(&["a.example"])),
                ("ip_addresses", texts(&["10.0.0.1"])),
                ("is_ca_certificate", true.into()),
                ("subject", Value::list(block.implied_type(), vec![subject])),
            ],
        );
        assert_eq!(part(&cert, "validity_end_time"), "2026-01-03T03:04:05Z");
        assert!(part(&cert, "id").bytes().all(|b| b.is_ascii_digit()));
        assert_eq!(table.expired(&cert, "2026-01-03T01:04:04Z"), None);
        assert_eq!(table.expired(&cert, "2026-01-03T01:04:05Z"), Some(Expiry::Renew("ready_for_renewal")));
        if let Some(told) = tool(&["openssl", "x509", "-noout", "-text"], part(&cert, "cert_pem")) {
            for wanted in ["CN = example", "O = ACME", "DNS:a.example", "IP Address:10.0.0.1", "CA:TRUE"] {
                let plain = told.replace("CN=", "CN = ").replace("O=", "O = ");
                assert!(plain.contains(wanted), "{name}: {wanted} in {told}");
            }
            assert!(told.contains("TLS Web Server Authentication") && told.contains("Digital Signature"));
        }
    }
}
