//! Other people's clients on the served local cloud: azapi's requests, and the Azure SDK for Python where its script has made its
//! environment. `scripts/az-client` takes minutes and is run by hand.

use std::path::Path;
use std::process::Command;

fn works(script: &str, words: &[&str]) {
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

#[test]
fn what_azapi_makes_is_adopted_without_a_change() {
    // The configuration of the shared folder, if it is there, and the one that the script writes.
    for words in [&[][..], &["-config=none"]] {
        works("azapi-like.py", words);
    }
}

#[test]
fn the_azure_sdk_sees_what_we_applied_and_we_see_what_it_changed() {
    works("sdk-clients", &["-no-install"]);
}
