//! Where in the configuration an object is written: what went wrong with it is shown there.

use super::addr::{InstanceAddr, Mode};
use super::walk::resource_context;
use crate::config::{Config, Resource};
use crate::lang::diag::Span;
use crate::lang::{Diagnostic, Diagnostics, refs};

/// A block's header, and its words as diagnostics name the block.
#[derive(Debug, Clone)]
pub struct Place {
    /// The header.
    pub span: Span,
    /// `resource "t" "n"`, `provider "azurerm"`
    pub context: String,
}

impl Place {
    /// Of a resource or a data source.
    pub fn of(resource: &Resource) -> Place {
        Place { span: resource.header.clone(), context: resource_context(resource) }
    }

    /// The diagnostic here, if it has no place of its own.
    pub fn put(&self, mut one: Diagnostic) -> Diagnostic {
        if one.subject.is_some() {
            return one;
        }
        one.subject = Some(self.span.clone());
        one.within(self.context.clone())
    }
}

/// The block of an instance, if the configuration has it.
pub fn block(config: &Config, addr: &InstanceAddr) -> Option<Place> {
    let resource = &addr.resource;
    let module = config.root.descendant(&resource.module.calls())?;
    let mode = if resource.mode == Mode::Data { refs::Mode::Data } else { refs::Mode::Managed };
    module.resource(mode, &resource.ty, &resource.name).map(Place::of)
}

/// The diagnostics, those of objects without a place at the blocks of these. What has no text of its own (an
/// interruption befalls many objects at once) stays without.
pub fn placed(config: &Config, diagnostics: Diagnostics) -> Diagnostics {
    let put = |one: Diagnostic| {
        let addr = one.address.as_deref().filter(|_| !one.detail.is_empty());
        match addr.and_then(|a| block(config, &InstanceAddr::parse(a).ok()?)) {
            Some(place) => place.put(one),
            None => one,
        }
    };
    Diagnostics(diagnostics.into_iter().map(put).collect())
}
