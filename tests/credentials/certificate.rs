use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use insta::assert_snapshot;
use rcgen::{CertificateParams, DnType, KeyPair};
use ringfence::arm::AuthSettings;
use ringfence::localcloud::Proofs;
use ringfence::secret::Secret;
use std::time::Duration;
use time::macros::datetime;

use crate::desk::{APP_CERTIFICATE, APP_KEY, Desk, OTHER_KEY, keys};

/// A desk whose application has registered `certificate`.
async fn desk(certificate: &str) -> Desk {
    Desk::new(Proofs { certificates: vec![certificate.to_owned()], ..Proofs::default() }).await
}

/// A certificate of a key, good until a year.
fn certificate(key: &str, until: i32) -> String {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "made for a test");
    params.not_before = datetime!(2020-01-01 0:00 UTC);
    params.not_after = datetime!(2020-01-01 0:00 UTC).replace_year(until).unwrap();
    params.self_signed(&KeyPair::from_pem(key).unwrap()).unwrap().pem()
}

/// Settings with a certificate file of this content.
fn file(desk: &Desk, folder: &tempfile::TempDir, content: &str) -> AuthSettings {
    let path = folder.path().join("app.pem");
    std::fs::write(&path, content).unwrap();
    desk.settings(&[("ARM_CLIENT_CERTIFICATE_PATH", path.to_str().unwrap())])
}

/// What the first line of the chain says, without the folder.
async fn said(desk: &Desk, folder: &tempfile::TempDir, settings: &AuthSettings) -> String {
    let text = desk.fails(settings).await.replace(folder.path().to_str().unwrap(), "FOLDER");
    let mut lines = text.lines();
    format!("{}\n{}", lines.nth(1).unwrap(), lines.last().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn pem_and_pkcs12_old_and_new_open_arm() {
    let desk = desk(APP_CERTIFICATE).await;
    let folder = tempfile::tempdir().unwrap();
    let pem = format!("{APP_KEY}{APP_CERTIFICATE}");
    let archive = STANDARD.encode(std::fs::read(keys("app.p12")).unwrap());
    let password = ("ARM_CLIENT_CERTIFICATE_PASSWORD", "correct");
    let block = AuthSettings {
        tenant_id: Some(desk.handle.tenant_id.clone()),
        client_id: Some(desk.handle.client_id.clone()),
        client_certificate: Some(Secret::from(archive.as_str())),
        client_certificate_password: Some(Secret::from("correct")),
        ..AuthSettings::default()
    };
    for settings in [
        file(&desk, &folder, &pem),
        desk.settings(&[("ARM_CLIENT_CERTIFICATE_PATH", &keys("app.p12")), password]),
        desk.settings(&[("ARM_CLIENT_CERTIFICATE_PATH", &keys("app-legacy.p12")), password]),
        desk.settings(&[("ARM_CLIENT_CERTIFICATE", &archive), password]),
        desk.settings(&[("ARM_CLIENT_CERTIFICATE", &STANDARD.encode(&pem))]),
        block,
    ] {
        assert_eq!(desk.works(&settings).await, ("client certificate", desk.handle.client_id.clone()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_certificate_is_the_first_link_and_a_bad_one_is_not_skipped() {
    let desk = desk(&certificate(OTHER_KEY, 2100)).await;
    let settings = desk.settings(&[
        ("ARM_CLIENT_CERTIFICATE_PATH", &keys("app.p12")),
        ("ARM_CLIENT_CERTIFICATE_PASSWORD", "correct"),
        ("ARM_CLIENT_SECRET", &desk.handle.client_secret),
    ]);
    assert_snapshot!(desk.fails(&settings).await, @r#"
no token could be had with the client certificate
  - client certificate: application `77776e80-229f-5f28-89b0-d5f6650644d4` of tenant `1d559793-0b5a-5b11-bde8-36a889127719` at https://LOGIN, with client_certificate_path `KEYS/app.p12` (thumbprint 795BF63B9FA6351EFEE497F47D252DB4FE80E65C, good until 2126-10-29): AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '5ECB749FDF0AFD80D65AD677F639D189B881C4DFB67208883AB77E2D1781C577', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '77776e80-229f-5f28-89b0-d5f6650644d4'.]
hint: the application does not accept this certificate: register it (its public part) with the application, or check client_id
"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_is_named_with_its_end() {
    let old = certificate(APP_KEY, 2021);
    let desk = desk(&old).await;
    let folder = tempfile::tempdir().unwrap();
    let settings = file(&desk, &folder, &format!("{old}{APP_KEY}"));
    assert_snapshot!(said(&desk, &folder, &settings).await, @r#"
  - client certificate: application `77776e80-229f-5f28-89b0-d5f6650644d4` of tenant `1d559793-0b5a-5b11-bde8-36a889127719` at https://LOGIN, with client_certificate_path `FOLDER/app.pem` (thumbprint E90E47CC5D6FF0539839783768B3D86A69114D84, good until 2021-01-01): AADSTS700027: The certificate with identifier used to sign the client assertion is expired on application. [Reason - The key used is expired., Found key 'Start=2020-01-01, End=2021-01-01', Thumbprint of key used by client: 'A6E5D040C89F0F99C39CDB295403D46B944A1DF9A4D74E129C74D55AE5D72D4D', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '77776e80-229f-5f28-89b0-d5f6650644d4'.]
hint: the certificate has expired: register a new one with the application and use it here
"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_wrong_is_named() {
    let desk = desk(APP_CERTIFICATE).await;
    desk.handle.cloud.step(Duration::from_secs(3600));
    let folder = tempfile::tempdir().unwrap();
    let settings = file(&desk, &folder, &format!("{APP_CERTIFICATE}{APP_KEY}"));
    assert_snapshot!(said(&desk, &folder, &settings).await, @r#"
  - client certificate: application `77776e80-229f-5f28-89b0-d5f6650644d4` of tenant `1d559793-0b5a-5b11-bde8-36a889127719` at https://LOGIN, with client_certificate_path `FOLDER/app.pem` (thumbprint 795BF63B9FA6351EFEE497F47D252DB4FE80E65C, good until 2126-10-29): AADSTS700024: Client assertion is not within its valid time range. Current time: TIME, assertion valid from TIME, expiry time of assertion TIME.
hint: the assertion is not good now: take a new federated token, or check the clock of this machine
"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_cannot_be_used_are_told_apart() {
    let desk = desk(APP_CERTIFICATE).await;
    let folder = tempfile::tempdir().unwrap();
    let elliptic = KeyPair::generate().unwrap().serialize_pem();
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let mut all = Vec::new();
    for content in [
        format!("{OTHER_KEY}{APP_CERTIFICATE}"),
        APP_KEY.to_owned(),
        APP_CERTIFICATE.to_owned(),
        format!("{elliptic}{APP_CERTIFICATE}"),
        encrypted.to_owned(),
        "not a certificate".to_owned(),
    ] {
        all.push(said(&desk, &folder, &file(&desk, &folder, &content)).await);
    }
    for (value, password) in [
        ("app.p12", "wrong-password"),
        ("app-legacy.p12", "wrong-password"),
        ("app.p12", ""),
        ("none.p12", ""),
    ] {
        let path = keys(value);
        let settings = desk.settings(&[
            ("ARM_CLIENT_CERTIFICATE_PATH", &path),
            ("ARM_CLIENT_CERTIFICATE_PASSWORD", password),
        ]);
        all.push(said(&desk, &folder, &settings).await);
    }
    all.push(said(&desk, &folder, &desk.settings(&[("ARM_CLIENT_CERTIFICATE", "/path/to/app.pfx")])).await);
    let all = all.join("\n");
    assert!(!all.contains("wrong-password"));
    assert_snapshot!(all, @r#"
  - client certificate: client_certificate_path `FOLDER/app.pem`: its certificate does not belong to its private key
hint: correct the settings of that credential
  - client certificate: client_certificate_path `FOLDER/app.pem` holds a private key, but no certificate
hint: correct the settings of that credential
  - client certificate: client_certificate_path `FOLDER/app.pem` holds no private key: the file must have the certificate and its key
hint: correct the settings of that credential
  - client certificate: client_certificate_path `FOLDER/app.pem` holds a key that is not RSA: Entra takes certificates with RSA keys, of 2048 bits or more
hint: correct the settings of that credential
  - client certificate: client_certificate_path `FOLDER/app.pem` holds an encrypted private key in PEM: make a PKCS#12 archive of it (`openssl pkcs12 -export -in FILE -out FILE.pfx`), which may have a password
hint: correct the settings of that credential
  - client certificate: client_certificate_path `FOLDER/app.pem` is neither PEM nor PKCS#12: unexpected ASN.1 DER tag: expected SEQUENCE, got APPLICATION [14] (constructed)
hint: correct the settings of that credential
  - client certificate: client_certificate_path `KEYS/app.p12` cannot be opened: the password is wrong
hint: set client_certificate_password (ARM_CLIENT_CERTIFICATE_PASSWORD) to the archive's password
  - client certificate: client_certificate_path `KEYS/app-legacy.p12` cannot be opened: the password is wrong
hint: set client_certificate_password (ARM_CLIENT_CERTIFICATE_PASSWORD) to the archive's password
  - client certificate: client_certificate_path `KEYS/app.p12` has a password: the password is wrong, because none is set
hint: set client_certificate_password (ARM_CLIENT_CERTIFICATE_PASSWORD) to the archive's password
  - client certificate: client_certificate_path `KEYS/none.p12` cannot be read: No such file or directory (os error 2)
hint: correct the settings of that credential
  - client certificate: client_certificate is not base64 (Invalid symbol 46, offset 12.): give the PKCS#12 archive as base64, or its file as client_certificate_path
hint: correct the settings of that credential
"#);
}
