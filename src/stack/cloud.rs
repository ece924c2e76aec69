//! The local cloud in this process.

use std::path::{Path, PathBuf};

use crate::lang::{Diagnostic, Diagnostics};
use crate::localcloud::{ClockMode, Handle, LocalCloud, Options, WorldFile};
use crate::secret::Secret;
use crate::session::LocalEndpoint;

/// Where a stack lives.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// Azure, by the provider blocks and the environment.
    Azure,
    /// The local cloud.
    Local(LocalSettings),
}

/// How the local cloud runs.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalSettings {
    /// How its time goes.
    pub clock: ClockMode,
    /// Its world, if it is not the root module's own.
    pub world: Option<PathBuf>,
}

/// The world of a root module.
pub fn world_file(settings: &LocalSettings, data: &Path) -> PathBuf {
    settings.world.clone().unwrap_or_else(|| data.join("world.redb"))
}

/// Starts it.
pub async fn start(settings: &LocalSettings, data: &Path) -> Result<Handle, Diagnostics> {
    let world = world_file(settings, data);
    let failed = |why: String| {
        Diagnostics::from(Diagnostic::error(
            "The local cloud could not be started",
            format!(
                "{why}.\n\nIts world is {}. Another command may be using it; `ringfence cloud reset` makes a new one.",
                world.display()
            ),
        ))
    };
    if let Some(folder) = world.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|e| failed(e.to_string()))?;
    }
    let options =
        Options { world: WorldFile::File(world.clone()), clock: settings.clock, ..Options::default() };
    LocalCloud::start(&options).await.map_err(|e| failed(e.to_string()))
}

/// Its address and the credential that it minted for us.
pub fn endpoint(handle: &Handle) -> LocalEndpoint {
    LocalEndpoint {
        endpoint: handle.endpoint.clone(),
        ca_pem: handle.ca_pem.clone(),
        tenant_id: handle.tenant_id.clone(),
        subscription_id: handle.subscription_id.clone(),
        client_id: handle.client_id.clone(),
        client_secret: Secret::new(handle.client_secret.clone()),
    }
}
