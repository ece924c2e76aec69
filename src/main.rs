//! The `ringfence` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    ringfence::cli::run(std::env::args_os().skip(1)).into()
}
