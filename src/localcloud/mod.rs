//! The local cloud: an ARM of our own behind a real TLS connection.
//!
//! It is a world, not a mock: it keeps documents, runs operations on a clock, soft-deletes, refuses what Azure refuses.
//! It is the other side of the wire, so it must not know anything of the client: not the catalog, not the ARM client, not
//! the planner. What it knows of a resource type stands in tables of its own (`providers`, `schema`).
//!
//! * [`id`]: resource ids as ARM reads them from a URL.
//! * [`rules`]: the shape of a row that says how one resource type behaves, and of the hooks beside it.
//! * [`world`]: the documents, with their index of references, and what hooks may do with them.
//! * [`failure`]: what ARM says when it refuses.
//! * [`providers`]: the rows, one file per namespace. [`schema`]: bodies checked against tables of properties.

pub mod clock;
pub mod failure;
pub mod id;
pub mod login;
pub mod providers;
pub mod registry;
pub mod rules;
pub mod schema;
pub mod store;
pub mod tables;
pub mod wire;
pub mod world;
