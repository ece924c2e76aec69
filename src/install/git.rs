//! Packages of git repositories, through the `git` program.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use azure_core::http::Url;
use base64::Engine;

/// Clones what a URL names (`?ref=`, `?depth=`, `?sshkey=`) into a folder that is not there yet.
pub(super) fn clone(url: &Url, into: &Path) -> Result<(), String> {
    let git = program().ok_or("git must be available and on the PATH")?;
    let asked = Asked::of(url)?;
    let key = asked.ssh_key.as_deref().map(key_file).transpose()?;
    let run = |arguments: &[&str], folder: Option<&Path>| {
        run(&git, arguments, folder, key.as_ref().map(|k| k.path()))
    };
    let target = into.to_str().ok_or("the folder's name is not UTF-8")?;
    let depth = asked.depth.map(|d| d.to_string());
    let mut arguments = vec!["clone"];
    if let Some(depth) = &depth {
        arguments.extend(["--depth", depth]);
        if let Some(name) = &asked.name {
            arguments.extend(["--branch", name]);
        }
    }
    arguments.extend(["--", &asked.url, target]);
    run(&arguments, None).map_err(|why| match (&asked.name, &depth) {
        (Some(name), Some(_)) if is_commit(name) => {
            format!("{why} (note that setting 'depth' requires 'ref' to be a branch or tag name)")
        }
        _ => why,
    })?;
    if let (Some(name), None) = (&asked.name, &depth) {
        run(&["checkout", name], Some(into))?;
    }
    if into.join(".gitmodules").exists() {
        let mut arguments = vec!["submodule", "update", "--init", "--recursive"];
        if let Some(depth) = &depth {
            arguments.extend(["--depth", depth]);
        }
        run(&arguments, Some(into))?;
    }
    Ok(())
}

/// What the query of the URL says, which git does not know.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    url: String,
    name: Option<String>,
    depth: Option<u32>,
    ssh_key: Option<String>,
}

impl Asked {
    fn of(url: &Url) -> Result<Asked, String> {
        let mut asked = Asked { url: String::new(), name: None, depth: None, ssh_key: None };
        let mut rest: Vec<(String, String)> = Vec::new();
        for (name, value) in url.query_pairs() {
            match &*name {
                "ref" => asked.name = Some(value.into_owned()).filter(|v| !v.is_empty()),
                "depth" => asked.depth = value.parse().ok().filter(|d| *d > 0),
                "sshkey" => asked.ssh_key = Some(value.into_owned()).filter(|v| !v.is_empty()),
                _ => rest.push((name.into_owned(), value.into_owned())),
            }
        }
        if asked.name.as_ref().is_some_and(|n| n.starts_with('-')) {
            return Err("a ref cannot begin with a dash".into());
        }
        let mut plain = url.clone();
        plain.set_query(None);
        if !rest.is_empty() {
            plain.query_pairs_mut().extend_pairs(rest);
        }
        asked.url = plain.to_string();
        Ok(asked)
    }
}

fn is_commit(name: &str) -> bool {
    name.len() >= 7 && name.bytes().all(|b| b.is_ascii_hexdigit())
}

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join("git")).find(|file| file.is_file())
}

/// A private key in a file that only we read, and that goes when it is not needed any more.
fn key_file(encoded: &str) -> Result<tempfile::NamedTempFile, String> {
    let text = base64::engine::general_purpose::STANDARD
        .decode(encoded.replace(' ', "+"))
        .map_err(|_| "the sshkey is not base64".to_string())?;
    let file = tempfile::NamedTempFile::new().map_err(|e| e.to_string())?;
    std::fs::write(file.path(), text).map_err(|e| e.to_string())?;
    Ok(file)
}

fn run(git: &Path, arguments: &[&str], folder: Option<&Path>, key: Option<&Path>) -> Result<(), String> {
    let mut command = Command::new(git);
    command.args(arguments).stdin(Stdio::null());
    // A hook that runs us in a repository must not make its repository ours.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    if let Some(key) = key {
        command.env(
            "GIT_SSH_COMMAND",
            format!("ssh -i {} -o StrictHostKeyChecking=accept-new -o IdentitiesOnly=yes", key.display()),
        );
    }
    let done = command.output().map_err(|e| format!("{}: {e}", git.display()))?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    let code = done.status.code().map_or_else(|| "a signal".to_string(), |c| c.to_string());
    Err(format!("{} exited with {code}: {}", git.display(), said.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ours_of_a_query_is_not_gits() {
        let asked = |text: &str| Asked::of(&Url::parse(text).unwrap());
        let found = asked("https://h/r.git?ref=v1&depth=2&x=y").unwrap();
        assert_eq!((found.url.as_str(), found.name.as_deref()), ("https://h/r.git?x=y", Some("v1")));
        assert_eq!(found.depth, Some(2));
        assert_eq!(asked("ssh://git@h/r.git").unwrap().url, "ssh://git@h/r.git");
        assert!(asked("https://h/r?ref=--upload-pack=x").is_err());
        assert!(is_commit("0a1b2c3d") && !is_commit("v1"));
    }
}
