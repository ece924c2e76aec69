//! What people and programs read: plan text, diagnostics, progress, JSON documents and events.
//! Takes no decisions; whatever is printed leaves by [`output::Ui`].

pub mod diagnostics;
pub mod graph;
pub mod json;
pub mod junit;
pub mod log;
pub mod output;
pub mod plan_text;
pub mod progress;
pub mod state_view;
pub mod style;
pub mod testing;
pub mod timeline;
pub mod tree;
