//! `local_file`, `local_sensitive_file`: files beside the configuration.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use ring::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA512, digest};

use super::table::{Arg, Table, Ty, Unset, arg, secret};
use crate::catalog::lens::{LocalFile, Problem};
use crate::catalog::value::{argument, error, set, text};
use crate::lang::Value;

/// What is known of a file by its content.
pub(super) const COMPUTED: &[(&str, Ty, bool)] = &[
    ("id", Ty::Text, false),
    ("content_md5", Ty::Text, false),
    ("content_sha1", Ty::Text, false),
    ("content_sha256", Ty::Text, false),
    ("content_base64sha256", Ty::Text, false),
    ("content_sha512", Ty::Text, false),
    ("content_base64sha512", Ty::Text, false),
];

const FILENAME: Arg = arg("filename", Ty::Text, Unset::Required);
const SOURCE: Arg = arg("source", Ty::Text, Unset::Null);

/// The types.
pub(super) static TYPES: &[Table] = &[
    Table {
        name: "local_file",
        arguments: &[
            FILENAME,
            arg("content", Ty::Text, Unset::Null),
            secret("sensitive_content", Unset::Null),
            arg("content_base64", Ty::Text, Unset::Null),
            SOURCE,
            arg("file_permission", Ty::Text, Unset::Text("0777")),
            arg("directory_permission", Ty::Text, Unset::Text("0777")),
        ],
        computed: COMPUTED,
        check,
        make: |planned, _, _| sums(&content(planned).unwrap_or_default()),
        file,
        ..Table::PLAIN
    },
    Table {
        name: "local_sensitive_file",
        arguments: &[
            FILENAME,
            secret("content", Unset::Null),
            secret("content_base64", Unset::Null),
            SOURCE,
            arg("file_permission", Ty::Text, Unset::Text("0700")),
            arg("directory_permission", Ty::Text, Unset::Text("0700")),
        ],
        computed: COMPUTED,
        check,
        make: |planned, _, _| sums(&content(planned).unwrap_or_default()),
        file,
        ..Table::PLAIN
    },
];

const CONTENTS: [&str; 4] = ["content", "sensitive_content", "content_base64", "source"];

fn check(config: &Value) -> Vec<Problem> {
    let written: Vec<&str> =
        CONTENTS.into_iter().filter(|n| config.get(n).is_some_and(|v| !v.is_null())).collect();
    let mut problems = Vec::new();
    if written.len() != 1 {
        problems.push(error(
            Vec::new(),
            "Invalid Attribute Combination",
            format!(
                "Exactly one of `content`, `content_base64` and their like must be written, not {}.",
                written.len()
            ),
        ));
    }
    if written == ["source"] {
        problems.push(error(
            argument("source"),
            "Argument not supported",
            "`source` is read by whoever applies, so a plan could not say what the file will be. Write `content_base64 = \
             filebase64(...)` instead.",
        ));
    }
    if let Some(given) = text(config, "content_base64")
        && STANDARD.decode(given).is_err()
    {
        problems.push(error(
            argument("content_base64"),
            "Invalid attribute value",
            "The text is not base64.",
        ));
    }
    for name in ["file_permission", "directory_permission"] {
        if let Some(given) = text(config, name)
            && mode(given).is_none()
        {
            problems.push(error(
                argument(name),
                "Invalid attribute value",
                format!("`{given}` is no permission: three or four octal digits are expected, as in `0644`."),
            ));
        }
    }
    problems
}

fn mode(text: &str) -> Option<u32> {
    matches!(text.len(), 3 | 4).then(|| u32::from_str_radix(text, 8).ok()).flatten()
}

/// The bytes of the file, when they are known.
fn content(object: &Value) -> Option<Vec<u8>> {
    match set(object, "content_base64") {
        Some(encoded) => STANDARD.decode(encoded.as_str()?).ok(),
        None => {
            let plain = set(object, "content").or_else(|| set(object, "sensitive_content"))?;
            Some(plain.as_str()?.as_bytes().to_vec())
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The digests of a file's bytes in every form.
pub(super) fn sums(bytes: &[u8]) -> Vec<(&'static str, Value)> {
    let sum = |algorithm: &'static Algorithm| digest(algorithm, bytes);
    let sha1 = hex(sum(&SHA1_FOR_LEGACY_USE_ONLY).as_ref());
    let (sha256, sha512) = (sum(&SHA256), sum(&SHA512));
    vec![
        ("id", sha1.as_str().into()),
        ("content_md5", hex(&Md5::digest(bytes)).into()),
        ("content_sha1", sha1.into()),
        ("content_sha256", hex(sha256.as_ref()).into()),
        ("content_base64sha256", STANDARD.encode(sha256.as_ref()).into()),
        ("content_sha512", hex(sha512.as_ref()).into()),
        ("content_base64sha512", STANDARD.encode(sha512.as_ref()).into()),
    ]
}

fn file(object: &Value) -> Option<LocalFile> {
    let permission = |name| text(object, name).and_then(mode).unwrap_or(0o700);
    Some(LocalFile {
        path: text(object, "filename")?.into(),
        content: content(object)?,
        mode: permission("file_permission"),
        directory_mode: permission("directory_permission"),
    })
}
