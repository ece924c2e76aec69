//! Registering resource providers in a subscription: before azurerm's first change those that it needs and may register,
//! for azapi when ARM says that one is missing (SUB-01, SUB-02).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value as Json;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use super::failure::Failure;
use crate::arm::id::ArmId;
use crate::arm::{ArmClient, Write};
use crate::catalog::{self, ProviderConfig};
use crate::lang::Diagnostic;

/// The version at which providers are listed and registered.
const API_VERSION: &str = "2022-09-01";
/// How long a registration may take.
const LIMIT: Duration = Duration::from_secs(1_800);

/// The registrations of one run, each done once whoever asks.
pub struct Registrar {
    cancel: CancellationToken,
    done: RefCell<BTreeMap<String, Rc<OnceCell<()>>>>,
}

impl Registrar {
    /// Nothing is registered yet.
    pub fn new(cancel: CancellationToken) -> Registrar {
        Registrar { cancel, done: RefCell::default() }
    }

    /// Whether a missing registration is made up for when ARM complains (azapi, unless it is told not to).
    pub fn registers(&self, provider: Option<&ProviderConfig>) -> bool {
        provider.is_some_and(catalog::registers_on_demand)
    }

    fn once(&self, key: String) -> Rc<OnceCell<()>> {
        self.done.borrow_mut().entry(key).or_default().clone()
    }

    /// Registers a namespace in the subscription of a document, and waits until it is.
    pub async fn register(&self, client: &ArmClient, id: &ArmId, namespace: &str) -> Result<(), Failure> {
        let Some(subscription) = id.subscription() else { return Ok(()) };
        let key = format!("{subscription}/{namespace}").to_ascii_lowercase();
        let path = format!("/subscriptions/{subscription}/providers/{namespace}");
        let once = self.once(key);
        once.get_or_try_init(|| self.bring(client, &path)).await.copied()
    }

    /// What azurerm does before its first change: registers what is needed, may be registered, and is not.
    pub async fn prepare(
        &self,
        client: &ArmClient,
        provider: &ProviderConfig,
        needed: &BTreeSet<String>,
    ) -> Result<(), Failure> {
        let Some(subscription) = provider.subscription_id.as_deref() else { return Ok(()) };
        let wanted = catalog::registrations(provider, needed);
        if wanted.is_empty() {
            return Ok(());
        }
        let once = self.once(format!("{subscription}/").to_ascii_lowercase());
        let path = format!("/subscriptions/{subscription}/providers");
        let list = async {
            let all = client.list(&path, API_VERSION, &[]).await.map_err(|e| {
                Failure::from(Diagnostic::error(
                    "Resource providers cannot be listed",
                    format!(
                        "{}\n\nBefore its first change azurerm registers the resource providers that it needs. Without the right to do so, set resource_provider_registrations = \"none\" in the provider block.",
                        e.explained()
                    ),
                ))
            })?;
            let missing = all.iter().filter(|p| !is_registered(p)).filter_map(|p| p["namespace"].as_str());
            let missing = missing.filter(|n| wanted.iter().any(|w| w.eq_ignore_ascii_case(n)));
            let paths: Vec<String> = missing.map(|n| format!("{path}/{n}")).collect();
            let all = futures::future::join_all(paths.iter().map(|p| self.bring(client, p))).await;
            all.into_iter().collect::<Result<(), Failure>>()
        };
        once.get_or_try_init(|| list).await.copied()
    }

    async fn bring(&self, client: &ArmClient, path: &str) -> Result<(), Failure> {
        client.enquire(&format!("{path}/register"), API_VERSION, None, &Write::default()).await?;
        let id =
            ArmId::parse(path).map_err(|e| Diagnostic::error("No such resource provider", e.to_string()))?;
        let begin = client.clock().now();
        let mut wait = Duration::from_millis(200);
        loop {
            let found = client.get(&id, API_VERSION, &[]).await?;
            let waited = client.clock().now().saturating_sub(begin);
            if found.as_ref().is_some_and(|live| is_registered(&live.body)) {
                return Ok(());
            }
            if waited > LIMIT {
                return Err(Failure::TimedOut { id, limit: LIMIT, last: None });
            }
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(Failure::Interrupted),
                () = client.clock().sleep(wait) => {}
            }
            wait = (wait * 2).min(Duration::from_secs(10));
        }
    }
}

fn is_registered(provider: &Json) -> bool {
    provider["registrationState"].as_str().is_some_and(|s| s.eq_ignore_ascii_case("registered"))
}
