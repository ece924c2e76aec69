//! What a type is, for people: arguments with defaults, what replaces, where it stands in ARM. Everything comes from the tables
//! that plan and apply read.

use super::lens::{Detail, LookUp};
use super::{data_source, resource};
use crate::lang::schema::{BlockSpec, Nesting};

/// The major version of a provider that is described: the newest, where there are several.
const MAJOR: u32 = 4;

/// An argument, or a block of arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// Names with dots between: `network_rules.bypass`.
    pub path: String,
    /// `string`, `list of string`; of a block how often it may be there.
    pub ty: String,
    /// It must be written (where the block around it is).
    pub required: bool,
    /// It has a value when it is not written that no table knows.
    pub computed: bool,
    /// It is a secret.
    pub secret: bool,
    /// What to use instead.
    pub deprecated: Option<String>,
    /// What the schema does not say.
    pub detail: Detail,
}

/// An attribute that is only read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The name.
    pub name: String,
    /// `string`
    pub ty: String,
    /// It is a secret.
    pub secret: bool,
}

/// A type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The ARM types of its documents, with the versions they are written at; none: no cloud is behind it.
    pub documents: Vec<(&'static str, &'static str)>,
    /// The arguments, blocks before what is in them.
    pub arguments: Vec<Argument>,
    /// Attributes beside the arguments.
    pub attributes: Vec<Attribute>,
}

/// Describes a managed resource type.
pub fn describe(name: &str) -> Option<Description> {
    let found = resource(name)?;
    Some(match found {
        LookUp::Arm(lens) => of(&lens.schema(MAJOR), lens.documents(), &|path| lens.detail(path)),
        LookUp::Local(local) => of(&local.schema(), Vec::new(), &|path| local.detail(path)),
    })
}

/// Describes a data source.
pub fn describe_data(name: &str) -> Option<Description> {
    Some(of(&data_source(name)?.schema(MAJOR), Vec::new(), &|_| Detail::default()))
}

fn of(
    schema: &BlockSpec,
    documents: Vec<(&'static str, &'static str)>,
    detail: &dyn Fn(&[&str]) -> Detail,
) -> Description {
    let mut arguments = Vec::new();
    walk(schema, &mut Vec::new(), detail, &mut arguments);
    let read = schema.attributes.iter().filter(|a| !a.is_argument());
    let mut attributes: Vec<Attribute> = read
        .map(|a| Attribute { name: a.name.clone(), ty: a.ty.friendly_name(), secret: a.sensitive })
        .collect();
    attributes.sort_by(|a, b| a.name.cmp(&b.name));
    Description { documents, arguments, attributes }
}

/// Required ones first, then by name; blocks after them.
fn walk<'s>(
    spec: &'s BlockSpec,
    path: &mut Vec<&'s str>,
    detail: &dyn Fn(&[&str]) -> Detail,
    out: &mut Vec<Argument>,
) {
    let mut plain: Vec<_> = spec.attributes.iter().filter(|a| a.is_argument()).collect();
    plain.sort_by_key(|a| (!a.required, &a.name));
    for one in plain {
        path.push(&one.name);
        out.push(Argument {
            path: path.join("."),
            ty: one.ty.friendly_name(),
            required: one.required,
            computed: one.computed,
            secret: one.sensitive,
            deprecated: one.deprecated.clone(),
            detail: detail(path),
        });
        path.pop();
    }
    let mut blocks: Vec<_> = spec.blocks.iter().filter(|b| b.name != "timeouts").collect();
    blocks.sort_by_key(|b| (b.min == 0, &b.name));
    for block in blocks {
        path.push(&block.name);
        let single = matches!(block.nesting, Nesting::Single | Nesting::Group) || block.max == 1;
        out.push(Argument {
            path: path.join("."),
            ty: if single { "block".into() } else { "blocks".into() },
            required: block.min > 0,
            computed: false,
            secret: false,
            deprecated: block.block.deprecated.clone(),
            detail: detail(path),
        });
        walk(&block.block, path, detail, out);
        path.pop();
    }
}
