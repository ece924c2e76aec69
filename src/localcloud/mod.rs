//! The local cloud: an ARM of our own behind a real TLS connection.
//!
//! It is a world, not a mock: it keeps documents, runs operations on a clock, soft-deletes, refuses what Azure refuses.
//! It is the other side of the wire, so it must not know anything of the client: not the catalog, not the ARM client, not
//! the planner. What it knows of a resource type stands in tables of its own (`providers`, `schema`).
//!
//! The way of a request: [`server`] takes it off the socket, [`cloud`] hands it to the [`engine`], which asks [`login`]
//! about the token, [`access`] about rights, [`registry`] for the row of the type ([`rules`], [`providers`]), [`schema`] about the body; changes the
//! [`world`], on whose [`clock`] operations run; and writes what changed to the [`store`] before the answer leaves.

pub mod access;
pub mod certificates;
pub mod chaos;
pub mod clock;
pub mod cloud;
pub mod describe;
pub mod engine;
pub mod failure;
pub mod id;
mod lag;
pub mod log;
pub mod login;
pub mod pattern;
pub mod policy;
pub mod proofs;
pub mod providers;
pub mod registry;
pub mod rules;
pub mod schema;
mod server;
#[cfg(test)]
mod server_tests;
pub mod store;
#[cfg(test)]
mod story_tests;
pub mod summary;
pub mod tables;
pub mod unruly;
pub mod wire;
pub mod world;

pub use chaos::{BadRules, Rules, Struck};
pub use clock::ClockMode;
pub use cloud::{CloudError, Handle, LocalCloud, Options, WorldFile};
pub use engine::{Counts, Registered, Seeded};
pub use failure::ArmFailure;
pub use proofs::{Federated, IssuerKeys, Proofs};
pub use store::StoreError;
pub use summary::Summary;
