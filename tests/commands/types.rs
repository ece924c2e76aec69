//! Types without a cloud, carried out: what is made stays the same, secrets are sealed, files come and go.

use super::{folder, run};

const STACK: &[(&str, &str)] = &[(
    "main.tf",
    r#"
resource "tls_private_key" "k" {
  algorithm   = "ECDSA"
  ecdsa_curve = "P384"
}

resource "tls_self_signed_cert" "c" {
  private_key_pem       = tls_private_key.k.private_key_pem
  validity_period_hours = 24
  allowed_uses          = ["server_auth"]
  dns_names             = ["a.example"]
  subject {
    common_name = "a.example"
  }
}

resource "random_bytes" "b" {
  length = 16
}

resource "random_shuffle" "s" {
  input = ["a", "b", "c"]
}

resource "time_static" "t" {}

resource "time_offset" "o" {
  base_rfc3339  = time_static.t.rfc3339
  offset_months = 1
}

resource "time_rotating" "r" {
  rotation_days = 30
}

resource "local_file" "cert" {
  filename        = "${path.module}/out/cert.pem"
  content         = tls_self_signed_cert.c.cert_pem
  file_permission = "0644"
}

resource "local_sensitive_file" "key" {
  filename = "${path.module}/out/key.pem"
  content  = tls_private_key.k.private_key_pem
}

output "key" {
  value     = tls_private_key.k.private_key_pem
  sensitive = true
}

output "bytes" {
  value     = random_bytes.b.hex
  sensitive = true
}
"#,
)];

#[test]
fn what_is_made_stays_and_secrets_are_sealed() {
    let dir = folder(STACK);
    let dir = dir.path();
    let applied = run(dir, &["apply", "-auto-approve"]);
    assert!(applied.contains("Apply complete! Resources: 9 added, 0 changed, 0 destroyed."), "{applied}");
    let value = |name: &str| {
        let told = run(dir, &["output", "-raw", name]);
        told["exit 0\n--- stdout\n".len()..].split("--- stderr").next().unwrap().to_string()
    };
    let (key, bytes) = (value("key"), value("bytes"));
    assert!(key.starts_with("-----BEGIN EC PRIVATE KEY-----\n"), "{key}");
    assert_eq!(std::fs::read_to_string(dir.join("out/key.pem")).unwrap(), key);
    let cert = std::fs::read_to_string(dir.join("out/cert.pem")).unwrap();
    assert!(cert.starts_with("-----BEGIN CERTIFICATE-----\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |name: &str| std::fs::metadata(dir.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("out/cert.pem"), mode("out/key.pem")), (0o644, 0o700));
    }
    let ledger = std::fs::read_to_string(dir.join("ringfence.ledger.json")).unwrap();
    let secret_line = key.lines().nth(1).unwrap();
    for secret in [secret_line, &bytes] {
        assert!(!ledger.contains(secret) && !applied.contains(secret));
    }
    assert!(run(dir, &["plan", "-detailed-exitcode"]).starts_with("exit 0"));
    // A file that somebody changed is made again, from what is known.
    std::fs::write(dir.join("out/cert.pem"), "other").unwrap();
    let again = run(dir, &["apply", "-auto-approve"]);
    assert!(
        again.contains("local_file.cert will be created")
            && again.contains("1 added, 0 changed, 0 destroyed"),
        "{again}"
    );
    assert_eq!(std::fs::read_to_string(dir.join("out/cert.pem")).unwrap(), cert);
    assert!(run(dir, &["destroy", "-auto-approve"]).contains("9 destroyed"));
    assert_eq!(std::fs::read_dir(dir.join("out")).unwrap().count(), 0);
}

#[test]
fn what_cannot_be_is_said_at_its_argument() {
    let dir = folder(&[(
        "main.tf",
        "resource \"local_file\" \"f\" {\n  filename = \"f\"\n  source   = \"g\"\n}\n\
         resource \"time_rotating\" \"r\" {}\n\
         resource \"tls_private_key\" \"k\" {\n  algorithm = \"DSA\"\n}\n\
         resource \"azuread_group\" \"g\" {\n  display_name = \"g\"\n}\n",
    )]);
    insta::assert_snapshot!(run(dir.path(), &["validate"]), @r#"
exit 1
--- stdout
--- stderr

Error: Failed to query available provider packages

  on main.tf line 9:
   9: resource "azuread_group" "g" {

Provider registry.terraform.io/hashicorp/azuread is not built in, and
Ringfence runs no provider plugins. Built in are:

  - hashicorp/azurerm
  - azure/azapi
  - hashicorp/random
  - hashicorp/null
  - hashicorp/time
  - hashicorp/tls
  - hashicorp/local
  - terraform.io/builtin/terraform

Remove what needs the provider, or manage it with a tool of its own.
"#);
}
