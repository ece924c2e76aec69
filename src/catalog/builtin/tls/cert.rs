//! Certificates that are signed with their own key.

use std::net::IpAddr;
use std::str::FromStr as _;

use num_bigint::BigUint;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose as Extended,
    IsCa, KeyPair, KeyUsagePurpose as Usage, SanType, SerialNumber,
};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::key;
use crate::catalog::builtin::table::Source;
use crate::catalog::lens::{Expiry, Problem};
use crate::catalog::value::{argument, error, flag, text};
use crate::lang::schema::{AttrSpec, BlockSpec, NestedSpec, Nesting};
use crate::lang::{Number, Type, Value};

/// Names of the subject: argument, object identifier.
const SUBJECT: &[(&str, DnType)] = &[
    ("common_name", DnType::CommonName),
    ("organization", DnType::OrganizationName),
    ("organizational_unit", DnType::OrganizationalUnitName),
    ("locality", DnType::LocalityName),
    ("province", DnType::StateOrProvinceName),
    ("country", DnType::CountryName),
];
/// Names that rcgen has no word for.
const MORE: &[(&str, &[u64])] = &[
    ("email_address", &[1, 2, 840, 113_549, 1, 9, 1]),
    ("postal_code", &[2, 5, 4, 17]),
    ("serial_number", &[2, 5, 4, 5]),
];
const STREET: &[u64] = &[2, 5, 4, 9];

const USAGES: &[(&str, Usage)] = &[
    ("digital_signature", Usage::DigitalSignature),
    ("content_commitment", Usage::ContentCommitment),
    ("key_encipherment", Usage::KeyEncipherment),
    ("data_encipherment", Usage::DataEncipherment),
    ("key_agreement", Usage::KeyAgreement),
    ("cert_signing", Usage::KeyCertSign),
    ("crl_signing", Usage::CrlSign),
    ("encipher_only", Usage::EncipherOnly),
    ("decipher_only", Usage::DecipherOnly),
];

/// The object identifiers of the extended uses (RFC 5280, 4.2.1.12, and those of their makers).
const EXTENDED: &[(&str, &[u64])] = &[
    ("any_extended", &[2, 5, 29, 37, 0]),
    ("server_auth", &[1, 3, 6, 1, 5, 5, 7, 3, 1]),
    ("client_auth", &[1, 3, 6, 1, 5, 5, 7, 3, 2]),
    ("code_signing", &[1, 3, 6, 1, 5, 5, 7, 3, 3]),
    ("email_protection", &[1, 3, 6, 1, 5, 5, 7, 3, 4]),
    ("ipsec_end_system", &[1, 3, 6, 1, 5, 5, 7, 3, 5]),
    ("ipsec_tunnel", &[1, 3, 6, 1, 5, 5, 7, 3, 6]),
    ("ipsec_user", &[1, 3, 6, 1, 5, 5, 7, 3, 7]),
    ("timestamping", &[1, 3, 6, 1, 5, 5, 7, 3, 8]),
    ("ocsp_signing", &[1, 3, 6, 1, 5, 5, 7, 3, 9]),
    ("microsoft_commercial_code_signing", &[1, 3, 6, 1, 4, 1, 311, 2, 1, 22]),
    ("microsoft_kernel_code_signing", &[1, 3, 6, 1, 4, 1, 311, 61, 1, 1]),
    ("microsoft_server_gated_crypto", &[1, 3, 6, 1, 4, 1, 311, 10, 3, 3]),
    ("netscape_server_gated_crypto", &[2, 16, 840, 1, 113_730, 4, 1]),
];

pub(super) fn blocks() -> Vec<NestedSpec> {
    let names = SUBJECT.iter().map(|(n, _)| *n).chain(MORE.iter().map(|(n, _)| *n));
    let mut attributes: Vec<AttrSpec> = names.map(|n| AttrSpec::optional(n, Type::String)).collect();
    attributes.push(AttrSpec::optional("street_address", Type::list(Type::String)));
    let block = BlockSpec { attributes, ..BlockSpec::default() };
    vec![NestedSpec { max: 1, ..NestedSpec::new("subject", Nesting::List, block) }]
}

fn texts<'a>(config: &'a Value, name: &str) -> Vec<&'a str> {
    let all = config.get(name).and_then(Value::as_sequence).unwrap_or(&[]);
    all.iter().filter_map(Value::as_str).collect()
}

fn hours(config: &Value, name: &str) -> Option<i64> {
    config.get(name)?.as_number().and_then(Number::as_i64)
}

pub(super) fn check(config: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    for name in ["validity_period_hours", "early_renewal_hours"] {
        let given = config.get(name).and_then(Value::as_number);
        if let Some(n) = given.filter(|n| n.as_i64().is_none_or(|n| !(0..=10_000_000).contains(&n))) {
            let detail = format!("`{name}` must be a whole number of hours that is not negative, got: {n}.");
            problems.push(error(argument(name), "Invalid attribute value", detail));
        }
    }
    for given in texts(config, "allowed_uses") {
        if !USAGES.iter().any(|(n, _)| *n == given) && !EXTENDED.iter().any(|(n, _)| *n == given) {
            let detail = format!("`{given}` is no use of a key that a certificate can name.");
            problems.push(error(argument("allowed_uses"), "Invalid attribute value", detail));
        }
    }
    for given in texts(config, "ip_addresses") {
        if IpAddr::from_str(given).is_err() {
            let detail = format!("`{given}` is no IP address.");
            problems.push(error(argument("ip_addresses"), "Invalid attribute value", detail));
        }
    }
    if let Some(given) = text(config, "private_key_pem")
        && let Err(why) = pair(given)
    {
        problems.push(error(argument("private_key_pem"), "Failed to parse private key", format!("{why}.")));
    }
    if problems.is_empty()
        && config.is_wholly_known()
        && let Err(why) = params(config, OffsetDateTime::UNIX_EPOCH, &[1])
    {
        problems.push(error(Vec::new(), "Invalid certificate", format!("{why}.")));
    }
    problems
}

/// The key to sign with, and the name of its algorithm.
fn pair(pem: &str) -> Result<(KeyPair, &'static str), String> {
    let (pkcs8, algorithm) = key::read(pem)?;
    let pair = KeyPair::try_from(pkcs8).map_err(|e| {
        format!(
            "nothing can be signed with this key ({e}): keys that sign are RSA of 2048 to 4096 bits, ECDSA of the curves \
             P256 and P384, and ED25519"
        )
    })?;
    Ok((pair, algorithm))
}

fn params(config: &Value, start: OffsetDateTime, serial: &[u8]) -> Result<CertificateParams, String> {
    let mut params = CertificateParams::default();
    let mut names = DistinguishedName::new();
    let subject = config.get("subject").and_then(Value::as_sequence).and_then(|all| all.first());
    if let Some(subject) = subject {
        for (name, ty) in SUBJECT {
            if let Some(value) = text(subject, name) {
                names.push(ty.clone(), value);
            }
        }
        for (name, oid) in MORE {
            if let Some(value) = text(subject, name) {
                names.push(DnType::CustomDnType(oid.to_vec()), value);
            }
        }
        let street = texts(subject, "street_address").join(", ");
        if !street.is_empty() {
            names.push(DnType::CustomDnType(STREET.to_vec()), street);
        }
    }
    params.distinguished_name = names;
    let text_of = |given: &str| given.try_into().map_err(|e: rcgen::Error| format!("{given:?}: {e}"));
    for given in texts(config, "dns_names") {
        params.subject_alt_names.push(SanType::DnsName(text_of(given)?));
    }
    for given in texts(config, "uris") {
        params.subject_alt_names.push(SanType::URI(text_of(given)?));
    }
    let addresses = texts(config, "ip_addresses").into_iter().filter_map(|a| IpAddr::from_str(a).ok());
    params.subject_alt_names.extend(addresses.map(SanType::IpAddress));
    for given in texts(config, "allowed_uses") {
        params.key_usages.extend(USAGES.iter().filter(|(n, _)| *n == given).map(|(_, u)| *u));
        let extended = EXTENDED.iter().filter(|(n, _)| *n == given);
        params.extended_key_usages.extend(extended.map(|(_, oid)| Extended::Other(oid.to_vec())));
    }
    params.is_ca = match flag(config, "is_ca_certificate") {
        Some(true) => IsCa::Ca(BasicConstraints::Unconstrained),
        _ => IsCa::ExplicitNoCa,
    };
    params.use_authority_key_identifier_extension = flag(config, "set_authority_key_id") == Some(true);
    params.serial_number = Some(SerialNumber::from_slice(serial));
    params.not_before = start;
    params.not_after = start + Duration::hours(hours(config, "validity_period_hours").unwrap_or(0));
    Ok(params)
}

pub(super) fn make(planned: &Value, source: Source<'_>, now: &str) -> Vec<(&'static str, Value)> {
    let mut serial = [0; 16];
    source(&mut serial);
    // A serial number is positive, and not empty.
    serial[0] = serial[0] & 0x7f | 0x40;
    let made = || -> Option<_> {
        let (pair, algorithm) = pair(text(planned, "private_key_pem")?).ok()?;
        let params = params(planned, OffsetDateTime::parse(now, &Rfc3339).ok()?, &serial).ok()?;
        let pem = params.self_signed(&pair).ok()?.pem().replace('\r', "");
        let moment = |at: OffsetDateTime| at.format(&Rfc3339).ok().map(Value::from);
        Some(vec![
            ("id", BigUint::from_bytes_be(&serial).to_string().into()),
            ("cert_pem", pem.into()),
            ("key_algorithm", algorithm.into()),
            ("ready_for_renewal", false.into()),
            ("validity_start_time", moment(params.not_before)?),
            ("validity_end_time", moment(params.not_after)?),
        ])
    };
    made().unwrap_or_default()
}

/// A certificate is made anew so many hours before its end.
pub(super) fn expired(object: &Value, now: &str) -> Option<Expiry> {
    let end = OffsetDateTime::parse(text(object, "validity_end_time")?, &Rfc3339).ok()?;
    let early = Duration::hours(hours(object, "early_renewal_hours").unwrap_or(0));
    let now = OffsetDateTime::parse(now, &Rfc3339).ok()?;
    (now >= end - early).then_some(Expiry::Renew("ready_for_renewal"))
}
