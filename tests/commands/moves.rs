//! `moved` blocks from one type to another, and what a refresh-only plan shows of them.

use super::{folder, run};

fn moved(from: &str, to: &str) -> String {
    format!("moved {{\n  from = {from}\n  to   = {to}\n}}\n")
}

#[test]
fn a_null_resource_becomes_terraform_data() {
    let dir = folder(&[("main.tf", "resource \"null_resource\" \"x\" {\n  triggers = { a = \"1\" }\n}\n")]);
    let at = dir.path();
    assert!(run(at, &["apply", "-auto-approve", "-no-color"]).contains("1 added"));
    let main = |text: String| std::fs::write(at.join("main.tf"), text).unwrap();
    let data = "resource \"terraform_data\" \"y\" {\n  triggers_replace = { a = \"1\" }\n}\n";
    main(moved("null_resource.x", "terraform_data.y") + data);
    let plan = run(at, &["plan", "-no-color"]);
    assert!(plan.contains("# null_resource.x has moved to terraform_data.y"), "{plan}");
    assert!(plan.contains("Plan: 0 to add, 0 to change, 0 to destroy."), "{plan}");
    let refresh = run(at, &["plan", "-no-color", "-refresh-only"]);
    assert!(refresh.contains("# null_resource.x has moved to terraform_data.y"), "{refresh}");
    let json = run(at, &["plan", "-json", "-refresh-only"]);
    assert!(json.contains("terraform_data.y: Drift detected (move)"), "{json}");
    assert!(run(at, &["apply", "-auto-approve", "-no-color"]).contains("0 added, 0 changed, 0 destroyed"));
    main(data.to_string());
    let plan = run(at, &["plan", "-no-color"]);
    assert!(plan.contains("No changes"), "{plan}");
}

#[test]
fn moves_that_no_provider_knows_are_refused() {
    for (from, made, to, block, said) in [
        ("random_pet", "", "terraform_data", "", "Only moving from the null_resource managed resource to"),
        (
            "terraform_data",
            "",
            "null_resource",
            "",
            "does not support moved operations across resource types",
        ),
        (
            "random_pet",
            "",
            "azapi_resource",
            "  type = \"Microsoft.Network/routeTables@2024-05-01\"\n  name = \"a\"\n  parent_id = \
             \"/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/g\"\n",
            "only supports moving from the `azurerm` resources",
        ),
    ] {
        let dir = folder(&[("main.tf", &format!("resource \"{from}\" \"x\" {{\n{made}}}\n"))]);
        let at = dir.path();
        assert!(run(at, &["apply", "-auto-approve", "-cloud=local"]).starts_with("exit 0"));
        let text = moved(&format!("{from}.x"), &format!("{to}.y"));
        let azapi = "terraform {\n  required_providers {\n    azapi = {\n      source = \"azure/azapi\"\n    }\n  }\n}\n";
        let text = format!("{azapi}{text}resource \"{to}\" \"y\" {{\n{block}}}\n");
        std::fs::write(at.join("main.tf"), text).unwrap();
        let plan = run(at, &["plan", "-no-color", "-cloud=local"]);
        let flat: Vec<&str> = plan.split_whitespace().collect();
        assert!(plan.starts_with("exit 1") && flat.join(" ").contains(said), "{from} {to}: {plan}");
    }
}

#[test]
fn an_azurerm_resource_becomes_an_azapi_resource() {
    let head = "terraform {\n  required_providers {\n    azapi = {\n      source = \"azure/azapi\"\n    }\n  }\n}\n\
                provider \"azurerm\" {\n  features {}\n}\nresource \"azurerm_resource_group\" \"g\" {\n  name     = \
                \"rg-moves\"\n  location = \"westeurope\"\n}\n";
    let old = "resource \"azurerm_network_security_group\" \"n\" {\n  name                = \"nsg\"\n  resource_group_name = \
               azurerm_resource_group.g.name\n  location            = \"westeurope\"\n  tags = { a = \"1\" }\n}\n";
    let new = "resource \"azapi_resource\" \"n\" {\n  type      = \"Microsoft.Network/networkSecurityGroups@2024-05-01\"\n  \
               name      = \"nsg\"\n  parent_id = azurerm_resource_group.g.id\n  location  = \"westeurope\"\n  tags = { a = \
               \"1\" }\n  body = { properties = {} }\n}\n";
    let dir = folder(&[("main.tf", &format!("{head}{old}"))]);
    let at = dir.path();
    let cloud = |words: &[&str]| run(at, &[words, &["-cloud=local", "-no-color"]].concat());
    assert!(cloud(&["apply", "-auto-approve"]).contains("2 added"));
    let text = format!("{head}{}{new}", moved("azurerm_network_security_group.n", "azapi_resource.n"));
    std::fs::write(at.join("main.tf"), text).unwrap();
    let plan = cloud(&["plan"]);
    assert!(plan.contains("# azurerm_network_security_group.n has moved to azapi_resource.n"), "{plan}");
    assert!(plan.contains("Plan: 0 to add, 0 to change, 0 to destroy."), "{plan}");
    assert!(cloud(&["apply", "-auto-approve"]).contains("0 added, 0 changed, 0 destroyed"));
    assert!(cloud(&["plan"]).contains("No changes"));
    assert!(cloud(&["state", "list"]).contains("azapi_resource.n"));
    assert!(cloud(&["destroy", "-auto-approve"]).contains("2 destroyed"));
}
