//! Workspaces: several ledgers of one root module, one of them chosen.
//!
//! The names are folders of `ringfence.ledger.d` in the root module. The chosen one is in the file `environment` of the
//! data folder, as in Terraform; `TF_WORKSPACE` chooses for one run, and may name one that is not there yet.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Choice, Env, backend};
use crate::lang::{Diagnostic, Diagnostics};
use crate::ledger::{Ledger, LedgerFile, Patience, Store as _, write_atomically};

/// The workspace that is always there.
pub const DEFAULT: &str = "default";

/// The folder of the ledgers of all others.
const FOLDER: &str = "ringfence.ledger.d";

/// The workspaces of a root module.
pub struct Workspaces<'w> {
    root: &'w Path,
    data: PathBuf,
    env: Env<'w>,
}

/// Why a workspace was not made, chosen or removed.
#[derive(Debug)]
pub enum Refused {
    /// The name is none.
    Name,
    /// There is one of that name.
    Exists,
    /// There is none of that name.
    Missing,
    /// `TF_WORKSPACE` decides.
    Overridden,
    /// It is the chosen one.
    Active,
    /// It is `default`.
    Default,
    /// It owns these instances.
    NotEmpty(Vec<String>),
    /// Something else.
    Other(Diagnostics),
}

impl<'w> Workspaces<'w> {
    /// Of a root module in this environment.
    pub fn of(root: &'w Path, env: Env<'w>) -> Workspaces<'w> {
        Workspaces { root, data: super::data_dir(root, env), env }
    }

    /// The chosen one.
    ///
    /// Errors: `TF_WORKSPACE` is no name.
    pub fn current(&self) -> Result<Arc<str>, Diagnostics> {
        current(&self.data, self.env)
    }

    /// Does `TF_WORKSPACE` choose?
    pub fn overridden(&self) -> bool {
        overridden(self.env).is_some()
    }

    /// All that there are: `default`, then by name.
    ///
    /// Errors: they are in a shared place that cannot be reached.
    pub async fn all(&self) -> Result<Vec<String>, Diagnostics> {
        let shared = match backend::shared(&self.data, self.env).await? {
            Some(shared) => shared.workspaces().await?,
            None => BTreeSet::new(),
        };
        let entries = |dir: PathBuf| std::fs::read_dir(dir).into_iter().flatten().flatten();
        let folders = entries(self.root.join(FOLDER)).filter(|e| e.path().is_dir());
        let names = folders.filter_map(|e| e.file_name().into_string().ok());
        let local = entries(self.data.join("local.ledger.d"))
            .filter_map(|e| Some(e.file_name().into_string().ok()?.strip_suffix(".json")?.to_string()));
        let all = names.chain(local).chain(shared);
        let others: BTreeSet<String> = all.filter(|n| is_name(n) && n != DEFAULT).collect();
        Ok(std::iter::once(DEFAULT.to_string()).chain(others).collect())
    }

    async fn is_there(&self, name: &str) -> Result<bool, Refused> {
        Ok(self.all().await.map_err(Refused::Other)?.iter().any(|n| n == name))
    }

    /// Makes one, with the content of a ledger or empty, and chooses it.
    pub async fn make(&self, name: &str, cloud: &Choice, content: Option<&Ledger>) -> Result<(), Refused> {
        if !is_name(name) {
            return Err(Refused::Name);
        }
        if overridden(self.env).is_some_and(|o| o != name) {
            return Err(Refused::Overridden);
        }
        if self.is_there(name).await? {
            return Err(Refused::Exists);
        }
        let store =
            super::store(self.root, &self.data, cloud, name, self.env).await.map_err(Refused::Other)?;
        let empty = Ledger::new();
        let content = match store.is_shared() {
            true => Some(content.unwrap_or(&empty)),
            false => {
                let folder = self.root.join(FOLDER).join(name);
                std::fs::create_dir_all(&folder).map_err(|e| other(&folder, &e))?;
                content
            }
        };
        if let Some(content) = content {
            store.write(content).await.map_err(|e| Refused::Other(super::ledger_error(e)))?;
        }
        self.remember(name)
    }

    /// Chooses one. Answers whether it was another before.
    pub async fn select(&self, name: &str) -> Result<bool, Refused> {
        if !is_name(name) {
            return Err(Refused::Name);
        }
        let before = self.current().map_err(Refused::Other)?;
        if self.overridden() {
            return Err(Refused::Overridden);
        }
        if *before == *name {
            return Ok(false);
        }
        if !self.is_there(name).await? {
            return Err(Refused::Missing);
        }
        self.remember(name)?;
        Ok(true)
    }

    /// Removes one with its ledgers. Answers whether something was owned in it, which `force` allows.
    pub async fn delete(&self, name: &str, force: bool) -> Result<bool, Refused> {
        if !self.is_there(name).await? {
            return Err(Refused::Missing);
        }
        if *self.current().map_err(Refused::Other)? == *name {
            return Err(Refused::Active);
        }
        if name == DEFAULT {
            return Err(Refused::Default);
        }
        let (own, local) = (azure(self.root, name), local(&self.data, name));
        let mut owned = BTreeSet::new();
        let wrong = |e| Refused::Other(super::ledger_error(e));
        for path in [&own, &local] {
            let ledger = LedgerFile::new(path).read().map_err(wrong)?;
            owned.extend(ledger.into_iter().flat_map(|l| l.instances.into_keys()));
        }
        let shared = backend::shared(&self.data, self.env).await.map_err(Refused::Other)?;
        let shared = shared.map(|shared| shared.store(name));
        let mut hold = None;
        if let Some(store) = &shared {
            let info = super::lock_info("OperationTypeInvalid", &store.place());
            hold = Some(store.take(&info, Patience::none()).await.map_err(wrong)?);
            let ledger = store.read().await.map_err(wrong)?;
            owned.extend(ledger.into_iter().flat_map(|l| l.instances.into_keys()));
        }
        if !owned.is_empty() && !force {
            return Err(Refused::NotEmpty(owned.into_iter().collect()));
        }
        if let Some(store) = &shared {
            store.remove().await.map_err(wrong)?;
        }
        if let Some(hold) = hold {
            hold.release().await;
        }
        let folder = self.root.join(FOLDER).join(name);
        gone(std::fs::remove_dir_all(&folder)).map_err(|e| other(&folder, &e))?;
        gone(std::fs::remove_file(&local)).map_err(|e| other(&local, &e))?;
        Ok(!owned.is_empty())
    }

    fn remember(&self, name: &str) -> Result<(), Refused> {
        let file = self.data.join("environment");
        write_atomically(&file, name.as_bytes()).map_err(|e| other(&file, &e))
    }
}

fn gone(result: io::Result<()>) -> io::Result<()> {
    result.or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) })
}

fn other(path: &Path, error: &io::Error) -> Refused {
    let detail = format!("{}: {error}.", path.display());
    Refused::Other(Diagnostic::error("The workspaces cannot be changed", detail).into())
}

/// May a workspace be called so? As in Terraform: what stays as it is in a path of a URL; and no name of folders.
pub fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.~$&+:=@".contains(c);
    !name.is_empty() && name != "." && name != ".." && name.chars().all(plain)
}

fn overridden(env: Env<'_>) -> Option<String> {
    env("TF_WORKSPACE").filter(|v| !v.is_empty())
}

/// The chosen workspace of a data folder.
pub(super) fn current(data: &Path, env: Env<'_>) -> Result<Arc<str>, Diagnostics> {
    if let Some(name) = overridden(env) {
        if !is_name(&name) {
            return Err(Diagnostic::error("Invalid workspace name set using TF_WORKSPACE", "").into());
        }
        return Ok(name.into());
    }
    let kept = std::fs::read_to_string(data.join("environment")).unwrap_or_default();
    let kept = kept.trim();
    Ok(if is_name(kept) { kept.into() } else { DEFAULT.into() })
}

/// The ledger of what a workspace owns in Azure.
pub(super) fn azure(root: &Path, workspace: &str) -> PathBuf {
    match workspace {
        DEFAULT => root.join("ringfence.ledger.json"),
        other => root.join(FOLDER).join(other).join("ringfence.ledger.json"),
    }
}

/// The ledger of what a workspace owns in the local cloud's world.
pub(super) fn local(data: &Path, workspace: &str) -> PathBuf {
    match workspace {
        DEFAULT => data.join("local.ledger.json"),
        other => data.join("local.ledger.d").join(format!("{other}.json")),
    }
}

/// The name of a workspace's file among others: `journal`, or `journal.NAME`.
pub(super) fn own(file: &str, workspace: &str) -> String {
    if workspace == DEFAULT { file.to_string() } else { format!("{file}.{workspace}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn workspaces_are_made_chosen_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let nothing = |_: &str| None;
        let all = Workspaces::of(folder.path(), &nothing);
        assert_eq!(&*all.current().unwrap(), DEFAULT);
        all.make("dev", &Choice::Azure, None).await.unwrap();
        assert_eq!(&*all.current().unwrap(), "dev");
        assert_eq!(all.all().await.unwrap(), ["default", "dev"]);
        assert!(matches!(all.make("dev", &Choice::Azure, None).await, Err(Refused::Exists)));
        for bad in ["", "a b", "a/b", "..", "é"] {
            assert!(matches!(all.make(bad, &Choice::Azure, None).await, Err(Refused::Name)), "{bad}");
        }
        assert!(matches!(all.delete("dev", false).await, Err(Refused::Active)));
        assert!(matches!(all.delete("default", true).await, Err(Refused::Default)));
        assert!(matches!(all.select("qa").await, Err(Refused::Missing)));
        assert!(all.select("default").await.unwrap());
        assert!(!all.select("default").await.unwrap());
        let mut ledger = Ledger::new();
        ledger.instances.insert("a.b".into(), Default::default());
        LedgerFile::new(azure(folder.path(), "dev")).write(&ledger).unwrap();
        assert!(matches!(all.delete("dev", false).await, Err(Refused::NotEmpty(owned)) if owned == ["a.b"]));
        assert!(all.delete("dev", true).await.unwrap());
        assert!(matches!(all.delete("default", true).await, Err(Refused::Active)));
        assert_eq!(all.all().await.unwrap(), ["default"]);
    }

    #[tokio::test]
    async fn the_environment_chooses_for_one_run() {
        let folder = tempfile::tempdir().unwrap();
        let named = |name: &'static str| move |n: &str| (n == "TF_WORKSPACE").then(|| name.to_string());
        let (zz, bad) = (named("zz"), named("a b"));
        let all = Workspaces::of(folder.path(), &zz);
        assert_eq!(&*all.current().unwrap(), "zz");
        assert!(matches!(all.select("default").await, Err(Refused::Overridden)));
        assert!(matches!(all.make("dev", &Choice::Azure, None).await, Err(Refused::Overridden)));
        assert!(Workspaces::of(folder.path(), &bad).current().is_err());
    }
}
