//! How facts of a type are declared: one row says of one or more paths of the body what is known of them, and where
//! that is known from. Rows are read once into the tree that comparisons walk.

use crate::catalog::facts::{Compare, FactNode, ItemOf, Mutex, SoftDelete, TypeFacts};

/// What is known of paths. A path is property names with dots; `[]` after a name stands for the items of an array, `*`
/// for every name of a map with free keys.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) paths: &'static [&'static str],
    pub(super) compare: Compare,
    pub(super) create_only: bool,
    pub(super) read_only: bool,
    pub(super) default: Option<&'static str>,
    pub(super) neutral: Option<&'static str>,
    pub(super) set_key: Option<&'static [&'static str]>,
    pub(super) secret: bool,
    pub(super) free: bool,
    pub(super) whole: bool,
    /// Where it is known from: behaviour ids, `schema` (readOnly, enums), `mutability`, `server_populated`, `azurerm`.
    #[cfg_attr(not(test), expect(dead_code, reason = "for whoever reads the table, and its tests"))]
    pub(super) source: &'static str,
}

/// A row about these paths.
pub(super) const fn on(paths: &'static [&'static str], source: &'static str) -> Row {
    Row {
        paths,
        compare: Compare::Exact,
        create_only: false,
        read_only: false,
        default: None,
        neutral: None,
        set_key: None,
        secret: false,
        free: false,
        whole: false,
        source,
    }
}

impl Row {
    pub(super) const fn compare(mut self, compare: Compare) -> Row {
        self.compare = compare;
        self
    }
    /// Letter case does not matter.
    pub(super) const fn cased(self) -> Row {
        self.compare(Compare::IgnoreCase)
    }
    /// Set when the document is created.
    pub(super) const fn fixed(mut self) -> Row {
        self.create_only = true;
        self
    }
    /// Changed in place although what it stands in is set when the document is created.
    pub(super) const fn free(mut self) -> Row {
        self.free = true;
        self
    }
    /// The service fills it.
    pub(super) const fn server(mut self) -> Row {
        self.read_only = true;
        self
    }
    /// What ARM answers when nothing was sent, as JSON. Of the items of an array: an item that says no more than this is
    /// as good as none. Of a word the case means nothing (HTTP-02).
    pub(super) const fn default(mut self, json: &'static str) -> Row {
        let text = json.as_bytes();
        let word = text.len() > 2 && text[0] == b'"' && text[1].is_ascii_alphabetic();
        if word && matches!(self.compare, Compare::Exact) {
            self.compare = Compare::IgnoreCase;
        }
        self.default = Some(json);
        self
    }
    /// What is sent when nobody claims it any more, as JSON.
    pub(super) const fn neutral(mut self, json: &'static str) -> Row {
        self.neutral = Some(json);
        self
    }
    /// An array whose order means nothing, by the properties that name an item; none: the whole item.
    pub(super) const fn set(mut self, key: &'static [&'static str]) -> Row {
        self.set_key = Some(key);
        self
    }
    /// An object that a claim says all of.
    pub(super) const fn whole(mut self) -> Row {
        self.whole = true;
        self
    }
    /// A secret that GET does not return.
    pub(super) const fn secret(mut self) -> Row {
        self.secret = true;
        self.compare(Compare::WriteOnly)
    }

    fn write(&self, node: &mut FactNode) {
        if self.compare != Compare::Exact {
            node.compare = self.compare;
        }
        node.create_only |= self.create_only;
        node.read_only |= self.read_only;
        node.secret |= self.secret;
        node.whole |= self.whole;
        node.default = self.default.or(node.default);
        node.neutral = self.neutral.or(node.neutral);
        node.set_key = self.set_key.or(node.set_key);
    }
}

/// What is known of a type.
#[derive(Clone, Copy)]
pub(super) struct Type {
    pub(super) arm_type: &'static str,
    pub(super) rows: &'static [Row],
    /// Rows of another type, below a path of this one.
    pub(super) below: &'static [(&'static str, &'static [Row])],
    api_version: &'static str,
    seconds: u32,
    no_location: bool,
    holds_data: Option<&'static str>,
    soft_delete: Option<SoftDelete>,
    mutexes: &'static [Mutex],
    implied: bool,
    lingers: bool,
    stages: &'static [&'static str],
    global_name: bool,
    item_of: Option<ItemOf>,
    renewed: &'static [(&'static str, &'static str)],
}

/// A type at the version that is used where none is said, with the seconds that a create usually takes.
pub(super) const fn arm(
    arm_type: &'static str,
    api_version: &'static str,
    seconds: u32,
    rows: &'static [Row],
) -> Type {
    Type {
        arm_type,
        rows,
        below: &[],
        api_version,
        seconds,
        no_location: false,
        holds_data: None,
        soft_delete: None,
        mutexes: &[],
        implied: false,
        lingers: false,
        stages: &[],
        global_name: false,
        item_of: None,
        renewed: &[],
    }
}

impl Type {
    pub(super) const fn below(mut self, below: &'static [(&'static str, &'static [Row])]) -> Type {
        self.below = below;
        self
    }
    /// It has no location of its own although it is no child.
    pub(super) const fn anywhere(mut self) -> Type {
        self.no_location = true;
        self
    }
    /// It holds data: what, in words.
    pub(super) const fn holds(mut self, what: &'static str) -> Type {
        self.holds_data = Some(what);
        self
    }
    pub(super) const fn soft_delete(mut self, how: SoftDelete) -> Type {
        self.soft_delete = Some(how);
        self
    }
    pub(super) const fn mutexes(mut self, mutexes: &'static [Mutex]) -> Type {
        self.mutexes = mutexes;
        self
    }
    /// Paths that change in a request of their own, in this order, after everything else (CON-04).
    pub(super) const fn staged(mut self, paths: &'static [&'static str]) -> Type {
        self.stages = paths;
        self
    }
    /// It is still read for a while when its deletion is done (DEL-01).
    pub(super) const fn lingers(mut self) -> Type {
        self.lingers = true;
        self
    }
    /// Its parent makes it; it is always there.
    pub(super) const fn implied(mut self) -> Type {
        self.implied = true;
        self
    }
    /// Nobody else in the world may have the name.
    pub(super) const fn global(mut self) -> Type {
        self.global_name = true;
        self
    }

    /// It is an item of an array on another document.
    pub(super) const fn item_of(mut self, item: ItemOf) -> Type {
        self.item_of = Some(item);
        self
    }
    /// A property is another value after another one was written.
    pub(super) const fn renewed(mut self, renewed: &'static [(&'static str, &'static str)]) -> Type {
        self.renewed = renewed;
        self
    }

    /// What is known of a type that no table names.
    pub(super) const UNKNOWN: Type = arm("", "", 0, &[]);

    /// The facts as others read them.
    pub(super) fn facts(&self) -> TypeFacts {
        let mut body = FactNode::default();
        for row in COMMON.iter().chain(self.rows) {
            write(&mut body, "", row);
        }
        for (prefix, rows) in self.below {
            rows.iter().for_each(|row| write(&mut body, prefix, row));
        }
        inherit(&mut body, false);
        for path in self.rows.iter().filter(|r| r.free).flat_map(|r| r.paths) {
            node_at(&mut body, path).create_only = false;
        }
        TypeFacts {
            arm_type: self.arm_type,
            api_version: self.api_version,
            no_location: self.no_location,
            body,
            holds_data: self.holds_data,
            soft_delete: self.soft_delete,
            mutexes: self.mutexes,
            durations: super::durations::of(self.arm_type, self.seconds),
            implied: self.implied,
            lingers: self.lingers,
            stages: self.stages,
            global_name: self.global_name,
            item_of: self.item_of,
            renewed: self.renewed,
        }
    }
}

/// What holds for every type.
#[rustfmt::skip]
const COMMON: &[Row] = &[
    on(&["id", "name", "type", "etag", "systemData"], "schema; HTTP-10").server(),
    on(&["location"], "mutability; NAM-08").compare(Compare::Location).fixed(),
    on(&["extendedLocation", "extendedLocation.name", "extendedLocation.type"], "azurerm").fixed(),
    on(&["tags"], "server_populated: an empty map").default("{}"),
    on(&["identity"], "arm-mapping §1").neutral(r#"{"type":"None"}"#),
    // `SystemAssigned, UserAssigned` with or without the space.
    on(&["identity.type"], "arm-mapping §1").compare(Compare::Words).default("\"None\""),
    on(&["identity.principalId", "identity.tenantId"], "schema").server(),
    on(&["identity.userAssignedIdentities.*.principalId", "identity.userAssignedIdentities.*.clientId"], "schema").server(),
    on(&["properties.provisioningState"], "schema; LRO-10").server(),
];

fn write(body: &mut FactNode, prefix: &'static str, row: &Row) {
    for path in row.paths {
        let node = [prefix, path].into_iter().filter(|p| !p.is_empty()).fold(&mut *body, node_at);
        row.write(node);
    }
}

/// The node of a path, made if it is not there.
fn node_at<'a>(root: &'a mut FactNode, path: &'static str) -> &'a mut FactNode {
    path.split('.').fold(root, |node, step| {
        if step == "*" {
            return node.items.get_or_insert_default();
        }
        let name = step.trim_end_matches("[]");
        let below = node.properties.entry(lower(name)).or_default();
        if step.ends_with("[]") { below.items.get_or_insert_default() } else { below }
    })
}

/// The lower-case form of a name of the tables, for as long as they live.
fn lower(name: &'static str) -> &'static str {
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        Box::leak(name.to_ascii_lowercase().into_boxed_str())
    } else {
        name
    }
}

/// What is below a fixed property is fixed, too.
fn inherit(node: &mut FactNode, fixed: bool) {
    node.create_only |= fixed;
    let fixed = node.create_only;
    node.properties.values_mut().for_each(|below| inherit(below, fixed));
    if let Some(items) = &mut node.items {
        inherit(items, fixed);
    }
}
