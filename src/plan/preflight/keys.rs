//! Keys of customers: the vault that holds one must be protected from purge before something is encrypted with it (CMK-01,
//! CMK-02).

use super::{Deed, Step, View, at};
use crate::arm::id::ArmId;
use crate::catalog::{Fetched, Reader};
use crate::plan::model::{Finding, FindingLevel};

const VAULTS: &str = "Microsoft.KeyVault/vaults";
const API_VERSION: &str = "2023-07-01";

/// Where a type says which key it uses: the id of the vault, or an address in it.
const USERS: [(&str, &[&str]); 5] = [
    ("Microsoft.Compute/diskEncryptionSets", &["properties", "activeKey", "keyUrl"]),
    (
        "Microsoft.ContainerRegistry/registries",
        &["properties", "encryption", "keyVaultProperties", "keyIdentifier"],
    ),
    ("Microsoft.DocumentDB/databaseAccounts", &["properties", "keyVaultKeyUri"]),
    (
        "Microsoft.MachineLearningServices/workspaces",
        &["properties", "encryption", "keyVaultProperties", "keyVaultArmId"],
    ),
    ("Microsoft.Storage/storageAccounts", &["properties", "encryption", "keyvaultproperties", "keyvaulturi"]),
];

pub(super) fn judge(view: &View<'_, '_>) -> Vec<Finding> {
    view.steps
        .iter()
        .filter(|step| step.deed != Deed::Delete)
        .filter_map(|step| unprotected(view, step))
        .collect()
}

fn unprotected(view: &View<'_, '_>, step: &Step<'_>) -> Option<Finding> {
    let (_, path) = USERS.iter().find(|(kind, _)| step.id.is_type(kind))?;
    let written = step.text(path)?;
    let reader = view.walk.reader(step.provider);
    let id = match written.strip_prefix("https://") {
        Some(address) => reader.named(VAULTS, address.split(['.', '/']).next()?)?,
        None => ArmId::parse(written).ok()?,
    };
    let Fetched::Ready(Some(vault)) = reader.document(&id, API_VERSION) else { return None };
    let protected = at(&vault, &["properties", "enablePurgeProtection"]);
    if protected.is_some_and(|p| p.is_unknown() || p.as_bool() == Some(true)) {
        return None;
    }
    Some(step.finding(
        "key-vault-unprotected",
        FindingLevel::Blocks,
        format!("{} cannot be encrypted with a key of {}", step.addr, id.name()),
        format!(
            "The vault is not protected from purge, and Azure takes no key from such a vault. It cannot be undone: az keyvault update --name {} --enable-purge-protection true",
            id.name()
        ),
    ))
}
