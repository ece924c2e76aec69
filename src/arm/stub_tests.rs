//! The client over real TLS against the shared ARM stub, which is not ours: skipped where it or python is missing.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::test_support::shared;
use super::*;

const S: &str = "/subscriptions/22222222-2222-2222-2222-222222222222";

/// A running stub; it ends with this value.
struct Stub {
    child: Child,
    port: u16,
    ca: String,
    dir: tempfile::TempDir,
}

impl Drop for Stub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Stub {
    fn start() -> Option<Self> {
        let script = shared("bench/arm_stub.py")?;
        let dir = tempfile::tempdir().unwrap();
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "ringfence test CA");
        let ca_key = rcgen::KeyPair::generate().unwrap();
        let ca = params.self_signed(&ca_key).unwrap();
        let issuer = rcgen::Issuer::new(params, ca_key);
        let key = rcgen::KeyPair::generate().unwrap();
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "management.azure.com".to_owned()];
        let leaf = rcgen::CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        std::fs::write(dir.path().join("srv.pem"), leaf.pem()).unwrap();
        std::fs::write(dir.path().join("srv.key"), key.serialize_pem()).unwrap();
        std::fs::write(dir.path().join("ca.pem"), ca.pem()).unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("python3");
        command.arg(script).args(["--port", &port.to_string(), "--latency-ms", "0", "--scale", "1000"]);
        command.args(["--cert", "srv.pem", "--key", "srv.key", "--log", "log"]).current_dir(dir.path());
        let mut child = match command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn() {
            Ok(child) => child,
            Err(e) => {
                println!("skipped: python3 cannot be run: {e}");
                return None;
            }
        };
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("mock on"), "{line}");
        Some(Self { child, port, ca: ca.pem(), dir })
    }

    fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    fn http(&self) -> Http {
        NetOptions { extra_roots: vec![self.ca.clone()], ..NetOptions::default() }.client()
    }

    async fn client(&self) -> ArmClient {
        let settings = CloudSettings {
            metadata_host: Some(format!("localhost:{}", self.port)),
            ..CloudSettings::default()
        };
        let cloud = Cloud::resolve(&settings, &self.http()).await.unwrap();
        assert_eq!(cloud.resource_manager, self.url());
        self.client_of(cloud)
    }

    fn client_of(&self, cloud: Cloud) -> ArmClient {
        let auth = AuthSettings {
            tenant_id: Some("11111111-1111-1111-1111-111111111111".into()),
            client_id: Some("33333333-3333-3333-3333-333333333333".into()),
            client_secret: Some("not-a-secret".into()),
            ..AuthSettings::default()
        };
        let http = self.http();
        ArmClient::new(cloud.clone(), Credential::new(&auth, &cloud, http.clone()).unwrap(), http)
    }

    /// The lines of the stub's log: method and path.
    async fn log(&self) -> Vec<(String, String)> {
        client::plain_get(&self.http(), &format!("{}/_admin/stats", self.url())).await.unwrap();
        let text = std::fs::read_to_string(self.dir.path().join("log")).unwrap();
        let line = |l: &str| {
            let v: Value = serde_json::from_str(l).unwrap();
            (v["m"].as_str().unwrap().to_owned(), v["p"].as_str().unwrap().to_owned())
        };
        text.lines().map(line).collect()
    }
}

/// The forty resources of `bench/workspace.tf`: ids and versions.
fn workspace() -> Vec<Need> {
    let g = format!("{S}/resourceGroups/rg-rfbase");
    let mut needs = vec![(g.clone(), "2025-04-01")];
    let mut add = |kind: &str, version, names: &[&str]| {
        needs.extend(names.iter().map(|n| (format!("{g}/providers/{kind}/{n}"), version)));
    };
    add("Microsoft.Network/networkSecurityGroups", "2025-05-01", &["nsg"]);
    add("Microsoft.Network/virtualNetworks", "2025-05-01", &["v", "v/subnets/pe", "v/subnets/compute"]);
    add("Microsoft.ManagedIdentity/userAssignedIdentities", "2024-11-30", &["id"]);
    add("Microsoft.KeyVault/vaults", "2024-11-01", &["kv"]);
    add("Microsoft.Storage/storageAccounts", "2025-06-01", &["sa"]);
    add("Microsoft.ContainerRegistry/registries", "2025-04-01", &["acr"]);
    add("Microsoft.OperationalInsights/workspaces", "2025-02-01", &["law"]);
    add("Microsoft.Insights/components", "2020-02-02", &["appi"]);
    add("Microsoft.DocumentDB/databaseAccounts", "2025-04-15", &["cosmos"]);
    add("Microsoft.MachineLearningServices/workspaces", "2025-12-01", &["mlw"]);
    for zone in ["vaultcore", "blob", "azurecr", "api", "notebooks", "documents"] {
        add(
            "Microsoft.Network/privateDnsZones",
            "2024-06-01",
            &[zone, &format!("{zone}/virtualNetworkLinks/l")],
        );
    }
    for pe in ["kv", "sa", "acr", "cosmos", "mlw"] {
        add(
            "Microsoft.Network/privateEndpoints",
            "2025-05-01",
            &[pe, &format!("{pe}/privateDnsZoneGroups/default")],
        );
    }
    for scope in [
        "",
        "/providers/Microsoft.KeyVault/vaults/kv",
        "/providers/Microsoft.Storage/storageAccounts/sa",
        "/providers/Microsoft.ContainerRegistry/registries/acr",
    ] {
        needs.push((
            format!("{g}{scope}/providers/Microsoft.Authorization/roleAssignments/{}", needs.len()),
            "2022-04-01",
        ));
    }
    needs.push((format!("{g}/providers/Microsoft.Authorization/locks/l"), "2020-05-01"));
    needs.into_iter().map(|(id, v)| Need::new(ArmId::parse(&id).unwrap(), v)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_resources_are_created_read_in_28_requests_and_deleted() {
    let Some(stub) = Stub::start() else { return };
    let arm = stub.client().await;
    let needs = workspace();
    assert_eq!(needs.len(), 40);
    let empty = arm.read(&needs).await;
    assert!(empty.iter().all(|(_, _, read)| matches!(read, Ok(None))));
    let mut operations = 0;
    for need in &needs {
        let body = json!({"location": "eastus", "properties": {}});
        let accepted = arm.put(&need.id, &need.api_version, &body, &Write::default()).await.unwrap();
        assert!(matches!(accepted.status, 200 | 201));
        if let Some(operation) = accepted.operation {
            operations += 1;
            let outcome = arm.wait(&operation, &mut |_| ()).await.unwrap();
            assert_eq!(outcome.body.unwrap()["properties"]["provisioningState"], "Succeeded");
        }
    }
    assert_eq!(operations, 32);

    let before = stub.log().await.len();
    let fresh = stub.client_of(arm.cloud().clone());
    let begin = Instant::now();
    let reads = fresh.read(&needs).await;
    let took = begin.elapsed();
    let log = stub.log().await;
    println!("{} requests with the token, {took:?}", log.len() - before);
    assert!(
        reads.iter().all(|(_, _, read)| matches!(read, Ok(Some(_)))),
        "{:?}",
        reads.errors().collect::<Vec<_>>()
    );
    assert_eq!((reads.requests, log.len() - before), (27, 28), "{:#?}", &log[before..]);
    assert_eq!(log[before..].iter().filter(|(m, _)| m == "POST").count(), 1, "one token, no discovery");
    assert_eq!(fresh.identity().await.unwrap().tenant_id, "11111111-1111-1111-1111-111111111111");
    assert_eq!(stub.log().await.len(), log.len(), "the identity costs no request");

    let group = &needs[0];
    assert!(arm.head(&group.id, &group.api_version).await.unwrap());
    let deleted = arm.delete(&group.id, &group.api_version, &Write::default()).await.unwrap();
    assert!(deleted.operation.is_none());
    assert!(!arm.head(&group.id, &group.api_version).await.unwrap());
    assert_eq!(arm.delete(&group.id, &group.api_version, &Write::default()).await.unwrap().status, 204);
}

#[tokio::test]
async fn a_parent_that_is_missing_and_a_certificate_that_is_not_trusted() {
    let Some(stub) = Stub::start() else { return };
    let arm = stub.client_of(Cloud::at("stub", &stub.url()));
    let subnet = workspace().remove(3);
    let e = arm.put(&subnet.id, "1", &json!({}), &Write::default()).await.unwrap_err();
    assert_eq!(e.code.as_deref(), Some("ResourceGroupNotFound"));
    assert_eq!(e.class(&Recent { created: true, ..Recent::default() }), RetryClass::ReplicationLag);

    let stranger = NetOptions::default().client();
    let begin = Instant::now();
    let cloud = Cloud::at("stub", &stub.url());
    let arm = ArmClient::with_tokens(
        cloud.clone(),
        std::sync::Arc::new(test_support::FixedToken),
        stranger.clone(),
    );
    let e = arm.get(&subnet.id, "1", &[]).await.unwrap_err();
    assert_eq!(e.kind, ErrorKind::Unreachable);
    assert!(e.message.contains("certificate") && e.hint().unwrap().contains("SSL_CERT_FILE"), "{e}");
    // The same of the token's host.
    let auth = AuthSettings {
        tenant_id: Some("11111111-1111-1111-1111-111111111111".into()),
        client_id: Some("a".into()),
        client_secret: Some("b".into()),
        ..AuthSettings::default()
    };
    let credential = Credential::new(&auth, &cloud, stranger.clone()).unwrap();
    let e = ArmClient::new(cloud, credential, stranger).get(&subnet.id, "1", &[]).await.unwrap_err();
    assert_eq!(e.kind, ErrorKind::Credential);
    assert!(e.message.contains("client secret") && e.message.contains("localhost"), "{e}");
    assert!(begin.elapsed() < Duration::from_secs(5));

    // A name can be pinned to an address.
    let options = NetOptions {
        extra_roots: vec![stub.ca.clone()],
        resolve: vec![("management.azure.com".into(), ([127, 0, 0, 1], stub.port).into())],
        ..NetOptions::default()
    };
    let pinned = Cloud::at("stub", &format!("https://management.azure.com:{}", stub.port));
    let arm = ArmClient::with_tokens(pinned, std::sync::Arc::new(test_support::FixedToken), options.client());
    assert_eq!(arm.get(&subnet.id, "1", &[]).await.unwrap(), None);

    // SSL_CERT_FILE adds to the roots.
    let file: PathBuf = stub.dir.path().join("ca.pem");
    let env = |name: &str| (name == "SSL_CERT_FILE").then(|| file.display().to_string());
    let http = NetOptions::from_env(&env).client();
    let tokens = std::sync::Arc::new(test_support::FixedToken);
    let arm = ArmClient::with_tokens(Cloud::at("stub", &stub.url()), tokens, http);
    assert_eq!(arm.get(&subnet.id, "1", &[]).await.unwrap(), None);
}
