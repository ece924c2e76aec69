//! Why there is no token: what each link of the chain said, and what to do about it.

use std::fmt;

/// The links of the chain in their order, each with what it said.
pub(super) type Links = Vec<(&'static str, String)>;

/// Why there is no token: one line per link of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthError {
    /// The link that was chosen and failed, if any was complete.
    pub chosen: Option<&'static str>,
    /// Each link and what it said, in the order of the chain.
    pub links: Links,
}

impl std::error::Error for AuthError {}

/// Entra's codes (and others' words) that say what to do: what is looked for, advice.
const ADVICE: &[(&str, &str)] = &[
    ("AADSTS7000215", "the client secret is wrong: it must be the secret's value, not its id"),
    ("AADSTS7000222", "the client secret has expired: make a new one"),
    ("AADSTS700016", "no such application in this tenant: check client_id and tenant_id"),
    ("AADSTS90002", "no such tenant: check tenant_id and the environment"),
    ("AADSTS900023", "tenant_id is neither a GUID nor a domain name"),
    (
        "key used is expired",
        "the certificate has expired: register a new one with the application and use it here",
    ),
    (
        "AADSTS700027",
        "the application does not accept this certificate: register it (its public part) with the application, or check client_id",
    ),
    (
        "AADSTS700211",
        "no federated credential of the application has the token's issuer: compare it with what the token says, above",
    ),
    (
        "AADSTS700212",
        "no federated credential of the application has the token's audience: compare it with what the token says, above",
    ),
    (
        "AADSTS700213",
        "no federated credential of the application has the token's subject (repository, branch, environment, service account): compare it with what the token says, above",
    ),
    (
        "AADSTS70021",
        "no federated credential of the application matches the token's issuer, subject or audience",
    ),
    (
        "AADSTS700024",
        "the assertion is not good now: take a new federated token, or check the clock of this machine",
    ),
    (
        "AADSTS50013:",
        "the token is not as its issuer gave it, or the issuer has other keys now: take a new one",
    ),
    ("AADSTS50027", "what is given is no token: check oidc_token or the content of oidc_token_file_path"),
    ("AZURE_CLIENT_ID", "let block, ARM_* and AZURE_* variables say the same, or only one of them say it"),
    ("AZURE_TENANT_ID", "let block, ARM_* and AZURE_* variables say the same, or only one of them say it"),
    (
        "AADSTS500011",
        "the audience is not known in this tenant: check resource_manager_audience and the environment",
    ),
    ("AADSTS53003", "a conditional access policy of the tenant forbids it"),
    ("az login", "log in with `az login`, or set client_id, client_secret and tenant_id"),
    ("az not found", "install the Azure CLI, or set client_id, client_secret and tenant_id"),
    ("command not found", "install the Azure CLI, or set client_id, client_secret and tenant_id"),
    (
        "the password is wrong",
        "set client_certificate_password (ARM_CLIENT_CERTIFICATE_PASSWORD) to the archive's password",
    ),
    (
        "Identity not found",
        "this machine has no such identity: assign it, or set client_id to the client id of one that is assigned",
    ),
    (
        "169.254.169.254 cannot be reached",
        "managed identities exist on Azure only: leave use_msi (ARM_USE_MSI) away here, or set msi_endpoint (ARM_MSI_ENDPOINT)",
    ),
    (
        "cannot be reached",
        "check the login endpoint (environment, metadata_host, active_directory_authority_host), DNS, the network and the proxy (HTTPS_PROXY)",
    ),
    ("GitHub", "give the job `permissions: id-token: write`; a request token ends with its job"),
    (
        "Azure DevOps",
        "check the service connection's id, and that the step has `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)`",
    ),
];

impl AuthError {
    /// One sentence: what to do now.
    pub fn hint(&self) -> &'static str {
        let said =
            self.links.iter().filter(|(link, _)| Some(*link) == self.chosen).map(|(_, text)| text.as_str());
        let known =
            |text: &str| ADVICE.iter().find(|(code, _)| text.contains(code)).map(|(_, advice)| *advice);
        said.into_iter().find_map(known).unwrap_or(match self.chosen {
            Some(_) => "correct the settings of that credential",
            None => "set ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET, or log in with `az login`",
        })
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.chosen {
            Some(link) => write!(f, "no token could be had with the {link}")?,
            None => f.write_str("no credential is complete")?,
        }
        self.links.iter().try_for_each(|(link, said)| write!(f, "\n  - {link}: {said}"))
    }
}

/// One request for a token (or for what a token is asked with) that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// What was tried and what was said, without secrets.
    pub said: String,
    /// Whether the same request may succeed soon.
    pub passing: Passing,
}

/// Whether a failure goes away by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passing {
    /// Somebody said no.
    No,
    /// Somebody said later (408, 410, 429, 5xx).
    Later,
    /// Nobody answered: the network is away for a moment, or the address is wrong.
    Unreachable,
}

impl Passing {
    /// What an HTTP status says.
    pub fn of(status: u16) -> Self {
        if matches!(status, 408 | 410 | 429 | 500..=599) { Self::Later } else { Self::No }
    }
}

impl Failure {
    /// A failure that lasts.
    pub fn lasting(said: impl Into<String>) -> Self {
        Self { said: said.into(), passing: Passing::No }
    }

    /// What went wrong between here and `place`.
    pub fn of_transport(error: &azure_core::Error, place: &str) -> Self {
        let mut source = std::error::Error::source(error);
        let mut cause = error.to_string();
        while let Some(inner) = source {
            if let Some(e) = inner.downcast_ref::<reqwest::Error>() {
                cause = crate::arm::client::root_cause(e);
                break;
            }
            source = inner.source();
        }
        Self { said: format!("{place} cannot be reached: {cause}"), passing: Passing::Unreachable }
    }

    /// What a credential of azure_identity said (who it asked knows whether it passes: [`super::watched`]), without its own preface and with the host where the network is at fault.
    pub fn of_identity(error: &azure_core::Error, authority: &str) -> Self {
        let mut source = std::error::Error::source(error);
        while let Some(inner) = source {
            if inner.downcast_ref::<reqwest::Error>().is_some() {
                return Self::of_transport(error, authority);
            }
            source = inner.source();
        }
        let text = error.to_string();
        let text = text.split_once("authentication failed.").map_or(text.as_str(), |(_, rest)| rest);
        let text = text.split_once("\nTo troubleshoot").map_or(text, |(head, _)| head);
        Self { said: one_line(text), passing: Passing::No }
    }

    /// The same, with the texts that must not be shown taken out.
    pub fn without(mut self, secrets: &[&str]) -> Self {
        for secret in secrets.iter().filter(|s| s.len() > 3) {
            if self.said.contains(secret) {
                self.said = self.said.replace(secret, "(sensitive value)");
            }
        }
        self
    }
}

/// A text on one line: Entra writes its answers on several.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
