use super::*;

fn deploy(sky: &Sky, name: &str, resources: Value) -> Response {
    let template = json!({"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0", "resources": resources});
    let body = json!({"properties": {"mode": "Incremental", "template": template, "parameters": {}}});
    sky.put(&deployment(sky, name), body)
}

fn deployment(sky: &Sky, name: &str) -> String {
    format!("{}/providers/Microsoft.Resources/deployments/{name}", sky.group())
}

fn item(kind: &str, name: &str, needs: &[&str]) -> Value {
    json!({"type": format!("Microsoft.Orbital/{kind}"), "apiVersion": "2024-01-01", "name": name,
        "location": "westeurope", "dependsOn": needs})
}

#[test]
fn dep_01_a_deployment_writes_its_resources_in_the_order_of_their_needs() {
    let sky = Sky::with_group();
    let subnet = json!({"type": "Microsoft.Orbital/nets/subnets", "apiVersion": "2024-01-01", "name": "n/s",
        "dependsOn": ["Microsoft.Orbital/accounts/x01"]});
    let answer = deploy(
        &sky,
        "d",
        json!([subnet, item("accounts", "x01", &["Microsoft.Orbital/nets/n"]), item("nets", "n", &[])]),
    );
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    assert_eq!(answer.value()["properties"]["provisioningState"], "Accepted");
    assert!(answer.value()["properties"]["template"].is_null());
    // Its network is still being made: the subnet is refused, and the deployment fails when it ends.
    let status = answer.header("azure-asyncoperation").unwrap().to_owned();
    assert!(status.contains("/deployments/d/operationStatuses/"), "{status}");
    assert_eq!(sky.follow(&status).value()["status"], "Accepted");
    let again = deploy(&sky, "d", json!([]));
    assert_eq!((again.status, code(&again)), (409, "DeploymentActive"));
    sky.step(20);
    assert_eq!(sky.follow(&status).value()["status"], "Running");
    sky.step(60);
    let ended = sky.follow(&status);
    let error = &ended.value()["error"];
    assert_eq!((&ended.value()["status"], &error["code"]), (&json!("Failed"), &json!("DeploymentFailed")));
    assert_eq!(error["target"], deployment(&sky, "d"));
    assert_eq!(error["details"][0]["code"], "Conflict");
    let inner: Value = serde_json::from_str(error["details"][0]["message"].as_str().unwrap()).unwrap();
    assert_eq!(inner["error"]["code"], "AnotherOperationInProgress");
    assert_eq!(sky.get(&deployment(&sky, "d")).value()["properties"]["provisioningState"], "Failed");
    let listed = sky.get(&format!("{}/operations", deployment(&sky, "d")));
    let states: Vec<&str> = listed.value()["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o["properties"]["provisioningState"].as_str().unwrap())
        .collect();
    assert_eq!((states.len(), states.iter().filter(|s| **s == "Failed").count()), (3, 1));
    assert_eq!(sky.get(&sky.id("accounts/x01")).status, 200, "what was written before stays");
    // What is there by now is written again, and all is well.
    let answer = deploy(&sky, "d", json!([item("nets", "n", &[])]));
    assert_eq!(answer.status, 200);
    sky.step(60);
    assert_eq!(sky.get(&deployment(&sky, "d")).value()["properties"]["provisioningState"], "Succeeded");
    let cancelled = sky.post(&format!("{}/cancel", deployment(&sky, "d")), json!({}));
    assert_eq!((cancelled.status, code(&cancelled)), (409, "DeploymentCannotBeCancelled"));
    let gone = sky.delete(&deployment(&sky, "d"));
    assert_eq!(gone.status, 202);
    let location = gone.header("location").unwrap().to_owned();
    assert_eq!(sky.follow(&location).status, 202);
    sky.step(60);
    assert_eq!(sky.follow(&location).status, 204);
    assert_eq!(sky.get(&sky.id("nets/n")).status, 200, "what it wrote stays");
}

#[test]
fn dep_01_what_is_no_template_is_refused_before_anything_is_written() {
    let sky = Sky::with_group();
    let mut computed = item("nets", "n", &[]);
    computed["location"] = json!("[resourceGroup().location]");
    for (resources, what) in [
        (json!([computed]), "[resourceGroup().location]"),
        (json!([item("nets/subnets", "n", &[])]), "incorrect segment lengths"),
        (json!([item("nets", "a", &["b"]), item("nets", "b", &["a"])]), "Circular dependency"),
    ] {
        let refused = deploy(&sky, "d", resources);
        assert_eq!((refused.status, code(&refused)), (400, "InvalidTemplate"));
        assert!(message(&refused).contains(what), "{}", message(&refused));
    }
    let linked =
        json!({"properties": {"mode": "Incremental", "templateLink": {"uri": "https://example.com/t.json"}}});
    assert_eq!(code(&sky.put(&deployment(&sky, "d"), linked)), "InvalidContentLink");
    assert_eq!(sky.get(&deployment(&sky, "d")).status, 404);
    assert_eq!(sky.cloud.ids().len(), 1);
}
