//! `completions`

use super::super::completions::{SHELLS, script};
use super::super::{Context, Exit};

pub(super) fn run(cx: &Context) -> Exit {
    let text = cx.args.rest.first().and_then(|shell| script(shell));
    let Some(text) = text else {
        let shells = SHELLS.join(", ");
        return cx.fail(
            "Which shell?",
            format!("Usage: ringfence completions SHELL, where SHELL is one of {shells}."),
        );
    };
    cx.ui.print(&text);
    Exit::Success
}
