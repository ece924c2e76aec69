//! What tests of the built program share.

use std::path::Path;
use std::process::{Command, Output};

/// The program in a directory, without whatever the tester has in the environment.
pub fn program(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let ours = [
            "TF_",
            "ARM_",
            "AZURE_",
            "RINGFENCE_",
            "NO_COLOR",
            "CLICOLOR",
            "SSL_CERT",
            "HTTP_",
            "HTTPS_",
            "http_",
            "https_",
        ];
        if ours.iter().any(|p| text.starts_with(p)) {
            command.env_remove(&name);
        }
    }
    command.current_dir(dir);
    command
}

/// Exit code, standard output and standard error as one text.
pub fn told(output: &Output) -> String {
    format!(
        "exit {}\n--- stdout\n{}--- stderr\n{}",
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
