//! Who a token is for. The claims are read, not verified: ARM verifies, we only tell the user who he is.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// What `client_config` shows: the identity behind the credential.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// Object id of the principal (`oid`).
    pub object_id: String,
    /// The tenant (`tid`).
    pub tenant_id: String,
    /// The application (`appid`, or `azp` in newer tokens); for a person, that of the Azure CLI.
    pub client_id: String,
    /// Whether it is an application rather than a person (`idtyp`).
    pub is_application: bool,
}

impl Identity {
    /// Reads the claims of an access token.
    pub fn of_token(token: &str) -> Result<Self, String> {
        let claims = token
            .split('.')
            .nth(1)
            .and_then(|part| URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok())
            .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
            .ok_or("the access token has no claims that can be read")?;
        let text = |names: &[&str]| {
            names.iter().find_map(|n| claims[*n].as_str()).filter(|s| !s.is_empty()).map(str::to_owned)
        };
        Ok(Self {
            object_id: text(&["oid", "sub"]).unwrap_or_default(),
            tenant_id: text(&["tid"]).unwrap_or_default(),
            client_id: text(&["appid", "azp"]).unwrap_or_default(),
            is_application: claims["idtyp"] == "app"
                || text(&["upn", "unique_name", "preferred_username", "scp"]).is_none(),
        })
    }
}
