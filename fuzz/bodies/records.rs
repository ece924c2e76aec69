//! Files that we or Terraform have written: saved plans, ledgers, states, the list of installed modules.

use std::path::Path;

use ringfence::config::manifest::Manifest;
use ringfence::ledger::terraform::TerraformState;
use ringfence::ledger::{Ledger, Sealer};
use ringfence::plan::addr::InstanceAddr;
use ringfence::stack::saved::SavedPlan;

/// Reads the bytes as each of them, and opens everything that is in it.
pub fn records(bytes: &[u8]) {
    let sealer = Sealer::new(Some("fuzz".into()), Path::new("/nonexistent/key"));
    // Hardly any mutation has the right digest: what stands behind it is read too.
    for saved in [SavedPlan::parse(bytes), SavedPlan::content(bytes)].into_iter().flatten() {
        let _ = (saved.document(&sealer), saved.sources(&sealer), saved.variables(&sealer));
        let options = saved.options(Path::new(""));
        let _ = options.targets.len() + options.replace.len();
    }
    if let Ok(ledger) = Ledger::parse(bytes) {
        for (addr, record) in &ledger.instances {
            let _ = (InstanceAddr::parse(addr).is_ok(), ledger.ancestors(addr));
            let _ = record.object.as_ref().and_then(|o| o.take(&sealer)).map(|o| record.veil(o));
        }
        for output in ledger.outputs.values() {
            let _ = output.value.take(&sealer);
        }
        let text = ledger.text();
        assert_eq!(Ledger::parse(text.as_bytes()).map(|l| l.text()), Ok(text));
    }
    if let Ok(state) = TerraformState::parse(bytes) {
        let _ = state.outputs.values().filter_map(|o| o.typed()).count();
        let _ = state.objects.iter().filter(|o| InstanceAddr::parse(&o.address).is_ok()).count();
    }
    if let Ok(manifest) = Manifest::parse(bytes) {
        manifest.0.values().for_each(|i| drop(i.parsed_version()));
        drop(manifest.text());
    }
}
