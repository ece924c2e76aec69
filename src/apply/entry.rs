//! Entries: documents that ARM keeps as items of an array on another one, and changes by `add`, `replace` and `remove`
//! (CON-05), so that nobody's entries but ours are written.
//!
//! Must not know: configuration, the plan, what is shown.

use serde_json::Value as Json;

use super::body;
use super::failure::Failure;
use super::hand::{Hand, Request, Sent};
use super::write::{Order, not_there};
use crate::arm::id::ArmId;
use crate::arm::{ArmError, ErrorKind, Write as Sending};
use crate::catalog::{item, type_facts};
use crate::lang::Value;
use crate::ledger::DocumentRecord;

impl Hand<'_> {
    /// Reads a document; what is an item of another one, from that.
    pub async fn get(
        &self,
        id: &ArmId,
        api_version: &str,
        query: &[(String, String)],
    ) -> Result<Option<Json>, ArmError> {
        let at = item::holder(id);
        let live = self.client.get(at.as_ref().unwrap_or(id), api_version, query).await?;
        Ok(match at {
            None => live.map(|l| l.body),
            Some(_) => live.and_then(|l| item::find(id, &Value::from_json(&l.body))?.to_json()),
        })
    }

    /// Adds an entry, or replaces the one of the same name.
    pub(super) async fn put_entry(&self, order: &Order<'_>, list: &str) -> Result<Sent, Failure> {
        let (id, version) = (&order.id, &order.claim.api_version);
        let sent = self
            .drive(&order.record(), None, async || {
                let Some(holder) = item::holder(id) else { return Err(no_item(id)) };
                let Some(live) = self.client.get(&holder, version, &[]).await? else {
                    return Err(not_there(&holder));
                };
                let there = item::find(id, &Value::from_json(&live.body)).and_then(|v| v.to_json());
                let facts = &type_facts(id.resource_type()).body;
                if !order.force && there.as_ref().is_some_and(|t| body::same(t, &order.body, facts)) {
                    return Ok(None);
                }
                let verb = if there.is_some() { "replace" } else { "add" };
                request(&holder, id, list, verb, body::without_nulls(&order.body), version).map(Some)
            })
            .await?;
        Ok(Sent { body: None, ..sent })
    }

    /// Removes an entry as it is; others stay.
    pub(super) async fn remove_entry(
        &self,
        document: &DocumentRecord,
        id: &ArmId,
        list: &str,
    ) -> Result<(), Failure> {
        let version = &document.api_version;
        self.drive(document, None, async || {
            let Some(holder) = item::holder(id) else { return Err(no_item(id)) };
            let live = self.client.get(&holder, version, &[]).await?;
            let there = live.and_then(|l| item::find(id, &Value::from_json(&l.body))?.to_json());
            let Some(Json::Object(mut there)) = there else { return Ok(None) };
            there.shift_remove("id");
            request(&holder, id, list, "remove", there.into(), version).map(Some)
        })
        .await?;
        Ok(())
    }
}

/// PUT of `{holder}/{list}/{verb}` with one entry.
fn request(
    holder: &ArmId,
    id: &ArmId,
    list: &str,
    verb: &str,
    entry: Json,
    version: &str,
) -> Result<Request, ArmError> {
    let at = holder
        .child(list, verb)
        .map_err(|e| ArmError::new(ErrorKind::Invalid, e.to_string()).at("PUT", id.as_str(), Some(id)))?;
    let mut whole = Json::Null;
    body::set(&mut whole, item::path(id), Json::Array(vec![entry]));
    Ok(Request::Put(at, version.to_owned(), whole, Sending::default()))
}

fn no_item(id: &ArmId) -> ArmError {
    ArmError::new(ErrorKind::Invalid, "it is not an item of another document").at(
        "GET",
        id.as_str(),
        Some(id),
    )
}
