//! A machine's password is said once. Where azurerm makes the machine anew, so do we; what azapi would send is sent.

use super::*;

const STACK: &str = include_str!("machines.tf");

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_replaces_a_machine_only_where_azurerm_does() {
    let mut site = Site::with(STACK, ClockMode::Instant).await;
    assert_eq!(done(&site.plan(STACK).await), NOTHING);
    let cases = [
        ("Only-4-azurerm", "replace azurerm_linux_virtual_machine.main"),
        ("Only-4-the-old", "replace azurerm_virtual_machine.main"),
        ("Only-4-a-body", "update azapi_resource.plain"),
        ("Only-4-a-secret", "update azapi_resource.secret"),
    ];
    for (password, expected) in cases {
        assert_eq!(STACK.matches(password).count(), 1);
        let text = STACK.replace(password, "Another-4-it");
        assert_eq!(done(&site.plan(&text).await), [expected]);
    }
}
