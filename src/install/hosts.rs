//! Terraform's CLI configuration, as far as it is about registries: `host` and `credentials` blocks, and the tokens of the
//! environment. A token is for one host.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::content::literal;
use crate::lang::syntax::{Body, parse_body, parse_json_body};
use crate::lang::{Diagnostic, Diagnostics, Kind, Type, Value};
use crate::secret::Secret;

/// What is known of hosts before they are asked.
#[derive(Default)]
pub(super) struct Hosts {
    /// The services of a host, where they are not discovered: `modules.v1` and its URL.
    services: BTreeMap<String, BTreeMap<String, String>>,
    tokens: BTreeMap<String, Secret>,
}

impl Hosts {
    /// The services that the configuration gives a host.
    pub fn services(&self, host: &str) -> Option<&BTreeMap<String, String>> {
        self.services.get(host)
    }

    /// The token for a host.
    pub fn token(&self, host: &str) -> Option<&Secret> {
        self.tokens.get(host)
    }
}

/// Reads `TF_CLI_CONFIG_FILE` (else `~/.terraformrc`), `~/.terraform.d/credentials.tfrc.json` and `TF_TOKEN_*`; what
/// stands in the environment goes first.
pub(super) fn read(env: &dyn Fn(&str) -> Option<String>) -> (Hosts, Diagnostics) {
    let mut hosts = Hosts::default();
    let mut out = Diagnostics::default();
    let set = |name: &str| env(name).filter(|v| !v.is_empty());
    let home = set("HOME").map(PathBuf::from);
    if let Some(home) = &home {
        hosts.file(&home.join(".terraform.d/credentials.tfrc.json"), &mut out);
    }
    let named = set("TF_CLI_CONFIG_FILE").or_else(|| set("TERRAFORM_CONFIG")).map(PathBuf::from);
    if let Some(file) = named.or_else(|| home.map(|h| h.join(".terraformrc"))) {
        hosts.file(&file, &mut out);
    }
    for (name, value) in std::env::vars() {
        if let Some(host) = name.strip_prefix("TF_TOKEN_").filter(|_| !value.is_empty()) {
            hosts.tokens.insert(token_host(host), Secret::new(value));
        }
    }
    (hosts, out)
}

/// The host that the name of a variable means: `__` is `-`, `_` is `.`.
fn token_host(name: &str) -> String {
    name.replace("__", "-").replace('_', ".").to_lowercase()
}

impl Hosts {
    fn file(&mut self, path: &Path, out: &mut Diagnostics) {
        let Ok(bytes) = std::fs::read(path) else { return };
        let shown = path.display().to_string();
        let source = match crate::config::source(&shown, bytes) {
            Ok(source) => source,
            Err(wrong) => return out.push(wrong),
        };
        let json = path.extension().is_some_and(|e| e == "json");
        let (body, found) = if json { parse_json_body(&source) } else { parse_body(&source) };
        if found.has_errors() {
            // Its text may hold tokens: only the place is told.
            let at =
                found.0.iter().find_map(|d| d.subject.as_ref()).map(|s| s.describe()).unwrap_or_default();
            let detail = format!("The CLI configuration file {shown} cannot be read (at {at}).");
            return out.push(Diagnostic::error("Error in CLI configuration file", detail));
        }
        if json { self.json(&source.text) } else { self.blocks(body) }
    }

    fn blocks(&mut self, body: Body) {
        for block in body.blocks {
            let [host] = &block.labels[..] else { continue };
            let host = host.text.to_lowercase();
            for attribute in &block.body.attributes {
                // What a block of another tool says is not ours to judge.
                let mut ignored = Diagnostics::default();
                let Some(value) = literal(&attribute.expr, &Type::Dynamic, &mut ignored) else { continue };
                match (&*block.kind.text, &*attribute.name.text) {
                    ("host", "services") => self.serve(&host, &value),
                    ("credentials", "token") => {
                        if let Some(token) = value.as_str() {
                            self.tokens.insert(host.clone(), Secret::new(token.to_string()));
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn serve(&mut self, host: &str, value: &Value) {
        let (Kind::Object(all) | Kind::Map(_, all)) = &value.kind else { return };
        let all = all.iter().filter_map(|(name, url)| Some((name.to_string(), url.as_str()?.to_string())));
        self.services.insert(host.into(), all.collect());
    }

    fn json(&mut self, text: &str) {
        let Ok(document) = serde_json::from_str::<serde_json::Value>(text) else { return };
        for (host, block) in document["credentials"].as_object().into_iter().flatten() {
            if let Some(token) = block["token"].as_str() {
                self.tokens.insert(host.to_lowercase(), Secret::new(token.to_string()));
            }
        }
        for (host, block) in document["host"].as_object().into_iter().flatten() {
            let services = block["services"].as_object().into_iter().flatten();
            let services = services.filter_map(|(n, v)| Some((n.clone(), v.as_str()?.to_string())));
            self.services.insert(host.to_lowercase(), services.collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_tokens_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rc");
        let text = r#"
            plugin_cache_dir = "x"
            host "Reg.example.com" {
              services = { "modules.v1" = "http://127.0.0.1:1/v1/" }
            }
            credentials "reg.example.com" { token = "sekret" }
        "#;
        std::fs::write(&file, text).unwrap();
        let home = folder.path().join(".terraform.d");
        std::fs::create_dir(&home).unwrap();
        let login = r#"{"credentials": {"app.example.com": {"token": "other"}}}"#;
        std::fs::write(home.join("credentials.tfrc.json"), login).unwrap();
        let (hosts, found) = read(&|name| match name {
            "TF_CLI_CONFIG_FILE" => Some(file.display().to_string()),
            "HOME" => Some(folder.path().display().to_string()),
            _ => None,
        });
        assert!(!found.has_errors(), "{found:?}");
        let services = hosts.services("reg.example.com").unwrap();
        assert_eq!(services["modules.v1"], "http://127.0.0.1:1/v1/");
        assert_eq!(hosts.token("reg.example.com").unwrap().expose(), "sekret");
        assert_eq!(hosts.token("app.example.com").unwrap().expose(), "other");
        assert!(hosts.token("example.com").is_none());
        assert_eq!(token_host("my__reg_example_com"), "my-reg.example.com");
    }
}
