//! Secrets stay secret: a random one in every sensitive argument of every type, in sensitive variables and outputs, and what is
//! generated; then everything that Ringfence prints, logs or writes is searched for them, plain, in base64 and URL-encoded.
//!
//! The configurations are the table of the test `arguments`; its values of sensitive arguments are replaced. What the local
//! cloud keeps of its world is Azure's, and is not searched; its log is.

#[allow(dead_code)]
#[path = "../arguments/document.rs"]
mod document;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use document::File;
use ringfence::catalog::{self, LookUp};
use ringfence::lang::schema::BlockSpec;

/// Sensitive arguments that are no text of one's own choice, and why none is planted there.
const NOT_PLANTED: &[(&str, &str)] = &[];

fn table() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/arguments")
}

/// Makes secrets that no run shares with another.
struct Secrets {
    seed: u64,
    /// What they were planted in.
    all: BTreeMap<String, String>,
}

impl Secrets {
    fn new() -> Secrets {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Secrets { seed: now.as_nanos() as u64, all: BTreeMap::new() }
    }

    /// Sixteen letters and digits.
    fn word(&mut self) -> String {
        const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut word = String::new();
        for _ in 0..16 {
            // SplitMix64: good enough to be found nowhere by accident.
            self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.seed;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word.push(LETTERS[(z >> 59) as usize % LETTERS.len()] as char);
        }
        word
    }

    /// A secret for a place, in the form of the value that stood there.
    fn plant(&mut self, place: &str, like: &str) -> String {
        let word = self.word();
        self.all.insert(place.to_owned(), word.clone());
        match like.split_once(' ') {
            // A public key: the word is in its middle.
            Some((kind, key)) if kind.starts_with("ssh-") => {
                format!("{kind} {}{word}{}", &key[..24.min(key.len())], &key[40.min(key.len())..])
            }
            // What must be base64, and what must be JSON.
            _ if place.ends_with("custom_data") => STANDARD.encode(format!("Q7-{word}!")),
            _ if like.starts_with('{') => format!("{{\\\"secret\\\":\\\"Q7-{word}!\\\"}}"),
            _ => format!("Q7-{word}!"),
        }
    }

    /// The places whose secret is in a text.
    fn found_in(&self, text: &[u8]) -> Vec<&str> {
        let text = String::from_utf8_lossy(text);
        let hit = |word: &str| {
            // Base64 of the word at each of the three places it can have in a longer text.
            let shifted = (0..3).map(|skip| {
                let bytes = [&b"xx"[..skip], word.as_bytes()].concat();
                let code = STANDARD_NO_PAD.encode(bytes);
                // The first and last group may hold bits of the neighbours.
                code[4.min(code.len())..code.len() - 4].to_owned()
            });
            let hex: String = word.bytes().map(|b| format!("{b:02x}")).collect();
            let whole = [STANDARD.encode(word), URL_SAFE_NO_PAD.encode(word), word.to_owned(), hex];
            whole.into_iter().chain(shifted).any(|w| text.contains(&w))
        };
        self.all.iter().filter(|(_, word)| hit(word)).map(|(place, _)| place.as_str()).collect()
    }
}

/// The dotted paths of sensitive arguments.
fn sensitive(spec: &BlockSpec, prefix: &str, all: &mut Vec<String>) {
    all.extend(
        spec.attributes
            .iter()
            .filter(|a| a.sensitive && (a.optional || a.required))
            .map(|a| format!("{prefix}{}", a.name)),
    );
    for nested in &spec.blocks {
        sensitive(&nested.block, &format!("{prefix}{}.", nested.name), all);
    }
}

/// The sensitive arguments of the types of a file: `type.path`.
fn places_of(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for ty in text.lines().filter_map(|l| l.strip_prefix("resource \"")?.split('"').next()) {
        if let Some(LookUp::Arm(lens)) = catalog::resource(ty) {
            sensitive(&lens.schema(4), &format!("{ty}."), &mut all);
        }
    }
    all
}

/// A file of the table with secrets in it. Returns what could not be planted.
fn planted(text: &str, secrets: &mut Secrets) -> (String, Vec<String>) {
    let (mut out, mut open, mut left) = (String::new(), Vec::<String>::new(), Vec::new());
    let (mut paths, mut addr) = (Vec::new(), String::new());
    for line in text.lines() {
        let trimmed = line.trim();
        let code = trimmed.split(" # ").next().unwrap_or_default();
        if let Some(header) = line.strip_prefix("resource ") {
            let words: Vec<&str> = header.split('"').collect();
            addr = format!("{}.{}", words[1], words[3]);
            paths.clear();
            if let Some(LookUp::Arm(lens)) = catalog::resource(words[1]) {
                sensitive(&lens.schema(4), "", &mut paths);
            }
            open = vec![String::new()];
        } else if line == "}" {
            open.clear();
            paths.clear();
        } else if let Some(block) = code.strip_suffix(" {") {
            let prefix = open.last().cloned().unwrap_or_default();
            open.push(format!("{prefix}{block}."));
        } else if code == "}" {
            open.pop();
        } else if let Some((name, rest)) = trimmed.split_once(" = ") {
            let path = format!("{}{}", open.last().map_or("", String::as_str), name.trim());
            if paths.contains(&path) {
                let place = format!("{addr}.{path}");
                let value = rest.split(" # ").next().unwrap_or_default().trim();
                match value.strip_prefix('"').and_then(|v| v.strip_suffix('"')) {
                    Some(like) if !like.contains("${") => {
                        let secret = secrets.plant(&place, like);
                        out.push_str(&format!("  {name} = \"{secret}\"\n"));
                        continue;
                    }
                    _ => left.push(place),
                }
            }
        }
        out.push_str(line);
        out.push('\n');
    }
    (out, left)
}

/// A root module on a local cloud of its own; everything is logged.
struct Place {
    folder: tempfile::TempDir,
    /// What was printed, by command.
    printed: Vec<(String, Vec<u8>)>,
}

impl Place {
    fn new(text: &str) -> Place {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("main.tf"), text).unwrap();
        Place { folder, printed: Vec::new() }
    }

    /// Runs a command on the local cloud; returns its standard output.
    fn run(&mut self, words: &[&str], variables: &[(&str, &str)]) -> Vec<u8> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if ["TF_", "ARM_", "RINGFENCE_"].iter().any(|p| text.starts_with(p)) {
                command.env_remove(&name);
            }
        }
        let clock = ["plan", "apply"].contains(&words[0]).then_some("-clock=instant");
        let output = command
            .current_dir(self.folder.path())
            .args(words)
            .arg("-cloud=local")
            .args(clock)
            .env("TF_LOG", "trace")
            .env("TF_LOG_PATH", "ringfence.log")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let all = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
        assert!(output.status.success(), "{words:?}\n{}", String::from_utf8_lossy(&all));
        self.printed.push((words.join(" "), all));
        output.stdout
    }

    /// All that was printed and written, by name. Left out are what the tester wrote, and what Azure keeps.
    fn everything(&self) -> Vec<(String, Vec<u8>)> {
        let mut all = self.printed.clone();
        let mut folders = vec![self.folder.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(self.folder.path()).unwrap().display().to_string();
                if path.is_dir() {
                    folders.push(path);
                } else if name != "main.tf" && !name.contains("world") {
                    all.push((name, std::fs::read(&path).unwrap()));
                }
            }
        }
        all
    }

    fn leaks(&self, secrets: &Secrets) -> Vec<String> {
        let mut leaks = Vec::new();
        for (name, text) in self.everything() {
            leaks.extend(secrets.found_in(&text).iter().map(|place| format!("{name}: {place}")));
        }
        leaks
    }
}

/// Everything that a stack goes through in its life.
fn life(place: &mut Place, variables: &[(&str, &str)]) {
    place.run(&["plan", "-out=plan.file"], variables);
    place.run(&["show", "plan.file"], &[]);
    place.run(&["apply", "plan.file"], &[]);
    place.run(&["plan", "-json"], variables);
    place.run(&["show"], variables);
    place.run(&["state", "list"], &[]);
    place.run(&["output"], &[]);
}

#[test]
fn what_is_planted_in_sensitive_arguments_is_nowhere() {
    let mut names: Vec<String> = std::fs::read_dir(table())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n.ends_with(".tf") && n != "world.tf" && n != "refused.tf")
        .collect();
    names.sort();
    let world = std::fs::read_to_string(table().join("world.tf")).unwrap();
    let (mut leaks, mut places, mut planted_in) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for name in names {
        let text = std::fs::read_to_string(table().join(&name)).unwrap();
        let mut secrets = Secrets::new();
        places.extend(places_of(&text));
        let (text, left) = planted(&text, &mut secrets);
        planted_in.extend(secrets.all.keys().filter_map(|place| {
            let (ty, rest) = place.split_once('.')?;
            Some(format!("{ty}.{}", rest.split_once('.')?.1))
        }));
        let reason = |place: &String| NOT_PLANTED.iter().any(|(p, _)| place.ends_with(p));
        let left: Vec<String> = left.into_iter().filter(|p| !reason(p)).collect();
        assert!(left.is_empty(), "{name}: nothing could be planted in {left:?}");
        if secrets.all.is_empty() {
            continue;
        }
        println!("{name}: {} secrets", secrets.all.len());
        let mut place = Place::new(&format!("{world}\n{}", File::parse(&name, &text).text(None)));
        life(&mut place, &[]);
        assert!(place.everything().iter().any(|(name, _)| name == "ringfence.log"), "nothing was logged");
        leaks.extend(place.leaks(&secrets));
    }
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
    let bare: Vec<&String> = places
        .difference(&planted_in)
        .filter(|place| !NOT_PLANTED.iter().any(|(p, _)| place.ends_with(p)))
        .collect();
    assert!(bare.is_empty(), "nothing was planted in {bare:?}");
}

#[test]
fn variables_outputs_bodies_and_what_is_generated_are_nowhere() {
    let mut secrets = Secrets::new();
    let (given, sent) = (secrets.plant("var.secret", ""), secrets.plant("sensitive_body", ""));
    let mut place = Place::new(&format!(
        r#"
terraform {{
  required_providers {{
    azurerm = {{ source = "hashicorp/azurerm", version = "~> 4.81" }}
    azapi   = {{ source = "azure/azapi", version = "~> 2.0" }}
    random  = {{ source = "hashicorp/random" }}
  }}
}}
provider "azurerm" {{
  features {{}}
}}
variable "secret" {{
  type      = string
  sensitive = true
}}
resource "random_password" "made" {{
  length = 24
}}
resource "azurerm_resource_group" "group" {{
  name     = "rg-canary"
  location = "westeurope"
  tags = {{
    secret = var.secret
  }}
}}
resource "azapi_resource" "vault" {{
  type      = "Microsoft.KeyVault/vaults@2023-07-01"
  name      = "kv-canary-k7q2"
  location  = "westeurope"
  parent_id = azurerm_resource_group.group.id
  body = {{
    properties = {{
      tenantId                = "00000000-0000-0000-0000-000000000001"
      enableRbacAuthorization = true
      sku                     = {{ family = "A", name = "standard" }}
    }}
  }}
}}
resource "azapi_resource" "secret" {{
  type      = "Microsoft.KeyVault/vaults/secrets@2023-07-01"
  name      = "canary"
  parent_id = azapi_resource.vault.id
  body = {{}}
  sensitive_body = {{
    properties = {{
      value = "{sent}"
    }}
  }}
}}
output "given" {{
  value     = var.secret
  sensitive = true
}}
output "made" {{
  value     = random_password.made.result
  sensitive = true
}}
"#
    ));
    life(&mut place, &[("TF_VAR_secret", &given)]);
    // What was generated is known by asking for it.
    let made = place.run(&["output", "-raw", "made"], &[]);
    place.printed.pop();
    let made = String::from_utf8(made).unwrap();
    assert_eq!(made.len(), 24);
    secrets.all.insert("random_password.made.result".into(), made);
    let leaks = place.leaks(&secrets);
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
}
