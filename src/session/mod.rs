//! One run's way to Azure: provider configurations become connections, reads go through them.
//!
//! Knows provider blocks and the ARM client. Knows nothing of resources, plans or output.

mod ask;
mod outside;
mod settings;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use async_trait::async_trait;
use futures::future::join_all;

use crate::arm::read::{Need as Read, Prefer};
use crate::arm::{
    ArmClient, ArmError, AuthSettings, Cloud, CloudSettings, Credential, ErrorKind, Http, Live, NetOptions,
};
use crate::catalog::{Need, ProviderConfig, ProviderKind, Suffixes};
use crate::lang::{Diagnostic, Diagnostics, Value};
use crate::plan::live::{Answer, ProviderKey, ProviderNeed};
use crate::plan::places::Place;
use crate::plan::run::Fetch;
use crate::secret::Secret;

pub(crate) use settings::of as settings_of;

/// The local cloud that wins over all provider blocks.
#[derive(Debug, Clone)]
pub struct LocalEndpoint {
    /// Its ARM and its token endpoint: `https://127.0.0.1:PORT`.
    pub endpoint: String,
    /// The CA that signed its certificate, PEM.
    pub ca_pem: String,
    /// Its tenant.
    pub tenant_id: String,
    /// Its subscription, used where the configuration names none.
    pub subscription_id: String,
    /// The application it minted for us.
    pub client_id: String,
    /// That application's secret.
    pub client_secret: Secret,
}

/// The connections of one run.
pub struct Session {
    env: Box<dyn Fn(&str) -> Option<String>>,
    local: Option<LocalEndpoint>,
    http: Http,
    shared: RefCell<Vec<(AuthSettings, CloudSettings, ArmClient)>>,
    clients: RefCell<BTreeMap<ProviderKey, ArmClient>>,
    /// Where the providers are written.
    places: RefCell<BTreeMap<ProviderKey, Place>>,
    prefer: Cell<Prefer>,
}

impl Session {
    /// The way to send requests in this environment, maybe to a local cloud. Nothing is opened yet.
    pub fn http(env: &dyn Fn(&str) -> Option<String>, local: Option<&LocalEndpoint>) -> Http {
        let mut options = NetOptions::from_env(env);
        options.extra_roots.extend(local.map(|l| l.ca_pem.clone()));
        options.client()
    }

    /// A session with this environment, maybe against a local cloud. Nothing is opened yet.
    pub fn new(env: Box<dyn Fn(&str) -> Option<String>>, local: Option<LocalEndpoint>) -> Session {
        let http = Session::http(&*env, local.as_ref());
        Session::with_http(env, local, http)
    }

    /// The same over another way to send requests: a test records what is asked before any DNS.
    pub fn with_http(
        env: Box<dyn Fn(&str) -> Option<String>>,
        local: Option<LocalEndpoint>,
        http: Http,
    ) -> Session {
        Session {
            env,
            local,
            http,
            shared: RefCell::default(),
            clients: RefCell::default(),
            places: RefCell::default(),
            prefer: Cell::default(),
        }
    }

    /// How it is chosen between lists and GETs from now on.
    pub fn prefer(&self, prefer: Prefer) {
        self.prefer.set(prefer);
    }

    /// The connection of a provider that was connected.
    pub fn client(&self, key: &ProviderKey) -> Option<ArmClient> {
        self.clients.borrow().get(key).cloned()
    }

    async fn open(&self, need: &ProviderNeed) -> Result<ArmClient, Diagnostics> {
        let (mut auth, mut cloud) = settings::of(&need.config);
        if let Some(local) = &self.local {
            auth = AuthSettings {
                subscription_id: auth.subscription_id,
                tenant_id: Some(local.tenant_id.clone()),
                client_id: Some(local.client_id.clone()),
                client_secret: Some(local.client_secret.clone()),
                disable_instance_discovery: Some(true),
                ..AuthSettings::default()
            };
            cloud = CloudSettings {
                resource_manager_endpoint: Some(local.endpoint.clone()),
                resource_manager_audience: Some(local.endpoint.clone()),
                active_directory_authority_host: Some(local.endpoint.clone()),
                ..CloudSettings::default()
            };
        } else {
            auth = auth.with_env(&*self.env);
            cloud = cloud.with_env(&*self.env);
        }
        let mut key = auth.clone();
        key.subscription_id = None;
        let known =
            self.shared.borrow().iter().find(|(a, c, _)| *a == key && *c == cloud).map(|k| k.2.clone());
        if let Some(client) = known {
            return Ok(client);
        }
        let found = Cloud::resolve(&cloud, &self.http).await.map_err(|e| self.failure(&need.key, &e))?;
        let credential = Credential::new(&auth, &found, self.http.clone())
            .map_err(|e| self.failure(&need.key, &e.into()))?;
        let client = ArmClient::new(found, credential, self.http.clone());
        if (self.env)("RINGFENCE_LIMITS").as_deref() == Some("arm") {
            client.count_limits();
        }
        self.shared.borrow_mut().push((key, cloud, client.clone()));
        Ok(client)
    }

    /// What went wrong with a request of a provider, where the provider is written.
    fn failure(&self, key: &ProviderKey, error: &ArmError) -> Diagnostics {
        let summary = match error.kind {
            ErrorKind::Credential => format!("No usable credential for {}", short(key)),
            ErrorKind::Unreachable => format!("Azure cannot be reached ({})", short(key)),
            _ => format!("Request to Azure failed ({})", short(key)),
        };
        self.at(key, Diagnostic::error(summary, error.explained()))
    }

    fn at(&self, key: &ProviderKey, one: Diagnostic) -> Diagnostics {
        match self.places.borrow().get(key) {
            Some(place) => place.put(one).into(),
            None => one.into(),
        }
    }

    fn subscription(&self, need: &ProviderNeed) -> Option<String> {
        let (auth, _) = settings::of(&need.config);
        let auth = auth.with_env(&*self.env);
        let own = auth.subscription_id.filter(|s| !s.is_empty());
        own.or_else(|| self.local.as_ref().map(|l| l.subscription_id.clone()))
    }
}

#[async_trait(?Send)]
impl Fetch for Session {
    async fn connect(&self, need: &ProviderNeed) -> Result<ProviderConfig, Diagnostics> {
        if let Some(place) = &need.place {
            self.places.borrow_mut().insert(need.key.clone(), place.clone());
        }
        let client = settings::correlated(self.open(need).await?, &need.config, &*self.env);
        let identity = client.identity().await.map_err(|e| self.failure(&need.key, &e))?;
        let mut subscription = self.subscription(need);
        if subscription.is_none() {
            // As azurerm: the one that is chosen in the Azure CLI, where the CLI is the credential.
            subscription = client.default_subscription().await.map_err(|e| self.failure(&need.key, &e))?;
        }
        if subscription.is_none() && need.kind == ProviderKind::Azurerm {
            return Err(self.at(&need.key, Diagnostic::error(
                "No subscription",
                format!(
                    "The provider {} does not say which subscription it manages. Set subscription_id in its block, or ARM_SUBSCRIPTION_ID; with the Azure CLI, `az account set` chooses one.",
                    short(&need.key)
                ),
            )));
        }
        let suffixes = &client.cloud().suffixes;
        let config = ProviderConfig {
            kind: need.kind,
            major: need.major,
            subscription_id: subscription.map(Into::into),
            tenant_id: Some(identity.tenant_id.into()),
            client_id: Some(identity.client_id.into()),
            object_id: Some(identity.object_id.into()),
            suffixes: Suffixes {
                storage: suffixes.storage.as_str().into(),
                key_vault: suffixes.key_vault.as_str().into(),
                container_registry: suffixes.container_registry.as_str().into(),
                cosmos_db: suffixes.cosmos_db.as_str().into(),
            },
            config: settings::with_env(&need.config, &*self.env).map_err(|why| {
                self.at(&need.key, Diagnostic::error("Invalid environment variable", format!("{why}.")))
            })?,
        };
        self.clients.borrow_mut().insert(need.key.clone(), client);
        Ok(config)
    }

    async fn read(&self, reads: &[(ProviderKey, Need)]) -> Result<Vec<Answer>, Diagnostics> {
        let mut answers: Vec<Option<Answer>> = vec![None; reads.len()];
        let mut wrong = Diagnostics::default();
        let mut documents: BTreeMap<&ProviderKey, Vec<(usize, Read)>> = BTreeMap::new();
        let (mut lists, mut asks, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for (at, (key, need)) in reads.iter().enumerate() {
            match need {
                Need::Document { id, api_version } => documents
                    .entry(key)
                    .or_default()
                    .push((at, Read::new(id.clone(), api_version.to_string()))),
                Need::List { path, api_version, filter } => {
                    let Some(client) = self.client(key) else { continue };
                    lists.push(async move {
                        let query: Vec<(String, String)> = filter
                            .split_once('=')
                            .map(|(name, value)| (name.to_string(), value.to_string()))
                            .into_iter()
                            .collect();
                        (at, key, client.list(path, api_version, &query).await)
                    });
                }
                Need::Ask(ask) => {
                    let Some(client) = self.client(key) else { continue };
                    asks.push(async move { (at, key, ask, ask::send(&client, ask).await) });
                }
                Need::Outside(what) => {
                    let (local, env) = (self.local.is_some(), &self.env);
                    others.push(async move { (at, outside::read(&self.http, what, local, env).await) });
                }
            }
        }
        let bulk = documents.into_iter().filter_map(|(key, wanted)| {
            let client = self.client(key)?;
            Some(async move {
                let needs: Vec<Read> = wanted.iter().map(|(_, n)| n.clone()).collect();
                let keep = |live: Live| Value::from_json(&live.body);
                let found = client.read_by(&needs, self.prefer.get(), &keep).await;
                (key, wanted, found)
            })
        });
        let (bulk, lists, asks, others) =
            futures::join!(join_all(bulk), join_all(lists), join_all(asks), join_all(others));
        for (at, found) in others {
            answers[at] = Some(Answer::Document(Some(Value::from_json(&found))));
        }
        for (key, wanted, found) in bulk {
            for (at, need) in wanted {
                match found.get(&need.id, &need.api_version) {
                    Some(Ok(live)) => answers[at] = Some(Answer::Document(live.clone())),
                    Some(Err(error)) => wrong.extend(self.failure(key, error)),
                    None => {}
                }
            }
        }
        for (at, key, found) in lists {
            match found {
                Ok(items) => {
                    answers[at] = Some(Answer::List(Some(items.iter().map(Value::from_json).collect())));
                }
                Err(error) if error.status == Some(404) => answers[at] = Some(Answer::List(None)),
                Err(error) => wrong.extend(self.failure(key, &error)),
            }
        }
        for (at, key, ask, found) in asks {
            match found {
                Ok(body) => answers[at] = Some(Answer::Document(body.map(|b| Value::from_json(&b)))),
                Err(error) if ask.bears.status(error.status) => {
                    answers[at] = Some(Answer::Refused(self.failure(key, &error)));
                }
                Err(error) => wrong.extend(self.failure(key, &error)),
            }
        }
        if wrong.has_errors() {
            return Err(wrong);
        }
        // A read through a provider that is not connected finds nothing: connecting has failed before, and was said.
        Ok(answers.into_iter().map(|a| a.unwrap_or(Answer::Document(None))).collect())
    }
}

/// `hashicorp/azurerm`, `azure/azapi.alias`
fn short(key: &ProviderKey) -> String {
    let provider = key.to_string();
    provider.strip_prefix("registry.terraform.io/").unwrap_or(&provider).to_string()
}
