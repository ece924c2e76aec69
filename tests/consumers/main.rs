//! Tools that read Terraform's plans read ours: `scripts/consumers`, where it has made its environment.

use std::path::Path;
use std::process::Command;

#[test]
fn tools_judge_our_plan_as_they_should() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bin = format!("-bin={}", env!("CARGO_BIN_EXE_ringfence"));
    let run =
        Command::new("python3").arg(root.join("scripts/consumers")).args(["-no-install", &bin]).output();
    let Ok(output) = run else {
        println!("skipped: no python3");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
