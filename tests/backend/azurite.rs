//! Azurite in a process of its own (`scripts/azurite`), and what a test asks of it by itself.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;

use azure_core::http::{
    ClientOptions, Context, Method, Pipeline, PipelineSendOptions, Request, RetryOptions, Transport, Url,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use ringfence::arm::NetOptions;
use ringfence::blob::AccountKey;

/// The account that Azurite has, with the key that everybody knows.
pub const ACCOUNT: &str = "devstoreaccount1";
pub const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// A storage service of this test; it ends with this value.
pub struct Azurite {
    child: Child,
    input: Option<ChildStdin>,
    /// Its account, and that account's key.
    account: String,
    key: String,
    pub endpoint: String,
    pub certificate: PathBuf,
}

impl Drop for Azurite {
    fn drop(&mut self) {
        // The script ends with its input; it ends the service.
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

impl Azurite {
    /// Starts one with an empty container `state`. `None`, and a printed word why: there is none to be had.
    pub fn start() -> Option<Azurite> {
        Azurite::start_as(ACCOUNT, KEY)
    }

    /// The same with another account.
    pub fn start_as(account: &str, key: &str) -> Option<Azurite> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/azurite");
        let mut script = Command::new(script);
        script.env("AZURITE_ACCOUNTS", format!("{account}:{key}"));
        let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (endpoint, certificate) = match line.trim().split_once(' ') {
            Some((endpoint, certificate)) if endpoint.starts_with("https://") => (endpoint, certificate),
            _ => {
                println!("{}", line.trim());
                let _ = child.wait();
                return None;
            }
        };
        let azurite = Azurite {
            endpoint: format!("{endpoint}/{account}"),
            account: account.into(),
            key: key.into(),
            certificate: certificate.into(),
            child,
            input: Some(input),
        };
        assert_eq!(azurite.ask(Method::Put, "state?restype=container", None).0, 201);
        Some(azurite)
    }

    /// A request that the account signs: status, headers as text, body.
    pub fn ask(&self, method: Method, path: &str, body: Option<&str>) -> (u16, String, String) {
        let pem = std::fs::read_to_string(&self.certificate).unwrap();
        let http = NetOptions { extra_roots: vec![pem], ..NetOptions::default() }.client();
        let options = ClientOptions {
            transport: Some(Transport::new(http)),
            retry: RetryOptions::none(),
            ..ClientOptions::default()
        };
        let key = AccountKey::new(&self.account, &self.key).unwrap();
        let pipeline = Pipeline::new(None, None, options, Vec::new(), vec![Arc::new(key)], None);
        let url = Url::parse(&format!("{}/{path}", self.endpoint)).unwrap();
        let mut request = Request::new(url, method);
        request.insert_header("x-ms-version", "2021-12-02");
        if method == Method::Put {
            let body = body.unwrap_or_default();
            request.insert_header("content-length", body.len().to_string());
            request.insert_header("x-ms-blob-type", "BlockBlob");
            request.set_body(body.as_bytes().to_vec());
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let skip = PipelineSendOptions { skip_checks: true, ..Default::default() };
        let answer = runtime.block_on(pipeline.send(&Context::new(), &mut request, Some(skip))).unwrap();
        let headers = answer.headers().iter().map(|(n, v)| format!("{}: {}\n", n.as_str(), v.as_str()));
        let body = String::from_utf8_lossy(answer.body()).into_owned();
        (u16::from(answer.status()), headers.collect(), body)
    }

    /// The text of a blob in the container.
    pub fn blob(&self, name: &str) -> String {
        let (status, _, body) = self.ask(Method::Get, &format!("state/{name}"), None);
        assert_eq!(status, 200, "{name}");
        body
    }

    /// A signature for the account's blobs, as the service's documentation says.
    pub fn sas(&self) -> String {
        let fields =
            [ACCOUNT, "racwdl", "b", "co", "", "2099-01-01T00:00:00Z", "", "https", "2021-12-02", "", ""];
        let key = hmac::Key::new(hmac::HMAC_SHA256, &STANDARD.decode(KEY).unwrap());
        let signed = STANDARD.encode(hmac::sign(&key, fields.join("\n").as_bytes()));
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in
            [("sp", fields[1]), ("ss", fields[2]), ("srt", fields[3]), ("se", fields[5]), ("spr", "https")]
        {
            query.append_pair(name, value);
        }
        query.append_pair("sv", fields[8]).append_pair("sig", &signed);
        query.finish()
    }
}
