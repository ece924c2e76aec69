//! `plan -generate-config-out`

use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::super::inputs::Inputs;
use super::super::runtime::ticking;
use super::super::work::Beside;
use super::super::{Context, cloud};
use crate::config::{Disk, LoadOptions, load};
use crate::lang::{Diagnostic, Diagnostics};
use crate::plan::run::Planning;
use crate::stack::Stack;
use crate::ui::progress::view;

/// The flag.
const FLAG: &str = "generate-config-out";

/// A configuration that was generated and written.
pub(super) struct Written {
    /// Where.
    pub path: String,
    /// Its plan.
    pub planning: Planning,
}

/// Does the flag make sense, and is there nothing yet where it points to?
pub(super) fn judge(cx: &Context) -> Result<(), Diagnostics> {
    let Some(path) = cx.args.value(FLAG) else { return Ok(()) };
    if cx.args.switch("destroy") || cx.args.switch("refresh-only") {
        return Err(Diagnostic::error(
            "Invalid generate-config-out flag",
            "Config can only be generated during a normal plan operation, and not during a refresh-only or destroy plan.",
        )
        .into());
    }
    if Path::new(path).symlink_metadata().is_ok() {
        return Err(Diagnostic::error(
            "Target generated file already exists",
            "Terraform can only write generated config into a new file. Either choose a different target location or move all \
             existing configuration out of the target file, delete it and try again.",
        )
        .into());
    }
    Ok(())
}

/// Generates, plans and writes the file. Nothing: it was not asked for, or every import has its block.
pub(super) async fn write(
    cx: &Context,
    stack: &mut Stack,
    inputs: &mut Inputs,
    cancel: &CancellationToken,
) -> Result<Option<Written>, Diagnostics> {
    let Some(path) = cx.args.value(FLAG) else { return Ok(None) };
    // Among the files of the module it is what it will be; elsewhere it is planned all the same.
    let plain = path.strip_prefix("./").unwrap_or(path);
    let here = !plain.contains(['/', '\\']) && plain.ends_with(".tf") && !plain.starts_with('.');
    let name = if here { plain } else { "generated configuration.tf" };
    let disk = Disk::here();
    let reload =
        |text: &str| load(Path::new("."), &LoadOptions { files: &Beside { disk: &disk, name, text } });
    let progress = view(&cx.ui);
    let made = {
        let work = stack.generate(
            &inputs.config,
            &reload,
            name,
            &inputs.variables,
            &inputs.options,
            &*progress,
            cancel,
        );
        ticking(&progress, work).await?
    };
    let Some(made) = made else { return Ok(None) };
    cloud::write(Path::new(path), &made.text)?;
    inputs.config = made.config;
    inputs.warnings.push(Diagnostic::warning(
        "Config generation is experimental",
        "Generating configuration during import is currently experimental, and the generated configuration format may change in \
         future versions.",
    ));
    Ok(Some(Written { path: path.to_string(), planning: made.planning }))
}
