//! Blobs of one container of a storage account: what can be asked of them, and how it is asked over HTTP.
//!
//! Plain requests through the pipeline of azure_core, over the one HTTP client: a dozen of operations, all three ways to
//! prove who asks. (azure_storage_blob knows no account keys.) What is asked is a value ([`Call`]), so that a test can answer
//! it from memory. Must not know: ledgers, what the bytes mean, what is shown.

mod http;
mod sign;

use std::fmt;

use async_trait::async_trait;
use thiserror::Error;

pub use http::{Auth, Container};
pub use sign::AccountKey;

/// Somebody who answers calls: a container, or a test.
#[async_trait]
pub trait Blobs: fmt::Debug + Send + Sync {
    /// Sends one call, once.
    async fn send(&self, call: &Call<'_>) -> Result<Answer, BlobError>;

    /// The URL of a blob, as people find it.
    fn url(&self, blob: &str) -> String;
}

/// One request.
#[derive(Debug, Clone)]
pub struct Call<'c> {
    /// The blob's name; empty for the container itself.
    pub blob: &'c str,
    /// What is to be done.
    pub what: What<'c>,
    /// The lease that must be held on it.
    pub lease: Option<&'c str>,
    /// On which condition.
    pub only: Only<'c>,
}

/// What is to be done with a blob.
#[derive(Debug, Clone)]
pub enum What<'c> {
    /// Its bytes from an offset on, with all that is known of it.
    Get {
        /// The first byte.
        from: u64,
    },
    /// What is known of it.
    Head,
    /// It is written whole.
    Put {
        /// The bytes.
        body: &'c [u8],
        /// What it says about itself.
        metadata: &'c [(String, String)],
    },
    /// It becomes an empty blob that can grow.
    Begin,
    /// It grows.
    Append {
        /// The bytes.
        body: &'c [u8],
        /// Its length before.
        at: u64,
    },
    /// What it says about itself is replaced.
    Metadata(&'c [(String, String)]),
    /// A snapshot of it is kept.
    Snapshot,
    /// It is removed, with its snapshots.
    Delete,
    /// It is leased for so many seconds.
    Acquire {
        /// The lease's id, a GUID.
        id: &'c str,
        /// 15 to 60.
        seconds: u32,
    },
    /// A lease begins anew.
    Renew(&'c str),
    /// A lease ends.
    Release(&'c str),
    /// The names of the container's blobs that begin so.
    List {
        /// The beginning.
        prefix: &'c str,
    },
}

/// On which condition something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only<'c> {
    /// None.
    Always,
    /// The blob is as it was when it had this etag.
    Unchanged(&'c str),
    /// There is none.
    Absent,
}

/// What a call was answered, as far as it applies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The blob's etag.
    pub etag: String,
    /// Its bytes.
    pub body: Vec<u8>,
    /// How many bytes it has.
    pub length: u64,
    /// What it says about itself; names are lower case.
    pub metadata: Vec<(String, String)>,
    /// Somebody holds a lease on it.
    pub leased: bool,
    /// Names.
    pub names: Vec<String>,
}

/// Why a call came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BlobError {
    /// The service refused it.
    #[error("{status} {code}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// `LeaseAlreadyPresent`, `BlobNotFound`
        code: String,
        /// What it said.
        message: String,
    },
    /// No answer came: it may have been done. Or the service stumbled.
    #[error("{0}")]
    Unanswered(String),
    /// There is no token, or it cannot be sent.
    #[error("{0}")]
    Credential(String),
}

impl BlobError {
    /// The code of a refusal.
    pub fn code(&self) -> &str {
        match self {
            BlobError::Refused { code, .. } => code,
            _ => "",
        }
    }

    /// Is there no such blob?
    pub fn is_missing(&self) -> bool {
        matches!(self, BlobError::Refused { status: 404, code, .. } if code != "ContainerNotFound")
    }

    /// Does somebody else hold a lease, or is ours gone?
    pub fn is_lease(&self) -> bool {
        self.code().starts_with("Lease")
    }

    /// Did a condition not hold ([`Only`], the length before an append)?
    pub fn is_condition(&self) -> bool {
        let of = [
            "ConditionNotMet",
            "TargetConditionNotMet",
            "BlobAlreadyExists",
            "AppendPositionConditionNotMet",
        ];
        of.contains(&self.code())
    }
}
