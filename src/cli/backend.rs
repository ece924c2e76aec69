//! The `backend` block: what it asks for, and what of it there is.

use crate::config::Config;
use crate::lang::refs::body_references;
use crate::lang::{Diagnostic, Diagnostics};

/// The backends that Terraform knows.
const KNOWN: [&str; 13] = [
    "local",
    "azurerm",
    "remote",
    "cloud",
    "consul",
    "cos",
    "gcs",
    "http",
    "kubernetes",
    "oci",
    "oss",
    "pg",
    "s3",
];

/// Judges the block by itself, as `init` does.
pub(super) fn judge(config: &Config) -> Diagnostics {
    let Some(backend) = &config.root.settings.backend else { return Diagnostics::default() };
    if !KNOWN.contains(&&*backend.kind) {
        let detail = format!("There is no backend type named \"{}\".", backend.kind);
        return Diagnostic::error("Unsupported backend type", detail).at(backend.header.clone()).into();
    }
    let found = body_references(&backend.body).into_iter().map(|reference| {
        Diagnostic::error("Variables not allowed", "Variables may not be used here.").at(reference.span)
    });
    config.with_contexts(Diagnostics(found.collect()))
}

/// What a run must know of the block: the ledger is a local file, so another place for it cannot be honoured.
pub(super) fn usable(config: &Config, local_cloud: bool) -> Diagnostics {
    let Some(backend) = &config.root.settings.backend else { return Diagnostics::default() };
    if local_cloud {
        let detail = "With -cloud=local the ledger is kept beside the local cloud's world, under .ringfence.";
        return Diagnostic::warning("The backend is not used", detail).at(backend.header.clone()).into();
    }
    let judged = judge(config);
    if judged.has_errors() || &*backend.kind == "local" {
        return judged;
    }
    let detail = format!(
        "The configuration keeps its state in the backend \"{}\". Ringfence keeps its ledger in a local file, \
         ringfence.ledger.json: working without the common place could do the same things twice. Remove the block to \
         work with a local ledger.",
        backend.kind
    );
    Diagnostic::error("Backend not supported", detail).at(backend.header.clone()).into()
}
