//! From configuration and live documents to a plan: expansion, the graph, reads, differences, actions, findings.
//! Knows nothing of rendering or of HTTP.

pub mod addr;
pub mod model;
