//! Scripts in Python that judge the program.

use std::path::Path;
use std::process::Command;

/// Runs a script on the program; it fails where the script says that something is wrong.
pub fn works(script: &str, words: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bin = format!("-bin={}", env!("CARGO_BIN_EXE_ringfence"));
    let run = Command::new("python3").arg(root.join("scripts").join(script)).arg(&bin).args(words).output();
    let Ok(output) = run else {
        println!("skipped: no python3");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
