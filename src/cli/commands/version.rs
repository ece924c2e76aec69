//! `version`

use std::ffi::OsString;
use std::path::{Path, PathBuf};

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
    } else if as_terraform(std::env::args_os().next()) {
        // Tools look for `Terraform v…` in the first line.
        cx.ui.line(&format!("Terraform v{TERRAFORM_VERSION}\non {platform}\nRingfence v{own}"));
    } else {
        cx.ui.line(&format!("Ringfence v{own}\non {platform}\nfollows Terraform v{TERRAFORM_VERSION}"));
    }
    Exit::Success
}

/// Is the program called `terraform`, by a link or a copy?
fn as_terraform(called: Option<OsString>) -> bool {
    let called = called.map(PathBuf::from);
    called.as_deref().and_then(Path::file_stem).is_some_and(|name| name == "terraform")
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
