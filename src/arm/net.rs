//! The one HTTP client of the program, behind the trait of azure_core: TLS by rustls with ring, HTTP/2, proxies of the
//! environment, roots of the platform and of `SSL_CERT_FILE` *together*, no redirects. Built on first use, because reading
//! the platform's roots costs milliseconds that a command without network does not owe.
//!
//! Must not know: ARM, tokens.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::{AsyncRawResponse, HttpClient, Request};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::cloud::is_loopback;

/// A way to send requests; a test gives its own.
pub type Http = Arc<dyn HttpClient>;

/// How long connecting may take, name resolution and TLS included.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may be silent: ARM itself gives up after 60 s (`HTTP-07`).
const SILENCE: Duration = Duration::from_secs(100);
/// Where Linux distributions keep their bundle of roots.
const BUNDLES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// What the client is built from.
#[derive(Debug, Clone, Default)]
pub struct NetOptions {
    /// `SSL_CERT_FILE`: a PEM file of roots that are trusted beside the platform's.
    pub ssl_cert_file: Option<PathBuf>,
    /// Further roots, as PEM text: the CA of a local cloud in this process.
    pub extra_roots: Vec<String>,
    /// Names that are not looked up but taken to be at an address.
    pub resolve: Vec<(String, SocketAddr)>,
}

impl NetOptions {
    /// The options that the environment names.
    pub fn from_env(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let ssl_cert_file = env("SSL_CERT_FILE").filter(|f| !f.is_empty()).map(PathBuf::from);
        Self { ssl_cert_file, ..Self::default() }
    }

    /// A client with these options; nothing is read before its first request.
    pub fn client(self) -> Http {
        Arc::new(LazyClient { options: self, proxied: OnceLock::new(), direct: OnceLock::new() })
    }
}

/// A reqwest client that is built by its first request. Hosts on this machine, and the metadata service of an Azure machine
/// (a link-local address), are reached without the proxy of the environment, by a second client that exists only if such a
/// host is asked.
#[derive(Debug)]
struct LazyClient {
    options: NetOptions,
    proxied: OnceLock<Result<reqwest::Client, String>>,
    direct: OnceLock<Result<reqwest::Client, String>>,
}

#[async_trait]
impl HttpClient for LazyClient {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let near = is_loopback(request.url()) || is_link_local(request.url());
        let slot = if near { &self.direct } else { &self.proxied };
        match slot.get_or_init(|| build(&self.options, !near)) {
            Ok(client) => client.execute_request(request).await,
            Err(why) => Err(azure_core::Error::with_message(ErrorKind::Other, why.clone())),
        }
    }
}

/// Whether a URL names an address that no router forwards.
fn is_link_local(url: &azure_core::http::Url) -> bool {
    matches!(url.host(), Some(url::Host::Ipv4(ip)) if ip.is_link_local())
}

fn build(options: &NetOptions, proxy: bool) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls(options)?)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .pool_idle_timeout(Duration::from_secs(90))
        .tcp_keepalive(Duration::from_secs(30))
        .user_agent(concat!("ringfence/", env!("CARGO_PKG_VERSION")));
    if !proxy {
        builder = builder.no_proxy();
    }
    for (name, address) in &options.resolve {
        builder = builder.resolve(name, *address);
    }
    builder.build().map_err(|e| format!("the HTTP client cannot be built: {e}"))
}

fn tls(options: &NetOptions) -> Result<rustls::ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        rustls_platform_verifier::Verifier::new_with_extra_roots(extra_roots(options)?, provider.clone())
            .map_err(|e| {
                format!(
                    "no trusted root certificates: {e}; install the system's CA bundle or set SSL_CERT_FILE"
                )
            })?;
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| format!("TLS cannot be configured: {e}"))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The roots beside those that the platform verifier finds. Where it reads files (Linux), `SSL_CERT_FILE` *replaces* the
/// system's bundle for it; the bundle is then added here, so that both count.
fn extra_roots(options: &NetOptions) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut roots = Vec::new();
    for pem in &options.extra_roots {
        for cert in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            roots.push(cert.map_err(|e| format!("a given root certificate cannot be read: {e}"))?);
        }
    }
    if let Some(file) = &options.ssl_cert_file {
        let fail =
            |e: &dyn std::fmt::Display| format!("SSL_CERT_FILE `{}` cannot be read: {e}", file.display());
        for cert in CertificateDer::pem_file_iter(file).map_err(|e| fail(&e))? {
            roots.push(cert.map_err(|e| fail(&e))?);
        }
        if let Some(bundle) =
            BUNDLES.iter().find(|b| cfg!(target_os = "linux") && std::path::Path::new(b).exists())
        {
            roots.extend(CertificateDer::pem_file_iter(bundle).into_iter().flatten().flatten());
        }
    }
    // A root that cannot be used must not make all others unusable.
    let mut probe = rustls::RootCertStore::empty();
    roots.retain(|cert| probe.add(cert.clone()).is_ok());
    Ok(roots)
}
