//! Shared Key: requests that are signed with the account's key.
//!
//! The text that is signed is that of the service since 2015-02-21
//! (<https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key>).

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::http::headers::{AUTHORIZATION, HeaderName};
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use time::OffsetDateTime;
use time::macros::format_description;

/// The headers that are signed by their values alone, in their order. The date is always `x-ms-date`.
const SIGNED: [&str; 11] = [
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
];

/// An account with its key: a policy that dates and signs every request.
#[derive(Clone)]
pub struct AccountKey {
    account: String,
    key: hmac::Key,
}

impl fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountKey").field("account", &self.account).finish_non_exhaustive()
    }
}

impl AccountKey {
    /// Of a key as the portal shows it, base64. `None`: it is none.
    pub fn new(account: &str, key: &str) -> Option<AccountKey> {
        let key = zeroize::Zeroizing::new(STANDARD.decode(key.trim()).ok().filter(|k| !k.is_empty())?);
        Some(AccountKey { account: account.to_string(), key: hmac::Key::new(hmac::HMAC_SHA256, &key) })
    }

    fn authorization(&self, request: &Request) -> String {
        let tag = hmac::sign(&self.key, text(&self.account, request).as_bytes());
        format!("SharedKey {}:{}", self.account, STANDARD.encode(tag))
    }
}

/// What is signed of a request.
fn text(account: &str, request: &Request) -> String {
    let value = |name: &str| request.headers().get_optional_string(&HeaderName::from(name.to_string()));
    let mut lines = vec![request.method().to_string()];
    for name in SIGNED {
        let value = value(name).unwrap_or_default();
        lines.push(if name == "content-length" && value == "0" { String::new() } else { value });
    }
    let own = request.headers().iter().filter(|(name, _)| name.as_str().starts_with("x-ms-"));
    let mut own: Vec<String> = own.map(|(n, v)| format!("{}:{}", n.as_str(), v.as_str().trim())).collect();
    own.sort();
    lines.extend(own);
    let url = request.url();
    lines.push(format!("/{account}{}", url.path()));
    let mut query: Vec<(String, String)> =
        url.query_pairs().map(|(name, value)| (name.to_lowercase(), value.into_owned())).collect();
    query.sort();
    query.dedup_by(|next, before| {
        let same = next.0 == before.0;
        if same {
            before.1 = format!("{},{}", before.1, next.1);
        }
        same
    });
    lines.extend(query.into_iter().map(|(name, value)| format!("{name}:{value}")));
    lines.join("\n")
}

#[async_trait]
impl Policy for AccountKey {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let format = format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
        );
        let now = OffsetDateTime::now_utc().format(format).unwrap_or_default();
        request.insert_header("x-ms-date", now);
        let signed = self.authorization(request);
        request.insert_header(AUTHORIZATION, signed);
        match next.split_first() {
            Some((first, rest)) => first.send(ctx, request, rest).await,
            None => Err(azure_core::Error::with_message(
                azure_core::error::ErrorKind::Other,
                "nobody sends the request",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use azure_core::http::{Method, Url};

    fn request(method: Method, url: &str, headers: &[(&'static str, &str)]) -> Request {
        let mut request = Request::new(Url::parse(url).unwrap(), method);
        for (name, value) in headers {
            request.insert_header(*name, (*value).to_string());
        }
        request
    }

    /// The two examples of the service's documentation.
    #[test]
    fn the_text_is_that_of_the_documentation() {
        let get = request(
            Method::Get,
            "https://myaccount.blob.core.windows.net/mycontainer?restype=container&comp=metadata&timeout=20",
            &[("x-ms-version", "2015-02-21"), ("x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT")],
        );
        let documented = "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n\
                          /myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20";
        assert_eq!(text("myaccount", &get), documented);
        let list = request(
            Method::Get,
            "https://myaccount.blob.core.windows.net/mycontainer?restype=container&comp=list&include=snapshots&\
             include=metadata&include=uncommittedblobs",
            &[("x-ms-date", "d")],
        );
        let resource = "/myaccount/mycontainer\ncomp:list\ninclude:metadata,snapshots,uncommittedblobs\nrestype:container";
        assert!(text("myaccount", &list).ends_with(resource));
    }

    #[test]
    fn a_length_of_zero_is_empty_and_others_are_said() {
        let with = |length: &str| {
            let headers = [("content-length", length), ("if-match", "\"e\"")];
            text("a", &request(Method::Put, "http://127.0.0.1:1/a/c/b%20c", &headers))
        };
        assert_eq!(with("0"), "PUT\n\n\n\n\n\n\n\n\"e\"\n\n\n\n/a/a/c/b%20c");
        assert_eq!(with("11"), "PUT\n\n\n11\n\n\n\n\n\"e\"\n\n\n\n/a/a/c/b%20c");
    }

    /// The case of RFC 4231 with the key of 20 bytes 0x0b, under which "Hi There" gives this tag.
    #[test]
    fn the_signature_is_hmac_sha_256() {
        let key = AccountKey::new("a", &STANDARD.encode([0x0b; 20])).unwrap();
        let tag = hmac::sign(&key.key, b"Hi There");
        assert_eq!(STANDARD.encode(tag), "sDRMYdjbOFNcqK/OrwvxK4gdwgDJgz2nJuk3bC4yz/c=");
        assert!(AccountKey::new("a", "no base64!").is_none());
        assert!(!format!("{key:?}").contains("Cws"));
        let signed = key.authorization(&request(Method::Get, "https://a.blob/c", &[]));
        assert!(signed.starts_with("SharedKey a:") && signed.len() == 56, "{signed}");
    }
}
