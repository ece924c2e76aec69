//! Types without a cloud, carried out: what is made stays the same, secrets are sealed, files come and go.

use super::{folder, run};

const STACK: &[(&str, &str)] = &[("main.tf", include_str!("types.tf"))];

#[test]
fn what_is_made_stays_and_secrets_are_sealed() {
    let dir = folder(STACK);
    let dir = dir.path();
    let applied = run(dir, &["apply", "-auto-approve"]);
    assert!(applied.contains("Apply complete! Resources: 18 added, 0 changed, 0 destroyed."), "{applied}");
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
    assert!(run(dir, &["destroy", "-auto-approve"]).contains("18 destroyed"));
    assert_eq!(std::fs::read_dir(dir.join("out")).unwrap().count(), 0);
}

#[test]
fn a_provider_that_is_not_built_in_is_named_with_those_that_are() {
    let dir = folder(&[("main.tf", "resource \"azuread_group\" \"g\" {\n  display_name = \"g\"\n}\n")]);
    insta::assert_snapshot!(run(dir.path(), &["validate"]), @r#"
exit 1
--- stdout
--- stderr

Error: Failed to query available provider packages

  on main.tf line 1:
   1: resource "azuread_group" "g" {

Provider registry.terraform.io/hashicorp/azuread is not built in, and
Ringfence runs no provider plugins. Built in are:

  - hashicorp/azurerm
  - azure/azapi
  - hashicorp/random
  - hashicorp/null
  - hashicorp/time
  - hashicorp/tls
  - hashicorp/local
  - hashicorp/http
  - hashicorp/external
  - terraform.io/builtin/terraform

Remove what needs the provider, or manage it with a tool of its own.
"#);
}

#[test]
fn what_cannot_be_is_said_at_its_argument() {
    let dir = folder(&[(
        "main.tf",
        "resource \"local_file\" \"f\" {\n  filename = \"f\"\n  source   = \"g\"\n}\n\
         resource \"time_rotating\" \"r\" {}\n\
         resource \"tls_private_key\" \"k\" {\n  algorithm = \"DSA\"\n}\n",
    )]);
    let told = run(dir.path(), &["validate"]);
    for wanted in [
        "on main.tf line 3, in resource \"local_file\" \"f\":",
        "content_base64 =",
        "on main.tf line 5, in resource \"time_rotating\" \"r\":",
        "At least one of these attributes must be configured",
        "on main.tf line 7, in resource \"tls_private_key\" \"k\":",
        "\"DSA\".",
    ] {
        assert!(told.contains(wanted), "{wanted}: {told}");
    }
}

/// A server of one page, under a path that points to it.
fn server() -> String {
    use std::io::{BufRead as _, BufReader, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let first = lines.next().unwrap_or_default();
            let accept =
                lines.take_while(|l| !l.is_empty()).any(|l| l.eq_ignore_ascii_case("accept: text/plain"));
            let body = if accept { "what was asked for" } else { "what was not" };
            let answer = match first.split(' ').nth(1) {
                Some("/there") => format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                ),
                Some("/moved") => {
                    "HTTP/1.1 302 Found\r\nlocation: /there\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                        .into()
                }
                _ => "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".into(),
            };
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

#[cfg(unix)]
#[test]
fn data_sources_read_the_web_programs_and_files() {
    let text = include_str!("sources.tf").replace("127.0.0.1:8080", &server());
    let dir = folder(&[("main.tf", &text), ("greeting.txt", "hello\n")]);
    let applied = run(dir.path(), &["apply", "-auto-approve"]);
    assert!(applied.contains("Apply complete!"), "{applied}");
    let value = |name: &str| {
        let told = run(dir.path(), &["output", "-raw", name]);
        told["exit 0\n--- stdout\n".len()..].split("--- stderr").next().unwrap().to_string()
    };
    assert_eq!(value("page"), "200 text/plain what was asked for");
    assert_eq!(value("missing"), "404");
    assert_eq!(value("program"), "world");
    assert_eq!(value("file"), "hello\n");
    assert_eq!(value("sum"), "b1946ac92492d2347c6235b4d2611184");
    // A file that this run makes is read after it was made.
    assert_eq!(value("made"), "made here");
    assert!(run(dir.path(), &["plan", "-detailed-exitcode"]).starts_with("exit 0"));
}

#[cfg(unix)]
#[test]
fn what_data_sources_cannot_read_is_an_error() {
    let told = |body: &str| run(folder(&[("main.tf", body)]).path(), &["plan"]);
    for (body, wanted) in [
        ("data \"local_file\" \"f\" {\n  filename = \"nothing\"\n}\n", "the file at nothing cannot be read"),
        ("data \"external\" \"e\" {\n  program = [\"sh\", \"-c\", \"echo oops >&2; exit 3\"]\n}\n", "oops"),
        ("data \"external\" \"e\" {\n  program = [\"echo\", \"{\\\"a\\\": 1}\"]\n}\n", "`a` is none"),
        ("data \"http\" \"h\" {\n  url = \"http://127.0.0.1:1/\"\n}\n", "cannot be asked"),
        ("data \"http\" \"h\" {\n  url = \"ftp://a\"\n}\n", "begins with http://"),
    ] {
        let told = told(body);
        assert!(told.starts_with("exit 1") && told.contains(wanted), "{wanted}: {told}");
    }
}
