//! Taking one existing object into the ledger: the `import` command.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::Stack;
use crate::catalog::Target;
use crate::config::Config;
use crate::lang::{Diagnostic, Diagnostics, Value};
use crate::ledger::{DocumentRecord, Record};
use crate::plan::addr::{InstanceAddr, Partial};
use crate::plan::instance::Work;
use crate::plan::options::PlanOptions;
use crate::ui::progress::Progress;

impl Stack {
    /// Records the documents that an instance's `import` block (which the configuration holds) names. Nothing in Azure
    /// is changed, and nothing is taken for applied: the next plan shows what differs.
    pub async fn take(
        &mut self,
        config: &Config,
        variables: &BTreeMap<Arc<str>, Value>,
        addr: &InstanceAddr,
        id: &str,
        progress: &dyn Progress,
        cancel: &CancellationToken,
    ) -> Result<(), Diagnostics> {
        if self.ledger.instances.contains_key(&addr.to_string()) {
            return Err(Diagnostic::error(
                "Resource already managed by Terraform",
                format!(
                    "Terraform is already managing a remote object for {addr}. To import to this address you must \
                     first remove the existing object from the state."
                ),
            )
            .into());
        }
        let target = Partial::Resource(addr.resource.clone(), addr.key.clone());
        let options = PlanOptions {
            targets: vec![target],
            workspace: Some(self.workspace.clone()),
            ..PlanOptions::default()
        };
        let planning = self.plan(config, variables, &options, progress, cancel).await?;
        if planning.diagnostics.has_errors() {
            return Err(planning.diagnostics);
        }
        let missing = || {
            Diagnostics::from(Diagnostic::error(
                "Cannot import non-existent remote object",
                format!(
                    "There is no object with the id \"{id}\" that the configuration of \"{addr}\" stands for. Only \
                     something that exists, and that has the name, group and parent that the configuration says, can be \
                     imported; check the id, and which provider configuration the resource uses."
                ),
            ))
        };
        let planned = planning.instances.get(addr).ok_or_else(missing)?;
        let work = match &planned.work {
            Work::Arm(work) => work,
            Work::Local(work) => {
                let object = work.prior.as_ref().filter(|_| planned.change.importing.is_some());
                let object = object.ok_or_else(missing)?;
                let record = Record {
                    provider: planned.change.provider.to_string(),
                    object: Some(crate::ledger::Stored::put(object, false, &self.sealer)),
                    depends_on: planned.depends.iter().map(ToString::to_string).collect(),
                    ..Record::default()
                };
                return self.keep(addr, record).await;
            }
            Work::Data => return Err(missing()),
        };
        let other = planned.findings.iter().any(|f| f.code == "not-in-ledger");
        if planned.change.importing.is_none() || other {
            return Err(missing());
        }
        let documents =
            work.claims.iter().filter(|c| c.live.is_some()).filter_map(|c| match &c.claim.target {
                Target::Id(id) => Some(DocumentRecord {
                    key: c.claim.key.to_string(),
                    id: id.to_string(),
                    api_version: c.claim.api_version.to_string(),
                    owned: c.claim.owns,
                }),
                Target::Unknown => None,
            });
        let record = Record {
            provider: work.provider.to_string(),
            documents: documents.collect(),
            depends_on: planned.depends.iter().map(ToString::to_string).collect(),
            create_before_destroy: false,
            ..Record::default()
        };
        self.keep(addr, record).await
    }

    async fn keep(&mut self, addr: &InstanceAddr, record: Record) -> Result<(), Diagnostics> {
        self.ledger.instances.insert(addr.to_string(), record.into());
        self.ledger.serial += 1;
        self.store.write(&self.ledger).await.map_err(super::ledger_error)
    }
}
