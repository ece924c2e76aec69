//! Base64, JSON, URLs and character encodings.

use std::io::Write;

use base64::Engine;
use base64::alphabet;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use encoding_rs::Encoding;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::table::{Call, Fail, Function, Ty, bad, fail, param, row};
use crate::lang::codec::{decode_json, encode_json, quote};
use crate::lang::types::Type;
use crate::lang::value::{Kind, Unknown, Value};

/// Go's `base64.StdEncoding`: padded, bits after the end are not looked at.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// What Go's `url.QueryEscape` leaves as it is, beside letters and digits; the space becomes a plus.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b' ');

pub(super) const ROWS: &[Function] = &[
    row(
        "base64encode",
        &[param("str", Ty::String)],
        Ty::String,
        |c| Ok(BASE64.encode(c.text(0)).into()),
        "Encodes a string in Base64.",
    ),
    row(
        "base64decode",
        &[param("str", Ty::String)],
        Ty::String,
        base64_decode,
        "Decodes a string from Base64.",
    ),
    row(
        "base64gzip",
        &[param("str", Ty::String)],
        Ty::String,
        base64_gzip,
        "Compresses a string with gzip and encodes it in Base64.",
    ),
    row(
        "jsonencode",
        &[param("val", Ty::Any).nullable().unknown().dynamic()],
        Ty::String,
        json_encode,
        "Encodes a value in JSON.",
    ),
    row("jsondecode", &[param("str", Ty::String).unknown()], Ty::Any, json_decode, "Reads JSON."),
    row(
        "urlencode",
        &[param("str", Ty::String)],
        Ty::String,
        |c| Ok(utf8_percent_encode(c.text(0), QUERY).to_string().replace(' ', "+").into()),
        "Encodes a string for the query of a URL.",
    ),
    row(
        "textencodebase64",
        &[param("string", Ty::String), param("encoding", Ty::String)],
        Ty::String,
        text_encode,
        "Encodes a string in a character encoding and that in Base64.",
    ),
    row(
        "textdecodebase64",
        &[param("source", Ty::String), param("encoding", Ty::String)],
        Ty::String,
        text_decode,
        "Decodes Base64 and then a character encoding.",
    ),
];

/// Base64 as Go reads it: line ends are skipped. The error is the offset of the first wrong symbol.
pub(super) fn read_base64(text: &str) -> Result<Vec<u8>, usize> {
    let clean: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    BASE64.decode(&clean).map_err(|error| match error {
        base64::DecodeError::InvalidByte(at, _) | base64::DecodeError::InvalidLastSymbol(at, _) => at,
        _ => clean.len() / 4 * 4,
    })
}

fn base64_decode(c: &Call<'_>) -> Result<Value, Fail> {
    let Ok(bytes) = read_base64(c.text(0)) else {
        return fail(format!("failed to decode base64 data {}", quote(c.text(0))));
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(_) => fail("the result of decoding the provided string is not valid UTF-8"),
    }
}

/// Go's framing: no name, no time, system 255; the data is flushed before an empty last block.
fn base64_gzip(c: &Call<'_>) -> Result<Value, Fail> {
    let text = c.text(0).as_bytes();
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    if text.is_empty() {
        out.extend([0, 0, 0, 0xff, 0xff]);
    } else {
        let mut encoder = flate2::write::DeflateEncoder::new(&mut out, flate2::Compression::default());
        let flushed = encoder.write_all(text).and_then(|()| encoder.flush());
        if let Err(error) = flushed {
            return fail(format!("failed to write gzip raw data: {error}"));
        }
        // The end that the encoder writes is not Go's; it is cut off here and written below.
        let length = encoder.total_out() as usize;
        if let Err(error) = encoder.finish() {
            return fail(format!("failed to close gzip writer: {error}"));
        }
        out.truncate(10 + length);
    }
    out.extend([1, 0, 0, 0xff, 0xff]);
    let mut crc = flate2::Crc::new();
    crc.update(text);
    out.extend(crc.sum().to_le_bytes());
    out.extend((text.len() as u32).to_le_bytes());
    Ok(BASE64.encode(out).into())
}

fn json_encode(c: &Call<'_>) -> Result<Value, Fail> {
    let value = &c.args[0];
    if value.is_wholly_known() {
        return match encode_json(value) {
            Some(json) => Ok(json.into()),
            None => fail("cannot serialize infinity as JSON"),
        };
    }
    let surely = !matches!(&value.kind, Kind::Unknown(u) if !u.not_null);
    let prefix = match value.ty() {
        Type::List(_) | Type::Set(_) | Type::Tuple(_) if surely => Some("["),
        Type::Map(_) | Type::Object(_) if surely => Some("{"),
        Type::String if surely => Some("\""),
        _ => None,
    };
    let unknown = Unknown { ty: Type::String, not_null: true, prefix: prefix.map(Into::into), length: None };
    Ok(Kind::Unknown(Box::new(unknown)).into())
}

fn json_decode(c: &Call<'_>) -> Result<Value, Fail> {
    if let Kind::Unknown(u) = &c.args[0].kind {
        // What it begins with may be enough to know that it is no JSON.
        return match u
            .prefix
            .as_deref()
            .and_then(|p| p.trim_start_matches([' ', '\t', '\r', '\n']).chars().next())
        {
            Some(first) if !matches!(first, '{' | '[' | '"' | '-' | '0'..='9' | 't' | 'f' | 'n') => {
                bad(0, format!("a JSON document cannot begin with the character {first:?}"))
            }
            _ => Ok(Value::unknown(Type::Dynamic)),
        };
    }
    decode_json(c.text(0)).or_else(|error| fail(error.0))
}

/// A character encoding by its IANA name.
#[derive(Clone, Copy)]
enum Charset {
    Utf16 {
        big: bool,
        mark: bool,
    },
    /// Each character up to this one is one byte.
    Narrow(u32, &'static str),
    Other(&'static Encoding),
}

/// Labels of the web that IANA has not, has for another encoding, or that Terraform does not support.
const OF_THE_WEB: &[&str] = &[
    "ascii",
    "big5-hkscs",
    "chinese",
    "cn-big5",
    "csgb2312",
    "csiso58gb231280",
    "csisolatin9",
    "csksc56011987",
    "csunicode",
    "dos-874",
    "gb2312",
    "gb_2312",
    "gb_2312-80",
    "iso-10646-ucs-2",
    "iso-8859-11",
    "iso-ir-149",
    "iso-ir-58",
    "koi",
    "koi8",
    "koi8-ru",
    "koi8_r",
    "korean",
    "ks_c_5601-1987",
    "ks_c_5601-1989",
    "ksc5601",
    "ksc_5601",
    "l9",
    "logical",
    "ms932",
    "replacement",
    "shift-jis",
    "sjis",
    "sun_eu_greek",
    "tis-620",
    "ucs-2",
    "unicode",
    "unicode-1-1-utf-8",
    "unicode11utf8",
    "unicode20utf8",
    "unicodefeff",
    "unicodefffe",
    "utf8",
    "visual",
    "windows-31j",
    "windows-949",
    "x-user-defined",
];

fn charset(name: &str) -> Option<Charset> {
    let lower = name.to_ascii_lowercase();
    Some(match lower.as_str() {
        "utf-16" => Charset::Utf16 { big: true, mark: true },
        "utf-16be" => Charset::Utf16 { big: true, mark: false },
        "utf-16le" => Charset::Utf16 { big: false, mark: false },
        "us-ascii" | "iso646-us" | "ansi_x3.4-1968" | "ansi_x3.4-1986" | "iso_646.irv:1991" | "iso-ir-6"
        | "us" | "ibm367" | "cp367" | "csascii" => Charset::Narrow(0x7f, "US-ASCII"),
        "iso-8859-1" | "iso_8859-1" | "latin1" | "l1" | "iso_8859-1:1987" | "cp819" | "ibm819"
        | "iso-ir-100" => Charset::Narrow(0xff, "ISO_8859-1:1987"),
        "iso-8859-9" => Charset::Other(encoding_rs::WINDOWS_1254),
        other if OF_THE_WEB.contains(&other) => return None,
        // Names that only the web gives.
        other if ["cp125", "x-", "iso8859", "iso88"].iter().any(|p| other.starts_with(p)) => return None,
        other => Charset::Other(Encoding::for_label_no_replacement(other.as_bytes())?),
    })
}

fn unsupported(name: &str) -> Result<Value, Fail> {
    bad(
        1,
        format!("{} is not a supported IANA encoding name or alias in this Terraform version", quote(name)),
    )
}

fn text_encode(c: &Call<'_>) -> Result<Value, Fail> {
    let text = c.text(0);
    let Some(charset) = charset(c.text(1)) else { return unsupported(c.text(1)) };
    let cannot = |name: &str| {
        bad(0, format!("the given string contains characters that cannot be represented in {name}"))
    };
    let bytes: Vec<u8> = match charset {
        Charset::Utf16 { big, mark } => {
            let mark = mark.then_some(0xfeff);
            let units = mark.into_iter().chain(text.encode_utf16());
            if big {
                units.flat_map(u16::to_be_bytes).collect()
            } else {
                units.flat_map(u16::to_le_bytes).collect()
            }
        }
        Charset::Narrow(last, name) => {
            if text.chars().any(|c| u32::from(c) > last) {
                return cannot(name);
            }
            text.chars().map(|c| u32::from(c) as u8).collect()
        }
        Charset::Other(encoding) => {
            let (bytes, _, lossy) = encoding.encode(text);
            if lossy {
                return cannot(encoding.name());
            }
            bytes.into_owned()
        }
    };
    Ok(BASE64.encode(bytes).into())
}

fn text_decode(c: &Call<'_>) -> Result<Value, Fail> {
    let Some(charset) = charset(c.text(1)) else { return unsupported(c.text(1)) };
    let bytes = match read_base64(c.text(0)) {
        Ok(bytes) => bytes,
        Err(at) => {
            return bad(0, format!("the given value is has an invalid base64 symbol at offset {at}"));
        }
    };
    let text: String = match charset {
        Charset::Utf16 { big, mark } => {
            let unit = |b: &[u8]| match b {
                [a, b] if big => u16::from_be_bytes([*a, *b]),
                [a, b] => u16::from_le_bytes([*a, *b]),
                _ => 0xfffd,
            };
            let units: Vec<u16> = bytes.chunks(2).map(unit).collect();
            match units.first() {
                Some(0xfeff) if mark => String::from_utf16_lossy(&units[1..]),
                Some(0xfffe) if mark => {
                    let swapped: Vec<u16> = units[1..].iter().map(|u| u.swap_bytes()).collect();
                    String::from_utf16_lossy(&swapped)
                }
                _ => String::from_utf16_lossy(&units),
            }
        }
        Charset::Narrow(last, _) => bytes
            .iter()
            .map(|b| if u32::from(*b) > last { char::REPLACEMENT_CHARACTER } else { char::from(*b) })
            .collect(),
        Charset::Other(encoding) => encoding.decode_without_bom_handling(&bytes).0.into_owned(),
    };
    if text.contains(char::REPLACEMENT_CHARACTER) {
        let name = match charset {
            Charset::Narrow(_, name) => name,
            Charset::Other(encoding) => encoding.name(),
            Charset::Utf16 { .. } => c.text(1),
        };
        return bad(0, format!("the given string contains symbols that are not defined for {name}"));
    }
    Ok(text.into())
}
