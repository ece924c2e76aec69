//! Carrying out a claim: how each way of writing becomes requests.
//!
//! Must not know: configuration, the plan, what is shown.

use std::time::Duration;

use serde_json::Value as Json;

use super::body;
use super::failure::Failure;
use super::hand::{Hand, Request, Sent, is_failed};
use crate::arm::id::ArmId;
use crate::arm::{ArmClient, ArmError, ErrorKind, Write as Sending};
use crate::catalog::{Claim, ClaimOptions, RequestExtras, STAND_IN, TypeFacts, Write, type_facts};
use crate::ledger::DocumentRecord;
use crate::plan::diff;

/// How often a registration is looked at, in sum.
const REGISTERING: Duration = Duration::from_secs(1_800);

/// A claim that is wholly known, at its place.
#[derive(Debug, Clone)]
pub struct Order<'c> {
    /// The claim.
    pub claim: &'c Claim,
    /// Its document.
    pub id: ArmId,
    /// Its body as JSON; nulls claim absence.
    pub body: Json,
    /// Whether the document was there when the plan looked.
    pub existed: bool,
    /// Write it even if nothing seems to differ: a secret that ARM does not return, an object that is made anew.
    pub force: bool,
    /// It comes back from deletion by this property.
    pub recover: Option<(&'static str, &'static str)>,
    /// It is made anew while this one stands in for it.
    pub stand_in: Option<ArmId>,
}

impl Order<'_> {
    /// The document as the ledger keeps it.
    pub fn record(&self) -> DocumentRecord {
        DocumentRecord {
            key: self.claim.key.to_string(),
            id: self.id.to_string(),
            api_version: self.claim.api_version.to_string(),
            owned: self.claim.owns,
        }
    }

    /// What stands in for the document, as the ledger keeps it.
    pub fn beside(&self) -> Option<DocumentRecord> {
        let id = self.stand_in.as_ref()?.to_string();
        Some(DocumentRecord {
            key: format!("{}{STAND_IN}", self.claim.key),
            id,
            owned: true,
            ..self.record()
        })
    }

    fn facts(&self) -> &'static TypeFacts {
        type_facts(self.id.resource_type())
    }

    fn options(&self) -> Option<&ClaimOptions> {
        self.claim.options.as_deref()
    }

    fn extras(&self, operation: usize) -> Option<&RequestExtras> {
        self.options().map(|o| &o.requests[operation])
    }

    /// What goes with a request that writes the document.
    fn sending(&self) -> Sending {
        let durations = self.facts().durations;
        let seconds = if self.existed { durations.update } else { durations.create };
        let expected = (seconds > 0).then(|| Duration::from_secs(u64::from(seconds)));
        let mut sending = Sending { expected, ..Sending::default() };
        if let Some(extras) = self.extras(if self.existed { 2 } else { 0 }) {
            add(&mut sending, extras);
        }
        sending
    }

    /// The query of reads.
    pub fn reading(&self) -> Vec<(String, String)> {
        let mut sending = Sending::default();
        if let Some(extras) = self.extras(1) {
            add(&mut sending, extras);
        }
        sending.query
    }

    fn put(&self, body: Json, sending: Sending) -> Request {
        Request::Put(self.id.clone(), self.claim.api_version.to_string(), body, sending)
    }
}

/// What goes with a request beside its body.
pub fn with(extras: &RequestExtras) -> Sending {
    let mut sending = Sending::default();
    add(&mut sending, extras);
    sending
}

fn add(sending: &mut Sending, extras: &RequestExtras) {
    sending.headers.extend(extras.headers.iter().map(|(n, v)| (n.to_string(), v.to_string())));
    for (name, values) in &extras.query {
        sending.query.extend(values.iter().map(|v| (name.to_string(), v.to_string())));
    }
}

/// What came of an order.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// Something was sent.
    pub sent: bool,
    /// The document as it was read when the operation had ended; none: it must be read.
    pub document: Option<Json>,
}

impl Hand<'_> {
    /// Carries out an order.
    pub async fn write(&self, order: &Order<'_>) -> Result<Written, Failure> {
        let document = order.record();
        let retry = order.options().and_then(|o| o.retry.as_ref());
        let client = &self.client;
        let mut recovered = false;
        if let Some((property, value)) = order.recover {
            // It comes back with its old properties (NAM-02): what is wanted is written after that.
            let path: Vec<&str> = property.split('.').collect();
            let sent = self
                .drive(&document, retry, async || {
                    let mut body = body::without_nulls(&order.body);
                    body::set(&mut body, &path, value.into());
                    Ok(Some(order.put(body, order.sending())))
                })
                .await?;
            recovered = !sent.skipped;
        }
        let sent = match order.claim.write {
            _ if order.stand_in.is_some() => self.rotate(order).await?,
            Write::Put | Write::Merge if order.existed && !order.facts().stages.is_empty() => {
                self.in_stages(order).await?
            }
            Write::Put => self.drive(&document, retry, async || put(order, client).await).await?,
            Write::Merge => self.drive(&document, retry, async || merge(order, client).await).await?,
            Write::Patch => self.drive(&document, retry, async || patch(order, client).await).await?,
            Write::CreateOnly => self.drive(&document, retry, async || create(order, client).await).await?,
            Write::Post(action) => {
                let path = format!("{}/{action}", order.id);
                let version = order.claim.api_version.to_string();
                let body = order.body.as_object().is_some_and(|b| !b.is_empty());
                let body = body.then(|| body::without_nulls(&order.body));
                let post = || Request::Post(path.clone(), version.clone(), body.clone());
                let sent = self.drive(&document, retry, async || Ok(Some(post()))).await?;
                self.settled(order).await?;
                Sent { body: None, ..sent }
            }
            Write::Entry(list) => self.put_entry(order, list).await?,
        };
        let whole = |b: &Json| b.get("id").is_some();
        Ok(Written {
            sent: recovered || !sent.skipped,
            document: sent.body.filter(|b| sent.read && whole(b) && order.reading().is_empty()),
        })
    }

    /// Writes a document that takes some of its parts only by themselves (CON-04): everything else first, then each of them.
    async fn in_stages(&self, order: &Order<'_>) -> Result<Sent, Failure> {
        let retry = order.options().and_then(|o| o.retry.as_ref());
        let (document, client, stages) = (order.record(), &self.client, order.facts().stages);
        let mut last = Sent { skipped: true, ..Sent::default() };
        for done in 0..=stages.len() {
            let prepare = async || stage(order, client, &stages[done..], last.skipped).await;
            let sent = self.drive(&document, retry, prepare).await?;
            if !sent.skipped {
                last = sent;
            }
        }
        Ok(last)
    }

    /// Makes a document anew while another of its kind, as it will be, stands in for it. Every step looks at what is there:
    /// an interrupted run is taken up where it ended.
    async fn rotate(&self, order: &Order<'_>) -> Result<Sent, Failure> {
        let (Some(beside), Some(stand_in)) = (order.beside(), &order.stand_in) else {
            return Ok(Sent::default());
        };
        let (document, version) = (order.record(), order.claim.api_version.to_string());
        let facts = &order.facts().body;
        let there = self.get(&order.id, &version, &[]).await?;
        let other = self.get(stand_in, &version, &[]).await?;
        // What nobody claims of it is kept: of itself, or of what took its place already.
        let body = match there.as_ref().or(other.as_ref()) {
            Some(live) => body::merged(live, &order.body, facts, order.options()),
            None => body::without_nulls(&order.body),
        };
        let put =
            |id: &ArmId| Ok(Some(Request::Put(id.clone(), version.clone(), body.clone(), order.sending())));
        let delete = |id: &ArmId| Ok(Some(Request::Delete(id.clone(), version.clone(), Sending::default())));
        let as_wanted =
            there.as_ref().is_some_and(|live| !order.force && body == body::sendable(live, facts));
        let mut sent = Sent { skipped: true, ..Sent::default() };
        let moves = there.is_some() && !as_wanted;
        if moves {
            if other.is_none() {
                self.drive(&beside, None, async || put(stand_in)).await?;
            }
            self.drive(&document, None, async || delete(&order.id)).await?;
            self.absent(&order.id, &version).await?;
        }
        if !as_wanted {
            sent = self.drive(&document, None, async || put(&order.id)).await?;
        }
        if moves || other.is_some() {
            self.drive(&beside, None, async || delete(stand_in)).await?;
        }
        Ok(sent)
    }

    /// Waits until an action has taken effect where the document says so by a state of its own (SUB-02).
    async fn settled(&self, order: &Order<'_>) -> Result<(), Failure> {
        let (mut waited, mut wait) = (Duration::ZERO, Duration::from_millis(200));
        loop {
            let live = self.read(&order.id, &order.claim.api_version, &[], true).await?;
            let state = live.as_ref().and_then(|b| b.get("registrationState")).and_then(Json::as_str);
            let moving = state.is_some_and(|s| s.to_ascii_lowercase().ends_with("ing"));
            if !moving {
                return Ok(());
            }
            if waited > REGISTERING {
                return Err(Failure::TimedOut { id: order.id.clone(), limit: REGISTERING, last: None });
            }
            self.pause(wait).await?;
            waited += wait;
            wait = (wait * 2).min(Duration::from_secs(10));
        }
    }
}

/// The whole document with what `later` stages will change as it is live; nothing if that is what is there. What is to be
/// written although nothing seems to differ is written in the last stage, if it is the first that is.
async fn stage(
    order: &Order<'_>,
    client: &ArmClient,
    later: &[&str],
    first: bool,
) -> Result<Option<Request>, ArmError> {
    let facts = &order.facts().body;
    let Some(live) = client.get(&order.id, &order.claim.api_version, &order.reading()).await? else {
        return made(order);
    };
    let mut body = match order.claim.write {
        Write::Merge => body::merged(&live.body, &order.body, facts, order.options()),
        _ => body::without_nulls(&order.body),
    };
    let as_live = body::sendable(&live.body, facts);
    for path in later {
        let path: Vec<&str> = path.split('.').collect();
        body = match body::at(&as_live, &path) {
            Some(part) => {
                let part = part.clone();
                body::set(&mut body, &path, part);
                body
            }
            None => body::without(body, &path),
        };
    }
    let same = match order.claim.write {
        Write::Merge => body == as_live,
        _ => {
            let value = crate::lang::Value::from_json;
            diff::compare(&value(&body), Some(&value(&live.body)), facts, &|_| false).differences.is_empty()
        }
    };
    let forced = order.force && first && later.is_empty();
    Ok((!same || forced).then(|| order.put(body, Sending { if_match: live.etag, ..order.sending() })))
}

/// PUT of the body as it is, with what an azapi instance wants kept as it is live.
async fn put(order: &Order<'_>, client: &ArmClient) -> Result<Option<Request>, ArmError> {
    let mut body = order.body.clone();
    let keeps = order.options().filter(|o| !o.ignored.is_empty() || !o.partial_lists.is_empty());
    if let Some(options) = keeps.filter(|_| order.existed) {
        let live = client.get(&order.id, &order.claim.api_version, &order.reading()).await?;
        if let Some(live) = live {
            body::keep(&mut body, &live.body, &options.ignored);
            body::keep_items(&mut body, &live.body, options, &order.facts().body);
        }
    }
    Ok(Some(order.put(body, order.sending())))
}

/// The live document with the claims over it, if it is still as it was read.
async fn merge(order: &Order<'_>, client: &ArmClient) -> Result<Option<Request>, ArmError> {
    let facts = &order.facts().body;
    let Some(live) = client.get(&order.id, &order.claim.api_version, &order.reading()).await? else {
        return made(order);
    };
    let merged = body::merged(&live.body, &order.body, facts, order.options());
    // LRO-08: what failed has all that was sent, and is mended by sending it again.
    if !order.force && merged == body::sendable(&live.body, facts) && !is_failed(&live.body) {
        return Ok(None);
    }
    Ok(Some(order.put(merged, Sending { if_match: live.etag, ..order.sending() })))
}

/// What differs, as a PATCH.
async fn patch(order: &Order<'_>, client: &ArmClient) -> Result<Option<Request>, ArmError> {
    let Some(live) = client.get(&order.id, &order.claim.api_version, &order.reading()).await? else {
        return made(order);
    };
    // What is only for making it is not put over what others have written since.
    let only_new = order.claim.unread.iter();
    let body = only_new.fold(order.body.clone(), |body, path| body::without(body, path));
    // What is made and yet there lacks the secrets that only a new one would be sent.
    let secrets = || {
        let whole = crate::lang::Value::from_json(&order.body);
        !diff::compare(&whole, None, &order.facts().body, &|_| false).unread.is_empty()
    };
    let changes = match order.force || is_failed(&live.body) || !order.existed && secrets() {
        true => Some(body),
        false => body::patch(&live.body, &body, &order.facts().body),
    };
    let version = order.claim.api_version.to_string();
    Ok(changes.map(|body| Request::Patch(order.id.clone(), version, body, order.sending())))
}

async fn create(order: &Order<'_>, client: &ArmClient) -> Result<Option<Request>, ArmError> {
    match client.get(&order.id, &order.claim.api_version, &order.reading()).await? {
        Some(live) if !(order.claim.owns && is_failed(&live.body)) => Ok(None),
        _ => made(order),
    }
}

/// PUT of a document that is not there. One that another instance makes must be there.
fn made(order: &Order<'_>) -> Result<Option<Request>, ArmError> {
    if order.claim.owns || type_facts(order.id.resource_type()).implied {
        let mut body = body::without_nulls(&order.body);
        for (path, value) in order.options().into_iter().flat_map(|o| &o.initial) {
            if let Some(value) = value.to_json() {
                body::set(&mut body, path, body::without_nulls(&value));
            }
        }
        return Ok(Some(order.put(body, order.sending())));
    }
    Err(not_there(&order.id))
}

/// What must be there to be written into is not.
pub(super) fn not_there(id: &ArmId) -> ArmError {
    let mut error = ArmError::new(ErrorKind::Refused, "it is not there, so nothing in it can be set");
    error.status = Some(404);
    error.code = Some("ResourceNotFound".into());
    error.codes = vec!["ResourceNotFound".into()];
    error.at("GET", id.as_str(), Some(id))
}
