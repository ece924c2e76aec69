//! The module registry protocol: discovery, versions, location.

use std::collections::BTreeMap;

use azure_core::http::Url;
use serde::Deserialize;

use super::hosts::Hosts;
use super::web::{Answer, Web};
use crate::config::source::RegistrySource;

const SERVICE: &str = "modules.v1";

/// Asks registries; each thing once.
pub(super) struct Registry {
    web: Web,
    hosts: Hosts,
    services: BTreeMap<String, Result<Url, String>>,
    versions: BTreeMap<String, Vec<String>>,
    locations: BTreeMap<(String, String), String>,
}

/// Why a registry's versions are not known.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RegistryError {
    /// There is no such module.
    NotFound,
    /// What it answered is no list of versions.
    Invalid,
    /// It could not be asked.
    Failed(String),
}

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    modules: Vec<ListedModule>,
}

#[derive(Deserialize)]
struct ListedModule {
    #[serde(default)]
    versions: Vec<ListedVersion>,
}

#[derive(Deserialize)]
struct ListedVersion {
    version: String,
}

#[derive(Deserialize)]
struct Location {
    #[serde(default)]
    location: String,
}

impl Registry {
    pub fn new(web: Web, hosts: Hosts) -> Registry {
        Registry {
            web,
            hosts,
            services: BTreeMap::new(),
            versions: BTreeMap::new(),
            locations: BTreeMap::new(),
        }
    }

    /// The versions of a module, as the registry lists them.
    pub async fn versions(&mut self, source: &RegistrySource) -> Result<Vec<String>, RegistryError> {
        let package = source.package();
        if let Some(known) = self.versions.get(&package) {
            return Ok(known.clone());
        }
        let url = self.url(source, "versions").await.map_err(RegistryError::Failed)?;
        let answer = self.ask(&source.host, &url).await.map_err(RegistryError::Failed)?;
        match answer.status {
            200 => {}
            404 => return Err(RegistryError::NotFound),
            _ => {
                let why = format!("error looking up module versions: {}", answer.status_text());
                return Err(RegistryError::Failed(why));
            }
        }
        let listed: Listed = serde_json::from_slice(&answer.body)
            .map_err(|e| RegistryError::Failed(format!("the answer is no list of versions: {e}")))?;
        let module = listed.modules.into_iter().next().ok_or(RegistryError::Invalid)?;
        let versions: Vec<String> = module.versions.into_iter().map(|v| v.version).collect();
        self.versions.insert(package, versions.clone());
        Ok(versions)
    }

    /// Where a version of a module is: a source address.
    pub async fn location(&mut self, source: &RegistrySource, version: &str) -> Result<String, String> {
        let key = (source.package(), version.to_string());
        if let Some(known) = self.locations.get(&key) {
            return Ok(known.clone());
        }
        let url = self.url(source, &format!("{version}/download")).await?;
        let answer = self.ask(&source.host, &url).await?;
        let header = answer.header("x-terraform-get").filter(|h| !h.is_empty());
        let location = match answer.status {
            200 | 201 | 204 => header.or_else(|| {
                let body: Location = serde_json::from_slice(&answer.body).ok()?;
                Some(body.location).filter(|l| !l.is_empty())
            }),
            404 => return Err(format!("module {:?} version {version:?} not found", source.package())),
            _ => {
                return Err(format!(
                    "error getting download location for {:?}: {} resp:{}",
                    source.package(),
                    answer.status_text(),
                    excerpt(&answer.body)
                ));
            }
        };
        let location = location.ok_or_else(|| {
            format!("failed to get download URL for {:?}: {}", source.package(), answer.status_text())
        })?;
        let relative = ["/", "./", "../"].iter().any(|p| location.starts_with(p));
        let location = match relative {
            true => answer
                .url
                .join(&location)
                .map_err(|e| format!("invalid relative URL {location:?}: {e}"))?
                .to_string(),
            false => location,
        };
        self.locations.insert(key, location.clone());
        Ok(location)
    }

    async fn url(&mut self, source: &RegistrySource, last: &str) -> Result<Url, String> {
        let base = self.service(&source.host).await?;
        let path = format!("{}/{}/{}/{last}", source.namespace, source.name, source.system);
        base.join(&path).map_err(|e| format!("{base}: {e}"))
    }

    /// One more try for what may pass.
    async fn ask(&self, host: &str, url: &Url) -> Result<Answer, String> {
        let token = self.hosts.token(host);
        let first = self.web.get(url, token).await;
        if first.as_ref().is_ok_and(|a| a.status < 500 && a.status != 429) {
            return first;
        }
        let failed =
            |why: String| format!("the request failed after 2 attempts, please try again later: {why}");
        match self.web.get(url, token).await {
            Ok(answer) if answer.status >= 500 || answer.status == 429 => {
                Err(failed(format!("{} returned from {url}", answer.status_text())))
            }
            Ok(answer) => Ok(answer),
            Err(why) => Err(failed(why)),
        }
    }

    /// Where a host serves modules.
    async fn service(&mut self, host: &str) -> Result<Url, String> {
        if let Some(known) = self.services.get(host) {
            return known.clone();
        }
        let found = self.discover(host).await;
        self.services.insert(host.to_string(), found.clone());
        found
    }

    async fn discover(&self, host: &str) -> Result<Url, String> {
        let none = || format!("host {host} does not provide a modules service");
        let document = Url::parse(&format!("https://{host}/.well-known/terraform.json"))
            .map_err(|e| format!("invalid host: {e}"))?;
        let (base, service) = match self.hosts.services(host) {
            Some(services) => (document, services.get(SERVICE).cloned().ok_or_else(none)?),
            None => {
                let failed = |why: String| format!("failed to request discovery document: {why}");
                let answer = self.web.get(&document, self.hosts.token(host)).await.map_err(failed)?;
                match answer.status {
                    200 => {}
                    404 => return Err(none()),
                    _ => return Err(failed(answer.status_text())),
                }
                let kind = answer.header("content-type").unwrap_or_default();
                if kind.split(';').next().map(str::trim) != Some("application/json") {
                    let why = format!(
                        "discovery URL returned an unsupported Content-Type {kind:?}, where \"application/json\" is needed"
                    );
                    return Err(why);
                }
                let services: serde_json::Value = serde_json::from_slice(&answer.body)
                    .map_err(|e| format!("failed to decode discovery document as a JSON object: {e}"))?;
                let service = services[SERVICE].as_str().ok_or_else(none)?.to_string();
                (answer.url, service)
            }
        };
        let mut url = base.join(&service).map_err(|e| format!("invalid service URL {service:?}: {e}"))?;
        let near = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if url.scheme() != "https" && !(url.scheme() == "http" && near) {
            return Err(format!(
                "the service URL {url} is not secured: only a registry on this machine may be asked without TLS"
            ));
        }
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(url)
    }
}

/// The beginning of a body.
fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().filter(|c| !c.is_control()).take(200).collect()
}
