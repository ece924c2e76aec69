//! The HTTP client of one credential, which remembers with what status the login service answered: azure_identity's errors
//! do not say it where the answer is no JSON, such as a gateway's page.

use std::sync::atomic::{AtomicU16, Ordering};

use async_trait::async_trait;
use azure_core::http::{AsyncRawResponse, HttpClient, Request};

use super::error::Passing;
use crate::arm::net::Http;

#[derive(Debug)]
pub(super) struct Watched {
    http: Http,
    /// Zero: nobody has answered.
    status: AtomicU16,
}

impl Watched {
    pub fn new(http: Http) -> Self {
        Self { http, status: AtomicU16::new(0) }
    }

    /// What the last answer says of trying again; `None`: there was none.
    pub fn passing(&self) -> Option<Passing> {
        Some(self.status.load(Ordering::Relaxed)).filter(|status| *status != 0).map(Passing::of)
    }
}

#[async_trait]
impl HttpClient for Watched {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let answered = self.http.execute_request(request).await;
        let status = answered.as_ref().map_or(0, |response| response.status().into());
        self.status.store(status, Ordering::Relaxed);
        answered
    }
}
