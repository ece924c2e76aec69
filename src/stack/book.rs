//! The ledger in the hands of a person: entries are moved, forgotten, marked. No cloud is asked.

use std::path::Path;
use std::sync::Arc;

use super::Choice;
use crate::apply;
use crate::lang::{Diagnostic, Diagnostics};
use crate::ledger::{Hold, Ledger, LockInfo, Patience, Record, Sealer, Shelf, Store};
use crate::plan::addr::{InstanceAddr, Key, Mode, ModulePath, Partial};

/// A ledger that is held to be changed.
pub struct Book {
    ledger: Ledger,
    store: Shelf,
    _lock: Option<Box<dyn Hold>>,
}

/// Why entries cannot be moved: summary and detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// One line.
    pub summary: &'static str,
    /// Sentences.
    pub detail: String,
}

impl Book {
    /// Reads the ledger of a root module. `lock`: take its lock, and wait so long for another holder.
    ///
    /// Errors: the ledger cannot be used, is locked, or an interrupted run must be taken up first.
    pub async fn open(
        root: &Path,
        cloud: &Choice,
        env: &dyn Fn(&str) -> Option<String>,
        lock: Option<Patience<'_>>,
    ) -> Result<Book, Diagnostics> {
        let data = super::data_dir(root, env);
        let workspace = super::workspace::current(&data, env)?;
        let store = super::store(root, &data, cloud, &workspace, env).await?;
        let lock = match lock {
            None => None,
            Some(patience) => {
                let info = super::lock_info("OperationTypeInvalid", &store.place());
                Some(store.take(&info, patience).await.map_err(super::ledger_error)?)
            }
        };
        let known = store.read().await.map_err(super::ledger_error)?;
        let interrupted = |why: String| {
            let detail = format!("{why} Run \"ringfence plan\" first: it takes up what that run left.");
            Diagnostics::from(Diagnostic::error("The last run was interrupted", detail))
        };
        let left = apply::left(&*store).await.map_err(|e| interrupted(format!("{e}.")))?;
        let ledger = match left {
            None => known.unwrap_or_default(),
            Some(left) if left.unfinished.is_empty() => {
                apply::close(&*store, &left.ledger).await?;
                left.ledger
            }
            Some(_) => return Err(interrupted("Something of it may still be under way.".into())),
        };
        Ok(Book { ledger, store, _lock: lock })
    }

    /// All instances, sorted.
    pub fn instances(&self) -> Vec<InstanceAddr> {
        let mut all: Vec<_> =
            self.ledger.instances.keys().filter_map(|a| InstanceAddr::parse(a).ok()).collect();
        all.sort();
        all
    }

    /// The instances that an address names.
    pub fn matching(&self, wanted: &Partial) -> Vec<InstanceAddr> {
        self.instances().into_iter().filter(|a| wanted.covers(a)).collect()
    }

    /// The entry of an instance.
    pub fn record(&mut self, addr: &InstanceAddr) -> Option<&mut Record> {
        self.ledger.instances.get_mut(&addr.to_string()).map(Arc::make_mut)
    }

    /// Puts an entry in.
    pub fn insert(&mut self, addr: &InstanceAddr, record: Record) {
        self.ledger.instances.insert(addr.to_string(), record.into());
    }

    /// Forgets an instance. What is in Azure stays.
    pub fn forget(&mut self, addr: &InstanceAddr) {
        self.ledger.instances.remove(&addr.to_string());
    }

    /// Where each instance that `from` names would be if it were moved to `to`.
    pub fn moves(
        &self,
        from: &Partial,
        to: &Partial,
        words: (&str, &str),
    ) -> Result<Vec<(InstanceAddr, InstanceAddr)>, Refusal> {
        let (source, target) = words;
        let refuse = |summary, detail| Err(Refusal { summary, detail });
        let found = self.matching(from);
        if found.is_empty() {
            let detail = format!("Cannot move {source}: does not match anything in the current state.");
            return refuse("Invalid source address", detail);
        }
        let new: Vec<InstanceAddr> = match (from, to) {
            (Partial::Module(from), Partial::Module(to)) => {
                found.iter().map(|a| relocated(a, from, to)).collect()
            }
            (Partial::Resource(old, old_key), Partial::Resource(new, new_key)) => {
                if (&old.ty, old.mode) != (&new.ty, new.mode) {
                    let detail = format!("Cannot move {source} to {target}: resource types don't match.");
                    return refuse("Invalid state move request", detail);
                }
                if new_key.is_some() && found.len() > 1 {
                    let detail = format!(
                        "Cannot move {source} to {target}: the source has several instances, the target is one."
                    );
                    return refuse("Invalid state move request", detail);
                }
                let one = old_key.is_some() || new_key.is_some();
                let key = |a: &InstanceAddr| if one { new_key.clone() } else { a.key.clone() };
                found.iter().map(|a| new.instance(key(a))).collect()
            }
            (Partial::Module(_), Partial::Resource(..)) => {
                let detail = format!("Cannot move {source} to {target}: the target must also be a module.");
                return refuse("Invalid target address", detail);
            }
            (Partial::Resource(..), Partial::Module(_)) => {
                let detail =
                    format!("Cannot move {source} to {target}: the target must also be a resource instance.");
                return refuse("Invalid target address", detail);
            }
        };
        let all = self.instances();
        let taken = |a: &&InstanceAddr| all.contains(a) && !found.contains(a);
        if let Some(there) = new.iter().find(taken) {
            let what = if there.key.is_some() { "resource instance" } else { "resource" };
            let detail = format!(
                "Cannot move to {there}: there is already a {what} at that address in the current state."
            );
            return refuse("Invalid target address", detail);
        }
        Ok(found.into_iter().zip(new).collect())
    }

    /// Moves instances; what others recorded of them follows.
    pub fn carry(&mut self, moves: &[(InstanceAddr, InstanceAddr)]) {
        let new_name =
            |text: &str| moves.iter().find(|(a, _)| a.to_string() == text).map(|(_, b)| b.to_string());
        let old = std::mem::take(&mut self.ledger.instances);
        for (addr, mut record) in old {
            for name in &mut Arc::make_mut(&mut record).depends_on {
                if let Some(new) = new_name(name) {
                    *name = new;
                }
            }
            self.ledger.instances.insert(new_name(&addr).unwrap_or(addr), record);
        }
    }

    /// Puts another ledger in the place of this one, and writes it. Without `force` it must be a later one of the same
    /// stack. Answers why not, in Terraform's words.
    pub async fn replace(self, new: Ledger, force: bool) -> Result<Result<(), String>, Diagnostics> {
        let old = &self.ledger;
        if !force && !old.is_empty() {
            if new.lineage != old.lineage {
                return Ok(Err(format!(
                    "cannot import state with lineage {:?} over unrelated state with lineage {:?}",
                    new.lineage, old.lineage
                )));
            }
            if new.serial < old.serial {
                return Ok(Err(format!(
                    "cannot import state with serial {} over newer state with serial {}",
                    new.serial, old.serial
                )));
            }
        }
        self.store.write(&new).await.map_err(super::ledger_error)?;
        Ok(Ok(()))
    }

    /// Seals everything with another key, and writes the ledger. Answers where it is.
    ///
    /// Errors: something cannot be opened with the key at hand. Nothing is changed then.
    pub async fn reseal(
        mut self,
        root: &Path,
        env: &dyn Fn(&str) -> Option<String>,
        new: String,
    ) -> Result<String, Diagnostics> {
        let data = super::data_dir(root, env);
        let old = super::sealer(&mut self.ledger, &*self.store, &data, env)?;
        let new = Sealer::new(Some(new), &data.join("key"));
        self.ledger = self.ledger.reseal(&old, &new).map_err(|torn| {
            Diagnostic::error(
                "The ledger cannot be sealed again",
                format!(
                    "With the key at hand these cannot be opened: {}. Set {} to the key that they were sealed with. Nothing was \
                     changed.",
                    torn.join(", "),
                    super::KEY
                ),
            )
        })?;
        let place = self.store.place();
        self.write().await?;
        Ok(place)
    }

    /// Writes the ledger.
    pub async fn write(mut self) -> Result<(), Diagnostics> {
        self.ledger.serial += 1;
        self.store.write(&self.ledger).await.map_err(super::ledger_error)
    }
}

/// The address in another module. A key that the module's new address does not say stays as it was.
fn relocated(addr: &InstanceAddr, from: &ModulePath, to: &ModulePath) -> InstanceAddr {
    let mut module: Vec<_> = to.0.clone();
    let kept: Option<Key> = addr.resource.module.0.get(from.0.len() - 1).and_then(|(_, key)| key.clone());
    let named = from.0.last().is_some_and(|(_, key)| key.is_some());
    if let Some((_, key)) = module.last_mut().filter(|(_, key)| key.is_none() && !named) {
        *key = kept;
    }
    module.extend(addr.resource.module.0[from.0.len()..].iter().cloned());
    let mut new = addr.clone();
    new.resource.module = ModulePath(module);
    new
}

/// Can instances of this kind be marked as tainted?
pub fn can_be_tainted(addr: &InstanceAddr) -> bool {
    addr.resource.mode == Mode::Managed
}

/// Where the ledger of a root module is.
pub async fn store(
    root: &Path,
    cloud: &Choice,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Shelf, Diagnostics> {
    let data = super::data_dir(root, env);
    let workspace = super::workspace::current(&data, env)?;
    super::store(root, &data, cloud, &workspace, env).await
}

/// Who holds the lock of a ledger; `None`: nobody.
pub async fn holder(store: &dyn Store) -> Result<Option<LockInfo>, Diagnostics> {
    store.holder().await.map_err(super::ledger_error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::LocalStore;

    fn book(addresses: &[&str]) -> Book {
        let mut ledger = Ledger::new();
        for addr in addresses {
            ledger.instances.insert((*addr).into(), Record::default().into());
        }
        Book { ledger, store: std::sync::Arc::new(LocalStore::new("", "")), _lock: None }
    }

    fn moved(book: &mut Book, from: &str, to: &str) -> Result<Vec<String>, String> {
        let (source, target) = (Partial::parse(from).unwrap(), Partial::parse(to).unwrap());
        let moves = book.moves(&source, &target, (from, to)).map_err(|r| r.detail)?;
        book.carry(&moves);
        Ok(book.instances().iter().map(ToString::to_string).collect())
    }

    #[test]
    fn instances_and_modules_move_with_their_keys() {
        let all = ["a.b[0]", "a.b[1]", "a.c", "module.m[\"x\"].a.d", "module.m[\"x\"].module.n.a.e"];
        let start = || book(&all);
        let to = |from, to| moved(&mut start(), from, to).unwrap().join(" ");
        assert!(to("a.b", "a.z").starts_with("a.c a.z[0] a.z[1] "));
        assert!(to("a.b[0]", "a.z").starts_with("a.b[1] a.c a.z "));
        assert!(to("a.b[1]", "a.b[\"k\"]").starts_with("a.b[0] a.b[\"k\"] a.c "));
        assert!(to("a.c", "module.q.a.c").ends_with(" module.q.a.c"));
        assert!(to("module.m", "module.k").contains("module.k[\"x\"].a.d module.k[\"x\"].module.n.a.e"));
        assert!(to("module.m[\"x\"]", "module.k").contains("module.k.a.d module.k.module.n.a.e"));
        assert!(to("module.m[\"x\"].module.n", "module.n").ends_with("module.n.a.e"));
        let refused = |from, to| moved(&mut start(), from, to).unwrap_err();
        assert!(refused("a.q", "a.r").contains("does not match anything"));
        assert!(refused("a.c", "b.c").contains("types don't match"));
        assert!(refused("a.c", "a.b[0]").contains("already a resource instance"));
        assert!(refused("a.b", "a.z[0]").contains("several instances"));
        assert!(refused("a.c", "module.m").contains("must also be a resource"));
        assert!(refused("module.m", "a.c").contains("must also be a module"));
    }

    #[test]
    fn what_others_recorded_follows() {
        let mut book = book(&["a.b", "a.c"]);
        book.record(&InstanceAddr::parse("a.c").unwrap()).unwrap().depends_on = vec!["a.b".into()];
        moved(&mut book, "a.b", "a.z").unwrap();
        let record = book.record(&InstanceAddr::parse("a.c").unwrap()).unwrap();
        assert_eq!(record.depends_on, ["a.z"]);
    }
}
