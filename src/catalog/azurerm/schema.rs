//! The schema that a table gives.

use std::sync::Arc;

use super::table::{Mode, Row, Table, What, slot};
use crate::lang::Type;
use crate::lang::schema::{AttrSpec, BlockSpec, NestedSpec, Nesting, ResourceSchema};

impl Table {
    /// The schema for a major version of the provider.
    pub(super) fn schema_of(&self, major: u32) -> Arc<ResourceSchema> {
        let slot = &self.schemas[slot(major)];
        slot.get_or_init(|| {
            let mut spec = block_spec(&self.rows, major);
            spec.attributes.push(AttrSpec::computed("id", Type::String));
            let names =
                ["create", "read", "update", "delete"].iter().zip(self.timeouts).filter(|(_, t)| *t > 0);
            let attributes = names.map(|(n, _)| AttrSpec::optional(*n, Type::String)).collect();
            let timeouts = BlockSpec { attributes, ..BlockSpec::default() };
            spec.blocks.push(NestedSpec::new("timeouts", Nesting::Single, timeouts));
            Arc::new(spec)
        })
        .clone()
    }
}

fn use_instead(newer: &str) -> String {
    format!("Use `{newer}` instead.")
}

/// The rows of a block as its schema.
pub(super) fn block_spec(rows: &[Row], major: u32) -> BlockSpec {
    let mut spec = BlockSpec::default();
    for row in rows.iter().filter(|r| r.is_in(major)) {
        match &row.what {
            What::Block(block) if row.mode != Mode::Computed => {
                let mut nested = NestedSpec::new(row.name, block.nesting, block_spec(&block.rows, major));
                (nested.min, nested.max, nested.attr_as_block) =
                    (if row.is_required(major) { block.min } else { 0 }, block.max, block.attr_as_block);
                nested.computed = row.mode == Mode::Both || row.stays;
                nested.block.deprecated = row.deprecated.map(use_instead);
                spec.blocks.push(nested);
            }
            _ => {
                let required = row.is_required(major);
                spec.attributes.push(AttrSpec {
                    required,
                    optional: !required && row.mode != Mode::Computed,
                    computed: row.mode == Mode::Computed || (row.mode == Mode::Both && !required),
                    sensitive: row.sensitive,
                    write_only: row.write_only,
                    deprecated: row.deprecated.map(use_instead),
                    ..AttrSpec::new(row.name, type_of(row, major))
                });
            }
        }
    }
    spec
}

/// The type of a row's value.
pub(super) fn type_of(row: &Row, major: u32) -> Type {
    let made = row.types[slot(major)].get_or_init(|| match &row.what {
        What::Plain(ty) => ty.clone(),
        What::Block(block) => {
            let object = block_spec(&block.rows, major).implied_type();
            if block.nesting == Nesting::Set { Type::set(object) } else { Type::list(object) }
        }
    });
    made.clone()
}
