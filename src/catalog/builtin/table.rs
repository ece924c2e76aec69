//! Types without a cloud as rows: arguments with defaults, what replaces, what is computed, and how.

use std::sync::Arc;

use crate::catalog::lens::{Detail, Expiry, LocalFile, LocalPlan, LocalType, Problem};
use crate::catalog::value::{argument, same};
use crate::lang::schema::{AttrSpec, BlockSpec, NestedSpec, ResourceSchema};
use crate::lang::{Entries, Type, Value};

/// A source of random bytes.
pub(super) type Source<'a> = &'a mut dyn FnMut(&mut [u8]);

/// Attributes by name.
pub(super) type Attributes = Entries;

/// The type of an attribute.
#[derive(Clone, Copy)]
pub(super) enum Ty {
    Bool,
    Number,
    Text,
    Texts,
    Map,
}

impl Ty {
    pub(super) fn ty(self) -> Type {
        match self {
            Ty::Bool => Type::Bool,
            Ty::Number => Type::Number,
            Ty::Text => Type::String,
            Ty::Texts => Type::list(Type::String),
            Ty::Map => Type::map(Type::String),
        }
    }
}

/// What an argument is when it is not written.
#[derive(Clone, Copy)]
pub(super) enum Unset {
    /// It must be written.
    Required,
    /// Null.
    Null,
    /// Whatever the object has, computed when it is made.
    Computed,
    /// This number.
    Number(i64),
    /// This text.
    Text(&'static str),
    /// False.
    False,
}

/// An argument.
pub(super) struct Arg {
    pub name: &'static str,
    pub ty: Ty,
    pub unset: Unset,
    /// A change makes a new object.
    pub replaces: bool,
    pub secret: bool,
}

/// An argument that makes a new object when it changes.
pub(super) const fn arg(name: &'static str, ty: Ty, unset: Unset) -> Arg {
    Arg { name, ty, unset, replaces: true, secret: false }
}

/// A secret argument that makes a new object when it changes.
pub(super) const fn secret(name: &'static str, unset: Unset) -> Arg {
    Arg { name, ty: Ty::Text, unset, replaces: true, secret: true }
}

/// An argument that is changed in place.
pub(super) const fn plain(name: &'static str, ty: Ty, unset: Unset) -> Arg {
    Arg { name, ty, unset, replaces: false, secret: false }
}

/// A type.
pub(super) struct Table {
    pub name: &'static str,
    pub arguments: &'static [Arg],
    /// Attributes that are only read: name, type, secret.
    pub computed: &'static [(&'static str, Ty, bool)],
    /// Nested blocks; each makes a new object when it changes.
    pub blocks: fn() -> Vec<NestedSpec>,
    /// What is wrong with the arguments.
    pub check: fn(&Value) -> Vec<Problem>,
    /// What follows from what is known already, at any time.
    pub derive: fn(&mut Attributes),
    /// What is computed when the object is made; `now` is RFC 3339.
    pub make: fn(&Value, Source<'_>, &str) -> Vec<(&'static str, Value)>,
    /// Does an object still hold at a time?
    pub expired: fn(&Value, &str) -> Option<Expiry>,
    /// The file that an object is.
    pub file: fn(&Value) -> Option<LocalFile>,
}

impl Table {
    /// What most types have in common.
    pub(super) const PLAIN: Table = Table {
        name: "",
        arguments: &[],
        computed: &[],
        blocks: Vec::new,
        check: |_| Vec::new(),
        derive: |_| {},
        make: |_, _, _| Vec::new(),
        expired: |_, _| None,
        file: |_| None,
    };
}

impl LocalType for Table {
    fn schema(&self) -> Arc<ResourceSchema> {
        let arguments = self.arguments.iter().map(|a| AttrSpec {
            required: matches!(a.unset, Unset::Required),
            optional: !matches!(a.unset, Unset::Required),
            computed: !matches!(a.unset, Unset::Required | Unset::Null),
            sensitive: a.secret,
            ..AttrSpec::new(a.name, a.ty.ty())
        });
        let computed = self
            .computed
            .iter()
            .map(|(name, ty, secret)| AttrSpec { sensitive: *secret, ..AttrSpec::computed(*name, ty.ty()) });
        Arc::new(BlockSpec {
            attributes: arguments.chain(computed).collect(),
            blocks: (self.blocks)(),
            ..BlockSpec::default()
        })
    }

    fn check(&self, config: &Value) -> Vec<Problem> {
        (self.check)(config)
    }

    fn plan(&self, prior: Option<&Value>, config: &Value) -> LocalPlan {
        let mut planned = config.as_entries().cloned().unwrap_or_default();
        let written = |name: &str| config.get(name).filter(|v| !v.is_null()).cloned();
        for arg in self.arguments {
            let value = written(arg.name).or(match arg.unset {
                Unset::Required | Unset::Null | Unset::Computed => None,
                Unset::Number(n) => Some(n.into()),
                Unset::Text(t) => Some(t.into()),
                Unset::False => Some(false.into()),
            });
            planned.insert(arg.name.into(), value.unwrap_or_else(|| Value::null(arg.ty.ty())));
        }
        let old = |name: &str| prior.and_then(|p| p.get(name));
        let changed = |name: &str| !old(name).is_some_and(|old| same(old, &planned[name]));
        let mut replace = Vec::new();
        if prior.is_some() {
            let kept = |a: &&Arg| matches!(a.unset, Unset::Computed) && written(a.name).is_none();
            let rows = self.arguments.iter().filter(|a| a.replaces && !kept(a) && changed(a.name));
            replace.extend(rows.map(|a| argument(a.name)));
            let blocks = (self.blocks)();
            replace.extend(blocks.iter().filter(|b| changed(&b.name)).map(|b| argument(&b.name)));
        }
        let from = prior.filter(|_| replace.is_empty());
        let unset = self.arguments.iter().filter(|a| matches!(a.unset, Unset::Computed));
        let unset = unset.filter(|a| written(a.name).is_none()).map(|a| (a.name, a.ty));
        for (name, ty) in unset.chain(self.computed.iter().map(|(name, ty, _)| (*name, *ty))) {
            let value = from.and_then(|p| p.get(name)).cloned();
            planned.insert(name.into(), value.unwrap_or_else(|| Value::unknown_not_null(ty.ty())));
        }
        (self.derive)(&mut planned);
        LocalPlan { planned: Value::object(planned), replace }
    }

    fn import(&self, id: &str, now: &str) -> Result<Value, Problem> {
        let mut all: Attributes =
            super::import::read(self.name, id, now)?.into_iter().map(|(n, v)| (n.into(), v)).collect();
        (self.derive)(&mut all);
        Ok(Value::object(all))
    }

    fn apply(
        &self,
        _prior: Option<&Value>,
        planned: &Value,
        random: &mut dyn FnMut(&mut [u8]),
        now: &str,
    ) -> Value {
        if planned.is_wholly_known() {
            return planned.clone();
        }
        let mut all = planned.as_entries().cloned().unwrap_or_default();
        for (name, value) in (self.make)(planned, random, now) {
            if all.get(name).is_some_and(Value::is_unknown) {
                all.insert(name.into(), value);
            }
        }
        (self.derive)(&mut all);
        Value::object(all)
    }

    fn detail(&self, path: &[&str]) -> Detail {
        let arg = path.first().and_then(|name| self.arguments.iter().find(|a| a.name == *name));
        let default = arg.and_then(|a| match a.unset {
            Unset::Number(n) => Some(n.to_string()),
            Unset::Text(t) => Some(format!("\"{t}\"")),
            Unset::False => Some("false".into()),
            _ => None,
        });
        Detail { default, replaces: arg.is_none_or(|a| a.replaces), ..Detail::default() }
    }

    fn expired(&self, object: &Value, now: &str) -> Option<Expiry> {
        (self.expired)(object, now)
    }

    fn file(&self, object: &Value) -> Option<LocalFile> {
        (self.file)(object)
    }
}
