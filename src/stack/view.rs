//! What is there now: the ledger's instances with their live attributes, and the outputs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{Choice, Stack};
use crate::config::Config;
use crate::lang::schema::ResourceSchema;
use crate::lang::{Diagnostics, Value};
use crate::ledger::{Ledger, Sealer};
use crate::plan::addr::InstanceAddr;
use crate::plan::checks::Check;
use crate::plan::live::ProviderKey;
use crate::plan::model::PlanMode;
use crate::plan::options::PlanOptions;
use crate::ui::progress::Progress;

/// What is there now.
#[derive(Debug, Default)]
pub struct StateView {
    /// The instances, sorted by address.
    pub instances: Vec<StateInstance>,
    /// Root outputs: value, and whether it is declared sensitive.
    pub outputs: BTreeMap<Arc<str>, (Value, bool)>,
    /// What conditions came to when the configuration was last applied.
    pub checks: Vec<Check>,
}

/// One instance as it is.
#[derive(Debug)]
pub struct StateInstance {
    /// Which.
    pub addr: InstanceAddr,
    /// `registry.terraform.io/hashicorp/azurerm`
    pub provider: Arc<str>,
    /// The schema of the object.
    pub schema: Arc<ResourceSchema>,
    /// The object.
    pub object: Value,
    /// It must be made anew.
    pub tainted: bool,
    /// The key of an object that a replacement left.
    pub deposed: Option<String>,
    /// Addresses of the blocks it was made of, without instance keys.
    pub depends_on: Vec<String>,
}

/// What the ledger records by itself: nothing is read from Azure, no cloud is started.
pub struct Recorded {
    ledger: Ledger,
    sealer: Sealer,
}

impl Recorded {
    /// Reads the ledger of a root module.
    pub async fn read(
        root: &Path,
        cloud: &Choice,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Recorded, Diagnostics> {
        let data = super::data_dir(root, env);
        let workspace = super::workspace::current(&data, env)?;
        let store = super::store(root, &data, cloud, &workspace, env).await?;
        let ledger = store.read().await.map_err(super::ledger_error)?;
        let ledger = ledger.unwrap_or_default();
        let sealer = Sealer::new(env(super::KEY), &data.join("key")).with_digests(ledger.digests_by.as_ref());
        Ok(Recorded { ledger, sealer })
    }

    /// The ledger; empty where there is none yet.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Opens what is sealed.
    pub fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// The id of an instance's object: of its first document where it lives in ARM.
    pub fn id(&self, addr: &InstanceAddr) -> Option<String> {
        let record = self.ledger.instances.get(&addr.to_string())?;
        let own = || record.object.as_ref()?.take(&self.sealer)?.get("id")?.as_str().map(str::to_string);
        record.documents.first().map(|d| d.id.clone()).or_else(own)
    }

    /// The instances, sorted.
    pub fn instances(&self) -> Vec<InstanceAddr> {
        let mut all: Vec<_> =
            self.ledger.instances.keys().filter_map(|a| InstanceAddr::parse(a).ok()).collect();
        all.sort();
        all
    }

    /// The source addresses of the providers that the instances were made with, sorted.
    pub fn providers(&self) -> Vec<Arc<str>> {
        let keys = self.ledger.instances.values().map(|r| ProviderKey::parse(&r.provider).address);
        keys.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The root outputs, with whether each is declared sensitive.
    pub fn outputs(&self) -> BTreeMap<Arc<str>, (Value, bool)> {
        outputs(&self.ledger, &self.sealer)
    }
}

fn outputs(ledger: &Ledger, sealer: &Sealer) -> BTreeMap<Arc<str>, (Value, bool)> {
    let all = ledger.outputs.iter();
    all.filter_map(|(name, o)| Some((name.as_str().into(), (o.value.take(sealer)?, o.sensitive)))).collect()
}

impl Stack {
    /// The recorded root outputs.
    pub fn outputs(&self) -> BTreeMap<Arc<str>, (Value, bool)> {
        outputs(&self.ledger, &self.sealer)
    }

    /// Reads everything that the ledger knows.
    pub async fn view(
        &mut self,
        config: &Config,
        variables: &BTreeMap<Arc<str>, Value>,
        progress: &dyn Progress,
        cancel: &CancellationToken,
    ) -> Result<StateView, Diagnostics> {
        // What would go if all went is what is there.
        let options = PlanOptions {
            mode: PlanMode::Destroy,
            workspace: Some(self.workspace.clone()),
            ..PlanOptions::default()
        };
        let planning = self.plan(config, variables, &options, progress, cancel).await?;
        if planning.diagnostics.has_errors() {
            return Err(planning.diagnostics);
        }
        let mut instances = Vec::new();
        instances.extend(planning.plan.changes.into_iter().filter_map(|change| {
            let record = self.ledger.instances.get(&change.addr.to_string());
            let depends_on = self.ledger.ancestors(&change.addr.to_string());
            Some(StateInstance {
                provider: change.provider,
                schema: change.schema,
                object: change.before?,
                tainted: change.deposed.is_none() && record.is_some_and(|r| r.tainted),
                deposed: change.deposed,
                depends_on,
                addr: change.addr,
            })
        }));
        instances.extend(self.told(config, variables, progress, cancel).await);
        instances.sort_by(|a, b| a.addr.cmp(&b.addr));
        let checks = self.ledger.checks.iter().filter_map(|c| serde_json::from_value(c.clone()).ok());
        let checks = checks.collect();
        Ok(StateView { instances, outputs: self.outputs(), checks })
    }

    /// What the data sources of a stack that was applied tell now. What cannot be read is left out.
    async fn told(
        &mut self,
        config: &Config,
        variables: &BTreeMap<Arc<str>, Value>,
        progress: &dyn Progress,
        cancel: &CancellationToken,
    ) -> Vec<StateInstance> {
        let is_data = |key: &crate::config::ResourceKey| key.mode == crate::lang::refs::Mode::Data;
        let has_data = config.root.walk().iter().any(|m| m.resources.keys().any(is_data));
        let ledger = &self.ledger;
        let applied = !ledger.instances.is_empty() || !ledger.outputs.is_empty() || !ledger.checks.is_empty();
        if !has_data || !applied {
            return Vec::new();
        }
        let options = PlanOptions {
            working_dir: std::env::current_dir().unwrap_or_default(),
            workspace: Some(self.workspace.clone()),
            ..PlanOptions::default()
        };
        let Ok(planning) = self.plan(config, variables, &options, progress, cancel).await else {
            return Vec::new();
        };
        let told = planning.instances.values().filter_map(|planned| {
            let change = &planned.change;
            Some(StateInstance {
                object: change.told()?,
                addr: change.addr.clone(),
                provider: change.provider.clone(),
                schema: change.schema.clone(),
                tainted: false,
                deposed: None,
                depends_on: Vec::new(),
            })
        });
        told.collect()
    }
}
