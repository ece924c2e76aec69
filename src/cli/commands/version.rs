//! `version`

use serde_json::json;

use super::super::{Context, Exit};
use crate::ui::json::TERRAFORM_VERSION;

pub(super) fn run(cx: &Context) -> Exit {
    let own = env!("CARGO_PKG_VERSION");
    let platform = format!("{}_{}", std::env::consts::OS, arch());
    if cx.args.switch("json") {
        let document = json!({
            "terraform_version": TERRAFORM_VERSION,
            "platform": platform,
            "provider_selections": {},
            "terraform_outdated": false,
            "ringfence_version": own,
        });
        cx.ui.line(&format!("{document:#}"));
    } else {
        cx.ui.line(&format!("Ringfence v{own}\non {platform}\nfollows Terraform v{TERRAFORM_VERSION}"));
    }
    Exit::Success
}

/// The machine as Go names it.
fn arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    }
}
