//! Files (read only), paths, templates.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;

use super::crypto::{self, Hash};
use super::encoding::BASE64;
use super::glob;
use super::table::{Call, Fail, Function, LIMIT, Ty, bad, fail, param, row};
use crate::lang::codec::quote;
use crate::lang::convert::convert;
use crate::lang::diag::{Diagnostics, Severity, Source, Span};
use crate::lang::eval::evaluate_with;
use crate::lang::refs::references;
use crate::lang::scope::NoScope;
use crate::lang::syntax::parse_template;
use crate::lang::types::Type;
use crate::lang::value::Value;

const PATH: &[super::Param] = &[param("path", Ty::String)];

pub(super) const ROWS: &[Function] = &[
    row("file", PATH, Ty::String, file, "The content of a file."),
    row("filebase64", PATH, Ty::String, file_base64, "The content of a file, in Base64."),
    row("fileexists", PATH, Ty::Bool, file_exists, "Says whether there is a file of this name."),
    row(
        "fileset",
        &[param("path", Ty::String), param("pattern", Ty::String)],
        Ty::SetOfString,
        file_set,
        "The names of the files below a directory that match a pattern.",
    ),
    row(
        "filemd5",
        PATH,
        Ty::String,
        |c| hash(c, crypto::md5_hex),
        "The MD5 digest of a file, in hexadecimal.",
    ),
    row(
        "filesha1",
        PATH,
        Ty::String,
        |c| hash(c, crypto::sha1_hex),
        "The SHA1 digest of a file, in hexadecimal.",
    ),
    row(
        "filesha256",
        PATH,
        Ty::String,
        |c| hash(c, crypto::sha256_hex),
        "The SHA256 digest of a file, in hexadecimal.",
    ),
    row(
        "filesha512",
        PATH,
        Ty::String,
        |c| hash(c, crypto::sha512_hex),
        "The SHA512 digest of a file, in hexadecimal.",
    ),
    row(
        "filebase64sha256",
        PATH,
        Ty::String,
        |c| hash(c, crypto::sha256_base64),
        "The SHA256 digest of a file, in Base64.",
    ),
    row(
        "filebase64sha512",
        PATH,
        Ty::String,
        |c| hash(c, crypto::sha512_base64),
        "The SHA512 digest of a file, in Base64.",
    ),
    row("abspath", PATH, Ty::String, abs_path, "The absolute form of a path."),
    row("basename", PATH, Ty::String, |c| Ok(base_name(c.text(0)).into()), "The last part of a path."),
    row("dirname", PATH, Ty::String, |c| Ok(dir_name(c.text(0)).into()), "A path without its last part."),
    row(
        "pathexpand",
        PATH,
        Ty::String,
        path_expand,
        "A path with the home directory in place of a leading `~`.",
    ),
    row(
        "templatefile",
        &[param("path", Ty::String), param("vars", Ty::Any)],
        Ty::Any,
        template_file,
        "Renders a file as a template.",
    ),
    row(
        "templatestring",
        &[param("template", Ty::String), param("vars", Ty::Any).dynamic()],
        Ty::String,
        template_string,
        "Renders a string as a template.",
    ),
];

/// A path without `.`, empty parts, and `..` that have something to go up from: Go's `filepath.Clean`.
pub fn clean_path(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|p| *p != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            other => parts.push(other),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".into(),
        (false, false) => parts.join("/"),
    }
}

fn base_name(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return "/";
    }
    trimmed.rsplit('/').next().unwrap_or(trimmed)
}

fn dir_name(path: &str) -> String {
    clean_path(path.rfind('/').map_or("", |i| &path[..=i]))
}

fn abs_path(c: &Call<'_>) -> Result<Value, Fail> {
    let path = c.text(0);
    if path.starts_with('/') {
        return Ok(clean_path(path).into());
    }
    match std::path::absolute(&c.world.base_dir) {
        Ok(base) => Ok(clean_path(&format!("{}/{path}", base.display())).into()),
        Err(error) => fail(format!("cannot find the working directory: {error}")),
    }
}

/// The path with the home directory in place of a leading `~`.
fn expand(path: &str) -> Result<String, String> {
    let Some(rest) = path.strip_prefix('~') else { return Ok(path.into()) };
    if !rest.is_empty() && !rest.starts_with(['/', '\\']) {
        return Err("cannot expand user-specific home dir".into());
    }
    match std::env::home_dir() {
        Some(home) => Ok(clean_path(&format!("{}{rest}", home.display()))),
        None => Err("cannot find the home directory".into()),
    }
}

fn path_expand(c: &Call<'_>) -> Result<Value, Fail> {
    match expand(c.text(0)) {
        Ok(path) => Ok(path.into()),
        Err(reason) => fail(reason),
    }
}

/// The path as it is shown and as it is opened.
fn locate(c: &Call<'_>) -> Result<(String, PathBuf), Fail> {
    let path = match expand(c.text(0)) {
        Ok(path) => path,
        Err(reason) => return fail(format!("failed to expand ~: {reason}")),
    };
    let opened =
        if Path::new(&path).is_absolute() { PathBuf::from(&path) } else { c.world.base_dir.join(&path) };
    Ok((clean_path(&path), opened))
}

/// Go's words for what the system says.
fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "no such file or directory".into(),
        ErrorKind::IsADirectory => "is a directory".into(),
        ErrorKind::PermissionDenied => "permission denied".into(),
        _ => error.to_string(),
    }
}

/// The content of a file that belongs to the configuration.
fn read(c: &Call<'_>) -> Result<Vec<u8>, Fail> {
    let (shown, path) = locate(c)?;
    if std::fs::metadata(&path).is_ok_and(|m| m.len() > LIMIT as u64) {
        return bad(0, format!("failed to read file: {shown} is larger than {LIMIT} bytes"));
    }
    match std::fs::read(&path) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => bad(
            0,
            format!(
                "no file exists at {}; this function works only with files that are distributed as part of the \
                 configuration source code, so if this file will be created by a resource in this configuration you \
                 must instead obtain this result from an attribute of that resource",
                quote(c.text(0))
            ),
        ),
        Err(error) => bad(0, format!("failed to read file: read {shown}: {}", reason(&error))),
    }
}

fn read_text(c: &Call<'_>) -> Result<String, Fail> {
    String::from_utf8(read(c)?).or_else(|_| {
        fail(format!(
            "contents of {} are not valid UTF-8; use the filebase64 function to obtain the Base64 encoded contents or \
             the other file functions (e.g. filemd5, filesha256) to obtain file hashing results instead",
            quote(c.text(0))
        ))
    })
}

fn file(c: &Call<'_>) -> Result<Value, Fail> {
    Ok(read_text(c)?.into())
}

fn file_base64(c: &Call<'_>) -> Result<Value, Fail> {
    Ok(BASE64.encode(read(c)?).into())
}

fn hash(c: &Call<'_>, hash: Hash) -> Result<Value, Fail> {
    let (shown, path) = locate(c)?;
    match std::fs::read(&path) {
        Ok(bytes) => Ok(hash(&bytes).into()),
        Err(error) if error.kind() == ErrorKind::IsADirectory => {
            fail(format!("read {shown}: is a directory"))
        }
        Err(error) => fail(format!("open {shown}: {}", reason(&error))),
    }
}

fn file_exists(c: &Call<'_>) -> Result<Value, Fail> {
    let (_, path) = locate(c)?;
    match std::fs::metadata(&path) {
        Ok(meta) if meta.is_file() => Ok(true.into()),
        Ok(meta) if meta.is_dir() => fail(format!("{} is a directory, not a file", quote(c.text(0)))),
        Ok(_) => fail(format!("{} is not a regular file", quote(c.text(0)))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false.into()),
        Err(error) => fail(format!("failed to stat {}: {}", quote(c.text(0)), reason(&error))),
    }
}

fn file_set(c: &Call<'_>) -> Result<Value, Fail> {
    let (_, mut path) = locate(c)?;
    let cleaned = clean_path(c.text(1));
    let (mut pattern, mut prefix) = (cleaned.as_str(), String::new());
    while let Some(rest) = pattern.strip_prefix("../") {
        path.push("..");
        prefix.push_str("../");
        pattern = rest;
    }
    match glob::files(&path, pattern) {
        Ok(names) => {
            Ok(Value::set(Type::String, names.into_iter().map(|n| format!("{prefix}{n}").into()).collect()))
        }
        Err(reason) => fail(reason),
    }
}

/// The variables of a template.
fn variables(c: &Call<'_>) -> Result<crate::lang::Entries, Fail> {
    let Some(vars) = c.args[1].as_entries() else {
        return bad(1, "invalid vars value: must be a map");
    };
    for name in vars.keys() {
        let mut letters = name.chars();
        let valid = letters.next().is_some_and(|c| c.is_alphabetic() || c == '_')
            && letters.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
        if !valid {
            return bad(
                1,
                format!(
                    "invalid template variable name {}: must start with a letter, followed by zero or more letters, \
                     digits, and underscores",
                    quote(name)
                ),
            );
        }
    }
    Ok(vars.clone())
}

/// The value of a template; what is wrong in it names its place in it.
fn render(c: &Call<'_>, function: &str, name: &str, text: String) -> Result<Value, Fail> {
    if c.world.in_template {
        return fail(format!("cannot recursively call {function} from inside another template function"));
    }
    let broken = |found: &Diagnostics| {
        let error = found.0.iter().find(|d| d.severity == Severity::Error);
        let Some(error) = error else { return fail("the template is not valid") };
        let place = error.subject.as_ref().map_or_else(|| name.to_string(), place);
        fail(format!("{place}: {}; {}", error.summary, error.detail))
    };
    let source = Arc::new(Source { path: name.into(), text });
    let template = match parse_template(&source) {
        Ok(template) => template,
        Err(found) => return broken(&found),
    };
    let vars = variables(c)?;
    for reference in references(&template) {
        let root = &reference.root.text;
        if !vars.contains_key(root) {
            let at = place(&reference.span);
            return bad(1, format!("vars map does not contain key {}, referenced at {at}", quote(root)));
        }
    }
    let vars = vars.into_iter().collect();
    let (value, found) = evaluate_with(&template, &NoScope, &c.world.for_template(), vars);
    if found.has_errors() {
        return broken(&found);
    }
    if value.is_null() {
        return fail(format!(
            "{}: Template result is null; The result of the template is null, which is not a valid result for a \
             templatestring call.",
            place(&template.span)
        ));
    }
    Ok(value)
}

/// `name:1,2-5`: line and columns, as HCL writes them.
fn place(span: &Span) -> String {
    let (line, column) = span.source.position(span.range.start);
    let (last, end) = span.source.position(span.range.end);
    let line_end = if last == line { String::new() } else { format!("{last},") };
    format!("{}:{line},{column}-{line_end}{end}", span.source.path)
}

fn template_file(c: &Call<'_>) -> Result<Value, Fail> {
    let text = read_text(c)?;
    render(c, "templatefile", c.text(0), text)
}

fn template_string(c: &Call<'_>) -> Result<Value, Fail> {
    let rendered = render(c, "templatestring", "<template-string>", c.text(0).to_string())?;
    match convert(&rendered, &Type::String) {
        Ok(text) => Ok(text),
        Err(error) => fail(format!("template must return a string: {}", error.message)),
    }
}
