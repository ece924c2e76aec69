//! The backend of a root module: where `init` found that the ledger is to be kept.
//!
//! `init` merges the `backend` block with `-backend-config`, and notes the answer in `backend.json` of the data folder, what is
//! secret of it sealed with this machine's key. All other commands take it from there. Without a note, the ledger is a local
//! file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::Env;
use super::workspace::DEFAULT;
use crate::arm::id::ArmId;
use crate::arm::{ArmClient, ArmError, Cloud, Credential, Http, Write};
use crate::blob::{AccountKey, Auth, Blobs, Call, Container, Only, What};
use crate::lang::{Diagnostic, Diagnostics, Value};
use crate::ledger::{Patience, RemoteStore, Sealed, Sealer, Shelf, write_atomically};
use crate::secret::Secret;
use crate::session::{Session, settings_of};

/// The only kind of a shared ledger.
pub const AZURERM: &str = "azurerm";

/// The blob endpoint in place of the account's own: an emulator, a private endpoint under another name.
const ENDPOINT: &str = "RINGFENCE_BLOB_ENDPOINT";

/// For whom tokens of storage are issued, in every cloud.
const AUDIENCE: &str = "https://storage.azure.com";

/// The version at which keys and endpoints of an account are asked for.
const STORAGE_VERSION: &str = "2023-05-01";

/// What a backend's argument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// A text that must be there.
    Needed,
    /// A text.
    Text,
    /// A text that must not be shown.
    Secret,
    /// True or false.
    Flag,
}

/// The arguments of `backend "azurerm"`, as Terraform 1.11 has them, and the variables of the environment that stand in for
/// those that `arm::AuthSettings` and `arm::CloudSettings` do not read.
pub const ARGUMENTS: [(&str, Takes, Option<&str>); 31] = [
    ("access_key", Takes::Secret, Some("ARM_ACCESS_KEY")),
    ("ado_pipeline_service_connection_id", Takes::Text, None),
    ("client_certificate", Takes::Secret, None),
    ("client_certificate_password", Takes::Secret, None),
    ("client_certificate_path", Takes::Text, None),
    ("client_id", Takes::Text, None),
    ("client_id_file_path", Takes::Text, None),
    ("client_secret", Takes::Secret, None),
    ("client_secret_file_path", Takes::Text, None),
    ("container_name", Takes::Needed, None),
    ("endpoint", Takes::Text, None),
    ("environment", Takes::Text, None),
    ("key", Takes::Needed, None),
    ("lookup_blob_endpoint", Takes::Flag, Some("ARM_USE_DNS_ZONE_ENDPOINT")),
    ("metadata_host", Takes::Text, Some("ARM_METADATA_HOST")),
    ("msi_endpoint", Takes::Text, None),
    ("oidc_request_token", Takes::Secret, None),
    ("oidc_request_url", Takes::Text, None),
    ("oidc_token", Takes::Secret, None),
    ("oidc_token_file_path", Takes::Text, None),
    ("resource_group_name", Takes::Text, None),
    ("sas_token", Takes::Secret, Some("ARM_SAS_TOKEN")),
    ("snapshot", Takes::Flag, Some("ARM_SNAPSHOT")),
    ("storage_account_name", Takes::Needed, None),
    ("subscription_id", Takes::Text, None),
    ("tenant_id", Takes::Text, None),
    ("use_aks_workload_identity", Takes::Flag, None),
    ("use_azuread_auth", Takes::Flag, Some("ARM_USE_AZUREAD")),
    ("use_cli", Takes::Flag, None),
    ("use_msi", Takes::Flag, None),
    ("use_oidc", Takes::Flag, None),
];

/// A configuration of the backend `azurerm`.
pub type Settings = BTreeMap<String, Json>;

/// What `init` noted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Noted {
    version: u32,
    /// `azurerm`
    pub kind: String,
    /// Of the block, without what `-backend-config` said.
    pub block: String,
    settings: Settings,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    sealed: BTreeMap<String, Sealed>,
}

/// A digest of what a `backend` block says.
pub fn block_digest(kind: &str, settings: &Settings) -> String {
    let text = serde_json::json!([kind, settings]).to_string();
    let sum = digest(&SHA256, text.as_bytes());
    sum.as_ref()[..16].iter().map(|b| format!("{b:02x}")).collect()
}

fn file(data: &Path) -> PathBuf {
    data.join("backend.json")
}

/// Seals what is for this machine alone.
fn own_sealer(data: &Path) -> Sealer {
    Sealer::new(None, &data.join("key"))
}

impl Noted {
    /// What was noted of a root module; `None`: its ledger is a local file.
    pub fn read(data: &Path) -> Result<Option<Noted>, Diagnostics> {
        let path = file(data);
        let wrong = |why: String| {
            let detail = format!("{}: {why}. Run \"ringfence init -reconfigure\".", path.display());
            Diagnostics::from(Diagnostic::error("The backend's note cannot be read", detail))
        };
        match std::fs::read(&path) {
            Ok(text) => {
                let noted: Noted = serde_json::from_slice(&text).map_err(|e| wrong(e.to_string()))?;
                if noted.version != 1 || noted.kind != AZURERM {
                    return Err(wrong(format!("it is of version {} for {:?}", noted.version, noted.kind)));
                }
                Ok(Some(noted))
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(wrong(e.to_string())),
        }
    }

    /// Notes a configuration.
    pub fn of(block: String, settings: &Settings, data: &Path) -> Noted {
        let sealer = own_sealer(data);
        let secret = |name: &str| ARGUMENTS.iter().any(|(n, takes, _)| *n == name && *takes == Takes::Secret);
        let (hidden, open): (Vec<_>, Vec<_>) = settings.clone().into_iter().partition(|(n, _)| secret(n));
        let sealed = hidden.into_iter().map(|(name, value)| {
            let text = value.as_str().unwrap_or_default().to_string();
            (name, sealer.seal(text.as_bytes()))
        });
        Noted {
            version: 1,
            kind: AZURERM.into(),
            block,
            sealed: sealed.collect(),
            settings: open.into_iter().collect(),
        }
    }

    /// Writes the note; none: the ledger is a local file from now on.
    pub fn write(noted: Option<&Noted>, data: &Path) -> std::io::Result<()> {
        match noted {
            Some(noted) => {
                let text = serde_json::to_string_pretty(noted).unwrap_or_default();
                write_atomically(&file(data), text.as_bytes())
            }
            None => match std::fs::remove_file(file(data)) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e),
                _ => Ok(()),
            },
        }
    }

    /// Everything that was noted.
    pub fn settings(&self, data: &Path) -> Result<Settings, Diagnostics> {
        let mut all = self.settings.clone();
        let sealer = own_sealer(data);
        for (name, sealed) in &self.sealed {
            let text = sealer.open(sealed).and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| {
                let detail = format!(
                    "The argument {name} was noted with another key than {}. Run \"ringfence init -reconfigure\" and give it \
                     again.",
                    data.join("key").display()
                );
                Diagnostic::error("The backend's note cannot be read", detail)
            })?;
            all.insert(name.clone(), text.into());
        }
        Ok(all)
    }
}

/// A place for the ledgers of a root module.
pub enum Place<'p> {
    /// Files of the root module.
    Local,
    /// A container.
    Shared(&'p Settings),
}

impl Place<'_> {
    /// Makes sure that it can be read.
    pub async fn reach(&self, env: Env<'_>) -> Result<(), Diagnostics> {
        match self {
            Place::Local => Ok(()),
            Place::Shared(settings) => Shared::connect(settings, env).await?.workspaces().await.map(drop),
        }
    }

    async fn shelf(&self, data: &Path, workspace: &str, env: Env<'_>) -> Result<Shelf, Diagnostics> {
        Ok(match self {
            Place::Local => super::files(Path::new("."), data, &super::Choice::Azure, workspace),
            Place::Shared(settings) => Arc::new(Shared::connect(settings, env).await?.store(workspace)),
        })
    }

    /// Carries the ledger of the chosen workspace from here to another place, if there is one here and none there.
    /// `agreed`: is that wanted? What is sealed is sealed again with the key of the other place. The ledger that was
    /// carried stays here, where it is not used any more.
    pub async fn carry(
        &self,
        to: &Place<'_>,
        data: &Path,
        env: Env<'_>,
        agreed: &dyn Fn() -> Result<bool, Diagnostics>,
    ) -> Result<(), Diagnostics> {
        let workspace = super::workspace::current(data, env)?;
        let (from, to) = (self.shelf(data, &workspace, env).await?, to.shelf(data, &workspace, env).await?);
        let Some(ledger) = from.read().await.map_err(super::ledger_error)?.filter(|l| !l.is_empty()) else {
            return Ok(());
        };
        if from.read_journal().await.map_err(super::ledger_error)?.is_some_and(|j| !j.is_empty()) {
            let detail = format!(
                "{} was left by a run that did not end. Run \"ringfence plan\" where the ledger is now: it takes up what that \
                 run left. Then run \"ringfence init\" again.",
                from.journal_place()
            );
            return Err(Diagnostic::error("The last run was interrupted", detail).into());
        }
        let there = to.read().await.map_err(super::ledger_error)?;
        if there.is_some_and(|there| !there.is_empty() || there.serial > 0) || !agreed()? {
            return Ok(());
        }
        let text = env(super::KEY).filter(|t| !t.is_empty());
        if to.is_shared() && text.is_none() {
            return Err(super::no_key(&to.place()));
        }
        let sealer = |text: Option<String>| {
            Sealer::new(text, &data.join("key")).with_digests(ledger.digests_by.as_ref())
        };
        let (own, key) = (sealer(None), sealer(text));
        let again = ledger.reseal(&key, &key).or_else(|_| ledger.reseal(&own, &key));
        let mut ledger = again.map_err(|torn| {
            let detail = format!(
                "With the keys at hand these cannot be opened: {}. Set {} to the key that they were sealed with.",
                torn.join(", "),
                super::KEY
            );
            Diagnostics::from(Diagnostic::error("The ledger cannot be carried over", detail))
        })?;
        ledger.serial += 1;
        let info = super::lock_info("OperationTypeInvalid", &to.place());
        let lock = to.take(&info, Patience::none()).await.map_err(super::ledger_error)?;
        let written = to.write(&ledger).await;
        lock.release().await;
        written.map_err(super::ledger_error)
    }
}

/// A shared place for ledgers: a container, and the name of the default workspace's ledger in it.
#[derive(Debug, Clone)]
pub struct Shared {
    blobs: Arc<dyn Blobs>,
    key: String,
    snapshot: bool,
}

impl Shared {
    /// Connects: asks for what the settings do not say. Nothing in the container is touched.
    pub async fn connect(settings: &Settings, env: Env<'_>) -> Result<Shared, Diagnostics> {
        Reached::of(settings, env).connect().await.map_err(|why| {
            let detail = format!("{why}.\n\nThe ledger is kept in the backend \"azurerm\".");
            Diagnostic::error("The backend cannot be reached", detail).into()
        })
    }

    /// The ledger of a workspace.
    pub fn store(&self, workspace: &str) -> RemoteStore {
        RemoteStore::new(self.blobs.clone(), &ledger_name(&self.key, workspace), self.snapshot)
    }

    /// The workspaces that have a ledger, without `default`.
    pub async fn workspaces(&self) -> Result<BTreeSet<String>, Diagnostics> {
        let prefix = format!("{}env:", self.key);
        let call = Call { blob: "", what: What::List { prefix: &prefix }, lease: None, only: Only::Always };
        let answer = self.blobs.send(&call).await.map_err(|error| {
            let detail = format!("{}: {error}.", self.blobs.url(&format!("{prefix}*")));
            Diagnostics::from(Diagnostic::error("The workspaces cannot be listed", detail))
        })?;
        let name = |blob: &String| Some(blob.strip_prefix(&prefix)?.strip_suffix(".ringfence")?.to_string());
        Ok(answer.names.iter().filter_map(name).collect())
    }
}

/// The blob of a workspace's ledger. Terraform has its state in `KEY` and `KEYenv:WORKSPACE`, which are never touched.
fn ledger_name(key: &str, workspace: &str) -> String {
    if workspace == DEFAULT { format!("{key}.ringfence") } else { format!("{key}env:{workspace}.ringfence") }
}

/// What is asked on the way to a container.
struct Reached<'r> {
    settings: &'r Settings,
    env: Env<'r>,
    http: Http,
}

impl<'r> Reached<'r> {
    fn of(settings: &'r Settings, env: Env<'r>) -> Reached<'r> {
        Reached { settings, env, http: Session::http(env, None) }
    }

    fn text(&self, name: &str) -> Option<String> {
        let said = self.settings.get(name).and_then(Json::as_str).map(str::to_string);
        let variable = ARGUMENTS.iter().find(|(n, _, _)| *n == name).and_then(|(_, _, variable)| *variable);
        let said = said.filter(|t| !t.is_empty());
        said.or_else(|| variable.and_then(self.env)).filter(|t| !t.trim().is_empty())
    }

    fn flag(&self, name: &str) -> bool {
        match self.settings.get(name).and_then(Json::as_bool) {
            Some(said) => said,
            None => self.text(name).is_some_and(|t| t.eq_ignore_ascii_case("true") || t == "1"),
        }
    }

    async fn connect(&self) -> Result<Shared, String> {
        let needed = |name: &str| self.text(name).ok_or_else(|| format!("{name} is not set"));
        let (account, container, key) =
            (needed("storage_account_name")?, needed("container_name")?, needed("key")?);
        let account_key = |text: &str| {
            let why = "the account's key is no base64: take it as the portal shows it";
            AccountKey::new(&account, text).map(Auth::Key).ok_or(why.to_string())
        };
        let mut auth = None;
        if let Some(text) = self.text("access_key") {
            auth = Some(account_key(&text)?);
        } else if let Some(text) = self.text("sas_token") {
            auth = Some(Auth::Sas(Secret::new(text.trim())));
        }
        let named = (self.env)(ENDPOINT).filter(|e| !e.is_empty());
        let mut cloud = None;
        if auth.is_none() || named.is_none() {
            cloud = Some(self.cloud().await.map_err(said)?);
        }
        let auth = match (auth, &cloud) {
            (Some(auth), _) => auth,
            (None, Some(cloud)) if self.flag("use_azuread_auth") => {
                let storage = Cloud { audience: AUDIENCE.into(), ..cloud.clone() };
                Auth::Token(self.credential(&storage)?)
            }
            (None, Some(cloud)) => account_key(&self.listed_key(cloud, &account).await?)?,
            (None, None) => return Err("nothing says who asks".into()),
        };
        let endpoint = match (named, &cloud) {
            (Some(endpoint), _) => endpoint,
            (None, Some(cloud)) if self.flag("lookup_blob_endpoint") => {
                self.looked_up(cloud, &account).await?
            }
            (None, cloud) => {
                let suffix = cloud.as_ref().map(|c| c.suffixes.storage.clone()).unwrap_or_default();
                format!("https://{account}.blob.{suffix}")
            }
        };
        let container = Container::new(&endpoint, &container, auth, self.http.clone());
        let container = container.ok_or_else(|| format!("{endpoint} is no URL"))?;
        Ok(Shared { blobs: Arc::new(container), key, snapshot: self.flag("snapshot") })
    }

    /// What the settings say of credential and cloud, as a provider block would.
    fn block(&self) -> Value {
        let mut all = self.settings.clone();
        if let Some(host) = self.text("metadata_host") {
            all.insert("metadata_host".into(), host.into());
        }
        all.remove("endpoint");
        Value::from_json(&Json::Object(all.into_iter().collect()))
    }

    async fn cloud(&self) -> Result<Cloud, ArmError> {
        let mut settings = settings_of(&self.block()).1.with_env(self.env);
        if let Some(endpoint) = self.text("endpoint") {
            settings.resource_manager_endpoint = Some(endpoint);
        }
        Cloud::resolve(&settings, &self.http).await
    }

    fn credential(&self, cloud: &Cloud) -> Result<Credential, String> {
        let auth = settings_of(&self.block()).0.with_env(self.env);
        Credential::new(&auth, cloud, self.http.clone()).map_err(|e| e.to_string())
    }

    /// ARM, and the account's id in it.
    async fn account(&self, cloud: &Cloud, name: &str) -> Result<(ArmClient, ArmId), String> {
        let group = self.text("resource_group_name").ok_or(
            "either access_key, sas_token or resource_group_name must be set, or use_azuread_auth must be true (in the block, by \
             -backend-config, or as ARM_ACCESS_KEY, ARM_SAS_TOKEN, ARM_USE_AZUREAD)",
        )?;
        let arm = ArmClient::new(cloud.clone(), self.credential(cloud)?, self.http.clone());
        let mut subscription = settings_of(&self.block()).0.with_env(self.env).subscription_id;
        if subscription.is_none() {
            subscription = arm.default_subscription().await.map_err(said)?;
        }
        let subscription = subscription.ok_or("subscription_id is not set (ARM_SUBSCRIPTION_ID)")?;
        let id = format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/{name}"
        );
        Ok((arm, ArmId::parse(&id).map_err(|e| e.to_string())?))
    }

    async fn listed_key(&self, cloud: &Cloud, account: &str) -> Result<String, String> {
        let (arm, id) = self.account(cloud, account).await?;
        let path = format!("{id}/listKeys");
        let answer = arm.enquire(&path, STORAGE_VERSION, None, &Write::default()).await.map_err(said)?;
        let body = answer.body.unwrap_or_default();
        let key = body.pointer("/keys/0/value").and_then(Json::as_str).map(str::to_string);
        key.ok_or_else(|| format!("ARM lists no key of {id}"))
    }

    async fn looked_up(&self, cloud: &Cloud, account: &str) -> Result<String, String> {
        let (arm, id) = self.account(cloud, account).await?;
        let live = arm.get(&id, STORAGE_VERSION, &[]).await.map_err(said)?;
        let live = live.ok_or_else(|| format!("there is no storage account {id}"))?;
        let endpoint = live.body.pointer("/properties/primaryEndpoints/blob").and_then(Json::as_str);
        endpoint.map(str::to_string).ok_or_else(|| format!("{id} has no blob endpoint"))
    }
}

fn said(error: ArmError) -> String {
    error.explained().trim_end_matches('.').to_string()
}

/// The shared place of a root module's ledgers, if `init` noted one.
pub async fn shared(data: &Path, env: Env<'_>) -> Result<Option<Shared>, Diagnostics> {
    match Noted::read(data)? {
        None => Ok(None),
        Some(noted) => Shared::connect(&noted.settings(data)?, env).await.map(Some),
    }
}

/// The ledger of a workspace in its shared place, if there is one.
pub(super) async fn shelf(data: &Path, workspace: &str, env: Env<'_>) -> Result<Option<Shelf>, Diagnostics> {
    Ok(shared(data, env).await?.map(|shared| Arc::new(shared.store(workspace)) as Shelf))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings(of: Json) -> Settings {
        serde_json::from_value(of).unwrap()
    }

    #[test]
    fn what_is_noted_comes_back_and_secrets_are_not_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        assert_eq!(Noted::read(data).unwrap(), None);
        let given = settings(json!({"key": "k", "access_key": "hunter2", "snapshot": true}));
        let noted = Noted::of("x".into(), &given, data);
        Noted::write(Some(&noted), data).unwrap();
        assert!(!std::fs::read_to_string(file(data)).unwrap().contains("hunter2"));
        let back = Noted::read(data).unwrap().unwrap();
        assert_eq!(back.settings(data).unwrap(), given);
        std::fs::write(data.join("key"), "another").unwrap();
        assert!(back.settings(data).unwrap_err().0[0].detail.contains("access_key"));
        Noted::write(None, data).unwrap();
        Noted::write(None, data).unwrap();
        assert_eq!(Noted::read(data).unwrap(), None);
    }

    #[test]
    fn ledgers_stand_beside_terraforms_state() {
        assert_eq!(ledger_name("prod.tfstate", DEFAULT), "prod.tfstate.ringfence");
        assert_eq!(ledger_name("prod.tfstate", "qa"), "prod.tfstateenv:qa.ringfence");
    }

    #[tokio::test]
    async fn what_is_missing_is_named() {
        let of = async |given: Json, env: Env<'_>| {
            Reached::of(&settings(given), env).connect().await.map(|s| s.blobs.url("b"))
        };
        let none = |_: &str| None;
        let all = json!({"storage_account_name": "acc", "container_name": "c", "key": "k"});
        let with = |name: &str, value: Json| {
            let mut all = all.clone();
            all[name] = value;
            all
        };
        assert!(
            of(json!({"key": "k"}), &none).await.unwrap_err().contains("storage_account_name is not set")
        );
        assert!(of(all.clone(), &none).await.unwrap_err().contains("ARM_ACCESS_KEY"));
        assert!(of(with("access_key", "?".into()), &none).await.unwrap_err().contains("no base64"));
        let url = of(with("access_key", "a2V5".into()), &none).await.unwrap();
        assert_eq!(url, "https://acc.blob.core.windows.net/c/b");
        let mut china = with("sas_token", "?sv=1".into());
        china["environment"] = "china".into();
        assert_eq!(of(china, &none).await.unwrap(), "https://acc.blob.core.chinacloudapi.cn/c/b");
        let named = |name: &str| match name {
            ENDPOINT => Some("https://127.0.0.1:1/acc".to_string()),
            "ARM_SAS_TOKEN" => Some("sv=1".to_string()),
            _ => None,
        };
        assert_eq!(of(all, &named).await.unwrap(), "https://127.0.0.1:1/acc/c/b");
    }
}
