use super::*;

const VAULT: &str = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/Kv";
const SUBNET: &str =
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/s";

fn vault() -> Value {
    json!({
        "id": VAULT, "name": "Kv", "type": "Microsoft.KeyVault/vaults", "location": "westeurope",
        "tags": {"where": SUBNET},
        "properties": {
            "tenantId": "t", "publicNetworkAccess": "Enabled", "sku": {"family": "A", "name": "standard"},
            "networkAcls": {"bypass": "None", "ipRules": [], "virtualNetworkRules": [{"id": SUBNET}, {"id": format!("{SUBNET}2")}]},
        },
    })
}

/// All answers of some seeds to a method.
fn answers(method: &str) -> Vec<Value> {
    let answer = |seed| {
        let mut body = vault();
        Unruly::new(seed).answer(method, "2026-02-01", &mut body);
        body
    };
    (0..200).map(answer).collect()
}

#[test]
fn http_02_ids_and_locations_come_back_in_another_case() {
    let all = answers("GET");
    let seen = |pointer: &str| {
        let mut texts: Vec<&str> = all.iter().filter_map(|a| a.pointer(pointer)?.as_str()).collect();
        texts.sort_unstable();
        texts.dedup();
        texts
    };
    assert_eq!(seen("/location"), ["West Europe", "WestEurope", "westeurope"]);
    let ids = seen("/id");
    assert!(
        ids.len() == 4 && ids.iter().all(|id| id.eq_ignore_ascii_case(VAULT) && id.ends_with("/Kv")),
        "{ids:?}"
    );
    assert!(seen("/properties/networkAcls/virtualNetworkRules/0/id").contains(&&*SUBNET.to_lowercase()));
    assert_eq!(seen("/tags/where"), [SUBNET]);
    assert_eq!(seen("/properties/publicNetworkAccess"), ["enabled"]);
}

#[test]
fn http_06_what_nobody_sent_is_null_empty_or_made_up() {
    let all = answers("GET");
    let some = |fits: &dyn Fn(&Value) -> bool| all.iter().any(fits) && !all.iter().all(fits);
    assert!(some(&|a| a["properties"].get("enabledForDeployment") == Some(&Value::Null)));
    assert!(some(&|a| a["properties"]["hsmPoolResourceId"].is_string()));
    assert!(some(&|a| a["properties"]["networkAcls"].get("ipRules").is_none()));
    assert!(some(&|a| a["properties"]["accessPolicies"] == json!([])));
    assert!(all.iter().all(|a| a["properties"]["sku"] == json!({"family": "A", "name": "standard"})));
}

#[test]
fn a_list_says_it_otherwise_than_a_get_but_what_is_made_up_is_the_same() {
    let (one, listed) = (answers("GET"), answers("LIST"));
    assert_ne!(one, listed);
    let pool = |a: &Value| a["properties"]["hsmPoolResourceId"].as_str().map(str::to_owned);
    assert!(one.iter().zip(&listed).all(|(a, b)| pool(a).zip(pool(b)).is_none_or(|(a, b)| a == b)));
    let first = |a: &Value| a["properties"]["networkAcls"]["virtualNetworkRules"][0]["id"].to_string().len();
    assert!(one.iter().zip(&listed).any(|(a, b)| first(a) != first(b)));
}

#[test]
fn what_is_no_resource_is_left() {
    for mut body in [json!({"status": "Succeeded", "id": VAULT}), json!({"keys": []}), json!([1])] {
        let before = body.clone();
        Unruly::new(1).answer("GET", "2026-02-01", &mut body);
        assert_eq!(body, before);
    }
}
