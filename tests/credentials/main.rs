//! Credentials against the local cloud's token endpoint, which checks what a real one checks: right ones, wrong ones and
//! expired ones, and what the user then reads. Small servers play GitHub, Azure DevOps and the metadata service of a machine.
//! Nothing waits: client and cloud live in a time that is stepped.
//!
//! `keys/` holds throwaway keys that exist for these tests only (`app.p12` and `app-legacy.p12` are what OpenSSL 3 exports,
//! with its own and with `-legacy` encryption; their password is `correct`).

mod certificate;
mod clouds;
mod desk;
mod federated;
mod managed;
mod others;
mod renewal;
mod secret;
mod user;
