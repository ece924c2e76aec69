//! The shared ARM stub in a process of its own: an outside judge.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A file of the shared folder, if that is at hand.
pub fn shared(name: &str) -> Option<PathBuf> {
    let root = match std::env::var_os("RINGFENCE_SHARED") {
        Some(root) => PathBuf::from(root),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
    };
    let path = root.join(name);
    if !path.exists() {
        println!("skipped: no shared facts");
        return None;
    }
    Some(path)
}

/// A running stub; it ends with this value.
pub struct Stub {
    child: Child,
    /// Where it listens.
    pub port: u16,
    /// The folder with its certificates.
    pub dir: tempfile::TempDir,
}

impl Drop for Stub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Stub {
    /// Starts one, with operations that take a thousandth of their time.
    pub fn start() -> Option<Stub> {
        let script = shared("bench/arm_stub.py")?;
        let dir = tempfile::tempdir().unwrap();
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let ca_key = rcgen::KeyPair::generate().unwrap();
        let ca = params.self_signed(&ca_key).unwrap();
        let issuer = rcgen::Issuer::new(params, ca_key);
        let key = rcgen::KeyPair::generate().unwrap();
        let leaf = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &issuer).unwrap();
        std::fs::write(dir.path().join("srv.pem"), leaf.pem()).unwrap();
        std::fs::write(dir.path().join("srv.key"), key.serialize_pem()).unwrap();
        std::fs::write(dir.path().join("ca.pem"), ca.pem()).unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("python3");
        command.arg(std::fs::canonicalize(script).unwrap());
        command.args(["--port", &port.to_string(), "--latency-ms", "0", "--scale", "1000"]);
        command.args(["--retry-after-ms", "5", "--cert", "srv.pem", "--key", "srv.key", "--log", "log"]);
        let mut child =
            match command.current_dir(dir.path()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn() {
                Ok(child) => child,
                Err(e) => {
                    println!("skipped: python3 cannot be run: {e}");
                    return None;
                }
            };
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("mock on"), "{line}");
        Some(Stub { child, port, dir })
    }

    /// Copies a configuration of the bench, its provider pointed at this stub.
    pub fn configuration(&self, names: &[&str], folder: &std::path::Path) {
        for name in names {
            let text = std::fs::read_to_string(shared(&format!("bench/{name}")).unwrap()).unwrap();
            let text = text.replace("localhost:8443", &format!("localhost:{}", self.port));
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
}
