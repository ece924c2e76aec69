//! Lists in pages (HTTP-09): `nextLink` is absolute and opaque.

use super::Engine;
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::wire::{Request, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value};

/// What must be written as `%XX` in the path of a URL.
const PATH: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'?').add(b'`').add(b'%');

impl Engine {
    /// One page of what a list found. `$top` makes a page smaller.
    pub(super) fn page(&self, request: &Request, mut items: Vec<Value>) -> Result<Response, ArmFailure> {
        if self.own_only {
            items.retain(|item| self.may_read(item));
        }
        let refused = || {
            ArmFailure::gateway(
                400,
                "InvalidSkipToken",
                "The skip token of the request is invalid.".to_owned(),
            )
        };
        let start = match request.parameter("$skiptoken") {
            Some(token) => URL_SAFE_NO_PAD
                .decode(token)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .and_then(|text| text.strip_prefix("at:")?.parse::<usize>().ok())
                .ok_or_else(refused)?,
            None => 0,
        };
        let top = request.parameter("$top").and_then(|top| top.parse::<usize>().ok()).filter(|top| *top > 0);
        let size = top.unwrap_or(usize::MAX).min(self.settings.page_size);
        let end = start.saturating_add(size).min(items.len());
        let more = end < items.len();
        let mut body = Map::new();
        body.insert("value".into(), items.into_iter().skip(start).take(end.saturating_sub(start)).collect());
        if more {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in
                request.query.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("$skiptoken"))
            {
                query.append_pair(name, value);
            }
            query.append_pair("$skiptoken", &URL_SAFE_NO_PAD.encode(format!("at:{end}")));
            let path = utf8_percent_encode(&request.path, PATH);
            body.insert("nextLink".into(), format!("{}{path}?{}", request.origin, query.finish()).into());
        }
        Ok(Response::json(200, Value::Object(body)))
    }
}
