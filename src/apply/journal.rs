//! The journal: what an apply is about to do, written down before it is done.
//!
//! One line per entry: `{"sum":"…","entry":{…}}`. The sum covers the entry and the sum before it, so that a line that
//! is torn, changed or missing is noticed. A changing request leaves only after its intent is on disk; when ARM takes
//! it, the operation's URL is; when it ends, the outcome is. The ledger is derived from it: whoever reads the ledger
//! after a run that did not end reads the journal first ([`recover`]).
//!
//! Must not know: HTTP, the configuration, what is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::arm::Operation;
use crate::ledger::{DocumentRecord, Ledger, LedgerError, OutputRecord, Record, Shelf, Store};

/// The format of the journal's lines.
const VERSION: u32 = 1;
/// What stands before and after the sum in a line.
const HEAD: &str = "{\"sum\":\"";
const MIDDLE: &str = "\",\"entry\":";
/// The letters of a sum.
const SUM: usize = 16;

/// What a changing request does to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// It is made, or made whole.
    Put,
    /// Parts of it are changed.
    Patch,
    /// It is removed.
    Delete,
    /// An action of it is called.
    Post,
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Entry {
    /// A run begins.
    Begin {
        /// The format.
        version: u32,
        /// Names the run.
        run: String,
        /// The stack.
        lineage: String,
        /// The ledger's serial when it began.
        serial: u64,
        /// RFC 3339.
        time: String,
    },
    /// A changing request is about to leave.
    Intent {
        /// Whose.
        addr: String,
        /// The key of a deposed object.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deposed: Option<String>,
        /// Through which provider.
        provider: String,
        /// The document it is about.
        document: DocumentRecord,
        /// What it does.
        verb: Verb,
    },
    /// ARM took it; `operation` goes on behind it.
    Accepted {
        /// Whose.
        addr: String,
        /// The document's id.
        id: String,
        /// What to wait for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operation: Option<Operation>,
    },
    /// It ended.
    Outcome {
        /// Whose.
        addr: String,
        /// The document's id.
        id: String,
        /// What went wrong; none: nothing did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// The instance's new entry in the ledger; none: it has none any more.
    Record {
        /// Which.
        addr: String,
        /// The entry.
        record: Option<Box<Record>>,
    },
    /// A root output's new entry; none: it has none any more.
    Output {
        /// Which.
        name: String,
        /// The entry.
        record: Option<OutputRecord>,
    },
    /// The run ended; nothing is left running.
    End,
}

/// Why a journal cannot be used.
#[derive(Debug, Error)]
pub enum JournalError {
    /// It cannot be read or written.
    #[error("the journal: {0}")]
    Store(#[from] LedgerError),
    /// It is not what this version writes, or is damaged before its end.
    #[error("the journal {path} cannot be used: {why}")]
    Content {
        /// Which.
        path: String,
        /// What is wrong, what to do.
        why: String,
    },
}

/// What was read of a journal.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contents {
    /// The entries before the torn end.
    pub entries: Vec<Entry>,
    /// Whether something follows them that is no whole entry.
    pub torn: bool,
}

/// A journal that is being written.
#[derive(Debug)]
pub struct Journal {
    store: Shelf,
    state: Mutex<Writing>,
}

#[derive(Debug)]
struct Writing {
    /// The sum of the last entry.
    last: String,
    /// What was begun and has not ended: address and document id.
    open: BTreeSet<(String, String)>,
}

/// A request of an earlier run of which the end is not known.
#[derive(Debug, Clone, PartialEq)]
pub struct Unfinished {
    /// Whose.
    pub addr: String,
    /// The key of a deposed object.
    pub deposed: Option<String>,
    /// Through which provider it was sent.
    pub provider: String,
    /// The document it is about.
    pub document: DocumentRecord,
    /// What it does.
    pub verb: Verb,
    /// What to wait for; none: it is not known whether ARM took it.
    pub operation: Option<Operation>,
}

/// The ledger as it is after everything that the journal says.
#[derive(Debug, Clone, PartialEq)]
pub struct Recovered {
    /// The ledger.
    pub ledger: Ledger,
    /// What may still be running.
    pub unfinished: Vec<Unfinished>,
    /// The run came to its end; only the journal was not removed.
    pub complete: bool,
}

impl Journal {
    /// Begins a journal for a run over this ledger.
    pub async fn begin(store: &Shelf, ledger: &Ledger, time: &str) -> Result<Journal, JournalError> {
        let begin = Entry::Begin {
            version: VERSION,
            run: uuid::Uuid::new_v4().to_string(),
            lineage: ledger.lineage.clone(),
            serial: ledger.serial,
            time: time.to_string(),
        };
        let (text, last) = lines("", &[begin]);
        store.begin_journal(text.as_bytes()).await?;
        Ok(Journal { store: store.clone(), state: Mutex::new(Writing { last, open: BTreeSet::new() }) })
    }

    /// Adds entries, behind all that were added before. They are durable after [`Journal::durable`].
    pub fn append(&self, entries: &[Entry]) -> Result<(), JournalError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (text, last) = lines(&state.last, entries);
        self.store.append(text.as_bytes())?;
        state.last = last;
        for entry in entries {
            match entry {
                Entry::Intent { addr, document, .. } => {
                    state.open.insert((addr.clone(), document.id.to_lowercase()));
                }
                Entry::Outcome { addr, id, .. } => {
                    state.open.remove(&(addr.clone(), id.to_lowercase()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Waits until everything that was added is where no crash reaches it.
    pub async fn durable(&self) -> Result<(), JournalError> {
        Ok(self.store.durable().await?)
    }

    /// Has everything ended that was begun?
    pub fn is_settled(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).open.is_empty()
    }

    /// Ends the journal: all of it is in the ledger.
    pub async fn end(self) -> Result<(), JournalError> {
        self.append(&[Entry::End])?;
        self.durable().await?;
        Ok(self.store.clear_journal().await?)
    }
}

/// The lines of entries behind one with this sum, and the sum of the last of them.
fn lines(last: &str, entries: &[Entry]) -> (String, String) {
    let (mut text, mut last) = (String::new(), last.to_string());
    for entry in entries {
        // Maps with texts as keys and nothing else: it cannot fail.
        let json = serde_json::to_string(entry).unwrap_or_default();
        last = sum_of(&last, &json);
        text.push_str(HEAD);
        text.push_str(&last);
        text.push_str(MIDDLE);
        text.push_str(&json);
        text.push_str("}\n");
    }
    (text, last)
}

/// Reads a journal. `None`: there is none, or it tore before its first entry was whole (nothing was sent then).
///
/// Errors: the file cannot be read, it is of another version, or it is damaged before its last line.
pub async fn read(store: &dyn Store) -> Result<Option<Contents>, JournalError> {
    let Some(bytes) = store.read_journal().await? else { return Ok(None) };
    contents(&bytes, &store.journal_place())
}

fn contents(bytes: &[u8], place: &str) -> Result<Option<Contents>, JournalError> {
    let content = |why: String| JournalError::Content { path: place.to_string(), why };
    let mut contents = Contents::default();
    let (mut length, mut last) = (0, String::new());
    for (at, line) in bytes.split_inclusive(|b| *b == b'\n').enumerate() {
        match parse(line, &last) {
            Some((entry, sum)) => {
                contents.entries.push(entry);
                length += line.len();
                last = sum;
            }
            None if length + line.len() == bytes.len() => contents.torn = true,
            None => {
                return Err(content(format!(
                    "line {} is damaged although others follow it. Restore the file, or move it away; then the next \
                     plan cannot tell what the interrupted run made after that line: check it for resources that \
                     exist already, and take them with -adopt",
                    at + 1
                )));
            }
        }
    }
    match contents.entries.first() {
        None => Ok(None),
        Some(Entry::Begin { version: VERSION, .. }) => Ok(Some(contents)),
        Some(Entry::Begin { version, .. }) => {
            Err(content(format!("its format is {version}, this version of Ringfence reads {VERSION}")))
        }
        Some(_) => Err(content("it does not begin with the beginning of a run".into())),
    }
}

/// What the ledger is after everything that a journal says. `ledger`: the file's, if there is one.
///
/// Errors: the journal belongs to another stack.
pub fn recover(contents: &Contents, ledger: Option<Ledger>) -> Result<Recovered, JournalError> {
    let mut ledger = ledger;
    let mut complete = false;
    // By document id and address: what was sent and has not ended.
    let mut open: BTreeMap<(String, String), Unfinished> = BTreeMap::new();
    for entry in &contents.entries {
        if let Entry::Begin { lineage, serial, .. } = entry {
            let fresh = || Ledger { lineage: lineage.clone(), serial: *serial, ..Ledger::new() };
            let known = ledger.get_or_insert_with(fresh);
            if known.lineage != *lineage {
                return Err(JournalError::Content {
                    path: "of the interrupted run".into(),
                    why: format!(
                        "it belongs to another stack: its ledger's lineage is {lineage}, this one's is {}. Restore \
                         the ledger that goes with it, or move the journal away",
                        known.lineage
                    ),
                });
            }
        }
        let Some(ledger) = ledger.as_mut() else { continue };
        complete = *entry == Entry::End;
        match entry {
            Entry::Begin { .. } | Entry::End => {}
            Entry::Intent { addr, deposed, provider, document, verb } => {
                note_intent(ledger, addr, deposed.as_deref(), provider, document, *verb);
                let unfinished = Unfinished {
                    addr: addr.clone(),
                    deposed: deposed.clone(),
                    provider: provider.clone(),
                    document: document.clone(),
                    verb: *verb,
                    operation: None,
                };
                open.insert((document.id.to_lowercase(), addr.clone()), unfinished);
            }
            Entry::Accepted { addr, id, operation } => {
                if let Some(one) = open.get_mut(&(id.to_lowercase(), addr.clone())) {
                    one.operation.clone_from(operation);
                    if operation.is_none() {
                        open.remove(&(id.to_lowercase(), addr.clone()));
                    }
                }
            }
            Entry::Outcome { addr, id, .. } => {
                open.remove(&(id.to_lowercase(), addr.clone()));
            }
            Entry::Record { addr, record: Some(record) } => {
                if !record.unfinished {
                    open.retain(|_, one| one.addr != *addr);
                }
                ledger.instances.insert(addr.clone(), (**record).clone());
            }
            Entry::Record { addr, record: None } => {
                ledger.instances.remove(addr);
            }
            Entry::Output { name, record: Some(record) } => {
                ledger.outputs.insert(name.clone(), record.clone());
            }
            Entry::Output { name, record: None } => {
                ledger.outputs.remove(name);
            }
        }
    }
    let mut ledger = ledger.unwrap_or_default();
    ledger.serial += 1;
    Ok(Recovered { ledger, unfinished: open.into_values().collect(), complete })
}

/// Whatever was about to be written is owned, and may be there: the next plan looks it up.
fn note_intent(
    ledger: &mut Ledger,
    addr: &str,
    deposed: Option<&str>,
    provider: &str,
    document: &DocumentRecord,
    verb: Verb,
) {
    let known = ledger.instances.contains_key(addr);
    if deposed.is_some() || verb == Verb::Delete && !known {
        return;
    }
    let record = ledger.instances.entry(addr.to_string()).or_default();
    if !known {
        record.provider = provider.to_string();
    }
    record.unfinished = true;
    let same = |d: &DocumentRecord| d.key == document.key && d.id.eq_ignore_ascii_case(&document.id);
    if verb != Verb::Delete && !record.documents.iter().any(same) {
        record.documents.push(document.clone());
    }
}

fn parse(line: &[u8], last: &str) -> Option<(Entry, String)> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix("}\n")?;
    let (sum, rest) = line.strip_prefix(HEAD)?.split_at_checked(SUM)?;
    let json = rest.strip_prefix(MIDDLE)?;
    if sum_of(last, json) != sum {
        return None;
    }
    Some((serde_json::from_str(json).ok()?, sum.to_string()))
}

fn sum_of(last: &str, json: &str) -> String {
    let whole = digest(&SHA256, [last, json].concat().as_bytes());
    whole.as_ref()[..SUM / 2].iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::arm::Monitor;
    use crate::ledger::LocalStore;

    fn document(id: &str) -> DocumentRecord {
        DocumentRecord { key: String::new(), id: id.into(), api_version: "1".into(), owned: true }
    }

    fn intent(addr: &str, id: &str, verb: Verb) -> Entry {
        Entry::Intent { addr: addr.into(), deposed: None, provider: "p".into(), document: document(id), verb }
    }

    fn record(addr: &str, id: &str) -> Entry {
        let record = Record { provider: "p".into(), documents: vec![document(id)], ..Record::default() };
        Entry::Record { addr: addr.into(), record: Some(Box::new(record)) }
    }

    fn operation() -> Operation {
        Operation {
            method: "PUT".into(),
            url: "https://h/x".into(),
            id: None,
            monitor: Monitor::Location("https://h/op?s=1".into()),
            location: None,
            final_state: None,
            retry_after_ms: None,
            expected_ms: None,
        }
    }

    /// A journal of these entries, as bytes, of a new ledger.
    async fn written(entries: &[Entry]) -> (Vec<u8>, Ledger) {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join("deep").join(name);
        let store: Shelf = Arc::new(LocalStore::new(at("ledger"), at("journal")));
        let ledger = Ledger::new();
        let journal = Journal::begin(&store, &ledger, "2026-01-01T00:00:00Z").await.unwrap();
        journal.append(entries).unwrap();
        (std::fs::read(at("journal")).unwrap(), ledger)
    }

    fn read(bytes: &[u8]) -> Result<Option<Contents>, JournalError> {
        contents(bytes, "it")
    }

    #[tokio::test]
    async fn what_was_written_is_read() {
        let entries = [intent("a.b", "/x", Verb::Put), record("a.b", "/x"), Entry::End];
        let (bytes, ledger) = written(&entries).await;
        let contents = read(&bytes).unwrap().unwrap();
        assert_eq!(contents.entries[1..], entries);
        assert!(!contents.torn);
        let back = recover(&contents, None).unwrap();
        assert!(back.complete && back.unfinished.is_empty());
        assert_eq!(back.ledger.lineage, ledger.lineage, "a first run that died keeps its lineage");
        assert_eq!(back.ledger.instances["a.b"].documents[0].id, "/x");
    }

    #[tokio::test]
    async fn a_journal_cut_at_any_byte_is_read_up_to_there() {
        let entries = [
            intent("a.b", "/x", Verb::Put),
            Entry::Accepted { addr: "a.b".into(), id: "/X".into(), operation: Some(operation()) },
            Entry::Outcome { addr: "a.b".into(), id: "/x".into(), error: None },
            record("a.b", "/x"),
        ];
        let (whole, _) = written(&entries).await;
        let ends: Vec<usize> =
            whole.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(i, _)| i + 1).collect();
        for cut in 0..=whole.len() {
            let lines = ends.iter().filter(|e| **e <= cut).count();
            let contents = read(&whole[..cut]).unwrap();
            assert_eq!(contents.as_ref().map_or(0, |c| c.entries.len()), lines, "cut at {cut}");
            let Some(contents) = contents else { continue };
            assert_eq!(contents.torn, !ends.contains(&cut));
            let back = recover(&contents, None).unwrap();
            let known = back.ledger.instances.get("a.b");
            match lines {
                1 => assert!(known.is_none() && back.unfinished.is_empty()),
                2 => assert!(known.unwrap().unfinished && back.unfinished[0].operation.is_none()),
                3 => assert_eq!(back.unfinished[0].operation, Some(operation())),
                4 => assert!(known.unwrap().unfinished && back.unfinished.is_empty()),
                _ => assert!(!known.unwrap().unfinished),
            }
        }
    }

    #[tokio::test]
    async fn damage_before_the_end_is_an_error() {
        let (mut bytes, _) = written(&[intent("a.b", "/x", Verb::Put), record("a.b", "/x")]).await;
        let middle = bytes.iter().position(|b| *b == b'\n').unwrap() + 40;
        bytes[middle] ^= 1;
        assert!(read(&bytes).unwrap_err().to_string().contains("line 2"));
    }

    #[tokio::test]
    async fn another_stacks_journal_is_refused() {
        let (bytes, _) = written(&[]).await;
        let contents = read(&bytes).unwrap().unwrap();
        assert!(recover(&contents, Some(Ledger::new())).is_err());
    }

    #[test]
    fn deleting_and_deposed_objects_add_no_documents() {
        let mut ledger = Ledger::new();
        note_intent(&mut ledger, "a.b", None, "p", &document("/x"), Verb::Delete);
        note_intent(&mut ledger, "a.b", Some("k"), "p", &document("/x"), Verb::Put);
        assert!(ledger.instances.is_empty());
        ledger
            .instances
            .insert("a.b".into(), Record { documents: vec![document("/x")], ..Record::default() });
        note_intent(&mut ledger, "a.b", None, "p", &document("/X"), Verb::Delete);
        assert!(ledger.instances["a.b"].unfinished);
        assert_eq!(ledger.instances["a.b"].documents.len(), 1);
    }

    #[test]
    fn there_need_not_be_one() {
        assert!(read(b"").unwrap().is_none());
        assert!(read(b"{\"su").unwrap().is_none());
    }
}
