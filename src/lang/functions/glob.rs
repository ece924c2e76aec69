//! Files below a directory that match a pattern.

use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};

/// As many entries as are looked at.
const ENTRIES: usize = 1_000_000;

/// The paths of the regular files below the directory that the pattern matches, relative, with slashes.
pub(super) fn files(directory: &Path, pattern: &str) -> Result<Vec<String>, String> {
    let syntax =
        || format!("failed to glob pattern {}: syntax error in pattern", crate::lang::codec::quote(pattern));
    let translated = literal_bangs(pattern);
    let glob = GlobBuilder::new(&translated).literal_separator(true).backslash_escape(true).build();
    let matcher = glob.map_err(|_| syntax())?.compile_matcher();
    // A pattern without `**` cannot match deeper than it has parts.
    let depth = if pattern.contains("**") { 64 } else { pattern.matches('/').count() };
    let mut walk = Walk { matcher, out: Vec::new(), seen: 0 };
    walk.directory(directory, "", depth)?;
    walk.out.sort();
    Ok(walk.out)
}

/// In Go's classes a leading `!` is a letter like any other; it goes to the end, where it is one here too.
fn literal_bangs(pattern: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some((before, class)) = rest.split_once("[!") {
        let Some((inside, after)) = class.split_once(']') else { break };
        out.push_str(before);
        out.push('[');
        out.push_str(inside);
        out.push_str("!]");
        rest = after;
    }
    out + rest
}

struct Walk {
    matcher: GlobMatcher,
    out: Vec<String>,
    seen: usize,
}

impl Walk {
    fn directory(&mut self, path: &Path, prefix: &str, depth: usize) -> Result<(), String> {
        let Ok(entries) = std::fs::read_dir(path) else { return Ok(()) };
        for entry in entries.flatten() {
            self.seen += 1;
            if self.seen > ENTRIES {
                return Err(format!("more than {ENTRIES} files to look at; choose a smaller directory"));
            }
            let Some(name) = entry.file_name().to_str().map(|n| format!("{prefix}{n}")) else { continue };
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                if depth > 0 {
                    self.directory(&entry.path(), &format!("{name}/"), depth - 1)?;
                }
                continue;
            }
            // A link counts as what it leads to; directories behind links are not entered.
            let regular = if kind.is_symlink() { entry.path().is_file() } else { kind.is_file() };
            if regular && self.matcher.is_match(&name) {
                self.out.push(name);
            }
        }
        Ok(())
    }
}
