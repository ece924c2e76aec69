//! `.terraform.lock.hcl`: which version of each provider was chosen once. It is only read.

use std::collections::BTreeMap;
use std::path::Path;

use super::content::literal_string;
use super::load::{Files, read_source};
use super::version::Version;
use crate::lang::diag::Diagnostics;
use crate::lang::syntax::parse_body;

/// Its name, in the directory of the root module.
pub const LOCK_FILE: &str = ".terraform.lock.hcl";

/// The version of each provider by its source address in small letters; none where there is no such file.
pub(super) fn read(dir: &Path, files: &dyn Files, out: &mut Diagnostics) -> BTreeMap<String, Version> {
    let there = files.list(dir).is_ok_and(|names| names.iter().any(|name| name == LOCK_FILE));
    let path = dir.join(LOCK_FILE);
    let shown = path.display().to_string();
    let Some(source) = there.then(|| read_source(files, &path, &shown, out)).flatten() else {
        return BTreeMap::new();
    };
    let (body, diagnostics) = parse_body(&source);
    out.extend(diagnostics);
    let mut locked = BTreeMap::new();
    for block in body.blocks.iter().filter(|b| &*b.kind.text == "provider") {
        let version = block.body.attributes.iter().find(|a| &*a.name.text == "version");
        let version = version.and_then(|a| Version::parse(&literal_string(&a.expr, out)?));
        if let ([address], Some(version)) = (block.labels.as_slice(), version) {
            locked.insert(address.text.to_ascii_lowercase(), version);
        }
    }
    locked
}
