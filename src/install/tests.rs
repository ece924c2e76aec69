use std::process::Command;
use std::sync::{Arc, Mutex};

use super::*;
use crate::config::{Disk, load};

/// What a server of a test answers: status, headers, body; by path.
type Answers = Arc<dyn Fn(&str, Option<&str>) -> (u16, Vec<(&'static str, String)>, Vec<u8>) + Send + Sync>;

/// A server on this machine, without TLS, in a thread of its own.
struct Server {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answers: Answers) -> Server {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        let (send, receive) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                send.send(listener.local_addr().unwrap().to_string()).unwrap();
                let app = axum::Router::new().fallback(move |request: axum::extract::Request| {
                    let (answers, seen) = (answers.clone(), seen.clone());
                    async move {
                        let token = request.headers().get("authorization").and_then(|v| v.to_str().ok());
                        let path = request.uri().to_string();
                        seen.lock().unwrap().push(format!("{path} {}", token.unwrap_or("-")));
                        let (status, headers, body) = answers(request.uri().path(), token);
                        let mut response = axum::response::Response::builder().status(status);
                        for (name, value) in headers {
                            response = response.header(name, value);
                        }
                        response.body(axum::body::Body::from(body)).unwrap()
                    }
                });
                axum::serve(listener, app).await.unwrap();
            });
        });
        Server { address: receive.recv().unwrap(), asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// A working directory.
struct Work {
    folder: tempfile::TempDir,
    env: BTreeMap<String, String>,
}

impl Work {
    fn new(main: &str) -> Work {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("main.tf"), main).unwrap();
        let home = folder.path().display().to_string();
        Work { folder, env: [("HOME".to_string(), home)].into() }
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// What was told, and what was found.
    fn install(&self, upgrade: bool) -> (Vec<String>, Diagnostics) {
        let mut told = Vec::new();
        let root = self.folder.path();
        let data = root.join(".terraform");
        let relative = |dir: &Path| dir.strip_prefix(root).unwrap_or(dir).display().to_string();
        let mut tell = |event: Event<'_>| {
            told.push(match event {
                Event::Download { key, package, version } => {
                    format!("{key} < {package} {}", version.unwrap_or("-"))
                }
                Event::Installed { key, dir } => format!("{key} = {}", relative(dir)),
            });
        };
        let env = |name: &str| self.env.get(name).cloned();
        let options = Options { data: &data, upgrade, tests: &[], env: &env, tell: &mut tell };
        let (_, found) = install(root, &Disk::here(), options);
        (told, found)
    }

    fn error(&self) -> (String, String) {
        let (told, found) = self.install(false);
        let first = found.0.into_iter().next().unwrap_or_else(|| panic!("no error: {told:?}"));
        (first.summary, first.detail)
    }

    fn manifest(&self) -> Manifest {
        read_manifest(&manifest::in_folder(&self.folder.path().join(".terraform"))).unwrap()
    }
}

fn git(folder: &Path, arguments: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(folder)
        .env_remove("GIT_DIR")
        .output()
        .unwrap();
    assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A repository with a tag `v1`, in which the root says 1, and a head, in which it says 2.
fn repository() -> Work {
    let work = Work::new("output \"v\" {\n  value = 1\n}\n");
    work.write(
        "sub/main.tf",
        "module \"inner\" {\n  source = \"./inner\"\n}\nmodule \"up\" {\n  source = \"../\"\n}\n",
    );
    work.write("sub/inner/main.tf", "output \"v\" {\n  value = \"inner\"\n}\n");
    let at = work.folder.path();
    git(at, &["init", "-q"]);
    git(at, &["add", "-A"]);
    git(at, &["commit", "-qm", "one"]);
    git(at, &["tag", "v1"]);
    work.write("main.tf", "output \"v\" {\n  value = 2\n}\n");
    git(at, &["commit", "-qam", "two"]);
    work
}

#[test]
fn modules_come_from_git_and_stay() {
    let repo = repository();
    let url = format!("git::file://{}", repo.folder.path().display());
    let work = Work::new(&format!(
        "module \"sub\" {{\n  source = \"{url}//sub?ref=v1\"\n}}\nmodule \"head\" {{\n  source = \"{url}?depth=1\"\n}}\n"
    ));
    let (told, found) = work.install(false);
    assert!(!found.has_errors(), "{found:?}");
    let expected = [
        format!("head < {url}?depth=1 -"),
        "head = .terraform/modules/head".into(),
        format!("sub < {url}?ref=v1 -"),
        "sub = .terraform/modules/sub/sub".into(),
        "sub.inner = .terraform/modules/sub/sub/inner".into(),
        "sub.up = .terraform/modules/sub".into(),
    ];
    assert_eq!(told, expected);
    let read = |path: &str| std::fs::read_to_string(work.folder.path().join(path)).unwrap();
    assert!(read(".terraform/modules/sub/main.tf").contains("value = 1"));
    assert!(read(".terraform/modules/head/main.tf").contains("value = 2"));
    let manifest = work.manifest();
    assert_eq!(manifest.0["sub"].source, format!("{url}//sub?ref=v1"));
    assert_eq!(manifest.0["sub.up"].source, "./..");
    // What is there is not fetched again, until it is asked for.
    assert_eq!(work.install(false).0, [""; 0]);
    assert_eq!(work.install(true).0, expected);
    // A call that has gone is forgotten, another source is fetched.
    work.write("main.tf", &format!("module \"sub\" {{\n  source = \"{url}?ref=v1\"\n}}\n"));
    assert_eq!(work.install(false).0.last().unwrap(), "sub = .terraform/modules/sub");
    assert_eq!(work.manifest().0.keys().collect::<Vec<_>>(), ["", "sub"]);
}

#[test]
fn a_package_is_fetched_once_and_failures_leave_nothing() {
    let repo = repository();
    let url = format!("git::file://{}", repo.folder.path().display());
    let two =
        format!("module \"a\" {{\n  source = \"{url}\"\n}}\nmodule \"b\" {{\n  source = \"{url}\"\n}}\n");
    let work = Work::new(&two);
    assert!(!work.install(false).1.has_errors());
    assert!(work.folder.path().join(".terraform/modules/b/sub/inner/main.tf").exists());
    let bad = |source: &str| Work::new(&format!("module \"a\" {{\n  source = \"{source}\"\n}}\n"));
    let work = bad(&format!("{url}?ref=nope"));
    let (summary, detail) = work.error();
    assert_eq!(summary, "Failed to download module");
    assert!(detail.contains("pathspec 'nope' did not match") && detail.contains("exited with 1"), "{detail}");
    assert!(!work.folder.path().join(".terraform/modules/a").exists());
    assert_eq!(bad(&format!("{url}//nosub")).error().0, "Failed to expand subdir globs");
    assert_eq!(bad("/nosuch/folder").error().0, "Failed to download module");
    assert!(bad("hg::http://127.0.0.1:1/x").error().1.contains("not supported for scheme 'hg'"));
    let glob = bad(&format!("{url}//s*b"));
    assert_eq!(glob.install(false).0[1], "a = .terraform/modules/a/sub");
}

#[test]
fn a_module_stays_in_its_package() {
    let repo = repository();
    repo.write("evil/main.tf", "module \"out\" {\n  source = \"../../other\"\n}\n");
    git(repo.folder.path(), &["add", "-A"]);
    git(repo.folder.path(), &["commit", "-qm", "three"]);
    let url = format!("git::file://{}", repo.folder.path().display());
    let work = Work::new(&format!("module \"a\" {{\n  source = \"{url}//evil\"\n}}\n"));
    assert_eq!(work.error().0, "Local module path escapes module package");
    // Folders of this machine are linked to, as Terraform does.
    let work = Work::new(&format!("module \"a\" {{\n  source = \"{}\"\n}}\n", repo.folder.path().display()));
    let (told, found) = work.install(false);
    assert!(!found.has_errors(), "{found:?}");
    assert_eq!(told[1], "a = .terraform/modules/a");
    let link = std::fs::read_link(work.folder.path().join(".terraform/modules/a")).unwrap();
    assert_eq!(link, repo.folder.path());
}

fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
    use std::io::Write;
    let mut zip = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(*name, ::zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn tarred(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = ::tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), Default::default()));
    for (name, text) in files {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

/// A registry and archives.
fn registry() -> Server {
    let files = [("main.tf", "output \"v\" {\n  value = 1\n}\n"), ("sub/main.tf", "")];
    let (zip, tar, evil) = (zipped(&files), tarred(&files), zipped(&[("../evil", "x")]));
    Server::start(Arc::new(move |path, token| {
        let location = |to: &str| (204, vec![("x-terraform-get", to.to_string())], Vec::new());
        match path {
            "/v1/ns/name/local/versions" if token == Some("Bearer sekret") => {
                let versions = ["1.0.0", "1.2.0", "odd", "2.0.0-beta1", "2.0.0"]
                    .map(|v| serde_json::json!({"version": v}));
                let all = serde_json::json!({"modules": [{"versions": versions}]});
                (200, Vec::new(), all.to_string().into_bytes())
            }
            "/v1/ns/name/local/versions" => (401, Vec::new(), Vec::new()),
            "/v1/ns/name/local/1.0.0/download" => location("/files/m.tar.gz//sub"),
            "/v1/ns/name/local/2.0.0-beta1/download" => location("ns/name/other"),
            p if p.starts_with("/v1/ns/name/local/") && p.ends_with("/download") => {
                location("./m.zip?archive=zip")
            }
            "/v1/ns/broken/local/versions" => (500, Vec::new(), b"oops".to_vec()),
            "/v1/ns/empty/local/versions" => (200, Vec::new(), b"{\"modules\":[{\"versions\":[]}]}".to_vec()),
            "/page" => (
                200,
                Vec::new(),
                b"<meta name=\"terraform-get\" content=\"http://HOST/m.zip//sub\">".to_vec(),
            ),
            "/away" => (302, vec![("location", "/m.zip".to_string())], Vec::new()),
            p if p.ends_with("evil.zip") => (200, Vec::new(), evil.clone()),
            p if p.ends_with(".zip") && !p.contains("nope") => (200, Vec::new(), zip.clone()),
            p if p.ends_with(".tar.gz") => (200, Vec::new(), tar.clone()),
            _ => (404, Vec::new(), Vec::new()),
        }
    }))
}

fn asking(server: &Server, body: &str) -> Work {
    let mut work = Work::new(body);
    let rc = format!(
        "host \"reg.example.com\" {{\n  services = {{ \"modules.v1\" = \"http://{}/v1/\" }}\n}}\n\
         host \"none.example.com\" {{\n  services = {{}}\n}}\n\
         host \"plain.example.com\" {{\n  services = {{ \"modules.v1\" = \"http://plain.example.com/v1/\" }}\n}}\n\
         credentials \"reg.example.com\" {{\n  token = \"sekret\"\n}}\n",
        server.address
    );
    work.write("rc", &rc);
    let rc = work.folder.path().join("rc").display().to_string();
    work.env.insert("TF_CLI_CONFIG_FILE".into(), rc);
    work
}

fn module(source: &str, more: &str) -> String {
    format!("module \"a\" {{\n  source = \"{source}\"\n  {more}\n}}\n")
}

#[test]
fn a_registry_is_asked() {
    let server = registry();
    let versions = [("~> 1.0", "1.2.0"), ("", "2.0.0"), (">= 1.2, < 2.0", "1.2.0")];
    for (wanted, chosen) in versions {
        let more = if wanted.is_empty() { String::new() } else { format!("version = \"{wanted}\"") };
        let work = asking(&server, &module("reg.example.com/ns/name/local", &more));
        let (told, found) = work.install(false);
        assert!(!found.has_errors(), "{found:?}");
        assert_eq!(found.0[0].summary, "Invalid response from remote module registry");
        let expected =
            [format!("a < reg.example.com/ns/name/local {chosen}"), "a = .terraform/modules/a".into()];
        assert_eq!(told, expected, "{wanted}");
        assert_eq!(work.manifest().0["a"].version.as_deref(), Some(chosen));
    }
    let work = asking(&server, &module("reg.example.com/ns/name/local", "version = \"1.0.0\""));
    assert_eq!(work.install(false).0[1], "a = .terraform/modules/a/sub");
    // The token is for the registry, not for where the package is.
    for line in server.asked() {
        assert_eq!(
            line.starts_with("/v1/") && !line.contains(".zip"),
            line.ends_with("Bearer sekret"),
            "{line}"
        );
    }
    // Another constraint asks again; one that is still met does not.
    work.write("main.tf", &module("reg.example.com/ns/name/local", "version = \"~> 1.0\""));
    assert_eq!(work.install(false).0, [""; 0]);
    assert_eq!(work.install(true).0[0], "a < reg.example.com/ns/name/local 1.2.0");
    work.write("main.tf", &module("reg.example.com/ns/name/local", "version = \"2.0.0\""));
    assert_eq!(work.install(false).0[0], "a < reg.example.com/ns/name/local 2.0.0");
}

#[test]
fn what_a_registry_does_not_have_is_said() {
    let server = registry();
    let error = |source: &str, more: &str| asking(&server, &module(source, more)).error();
    let named = |summary: &str, detail: &str, source: &str, more: &str| {
        let work = asking(&server, &module(source, more));
        let (_, found) = work.install(false);
        let wrong = found.0.into_iter().find(|d| d.severity == crate::lang::diag::Severity::Error).unwrap();
        assert_eq!(wrong.summary, summary);
        assert!(wrong.detail.contains(detail), "{}", wrong.detail);
    };
    assert_eq!(error("reg.example.com/ns/none/local", "").0, "Module not found");
    assert_eq!(error("reg.example.com/ns/empty/local", "").0, "Module has no versions");
    let newest = "The newest available version is 2.0.0.";
    named(
        "Unresolvable module version constraint",
        newest,
        "reg.example.com/ns/name/local",
        "version = \"> 9\"",
    );
    let direct = "must be a direct remote package address";
    let beta = "version = \"2.0.0-beta1\"";
    named("Invalid package location from module registry", direct, "reg.example.com/ns/name/local", beta);
    named("Unreadable module subdirectory", "submodule nosuch", "reg.example.com/ns/name/local//nosuch", "");
    let accessing = "Error accessing remote module registry";
    named(accessing, "after 2 attempts", "reg.example.com/ns/broken/local", "");
    named(accessing, "does not provide a modules service", "none.example.com/ns/name/local", "");
    named(accessing, "is not secured", "plain.example.com/ns/name/local", "");
}

#[test]
fn archives_are_unpacked() {
    let server = registry();
    let at = |path: &str| format!("http://{}/{path}", server.address);
    let dir = |source: &str| {
        let (told, found) = Work::new(&module(source, "")).install(false);
        assert!(!found.has_errors(), "{source}: {found:?}");
        told.last().unwrap().clone()
    };
    assert_eq!(dir(&at("m.zip")), "a = .terraform/modules/a");
    assert_eq!(dir(&at("m.tar.gz//sub")), "a = .terraform/modules/a/sub");
    assert_eq!(dir(&at("away?archive=zip")), "a = .terraform/modules/a");
    let sum = {
        use md5::Digest;
        let files = [("main.tf", "output \"v\" {\n  value = 1\n}\n"), ("sub/main.tf", "")];
        md5::Md5::digest(zipped(&files)).iter().map(|b| format!("{b:02x}")).collect::<String>()
    };
    assert_eq!(dir(&at(&format!("m.zip?checksum=md5:{sum}"))), "a = .terraform/modules/a");
    let error = |source: &str| {
        let work = Work::new(&module(source, ""));
        let error = work.error();
        assert!(!work.folder.path().join(".terraform/modules/a").exists());
        error.1
    };
    assert!(error(&at("nope.zip")).contains("bad response code: 404"));
    assert!(error(&at("evil.zip")).contains("outside of it"));
    assert!(error(&at("m.zip?checksum=md5:00")).contains("did not match"));
    assert!(error(&at("nothing")).contains("bad response code: 404"));
}

#[test]
fn what_is_not_installed_is_said_and_what_is_is_read() {
    let repo = repository();
    let url = format!("git::file://{}", repo.folder.path().display());
    let work = Work::new(&format!(
        "module \"a\" {{\n  source = \"{url}\"\n}}\noutput \"v\" {{\n  value = module.a.v\n}}\n"
    ));
    // The manifest is where the working directory is.
    let disk = Disk { working_dir: work.folder.path().to_path_buf() };
    let read = || load(Path::new("."), &LoadOptions { files: &disk });
    assert_eq!(read().1.0[0].summary, "Module not installed");
    work.install(false);
    let (config, found) = read();
    assert!(!found.has_errors(), "{found:?}");
    assert!(config.root.children["a"].outputs.contains_key("v"));
    work.write("main.tf", &format!("module \"a\" {{\n  source = \"{url}?ref=v1\"\n}}\n"));
    assert_eq!(read().1.0[0].summary, "Module source has changed");
}
