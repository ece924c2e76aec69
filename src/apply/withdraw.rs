//! Taking a claim back: the document goes, or what was claimed of it becomes neutral.
//!
//! Must not know: configuration, the plan, what is shown.

use serde_json::Value as Json;

use super::body;
use super::failure::Failure;
use super::hand::{Hand, Request};
use crate::arm::Write as Sending;
use crate::arm::id::ArmId;
use crate::catalog::{Action, Claim, Withdraw, Write, type_facts};
use crate::lang::Diagnostic;
use crate::ledger::DocumentRecord;

impl Hand<'_> {
    /// Takes a claim back. With `gone`, it is waited until the document is not seen any more: another takes its place.
    /// What goes with it stays where it is `theirs`: another instance's, which removes it itself. Answered are warnings:
    /// what could not be done and need not.
    pub async fn withdraw(
        &self,
        claim: &Claim,
        id: &ArmId,
        gone: bool,
        theirs: &dyn Fn(&ArmId) -> bool,
    ) -> Result<Vec<Diagnostic>, Failure> {
        let document = DocumentRecord {
            key: claim.key.to_string(),
            id: id.to_string(),
            api_version: claim.api_version.to_string(),
            owned: claim.owns,
        };
        let retry = claim.options.as_ref().and_then(|o| o.retry.as_ref());
        match &claim.withdraw {
            Withdraw::Leave => Ok(Vec::new()),
            Withdraw::Delete { .. } if matches!(claim.write, Write::Entry(_)) => {
                if let Write::Entry(list) = claim.write {
                    self.remove_entry(&document, id, list).await?;
                }
                Ok(Vec::new())
            }
            Withdraw::Act(actions) => self.follow(&document, actions).await,
            Withdraw::Delete { query, then } => {
                let mut sending = Sending {
                    query: query.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect(),
                    ..Sending::default()
                };
                if let Some(extras) = claim.options.as_ref().map(|o| &o.requests[3]) {
                    sending
                        .headers
                        .extend(extras.headers.iter().map(|(n, v)| (n.to_string(), v.to_string())));
                    let query = extras.query.iter().flat_map(|(n, all)| all.iter().map(move |v| (n, v)));
                    sending.query.extend(query.map(|(n, v)| (n.to_string(), v.to_string())));
                }
                let version = claim.api_version.to_string();
                let mut then = self.placed(then, id, &version).await?;
                then.retain(|a| !a.delete || !ArmId::parse(&a.path).is_ok_and(|of| theirs(&of)));
                let delete = || Request::Delete(id.clone(), version.clone(), sending.clone());
                self.drive(&document, retry, async || Ok(Some(delete()))).await?;
                if gone || !then.is_empty() || type_facts(id.resource_type()).lingers {
                    self.absent(id, &claim.api_version).await?;
                }
                self.follow(&document, &then).await
            }
            Withdraw::Without(path, item) => {
                let client = &self.client;
                let facts = &type_facts(id.resource_type()).body;
                let version = &claim.api_version;
                self.drive(&document, retry, async || {
                    let Some(live) = client.get(id, version, &[]).await? else { return Ok(None) };
                    let mut kept = body::sendable(&live.body, facts);
                    let there = body::take_out(&mut kept, path, item);
                    let sending = Sending { if_match: live.etag, ..Sending::default() };
                    Ok(there.then(|| Request::Put(id.clone(), version.to_string(), kept, sending)))
                })
                .await?;
                Ok(Vec::new())
            }
            Withdraw::Neutral(value) => {
                let neutral = value.to_json().unwrap_or(Json::Null);
                let client = &self.client;
                let facts = &type_facts(id.resource_type()).body;
                let version = &claim.api_version;
                self.drive(&document, retry, async || {
                    let Some(live) = client.get(id, version, &[]).await? else { return Ok(None) };
                    let sending = Sending { if_match: live.etag, ..Sending::default() };
                    if claim.write == Write::Patch {
                        let change = body::patch(&live.body, &neutral, facts);
                        return Ok(change.map(|b| {
                            Request::Patch(id.clone(), version.to_string(), b, Sending::default())
                        }));
                    }
                    let merged = body::merged(&live.body, &neutral, facts, None);
                    let same = merged == body::sendable(&live.body, facts);
                    Ok((!same).then(|| Request::Put(id.clone(), version.to_string(), merged, sending)))
                })
                .await?;
                Ok(Vec::new())
            }
        }
    }

    /// The actions that the document does not forbid, with `{location}`, or the path of another property, in their paths
    /// replaced by what it says, while it is still there to ask.
    async fn placed(&self, actions: &[Action], id: &ArmId, version: &str) -> Result<Vec<Action>, Failure> {
        let asks = |a: &Action| a.unless.is_some() || a.path.contains('{');
        if !actions.iter().any(asks) {
            return Ok(actions.to_vec());
        }
        let live = self.client.get(id, version, &[]).await.map_err(Failure::Arm)?;
        // What is gone already is not purged: nobody can say where it was.
        let Some(live) = live else { return Ok(Vec::new()) };
        let placed = |a: &Action| Some(Action { path: filled(&a.path, &live.body)?.into(), ..a.clone() });
        let forbidden = |a: &Action| {
            let says = a
                .unless
                .and_then(|path| path.split('.').try_fold(&live.body, |at, part| at.get(part))?.as_bool());
            says == Some(true)
        };
        Ok(actions.iter().filter(|a| !forbidden(a)).filter_map(placed).collect())
    }

    /// The actions after a deletion: purges.
    async fn follow(
        &self,
        document: &DocumentRecord,
        actions: &[Action],
    ) -> Result<Vec<Diagnostic>, Failure> {
        let mut warnings = Vec::new();
        for action in actions {
            let path = action.path.to_string();
            let document = DocumentRecord {
                id: path.clone(),
                api_version: action.api_version.to_string(),
                ..document.clone()
            };
            let target = ArmId::parse(&path).ok().filter(|_| action.delete);
            let version = || document.api_version.clone();
            let act = || match &target {
                Some(target) => Request::Delete(target.clone(), version(), Sending::default()),
                None => Request::Post(path.clone(), version(), None),
            };
            match self.drive(&document, None, async || Ok(Some(act()))).await {
                Ok(_) => {}
                Err(Failure::Arm(error)) if action.optional => {
                    let summary = format!("{} is gone, but something of it is kept", self.addr);
                    let action = path.rsplit('/').next().unwrap_or_default();
                    let detail = format!("The action {action} after it failed.\n\n{}", error.explained());
                    warnings.push(Diagnostic::warning(summary, detail).with_address(self.addr.to_string()));
                }
                Err(Failure::Arm(error)) if error.status == Some(404) => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(warnings)
    }
}

/// A path with what a document says at the names in braces; `None`: it says nothing there.
fn filled(path: &str, live: &Json) -> Option<String> {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        let found = body::at(live, &name.split('.').collect::<Vec<_>>())?.as_str()?;
        out.push_str(before);
        // Locations are answered as titles, too.
        out.push_str(&if name == "location" {
            found.to_lowercase().replace(' ', "")
        } else {
            found.to_owned()
        });
        rest = after;
    }
    Some(out + rest)
}

#[cfg(test)]
mod tests {
    use super::filled;
    use serde_json::json;

    #[test]
    fn paths_of_actions_are_filled_from_the_document_that_goes() {
        let live =
            json!({"location": "West Europe", "properties": {"disk": {"id": "/subscriptions/s/disks/D"}}});
        assert_eq!(filled("/l/{location}/purge", &live).as_deref(), Some("/l/westeurope/purge"));
        assert_eq!(filled("{properties.disk.id}", &live).as_deref(), Some("/subscriptions/s/disks/D"));
        assert_eq!(filled("{properties.other.id}", &live), None);
    }
}
