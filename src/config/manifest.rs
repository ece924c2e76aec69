//! `.terraform/modules/modules.json`: where the modules of calls are installed, in Terraform's form.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::model::ModulePath;
use super::version::Version;

/// The file's name, in the folder of modules.
pub const FILE: &str = "modules.json";

/// Where modules are installed, by the path of the call: `network.subnets`; the root module has the empty one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest(pub BTreeMap<String, Installed>);

/// One installed module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    /// The call: names joined by dots.
    #[serde(rename = "Key")]
    pub key: String,
    /// The source address, written out.
    #[serde(rename = "Source", default)]
    pub source: String,
    /// The version, of modules of a registry.
    #[serde(rename = "Version", default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its directory, from the working directory.
    #[serde(rename = "Dir")]
    pub dir: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Document {
    #[serde(rename = "Modules")]
    modules: Vec<Installed>,
}

impl Manifest {
    /// Reads a manifest; the error says what is wrong with it.
    pub fn parse(text: &[u8]) -> Result<Manifest, String> {
        if text.is_empty() {
            return Ok(Manifest::default());
        }
        let document: Document = serde_json::from_slice(text).map_err(|e| e.to_string())?;
        Ok(Manifest(document.modules.into_iter().map(|m| (m.key.clone(), m)).collect()))
    }

    /// That of a root module alone.
    pub fn of_root(dir: &Path) -> Manifest {
        let root =
            Installed { key: String::new(), source: String::new(), version: None, dir: dir.to_path_buf() };
        Manifest(BTreeMap::from([(String::new(), root)]))
    }

    /// Writes it as Terraform does.
    pub fn text(&self) -> String {
        let document = Document { modules: self.0.values().cloned().collect() };
        serde_json::to_string(&document).unwrap_or_default()
    }

    /// The key of a module.
    pub fn key(path: &ModulePath) -> String {
        path.0.iter().map(|name| &**name).collect::<Vec<_>>().join(".")
    }

    /// Forgets a module and those below it.
    pub fn forget(&mut self, key: &str) {
        let below = format!("{key}.");
        self.0.retain(|k, _| k != key && !k.starts_with(&below));
    }
}

impl Installed {
    /// The version as it compares.
    pub fn parsed_version(&self) -> Option<Version> {
        self.version.as_deref().filter(|v| !v.is_empty()).and_then(Version::parse)
    }
}

/// The manifest of a data folder (`.terraform`, or `TF_DATA_DIR`).
pub fn in_folder(data: &Path) -> PathBuf {
    data.join("modules").join(FILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terraforms_file_comes_back_as_it_was() {
        let text = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"r","Source":"registry.terraform.io/a/b/c","Version":"1.2.0","Dir":".terraform/modules/r"},{"Key":"r.x","Source":"./x","Dir":".terraform/modules/r/x"}]}"#;
        let mut manifest = Manifest::parse(text.as_bytes()).unwrap();
        assert_eq!(manifest.text(), text);
        manifest.forget("r");
        assert_eq!(manifest.0.keys().collect::<Vec<_>>(), [""]);
        assert!(Manifest::parse(b"{").is_err());
    }
}
