//! The journal: what an apply is about to do, written down before it is done.
//!
//! One line per entry: `{"sum":"…","entry":{…}}`. The sum covers the entry and the sum before it, so that a line that
//! is torn, changed or missing is noticed. `at` in an entry is when it was written, in milliseconds since the run began. A changing request leaves only after its intent is on disk; when ARM takes
//! it, the operation's URL is; when it ends, the outcome is. The ledger is derived from it: whoever reads the ledger
//! after a run that did not end reads the journal first ([`recover`]). Steps, their stages and repetitions are written down
//! too, for those who want to know what took how long ([`super::timeline`]); the ledger does not ask for them.
//!
//! Must not know: HTTP, the configuration, what is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::arm::Operation;
use crate::ledger::{DocumentRecord, Ledger, LedgerError, OutputRecord, Record, Shelf, Store};

/// The format of the journal's lines. 1 has neither times nor steps, and is read.
const VERSION: u32 = 2;
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

/// What a step does to its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Nothing; others wait for it.
    Pass,
    /// It is read.
    Read,
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is removed.
    Delete,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Everything before it is done.
    Begun,
    /// It waits until nobody else changes something that must not change with it.
    Parked,
    /// It need not wait any more.
    Resumed,
    /// It is done.
    Done,
    /// It failed.
    Failed,
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
    /// What the run is about to do, said once.
    Plan {
        /// What the plan was for: `apply`, `destroy`, `refresh`.
        mode: String,
        /// How long it is expected to take, in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        forecast: Option<u32>,
        /// The instance that takes most of that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dominates: Option<String>,
        /// How many thousandths of a second pass in the cloud in one of ours, if its clock does not run as ours does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clock_permille: Option<u64>,
    },
    /// A step of the plan, and what it comes after; a step has one number in a run.
    Step {
        /// Its number.
        step: usize,
        /// Whose.
        addr: String,
        /// The key of a deposed object.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deposed: Option<String>,
        /// What it does.
        deed: Deed,
        /// Seconds that it usually takes.
        usual: u32,
        /// The steps that come before it.
        after: Vec<usize>,
    },
    /// A step goes on.
    Mark {
        /// Which.
        step: usize,
        /// How far it is.
        stage: Stage,
        /// The step that it waited for last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        behind: Option<usize>,
    },
    /// A request is repeated after a while.
    Again {
        /// Whose.
        addr: String,
        /// The document's id.
        id: String,
        /// Why, in our words.
        why: String,
        /// The code that ARM answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// After how long, in milliseconds.
        wait_ms: u64,
    },
    /// A request waited until others were answered.
    Queued {
        /// Whose.
        addr: String,
        /// The document's id.
        id: String,
        /// How long, in milliseconds.
        waited_ms: u64,
    },
    /// What was written was not seen for a while, and is now; or what was removed still was, and is not any more.
    Lagged {
        /// Whose.
        addr: String,
        /// The document's id.
        id: String,
        /// How long, in milliseconds.
        waited_ms: u64,
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
        /// The status of the answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
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
        /// The status of the answer, where it was the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// How often the operation was asked how it goes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        polls: Option<u32>,
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
    /// The ledger that it is read into cannot be read.
    #[error("the ledger: {0}")]
    Ledger(LedgerError),
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
    /// When each was written, in milliseconds since the run began; format 1 does not say it.
    pub at: Vec<Option<u64>>,
    /// Whether something follows them that is no whole entry.
    pub torn: bool,
}

/// A journal that is being written.
#[derive(Debug)]
pub struct Journal {
    store: Shelf,
    begun: Instant,
    state: Mutex<Writing>,
}

#[derive(Debug)]
struct Writing {
    /// The sum of the last entry.
    last: String,
    /// What was begun and has not ended: address and document id.
    open: BTreeSet<(String, String)>,
    /// What was written, without the ledger's entries.
    written: Vec<(u64, Entry)>,
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
        let begun = Instant::now();
        let (text, last) = lines("", 0, std::slice::from_ref(&begin));
        store.begin_journal(text.as_bytes()).await?;
        let state = Writing { last, open: BTreeSet::new(), written: vec![(0, begin)] };
        Ok(Journal { store: store.clone(), begun, state: Mutex::new(state) })
    }

    /// Adds entries, behind all that were added before. They are durable after [`Journal::durable`].
    pub fn append(&self, entries: &[Entry]) -> Result<(), JournalError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let at = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (text, last) = lines(&state.last, at, entries);
        self.store.append(text.as_bytes())?;
        state.last = last;
        for entry in entries {
            if !matches!(entry, Entry::Record { .. } | Entry::Output { .. }) {
                state.written.push((at, entry.clone()));
            }
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

    /// Adds what only tells how long things take. If it cannot be written, the next entry that matters says so.
    pub fn tell(&self, entries: &[Entry]) {
        if let Err(error) = self.append(entries) {
            tracing::debug!(%error, "the journal does not take how far it is");
        }
    }

    /// Waits until everything that was added is where no crash reaches it.
    pub async fn durable(&self) -> Result<(), JournalError> {
        Ok(self.store.durable().await?)
    }

    /// Has everything ended that was begun?
    pub fn is_settled(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).open.is_empty()
    }

    /// What was written so far and when, in milliseconds since the run began; the ledger's entries are left out.
    pub fn written(&self) -> Vec<(u64, Entry)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).written.clone()
    }

    /// Ends the journal: all of it is in the ledger.
    pub async fn end(&self) -> Result<(), JournalError> {
        self.append(&[Entry::End])?;
        self.durable().await?;
        Ok(self.store.clear_journal().await?)
    }
}

/// An entry with its time.
#[derive(Serialize)]
struct Line<'e> {
    at: u64,
    #[serde(flatten)]
    entry: &'e Entry,
}

/// The time of an entry.
#[derive(Deserialize)]
struct Written {
    at: Option<u64>,
}

/// The lines of entries behind one with this sum, written at this time, and the sum of the last of them.
fn lines(last: &str, at: u64, entries: &[Entry]) -> (String, String) {
    let (mut text, mut last) = (String::new(), last.to_string());
    for entry in entries {
        // Maps with texts as keys and nothing else: it cannot fail.
        let json = serde_json::to_string(&Line { at, entry }).unwrap_or_default();
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
            Some((entry, at, sum)) => {
                contents.entries.push(entry);
                contents.at.push(at);
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
        Some(Entry::Begin { version: 1..=VERSION, .. }) => Ok(Some(contents)),
        Some(Entry::Begin { version, .. }) => {
            Err(content(format!("its format is {version}, this version of Ringfence reads 1 to {VERSION}")))
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
            Entry::Begin { .. }
            | Entry::Plan { .. }
            | Entry::Step { .. }
            | Entry::Mark { .. }
            | Entry::Again { .. }
            | Entry::Queued { .. }
            | Entry::Lagged { .. }
            | Entry::End => {}
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
            Entry::Accepted { addr, id, operation, .. } => {
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
                ledger.instances.insert(addr.clone(), Arc::new((**record).clone()));
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
    let record = Arc::make_mut(ledger.instances.entry(addr.to_string()).or_default());
    if !known {
        record.provider = provider.to_string();
    }
    record.unfinished = true;
    let same = |d: &DocumentRecord| d.key == document.key && d.id.eq_ignore_ascii_case(&document.id);
    if verb != Verb::Delete && !record.documents.iter().any(same) {
        record.documents.push(document.clone());
    }
}

fn parse(line: &[u8], last: &str) -> Option<(Entry, Option<u64>, String)> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix("}\n")?;
    let (sum, rest) = line.strip_prefix(HEAD)?.split_at_checked(SUM)?;
    let json = rest.strip_prefix(MIDDLE)?;
    if sum_of(last, json) != sum {
        return None;
    }
    let Written { at } = serde_json::from_str(json).ok()?;
    Some((serde_json::from_str(json).ok()?, at, sum.to_string()))
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
            Entry::Accepted {
                addr: "a.b".into(),
                id: "/X".into(),
                operation: Some(operation()),
                status: Some(201),
            },
            Entry::Outcome { addr: "a.b".into(), id: "/x".into(), error: None, status: None, polls: Some(3) },
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
    async fn what_an_older_version_wrote_is_read_and_what_a_newer_one_wrote_is_refused() {
        let old = [
            r#"{"what":"begin","version":1,"run":"r","lineage":"l","serial":4,"time":"2026-01-01T00:00:00Z"}"#,
            r#"{"what":"intent","addr":"a.b","provider":"p","document":{"key":"","id":"/x","api_version":"1","owned":true},"verb":"put"}"#,
            r#"{"what":"accepted","addr":"a.b","id":"/x"}"#,
            r#"{"what":"outcome","addr":"a.b","id":"/x"}"#,
        ];
        let journal = |entries: &[String]| {
            let (mut text, mut last) = (String::new(), String::new());
            for json in entries {
                last = sum_of(&last, json);
                text.push_str(&format!("{HEAD}{last}{MIDDLE}{json}}}\n"));
            }
            text.into_bytes()
        };
        let entries = old.map(str::to_string);
        let contents = read(&journal(&entries)).unwrap().unwrap();
        assert_eq!((contents.entries.len(), contents.at), (4, vec![None; 4]));
        let newer = entries[0].replace("\"version\":1", "\"version\":3");
        let said = read(&journal(&[newer])).unwrap_err().to_string();
        assert!(said.contains("its format is 3, this version of Ringfence reads 1 to 2"), "{said}");
    }

    #[tokio::test]
    async fn every_entry_says_when_it_was_written() {
        let entries = [
            Entry::Plan {
                mode: "apply".into(),
                forecast: Some(7),
                dominates: None,
                clock_permille: Some(10_000),
            },
            Entry::Step {
                step: 3,
                addr: "a.b".into(),
                deposed: None,
                deed: Deed::Create,
                usual: 7,
                after: vec![1, 2],
            },
            Entry::Mark { step: 3, stage: Stage::Resumed, behind: Some(1) },
            Entry::Again { addr: "a.b".into(), id: "/x".into(), why: "w".into(), code: None, wait_ms: 5 },
            Entry::Queued { addr: "a.b".into(), id: "/x".into(), waited_ms: 6 },
            Entry::Lagged { addr: "a.b".into(), id: "/x".into(), waited_ms: 6 },
            Entry::End,
        ];
        let (bytes, _) = written(&entries).await;
        let contents = read(&bytes).unwrap().unwrap();
        assert_eq!(contents.entries[1..], entries);
        assert!(contents.at.iter().all(Option::is_some) && contents.at.is_sorted(), "{:?}", contents.at);
        assert!(recover(&contents, None).unwrap().complete);
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
            .insert("a.b".into(), Record { documents: vec![document("/x")], ..Record::default() }.into());
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
