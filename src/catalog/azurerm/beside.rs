//! The documents beside the primary one, found without a configuration: what an import finds.

use std::sync::Arc;

use super::table::{Doc, Place, Table};
use super::write::locate;
use crate::arm::id::ArmId;
use crate::catalog::lens::{Context, Fetched, Stop};
use crate::catalog::value::{location, property, text};
use crate::lang::Value;

/// Documents by claim key.
type Found = Vec<(Arc<str>, Arc<Value>)>;

impl Table {
    /// See [`crate::catalog::lens::Lens::beside`].
    pub(super) fn documents_beside(
        &self,
        primary: &ArmId,
        object: &Value,
        cx: &Context<'_>,
    ) -> Result<Found, Stop> {
        let (mut all, mut pending) = (Found::new(), false);
        for doc in self.docs.iter().skip(1) {
            match find(doc, primary, object, cx) {
                Ok(found) => all.extend(found),
                Err(Stop::Pending) => pending = true,
                Err(stop) => return Err(stop),
            }
        }
        if pending { Err(Stop::Pending) } else { Ok(all) }
    }
}

fn find(doc: &Doc, primary: &ArmId, object: &Value, cx: &Context<'_>) -> Result<Found, Stop> {
    let Place::ChildNamed(kind, ..) = &doc.place else {
        let Some(id) = locate(doc, object, cx, Some(primary)).ok().flatten() else { return Ok(Vec::new()) };
        return match cx.reader.document(&id, doc.api_version) {
            Fetched::Pending => Err(Stop::Pending),
            Fetched::Later | Fetched::Ready(None) => Ok(Vec::new()),
            Fetched::Ready(Some(live)) => Ok(vec![(doc.key.into(), live)]),
        };
    };
    // Their names are only in the list.
    let items = match cx.reader.list(&format!("{primary}/{kind}"), doc.api_version, "") {
        Fetched::Pending => return Err(Stop::Pending),
        Fetched::Later | Fetched::Ready(None) => return Ok(Vec::new()),
        Fetched::Ready(Some(items)) => items,
    };
    let one = |key: Arc<str>, item: &Value| (key, Arc::new(item.clone()));
    if doc.each.is_some() {
        // What the primary document implies of itself is no element (the home of a registry is one of its replications).
        let home = text(object, "location").map(location);
        let elements = items.iter().filter_map(|item| {
            let name = location(text(item, "name")?);
            (Some(&name) != home.as_ref()).then(|| one(format!("{}/{name}", doc.key).into(), item))
        });
        return Ok(elements.collect());
    }
    let system = |item: &&Value| {
        let mode = property(item, "properties").and_then(|p| property(p, "mode"));
        mode.and_then(Value::as_str).is_some_and(|mode| mode.eq_ignore_ascii_case("system"))
    };
    let chosen = items.iter().find(system).or_else(|| items.first());
    Ok(chosen.map(|item| one(doc.key.into(), item)).into_iter().collect())
}
