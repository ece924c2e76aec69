//! A local ledger and its journal on a disk that fails: whatever fails and whenever, what was said to be written is there for
//! the next run, what was not is not half there, and the error says what is wrong.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use futures::FutureExt as _;

use super::journal::{self, Entry, Journal, Verb, recover};
use crate::ledger::disk::{Disk, DiskFile, System};
use crate::ledger::{DocumentRecord, Ledger, LocalStore, Record, Shelf};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Half of the bytes are written, then there is no room.
    Short,
    /// Nothing is written: there is no room.
    Full,
    /// The disk does not take what was written.
    Sync,
    /// The file is not put in the place of the other.
    Rename,
    /// The process ends at the operation of this number: nothing happens from then on.
    Crash(usize),
}

/// The system's files, until something goes wrong.
#[derive(Debug, Default)]
struct State {
    fault: Option<Fault>,
    operations: usize,
}

#[derive(Debug, Clone, Default)]
struct Faulty(Arc<Mutex<State>>);

fn error(kind: io::ErrorKind) -> io::Error {
    match kind {
        io::ErrorKind::StorageFull => io::Error::new(kind, "No space left on device"),
        _ => io::Error::new(kind, "Input/output error"),
    }
}

impl Faulty {
    fn set(&self, fault: Option<Fault>) {
        self.0.lock().unwrap().fault = fault;
    }

    /// One operation more; does this fault meet it?
    fn meets(&self, fault: Fault) -> io::Result<bool> {
        let mut state = self.0.lock().unwrap();
        state.operations += 1;
        match state.fault {
            Some(Fault::Crash(at)) if state.operations >= at => Err(error(io::ErrorKind::Other)),
            of => Ok(of == Some(fault)),
        }
    }

    /// An operation that only a crash prevents.
    fn plain(&self) -> io::Result<()> {
        self.meets(Fault::Crash(0)).map(drop)
    }
}

impl Disk for Faulty {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        System.read(path)
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        System.make_folder(path)
    }

    fn open(&self, path: &Path, fresh: bool) -> io::Result<Box<dyn DiskFile>> {
        self.plain()?;
        Ok(Box::new(FaultyFile { disk: self.clone(), file: System.open(path, fresh)? }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        if self.meets(Fault::Rename)? {
            return Err(error(io::ErrorKind::Other));
        }
        System.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.plain()?;
        System.remove(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.plain()?;
        System.sync_folder(path)
    }
}

#[derive(Debug)]
struct FaultyFile {
    disk: Faulty,
    file: Box<dyn DiskFile>,
}

impl DiskFile for FaultyFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.disk.meets(Fault::Full)? {
            return Err(error(io::ErrorKind::StorageFull));
        }
        if self.disk.meets(Fault::Short)? {
            self.disk.set(Some(Fault::Full));
            return self.file.write(&bytes[..bytes.len() / 2]);
        }
        // A crash leaves what was written until then: half of it is the worst.
        let half = self.file.write(&bytes[..bytes.len() / 2])?;
        self.disk.plain()?;
        Ok(half + self.file.write(&bytes[half..])?)
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.disk.meets(Fault::Sync)? {
            return Err(error(io::ErrorKind::Other));
        }
        self.file.sync()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.disk.plain()?;
        self.file.cut(length)
    }
}

/// Local files keep nobody waiting.
fn now<T>(work: impl Future<Output = T>) -> T {
    work.now_or_never().unwrap()
}

struct Bench {
    folder: tempfile::TempDir,
    disk: Faulty,
    store: Shelf,
}

impl Bench {
    fn new() -> Bench {
        let (folder, disk) = (tempfile::tempdir().unwrap(), Faulty::default());
        let at = |name: &str| folder.path().join(name);
        let store = LocalStore::on(Arc::new(disk.clone()), at("ledger.json"), at("data/journal"));
        Bench { store: Arc::new(store), folder, disk }
    }

    /// The same files on a disk that works: the next run.
    fn again(&self) -> Shelf {
        let at = |name: &str| self.folder.path().join(name);
        Arc::new(LocalStore::new(at("ledger.json"), at("data/journal")))
    }

    /// What the next run owns: the documents, and the serial of the ledger's file.
    fn owned(&self) -> (Vec<String>, Option<u64>) {
        let store = self.again();
        let known = now(store.read()).expect("a ledger that can be read");
        let serial = known.as_ref().map(|l| l.serial);
        let ledger = match now(journal::read(&*store)).expect("a journal that can be read") {
            Some(contents) => recover(&contents, known).unwrap().ledger,
            None => known.unwrap_or_default(),
        };
        let documents = ledger.instances.values().flat_map(|r| &r.documents).map(|d| d.id.clone());
        (documents.collect(), serial)
    }

    fn files(&self) -> Vec<PathBuf> {
        std::fs::read_dir(self.folder.path()).unwrap().map(|e| e.unwrap().path()).collect()
    }
}

fn document(name: &str) -> DocumentRecord {
    DocumentRecord { key: String::new(), id: format!("/{name}"), api_version: "1".into(), owned: true }
}

fn intent(name: &str) -> Entry {
    let addr = format!("a.{name}");
    Entry::Intent { addr, deposed: None, provider: "p".into(), document: document(name), verb: Verb::Put }
}

fn ledger(serial: u64, names: &[&str]) -> Ledger {
    let mut ledger = Ledger { serial, lineage: "one".into(), ..Ledger::new() };
    for name in names {
        let record = Record { documents: vec![document(name)], ..Record::default() };
        ledger.instances.insert(format!("a.{name}"), record.into());
    }
    ledger
}

/// A run that makes `x` and `y`; answers which of them were journalled before something went wrong.
fn run(store: &Shelf) -> Vec<&'static str> {
    let mut sent = Vec::new();
    let Ok(journal) = now(Journal::begin(store, &ledger(1, &["old"]), "now")) else { return sent };
    for name in ["x", "y"] {
        if journal.append(&[intent(name)]).is_err() {
            return sent;
        }
        sent.push(name);
    }
    if now(store.write(&ledger(2, &["old", "x", "y"]))).is_ok() {
        // Whether it is removed or not, the ledger has it all.
        let _ = now(journal.end());
    }
    sent
}

#[test]
fn a_process_that_ends_at_any_operation_loses_nothing() {
    let whole = {
        let bench = Bench::new();
        now(bench.store.write(&ledger(1, &["old"]))).unwrap();
        bench.disk.0.lock().unwrap().operations = 0;
        assert_eq!(run(&bench.store), ["x", "y"]);
        bench.disk.0.lock().unwrap().operations
    };
    assert!(whole > 15, "{whole}");
    for at in 1..=whole {
        let bench = Bench::new();
        now(bench.store.write(&ledger(1, &["old"]))).unwrap();
        bench.disk.0.lock().unwrap().operations = 0;
        bench.disk.set(Some(Fault::Crash(at)));
        let sent = run(&bench.store);
        let (owned, serial) = bench.owned();
        for name in sent.iter().chain(&["old"]) {
            assert!(
                owned.contains(&format!("/{name}")),
                "{name} is forgotten after a crash at {at}: {owned:?}"
            );
        }
        assert!(serial >= Some(1), "a crash at {at}");
    }
}

#[test]
fn without_room_an_entry_is_not_half_there_and_others_follow() {
    for fault in [Fault::Short, Fault::Full] {
        let bench = Bench::new();
        let journal = now(Journal::begin(&bench.store, &ledger(1, &[]), "now")).unwrap();
        journal.append(&[intent("x")]).unwrap();
        bench.disk.set(Some(fault));
        let said = journal.append(&[intent("y")]).unwrap_err().to_string();
        assert!(said.contains("data/journal") && said.contains("No space left on device"), "{said}");
        assert_eq!(bench.owned().0, ["/x"], "{fault:?}");
        bench.disk.set(None);
        journal.append(&[intent("z")]).unwrap();
        assert_eq!(bench.owned().0, ["/x", "/z"], "{fault:?}");
    }
}

#[test]
fn what_the_disk_did_not_take_is_followed_by_nothing() {
    let bench = Bench::new();
    let journal = now(Journal::begin(&bench.store, &ledger(1, &[]), "now")).unwrap();
    journal.append(&[intent("x")]).unwrap();
    bench.disk.set(Some(Fault::Sync));
    let said = journal.append(&[intent("y")]).unwrap_err().to_string();
    assert!(said.contains("Input/output error"), "{said}");
    bench.disk.set(None);
    assert!(journal.append(&[intent("z")]).unwrap_err().to_string().contains("Input/output error"));
    assert!(bench.owned().0.contains(&"/x".to_string()));
}

#[test]
fn a_ledger_that_cannot_be_written_stays_as_it_was() {
    for fault in [Fault::Short, Fault::Full, Fault::Sync, Fault::Rename] {
        let bench = Bench::new();
        now(bench.store.write(&ledger(1, &["old"]))).unwrap();
        bench.disk.set(Some(fault));
        let said = now(bench.store.write(&ledger(2, &["new"]))).unwrap_err().to_string();
        assert!(said.contains("cannot write") && said.contains("ledger.json"), "{said}");
        assert_eq!(bench.owned(), (vec!["/old".to_string()], Some(1)), "{fault:?}");
        assert_eq!(bench.files().len(), 1, "nothing is left beside it: {:?}", bench.files());
        bench.disk.set(None);
        now(bench.store.write(&ledger(2, &["new"]))).unwrap();
        assert_eq!(bench.owned().1, Some(2));
    }
}
