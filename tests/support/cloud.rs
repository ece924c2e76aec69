//! A local cloud in a process of its own, and what makes it the one that a program finds.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use super::support::program;

/// A local cloud that other programs talk to; it ends with this value.
pub struct Cloud {
    child: Child,
    folder: tempfile::TempDir,
    said: serde_json::Value,
}

impl Drop for Cloud {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Cloud {
    /// Starts one with this clock; `prepare` learns where its log will be, and may put something there.
    pub fn start(clock: &str, prepare: impl FnOnce(&Path)) -> Cloud {
        let folder = tempfile::tempdir().unwrap();
        prepare(&folder.path().join("log"));
        let mut child = program(folder.path())
            .args(["cloud", "serve", "-log=log", "-ca-out=ca.pem", clock])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Cloud { child, folder, said: serde_json::from_str(&line).unwrap() }
    }

    /// What it announced: `endpoint`, `subscriptionId` …
    pub fn says(&self, key: &str) -> &str {
        self.said[key].as_str().unwrap()
    }

    /// What makes this cloud the one that a program finds, with a credential that works.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        let endpoint = self.says("endpoint").to_owned();
        let host = endpoint.trim_start_matches("https://").to_owned();
        vec![
            ("SSL_CERT_FILE", self.folder.path().join("ca.pem").display().to_string()),
            ("ARM_METADATA_HOSTNAME", host),
            ("ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST", endpoint),
            ("ARM_DISABLE_INSTANCE_DISCOVERY", "true".into()),
            ("ARM_TENANT_ID", self.says("tenantId").into()),
            ("ARM_SUBSCRIPTION_ID", self.says("subscriptionId").into()),
            ("ARM_CLIENT_ID", self.says("clientId").into()),
            ("ARM_CLIENT_SECRET", self.says("clientSecret").into()),
        ]
    }
}

/// A line of the log as `METHOD uri`.
pub fn request(line: &str) -> String {
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    format!("{} {}", line["method"].as_str().unwrap(), line["uri"].as_str().unwrap())
}

/// Does the request change something in Azure? Tokens are no change.
pub fn changes(request: &str) -> bool {
    !request.starts_with("GET ") && !request.contains("/oauth2/")
}
