//! What goes wrong while something is applied, and how it is said: which object, which request, what Azure said, what to do.

use std::time::Duration;

use super::journal::JournalError;
use crate::arm::ArmError;
use crate::arm::id::ArmId;
use crate::lang::{Diagnostic, Diagnostics};
use crate::plan::addr::InstanceAddr;
use crate::ui::progress::Doing;

/// Why a step did not come to its end.
#[derive(Debug)]
pub enum Failure {
    /// ARM refused, or an operation failed.
    Arm(ArmError),
    /// It took longer than `timeouts` allows. What was begun goes on in Azure.
    TimedOut {
        /// What was waited for.
        id: ArmId,
        /// How long.
        limit: Duration,
        /// What was in the way last, if requests were repeated.
        last: Option<ArmError>,
    },
    /// The run was interrupted.
    Interrupted,
    /// The journal cannot be written: nothing may be sent any more.
    Journal(JournalError),
    /// It is said in diagnostics.
    Said(Diagnostics),
}

impl From<ArmError> for Failure {
    fn from(error: ArmError) -> Failure {
        match error.kind {
            crate::arm::ErrorKind::Cancelled => Failure::Interrupted,
            _ => Failure::Arm(error),
        }
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Failure {
        Failure::Journal(error)
    }
}

impl From<Diagnostics> for Failure {
    fn from(all: Diagnostics) -> Failure {
        Failure::Said(all)
    }
}

impl From<Diagnostic> for Failure {
    fn from(one: Diagnostic) -> Failure {
        Failure::Said(one.into())
    }
}

/// What was being done, as summaries begin.
fn deed(doing: Doing) -> &'static str {
    match doing {
        Doing::Refresh | Doing::Read => "Reading",
        Doing::Import => "Importing",
        Doing::Create => "Creating",
        Doing::Update => "Updating",
        Doing::Delete => "Deleting",
    }
}

/// `1h5m`, `30m`, `45s`.
pub fn duration(of: Duration) -> String {
    let seconds = of.as_secs();
    let parts = [(seconds / 3600, "h"), (seconds % 3600 / 60, "m"), (seconds % 60, "s")];
    let text: String = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
    if text.is_empty() { "0s".into() } else { text }
}

impl Failure {
    /// The diagnostics of a failed step.
    pub fn report(self, addr: &InstanceAddr, doing: Doing) -> Diagnostics {
        let summary = format!("{} {addr} failed", deed(doing));
        let detail = match self {
            Failure::Said(all) => {
                // What has a place in the configuration says itself whether it is about the object.
                let named = all.into_iter().map(|d| match d.subject {
                    Some(_) => d,
                    None => d.with_address(addr.to_string()),
                });
                return Diagnostics(named.collect());
            }
            Failure::Interrupted => {
                return Diagnostic::error("execution halted", "").with_address(addr.to_string()).into();
            }
            Failure::Journal(error) => {
                format!(
                    "{error}\n\nNothing is sent that is not in the journal first, so nothing is lost: what was on the way is looked up by the next run. Make room or mend the permissions, then run apply again."
                )
            }
            Failure::TimedOut { id, limit, last } => {
                let what = match last {
                    Some(error) => format!("The last answer was: {}", error.explained()),
                    None => "The operation itself goes on in Azure; the next apply waits for its end first."
                        .into(),
                };
                format!(
                    "{id} was not done within {}. {what}\n\nA longer time can be allowed with the block timeouts.",
                    duration(limit)
                )
            }
            Failure::Arm(error) => error.explained(),
        };
        Diagnostic::error(summary, detail).with_address(addr.to_string()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::ErrorKind;
    use serde_json::json;

    #[test]
    fn a_refusal_says_who_what_and_what_to_do() {
        let addr = InstanceAddr::parse("azurerm_subnet.a").unwrap();
        let body = json!({"error": {"code": "ScopeLocked", "message": "The scope is locked."}});
        let id = ArmId::parse("/subscriptions/s/resourceGroups/g").unwrap();
        let mut error =
            ArmError::from_value(ErrorKind::Refused, Some(409), &body).at("DELETE", "https://h/x", Some(&id));
        error.request_id = Some("r-1".into());
        let all = Failure::from(error).report(&addr, Doing::Delete);
        assert_eq!(all.0[0].summary, "Deleting azurerm_subnet.a failed");
        let detail = &all.0[0].detail;
        for part in [
            "DELETE /subscriptions/s/resourceGroups/g: 409 ScopeLocked: The scope is locked.",
            "A management lock",
            "Request id: r-1",
        ] {
            assert!(detail.contains(part), "{detail}");
        }
        assert_eq!(all.0[0].address.as_deref(), Some("azurerm_subnet.a"));
    }

    #[test]
    fn durations_are_short() {
        assert_eq!(duration(Duration::from_secs(3900)), "1h5m");
        assert_eq!(duration(Duration::ZERO), "0s");
    }
}
