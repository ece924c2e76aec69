use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::process::Output;
use std::sync::Mutex as StdMutex;

use base64::Engine;
use serde_json::json;

use super::*;
use crate::arm::test_support::{Script, Step, answer};

fn settings(pairs: &[(&str, &str)]) -> AuthSettings {
    let map: HashMap<String, String> = pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    AuthSettings::default().with_env(&move |name| map.get(name).cloned())
}

const PRINCIPAL: [(&str, &str); 2] =
    [("ARM_TENANT_ID", "11111111-1111-1111-1111-111111111111"), ("ARM_CLIENT_ID", "app")];

fn with(more: &[(&str, &str)]) -> AuthSettings {
    settings(&[&PRINCIPAL, more].concat())
}

fn jwt() -> String {
    let claims = json!({"oid": "me", "tid": "t", "appid": "app", "idtyp": "app"}).to_string();
    format!("e30.{}.c2ln", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims))
}

fn token_answer() -> Step {
    answer(200, &[], json!({"token_type": "Bearer", "expires_in": 3599, "access_token": jwt()})).into()
}

fn credential(settings: &AuthSettings, http: Http) -> Result<Credential, AuthError> {
    Credential::new(settings, &Cloud::at("x", "https://localhost:8443"), http)
}

#[tokio::test]
async fn a_client_secret_costs_one_request_however_often_it_is_used() {
    let script = Script::new([token_answer()]);
    let c = credential(&with(&[("ARM_CLIENT_SECRET", "hush")]), script.clone()).unwrap();
    let who = c.identity().await.unwrap();
    assert_eq!((who.object_id.as_str(), who.tenant_id.as_str(), who.client_id.as_str()), ("me", "t", "app"));
    assert!(who.is_application);
    c.token().await.unwrap();
    assert_eq!(
        script.urls(),
        ["POST https://localhost:8443/11111111-1111-1111-1111-111111111111/oauth2/v2.0/token"],
        "no discovery, no second token"
    );
    assert!(!format!("{c:?}").contains("hush"));
}

#[tokio::test]
async fn the_first_complete_link_is_taken_and_a_failing_one_is_not_skipped() {
    let both = with(&[("ARM_CLIENT_SECRET", "s"), ("ARM_USE_OIDC", "true"), ("ARM_OIDC_TOKEN", "fed")]);
    let said = json!({"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret", "error_codes": [7000215]});
    let script = Script::new([answer(401, &[], said).into()]);
    let e = credential(&both, script.clone()).unwrap().token().await.unwrap_err();
    assert_eq!(e.chosen, Some("client secret"));
    assert!(e.to_string().contains("AADSTS7000215") && e.hint().contains("value, not its id"), "{e}");
    assert_eq!(script.urls().len(), 1);
    let oidc = with(&[("ARM_USE_OIDC", "true"), ("ARM_OIDC_TOKEN", "fed")]);
    let script = Script::new([token_answer()]);
    let c = credential(&oidc, script).unwrap();
    assert_eq!(c.link(), "OIDC token");
    c.token().await.unwrap();
    let e = credential(&settings(&[("ARM_USE_CLI", "false")]), Script::new([])).unwrap_err();
    assert_eq!((e.chosen, e.links.len()), (None, 7), "every link is named: {e}");
    assert!(e.to_string().contains("ARM_CLIENT_SECRET") && e.to_string().contains("use_cli"));
    let half = settings(&[("ARM_CLIENT_SECRET", "s"), ("ARM_USE_CLI", "false")]);
    assert!(
        credential(&half, Script::new([])).unwrap_err().to_string().contains("tenant_id (ARM_TENANT_ID)")
    );
}

#[test]
fn links_come_in_azurerms_order_and_an_incomplete_one_says_what_it_lacks() {
    let oidc = ("ARM_USE_OIDC", "true");
    let request = [("ARM_OIDC_REQUEST_URL", "https://x"), ("ARM_OIDC_REQUEST_TOKEN", "t")];
    let devops = ("ARM_OIDC_AZURE_SERVICE_CONNECTION_ID", "c");
    let msi = ("ARM_USE_MSI", "true");
    let link = |more: &[(&str, &str)]| credential(&with(more), Script::new([])).unwrap().link();
    assert_eq!(link(&[request[0], request[1], msi, devops]), "managed identity", "OIDC is not asked for");
    assert_eq!(link(&[oidc, request[0], request[1], msi]), "GitHub OIDC request");
    assert_eq!(link(&[oidc, request[0], request[1], msi, devops]), "Azure DevOps OIDC request");
    assert_eq!(link(&[oidc, request[0], request[1], devops, ("ARM_OIDC_TOKEN", "t")]), "OIDC token");
    assert_eq!(link(&[oidc, ("ARM_CLIENT_SECRET", "s")]), "client secret");
    let text = credential(
        &settings(&[oidc, request[0], devops, ("ARM_CLIENT_CERTIFICATE", "x"), ("ARM_USE_CLI", "false")]),
        Script::new([]),
    )
    .unwrap_err()
    .to_string();
    for part in [
        "a certificate is set, but tenant_id",
        "oidc_request_token (ARM_OIDC_REQUEST_TOKEN) is not",
        "id-token: write",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let tenants = credential(&with(&[("ARM_AUXILIARY_TENANT_IDS", "a;b")]), Script::new([])).unwrap_err();
    assert!(tenants.to_string().contains("auxiliary_tenant_ids is set, but not yet supported"), "{tenants}");
}

#[tokio::test]
async fn values_and_files_must_agree_and_a_token_file_is_read_each_time() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("f");
    std::fs::write(&file, "one\n").unwrap();
    let path = file.to_str().unwrap();
    let differ = with(&[("ARM_CLIENT_SECRET", "two"), ("ARM_CLIENT_SECRET_FILE_PATH", path)]);
    assert!(credential(&differ, Script::new([])).unwrap_err().to_string().contains("differ"));
    let same = with(&[("ARM_CLIENT_SECRET", "one"), ("ARM_CLIENT_SECRET_FILE_PATH", path)]);
    assert_eq!(credential(&same, Script::new([])).unwrap().link(), "client secret");
    let gone = with(&[("ARM_CLIENT_SECRET_FILE_PATH", "/nowhere/f")]);
    assert!(credential(&gone, Script::new([])).unwrap_err().to_string().contains("/nowhere/f"));
    let aks = settings(&[
        ("ARM_USE_AKS_WORKLOAD_IDENTITY", "true"),
        ("AZURE_TENANT_ID", "11111111-1111-1111-1111-111111111111"),
        ("AZURE_CLIENT_ID", "app"),
        ("AZURE_FEDERATED_TOKEN_FILE", path),
    ]);
    let script = Script::new([token_answer(), token_answer()]);
    let c = credential(&aks, script.clone()).unwrap();
    let taken = c.token().await.unwrap();
    assert!(!c.forget(&Secret::new("older")).await);
    c.token().await.unwrap();
    assert_eq!(script.left(), 1, "another token that was refused says nothing of this one");
    assert!(c.forget(&Secret::new(taken.token.secret())).await);
    c.token().await.unwrap();
    assert_eq!(script.left(), 0, "AUTH-02: one that was refused is not shown again, however young");
    std::fs::remove_file(&file).unwrap();
    let e = credential(&aks, Script::new([token_answer()])).unwrap().token().await.unwrap_err();
    assert!(e.to_string().contains("AZURE_FEDERATED_TOKEN_FILE"), "{e}");
}

#[derive(Debug)]
struct Az(i32, String, String, StdMutex<Vec<String>>);

#[async_trait]
impl Executor for Az {
    async fn run(&self, _: &OsStr, args: &[&OsStr]) -> io::Result<Output> {
        self.3.lock().unwrap().extend(args.iter().map(|a| a.to_string_lossy().into_owned()));
        #[cfg(unix)]
        let status = std::os::unix::process::ExitStatusExt::from_raw(self.0 << 8);
        #[cfg(windows)]
        let status = std::os::windows::process::ExitStatusExt::from_raw(self.0 as u32);
        Ok(Output { status, stdout: self.1.clone().into_bytes(), stderr: self.2.clone().into_bytes() })
    }
}

#[tokio::test]
async fn the_azure_cli_is_the_last_link() {
    let token =
        json!({"accessToken": jwt(), "expires_on": 4_000_000_000i64, "tokenType": "Bearer"}).to_string();
    let az = Arc::new(Az(0, token, String::new(), StdMutex::default()));
    let c = credential(&settings(&[]), Script::new([])).unwrap().with_executor(az.clone());
    assert_eq!(c.identity().await.unwrap().object_id, "me");
    assert!(az.3.lock().unwrap().join(" ").contains("--scope https://localhost:8443/.default"));
    let az = Arc::new(Az(0, "2222\n".into(), String::new(), StdMutex::default()));
    let c = credential(&settings(&[]), Script::new([])).unwrap().with_executor(az);
    assert_eq!(c.default_subscription().await.unwrap().as_deref(), Some("2222"));
    let az = Arc::new(Az(
        1,
        String::new(),
        "ERROR: Please run 'az login' to setup account.".into(),
        StdMutex::default(),
    ));
    let e = credential(&settings(&[]), Script::new([])).unwrap().with_executor(az).token().await.unwrap_err();
    let text = e.to_string();
    assert!(
        text.contains("az login") && text.contains("ARM_CLIENT_SECRET"),
        "what it said, and the other links: {text}"
    );
}

#[test]
fn variables_are_taken_without_the_space_around_them_except_a_password() {
    let all = settings(&[
        ("ARM_CLIENT_ID", " app\n"),
        ("ARM_CLIENT_SECRET", "hush\n"),
        ("ARM_TENANT_ID", "  "),
        ("ARM_CLIENT_CERTIFICATE_PASSWORD", "pass "),
    ]);
    assert_eq!((all.client_id.as_deref(), all.tenant_id), (Some("app"), None));
    let text = |secret: &Option<Secret>| secret.as_ref().map(|s| s.expose().to_owned());
    assert_eq!(text(&all.client_secret).as_deref(), Some("hush"));
    assert_eq!(text(&all.client_certificate_password).as_deref(), Some("pass "));
}

#[test]
fn the_block_wins_over_the_environment() {
    let block =
        AuthSettings { tenant_id: Some("block".into()), use_cli: Some(true), ..AuthSettings::default() };
    let merged =
        block.with_env(&|n| matches!(n, "ARM_TENANT_ID" | "ARM_USE_CLI").then(|| "false".to_owned()));
    assert_eq!((merged.tenant_id.as_deref(), merged.use_cli), (Some("block"), Some(true)));
}
