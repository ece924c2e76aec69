//! `tls_private_key`, `tls_self_signed_cert`, as the provider `tls` 4 makes them.

mod cert;
mod curve;
mod der;
mod key;
mod rsa;
#[cfg(test)]
mod tests;

use super::table::{Source, Table, Ty, Unset, arg, plain, secret};
use crate::catalog::lens::Problem;
use crate::catalog::value::{argument, error, text};
use crate::lang::{Number, Value};

/// The types.
pub(super) static TYPES: &[Table] = &[
    Table {
        name: "tls_private_key",
        arguments: &[
            arg("algorithm", Ty::Text, Unset::Required),
            arg("rsa_bits", Ty::Number, Unset::Number(2048)),
            arg("ecdsa_curve", Ty::Text, Unset::Text("P224")),
        ],
        computed: &[
            ("id", Ty::Text, false),
            ("private_key_pem", Ty::Text, true),
            ("private_key_openssh", Ty::Text, true),
            ("private_key_pem_pkcs8", Ty::Text, true),
            ("public_key_pem", Ty::Text, false),
            ("public_key_openssh", Ty::Text, false),
            ("public_key_fingerprint_md5", Ty::Text, false),
            ("public_key_fingerprint_sha256", Ty::Text, false),
        ],
        check: check_key,
        make: make_key,
        ..Table::PLAIN
    },
    Table {
        name: "tls_self_signed_cert",
        arguments: &[
            secret("private_key_pem", Unset::Required),
            arg("validity_period_hours", Ty::Number, Unset::Required),
            arg("allowed_uses", Ty::Texts, Unset::Required),
            plain("early_renewal_hours", Ty::Number, Unset::Number(0)),
            arg("dns_names", Ty::Texts, Unset::Null),
            arg("ip_addresses", Ty::Texts, Unset::Null),
            arg("uris", Ty::Texts, Unset::Null),
            arg("is_ca_certificate", Ty::Bool, Unset::False),
            arg("set_subject_key_id", Ty::Bool, Unset::False),
            arg("set_authority_key_id", Ty::Bool, Unset::False),
        ],
        computed: &[
            ("id", Ty::Text, false),
            ("cert_pem", Ty::Text, false),
            ("key_algorithm", Ty::Text, false),
            ("ready_for_renewal", Ty::Bool, false),
            ("validity_start_time", Ty::Text, false),
            ("validity_end_time", Ty::Text, false),
        ],
        blocks: cert::blocks,
        check: cert::check,
        make: cert::make,
        expired: cert::expired,
        ..Table::PLAIN
    },
];

const ALGORITHMS: [&str; 3] = ["RSA", "ECDSA", "ED25519"];

/// The sizes that are made; the provider would take others, ring and most others not.
const RSA_BITS: std::ops::RangeInclusive<i64> = 1024..=8192;

fn check_key(config: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    let curves: Vec<&str> = curve::CURVES.iter().map(|c| c.name).collect();
    for (name, known) in [("algorithm", &ALGORITHMS[..]), ("ecdsa_curve", &curves)] {
        if let Some(given) = text(config, name)
            && !known.contains(&given)
        {
            problems.push(error(
                argument(name),
                "Invalid Attribute Value Match",
                format!("Attribute {name} value must be one of: {known:?}, got: {given:?}."),
            ));
        }
    }
    if let Some(n) = config.get("rsa_bits").and_then(Value::as_number)
        && !n.as_i64().is_some_and(|n| RSA_BITS.contains(&n) && n % 8 == 0)
    {
        problems.push(error(
            argument("rsa_bits"),
            "Invalid attribute value",
            format!(
                "`rsa_bits` must be a multiple of 8 from {} to {}, got: {n}.",
                RSA_BITS.start(),
                RSA_BITS.end()
            ),
        ));
    }
    problems
}

fn make_key(planned: &Value, source: Source<'_>, _now: &str) -> Vec<(&'static str, Value)> {
    let bits = planned.get("rsa_bits").and_then(Value::as_number).and_then(Number::as_u64).unwrap_or(2048);
    let (algorithm, curve) = (text(planned, "algorithm"), text(planned, "ecdsa_curve"));
    let Some(key) = key::draw(algorithm.unwrap_or_default(), bits, curve.unwrap_or("P224"), source) else {
        return Vec::new();
    };
    let mut check = [0; 4];
    source(&mut check);
    vec![
        ("id", key.id().into()),
        ("private_key_pem", key.pem().into()),
        ("private_key_openssh", key.private_openssh(check).into()),
        ("private_key_pem_pkcs8", key.pkcs8_pem().into()),
        ("public_key_pem", key.public_pem().into()),
        ("public_key_openssh", key.public_openssh().into()),
        ("public_key_fingerprint_md5", key.md5().into()),
        ("public_key_fingerprint_sha256", key.sha256().into()),
    ]
}
