//! The local cloud in this process.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::lang::{Diagnostic, Diagnostics};
use crate::localcloud::{ClockMode, CloudError, Handle, LocalCloud, Options, StoreError, WorldFile};
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

/// How often a world that another command has is tried again.
const AGAIN: Duration = Duration::from_millis(50);

/// Starts it. Whoever has its world may take so long to let go of it.
pub async fn start(settings: &LocalSettings, data: &Path, patience: Duration) -> Result<Handle, Diagnostics> {
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
    let begun = Instant::now();
    loop {
        match LocalCloud::start(&options).await {
            Err(CloudError::Store(StoreError::InUse { .. })) if begun.elapsed() < patience => {
                sleep(AGAIN).await
            }
            started => return started.map_err(|e| failed(e.to_string())),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_world_that_is_let_go_of_in_time_is_taken() {
        let data = tempfile::tempdir().unwrap();
        let settings = LocalSettings { clock: ClockMode::Instant, world: None };
        let start = |patience| start(&settings, data.path(), patience);
        let first = start(Duration::ZERO).await.unwrap();
        let refused = start(Duration::ZERO).await.err().unwrap();
        assert!(refused.0[0].detail.contains("is in use by another process"), "{refused:?}");
        // The second is refused once, then the first goes.
        let (second, gone) = tokio::join!(start(Duration::from_secs(5)), first.shutdown());
        assert!(second.is_ok() && gone.is_ok());
    }
}
