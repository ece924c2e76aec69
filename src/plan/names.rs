//! What evaluation has made of names (variables, locals, outputs, repetitions), so that each is evaluated once: in one walk; and
//! in apply once for all its walks, as long as no block changes that it is made of.
//!
//! Must not know: how anything is evaluated.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use super::addr::{InstanceAddr, ModulePath, ResourceAddr};
use super::repeat::{Block, Repetition};
use crate::lang::Value;

/// What has a value, or repeats, in a module instance.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Name {
    /// `var.name`
    Variable(ModulePath, Arc<str>),
    /// `local.name`
    Local(ModulePath, Arc<str>),
    /// An output of the module.
    Output(ModulePath, Arc<str>),
    /// How the module call repeats.
    Call(ModulePath, Arc<str>),
    /// How the block repeats.
    Block(ResourceAddr),
}

/// The blocks that something is made of.
pub type Blocks = Rc<BTreeSet<ResourceAddr>>;

/// What is known of names.
#[derive(Default)]
pub struct Known {
    values: Of<Value>,
    repetitions: Of<Rc<Repetition>>,
}

type Of<T> = RefCell<HashMap<Name, (T, Blocks)>>;

/// What is made of a name.
pub trait Made: Clone {
    /// What is known of its kind.
    fn among(known: &Known) -> &Of<Self>;
}

impl Made for Value {
    fn among(known: &Known) -> &Of<Value> {
        &known.values
    }
}

impl Made for Rc<Repetition> {
    fn among(known: &Known) -> &Of<Rc<Repetition>> {
        &known.repetitions
    }
}

impl Known {
    /// What was made of a name, and of which blocks.
    pub fn get<T: Made>(&self, name: &Name) -> Option<(T, Blocks)> {
        T::among(self).borrow().get(name).cloned()
    }

    /// Notes what was made of a name.
    pub fn note<T: Made>(&self, name: Name, made: T, of: Blocks) {
        T::among(self).borrow_mut().insert(name, (made, of));
    }

    fn forget(&self, name: &Name) {
        self.values.borrow_mut().remove(name);
        self.repetitions.borrow_mut().remove(name);
    }
}

/// What the walks of a run share: to evaluate names and to expand blocks anew for every step would take time that grows with
/// the square of the instances.
#[derive(Default)]
pub struct Kept {
    known: Known,
    blocks: RefCell<HashMap<ResourceAddr, Rc<Block>>>,
    users: RefCell<HashMap<ResourceAddr, HashSet<Name>>>,
}

impl Kept {
    /// What was made of a name, if it would be made again.
    pub fn get<T: Made>(&self, name: &Name) -> Option<(T, Blocks)> {
        self.known.get(name)
    }

    /// Keeps what was made of a name until one of these blocks changes.
    pub fn note<T: Made>(&self, name: Name, made: T, of: Blocks) {
        let mut users = self.users.borrow_mut();
        for block in of.iter() {
            users.entry(block.clone()).or_default().insert(name.clone());
        }
        self.known.note(name, made, of);
    }

    /// A block as references see it now.
    pub fn block(&self, addr: &ResourceAddr) -> Option<Rc<Block>> {
        self.blocks.borrow().get(addr).cloned()
    }

    /// Keeps a block.
    pub fn keep(&self, addr: ResourceAddr, block: Rc<Block>) {
        self.blocks.borrow_mut().insert(addr, block);
    }

    /// Puts another value in the place of an instance's; what was made of its block is forgotten, and first, for it may share
    /// the block's values, which are then not copied.
    pub fn put(&self, addr: &InstanceAddr, value: Value) {
        for name in self.users.borrow_mut().remove(&addr.resource).into_iter().flatten() {
            self.known.forget(&name);
        }
        if let Some(block) = self.blocks.borrow_mut().get_mut(&addr.resource) {
            Rc::make_mut(block).put(addr.key.as_ref(), value);
        }
    }
}

/// The blocks that are used while names are evaluated, those of a name's own names among them.
#[derive(Default)]
pub struct Using(RefCell<Vec<BTreeSet<ResourceAddr>>>);

impl Using {
    /// From here on what is used is used by another name.
    pub fn begin(&self) {
        self.0.borrow_mut().push(BTreeSet::new());
    }

    /// What the name has used that was begun last; whoever needs it uses that, too.
    pub fn end(&self) -> Blocks {
        let of = Rc::new(self.0.borrow_mut().pop().unwrap_or_default());
        self.all(&of);
        of
    }

    /// A block is used.
    pub fn one(&self, block: &ResourceAddr) {
        if let Some(top) = self.0.borrow_mut().last_mut()
            && !top.contains(block)
        {
            top.insert(block.clone());
        }
    }

    /// So are these.
    pub fn all(&self, blocks: &Blocks) {
        if let Some(top) = self.0.borrow_mut().last_mut() {
            top.extend(blocks.iter().cloned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::addr::{Key, Mode};
    use crate::plan::repeat::Kind;

    fn block(name: &str) -> ResourceAddr {
        ResourceAddr { module: ModulePath::root(), mode: Mode::Managed, ty: "t".into(), name: name.into() }
    }

    fn local(name: &str) -> Name {
        Name::Local(ModulePath::root(), name.into())
    }

    #[test]
    fn what_is_made_of_a_block_is_forgotten_when_it_changes_and_nothing_else() {
        let kept = Kept::default();
        let repetition = Rc::new(Repetition { kind: Kind::Count(2), ..Repetition::default() });
        let value = repetition.collect(|_| "planned".into());
        kept.keep(block("a"), Rc::new(Block { repetition: repetition.clone(), value }));
        let of = |names: &[&str]| Rc::new(names.iter().map(|n| block(n)).collect::<BTreeSet<_>>());
        kept.note(local("of_a"), Value::string("1"), of(&["a"]));
        kept.note(local("of_both"), Value::string("2"), of(&["a", "b"]));
        kept.note(Name::Block(block("b")), repetition, of(&["a"]));
        kept.note(local("of_none"), Value::string("3"), of(&[]));
        kept.put(&block("a").instance(Some(Key::Index(1))), "made".into());
        let there = |name: &str| kept.get::<Value>(&local(name)).is_some();
        assert_eq!(["of_a", "of_both", "of_none"].map(there), [false, false, true]);
        assert!(kept.get::<Rc<Repetition>>(&Name::Block(block("b"))).is_none());
        let values = kept.block(&block("a")).unwrap().value.clone();
        let texts: Vec<_> = values.as_sequence().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(texts, ["planned", "made"]);
        // Made again, it is forgotten again.
        kept.note(local("of_both"), Value::string("2"), of(&["a", "b"]));
        kept.put(&block("b").instance(None), "made".into());
        assert!(!there("of_both"));
    }

    #[test]
    fn a_name_is_made_of_what_its_names_are_made_of() {
        let using = Using::default();
        using.one(&block("of nobody"));
        using.begin();
        using.one(&block("a"));
        using.begin();
        using.one(&block("b"));
        assert_eq!(using.end().len(), 1);
        using.all(&Rc::new(BTreeSet::from([block("c"), block("a")])));
        let of = using.end();
        assert_eq!(of.iter().map(|b| &*b.name).collect::<Vec<_>>(), ["a", "b", "c"]);
    }
}
