//! What a block may hold: the schema of resource, data and provider bodies. Tables elsewhere build these; `lang` decodes by them.

use super::types::Type;

/// The schema of a resource's, data source's or provider's body.
pub type ResourceSchema = BlockSpec;

/// What the body of a block may hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlockSpec {
    /// The arguments and the attributes that are only read.
    pub attributes: Vec<AttrSpec>,
    /// The nested blocks.
    pub blocks: Vec<NestedSpec>,
    /// What the block is for.
    pub description: String,
    /// Set when the whole block should no longer be used: what to do instead.
    pub deprecated: Option<String>,
}

/// One attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttrSpec {
    /// The name.
    pub name: String,
    /// The type; a type constraint (`optional` attributes of objects, `Dynamic` for any).
    pub ty: Type,
    /// Must be written, and not null.
    pub required: bool,
    /// May be written.
    pub optional: bool,
    /// Has a value when it is not written. Not optional and computed: only read.
    pub computed: bool,
    /// Only read, and an error of the type itself, which names no place, when it is written.
    pub refused: bool,
    /// The value is a secret.
    pub sensitive: bool,
    /// Written, sent, and never kept.
    pub write_only: bool,
    /// Set when it should no longer be used: what to do instead.
    pub deprecated: Option<String>,
    /// What it is.
    pub description: String,
}

/// One type of nested block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NestedSpec {
    /// The block's type name.
    pub name: String,
    /// How many there may be, and in what kind of collection.
    pub nesting: Nesting,
    /// At least so many.
    pub min: usize,
    /// At most so many; 0: as many as wanted.
    pub max: usize,
    /// May also be written as an argument, `name = [{...}]` (azurerm's "attributes as blocks").
    pub attr_as_block: bool,
    /// Has a value when it is not written: the provider leaves it as the service has it.
    pub computed: bool,
    /// What is in it.
    pub block: BlockSpec,
}

/// The collection that blocks of one type make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nesting {
    /// One object or null.
    Single,
    /// One object; when no block is written its attributes are null.
    Group,
    /// A list of objects.
    List,
    /// A set of objects.
    Set,
    /// A map of objects, by the block's one label.
    Map,
}

impl AttrSpec {
    /// An attribute that is neither required, optional nor computed yet.
    pub fn new(name: impl Into<String>, ty: Type) -> AttrSpec {
        AttrSpec {
            name: name.into(),
            ty,
            required: false,
            optional: false,
            computed: false,
            refused: false,
            sensitive: false,
            write_only: false,
            deprecated: None,
            description: String::new(),
        }
    }

    /// An argument that must be written.
    pub fn required(name: impl Into<String>, ty: Type) -> AttrSpec {
        AttrSpec { required: true, ..AttrSpec::new(name, ty) }
    }

    /// An argument that may be written.
    pub fn optional(name: impl Into<String>, ty: Type) -> AttrSpec {
        AttrSpec { optional: true, ..AttrSpec::new(name, ty) }
    }

    /// An attribute that is only read.
    pub fn computed(name: impl Into<String>, ty: Type) -> AttrSpec {
        AttrSpec { computed: true, ..AttrSpec::new(name, ty) }
    }

    /// The same, refused by the type itself when it is written.
    pub fn refused(mut self) -> AttrSpec {
        self.refused = true;
        self
    }

    /// May the configuration write it?
    pub fn is_argument(&self) -> bool {
        self.required || self.optional
    }

    /// The type of its values: the constraint with its optional attributes made plain ones.
    pub fn value_type(&self) -> Type {
        without_optional(&self.ty)
    }
}

impl NestedSpec {
    /// Blocks of one type, any number of them.
    pub fn new(name: impl Into<String>, nesting: Nesting, block: BlockSpec) -> NestedSpec {
        NestedSpec {
            name: name.into(),
            nesting,
            min: 0,
            max: 0,
            attr_as_block: false,
            computed: false,
            block,
        }
    }

    /// The type of the attribute that the blocks make.
    pub fn implied_type(&self) -> Type {
        let object = self.block.implied_type();
        // Objects whose attributes have no type of their own cannot share one collection.
        let dynamic = object.has_dynamic();
        match self.nesting {
            Nesting::Single | Nesting::Group => object,
            Nesting::List | Nesting::Map if dynamic => Type::Dynamic,
            Nesting::List => Type::list(object),
            Nesting::Set => Type::set(object),
            Nesting::Map => Type::map(object),
        }
    }
}

impl BlockSpec {
    /// The type of the object that a body makes.
    pub fn implied_type(&self) -> Type {
        let attributes = self.attributes.iter().map(|a| (a.name.as_str(), a.value_type()));
        Type::object(attributes.chain(self.blocks.iter().map(|b| (b.name.as_str(), b.implied_type()))))
    }

    /// An attribute by name.
    pub fn attribute(&self, name: &str) -> Option<&AttrSpec> {
        self.attributes.iter().find(|a| a.name == name)
    }

    /// A nested block by name.
    pub fn block(&self, name: &str) -> Option<&NestedSpec> {
        self.blocks.iter().find(|b| b.name == name)
    }
}

/// A type constraint as the type of values: no attribute is optional.
pub fn without_optional(ty: &Type) -> Type {
    ty.without_optional()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_makes_an_object_of_attributes_and_blocks() {
        let rule =
            BlockSpec { attributes: vec![AttrSpec::required("port", Type::Number)], ..BlockSpec::default() };
        let spec = BlockSpec {
            attributes: vec![
                AttrSpec::required("name", Type::String),
                AttrSpec::computed("id", Type::String),
            ],
            blocks: vec![
                NestedSpec::new("rule", Nesting::Set, rule.clone()),
                NestedSpec::new("one", Nesting::Single, rule),
            ],
            ..BlockSpec::default()
        };
        assert_eq!(
            spec.implied_type().to_string(),
            "object({id = string, name = string, one = object({port = number}), \
             rule = set(object({port = number}))})"
        );
    }
}
