//! Other people's clients on the served local cloud: azapi's requests, and the Azure SDK for Python where its script has made its
//! environment. `scripts/az-client` takes minutes and is run by hand.

#[path = "../support/script.rs"]
mod script;

use script::works;

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
