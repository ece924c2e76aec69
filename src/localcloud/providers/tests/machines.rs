//! Machines, Kubernetes clusters and AI services: what they bring with them, what they refuse, what stays of them.

use serde_json::{Value, json};

use super::Sky;

impl Sky {
    fn interface(&self, name: &str) -> String {
        let network = self.id("Microsoft.Network/virtualNetworks/vnet");
        if self.gone(&network) {
            self.network();
        }
        let id = self.id(&format!("Microsoft.Network/networkInterfaces/{name}"));
        let one = json!({"name": "one", "properties": {"subnet": {"id": format!("{network}/subnets/s")}}});
        self.put(&id, json!({"location": "westeurope", "properties": {"ipConfigurations": [one]}}));
        id
    }
}

fn machine(interface: &str, more: Value) -> Value {
    let mut system = json!({"adminUsername": "me", "computerName": "one",
        "linuxConfiguration": {"disablePasswordAuthentication": true,
            "ssh": {"publicKeys": [{"path": "/home/me/.ssh/authorized_keys", "keyData": "ssh-rsa A"}]}}});
    system.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"location": "westeurope", "properties": {
        "hardwareProfile": {"vmSize": "Standard_D2s_v3"},
        "networkProfile": {"networkInterfaces": [{"id": interface}]},
        "osProfile": system,
        "storageProfile": {
            "imageReference": {"publisher": "a", "offer": "b", "sku": "c", "version": "latest"},
            "osDisk": {"osType": "Linux", "createOption": "FromImage", "managedDisk": {"storageAccountType": "Premium_LRS"}},
        },
    }})
}

#[test]
fn a_machine_brings_its_disk_and_its_interface_knows_it() {
    let sky = Sky::new();
    let interface = sky.interface("nic");
    let id = sky.id("Microsoft.Compute/virtualMachines/vm");
    let made = sky.put(&id, machine(&interface, json!({"customData": "c2VjcmV0"})));
    let disk = made["properties"]["storageProfile"]["osDisk"].clone();
    assert_eq!(disk["diskSizeGB"], 30);
    assert!(
        made["properties"]["vmId"].is_string() && made["properties"]["osProfile"].get("customData").is_none()
    );
    let disk = disk["managedDisk"]["id"].as_str().unwrap().to_owned();
    assert_eq!(sky.get(&disk)["managedBy"], id.as_str());
    assert_eq!(sky.get(&interface)["properties"]["virtualMachine"]["id"], id.as_str());
    // While the machine is there, neither goes; an interface is of one machine.
    assert_eq!(sky.delete(&disk).status, 409);
    assert!(sky.delete(&interface).status >= 400);
    let other = sky.id("Microsoft.Compute/virtualMachines/other");
    assert_eq!(sky.refused(&other, machine(&interface, json!({}))).1, "NicInUse");
    assert_eq!(sky.delete(&id).status, 202);
    assert!(sky.gone(&id) && !sky.gone(&disk));
    assert!(sky.get(&disk).get("managedBy").is_none());
    assert_eq!(sky.delete(&disk).status, 202);
    assert!(sky.gone(&disk));
}

#[test]
fn a_machine_is_told_who_may_log_in_and_keeps_it() {
    let sky = Sky::new();
    let interface = sky.interface("nic");
    let id = sky.id("Microsoft.Compute/virtualMachines/vm");
    let open = json!({"linuxConfiguration": {"disablePasswordAuthentication": false}});
    assert!(sky.message(&id, machine(&interface, open)).contains("adminPassword"));
    sky.put(&id, machine(&interface, json!({})));
    let (status, code) = sky.refused(&id, machine(&interface, json!({"adminUsername": "you"})));
    assert_eq!((status, code.as_str()), (409, "PropertyChangeNotAllowed"));
    let extension = format!("{id}/extensions/one");
    let body = json!({"properties": {"publisher": "p", "type": "t", "typeHandlerVersion": "1.0", "protectedSettings": {"a": "b"}}});
    let made = sky.put(&extension, body);
    assert_eq!(made["location"], "westeurope");
    assert!(made["properties"].get("protectedSettings").is_none());
    let schedule = sky.id("Microsoft.DevTestLab/schedules/wrong");
    let body = json!({"location": "westeurope", "properties": {"taskType": "ComputeVmShutdownTask", "targetResourceId": id}});
    assert_eq!(sky.refused(&schedule, body.clone()).0, 400);
    sky.put(&sky.id("Microsoft.DevTestLab/schedules/shutdown-computevm-vm"), body);
}

fn account(kind: &str, more: Value) -> Value {
    json!({"location": "westeurope", "kind": kind, "sku": {"name": "S0"}, "properties": more})
}

#[test]
fn a_deleted_account_keeps_its_name_until_it_is_purged() {
    let sky = Sky::new();
    let id = sky.id("Microsoft.CognitiveServices/accounts/cog");
    let made = sky.put(&id, account("OpenAI", json!({"customSubDomainName": "cog"})));
    assert_eq!(made["properties"]["endpoint"], "https://cog.openai.azure.com/");
    sky.delete(&id);
    assert_eq!(sky.refused(&id, account("OpenAI", json!({}))), (409, "FlagMustBeSetForRestore".to_owned()));
    let subscription = sky.group.split("/resourceGroups/").next().unwrap().to_owned();
    let gone = format!(
        "{subscription}/providers/Microsoft.CognitiveServices/locations/westeurope/resourceGroups/g/deletedAccounts/cog"
    );
    assert_eq!(sky.send("GET", &gone, None).status, 200);
    assert_eq!(sky.send("DELETE", &gone, None).status, 202);
    sky.step();
    assert_eq!(sky.send("GET", &gone, None).status, 404);
    sky.put(&id, account("OpenAI", json!({})));
    sky.delete(&id);
    sky.put(&id, account("OpenAI", json!({"restore": true})));
}

#[test]
fn models_are_deployed_in_accounts_that_take_them() {
    let sky = Sky::new();
    let id = sky.id("Microsoft.CognitiveServices/accounts/cog");
    sky.put(&id, account("Face", json!({})));
    let body =
        json!({"sku": {"name": "Standard"}, "properties": {"model": {"format": "OpenAI", "name": "gpt-4o"}}});
    assert_eq!(sky.refused(&format!("{id}/deployments/a"), body.clone()).0, 400);
    let open = sky.id("Microsoft.CognitiveServices/accounts/open");
    sky.put(&open, account("OpenAI", json!({"disableLocalAuth": true})));
    let made = sky.put(&format!("{open}/deployments/a"), body);
    assert_eq!(made["properties"]["raiPolicyName"], "Microsoft.DefaultV2");
    assert_eq!(sky.send("POST", &format!("{open}/listKeys"), None).status, 400);
    assert_eq!(sky.send("POST", &format!("{id}/listKeys"), None).status, 200);
}

fn cluster(more: Value) -> Value {
    let mut properties = json!({"dnsPrefix": "one", "agentPoolProfiles": [{"name": "first", "mode": "System", "count": 1, "vmSize": "Standard_D2s_v3"}]});
    properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": properties})
}

#[test]
fn a_cluster_brings_its_pools_and_the_group_of_its_nodes() {
    let sky = Sky::new();
    let id = sky.id("Microsoft.ContainerService/managedClusters/aks");
    let made = sky.put(&id, cluster(json!({})));
    assert_eq!(made["properties"]["nodeResourceGroup"], "MC_g_aks_westeurope");
    let subscription = sky.group.split("/resourceGroups/").next().unwrap().to_owned();
    let nodes = format!("{subscription}/resourceGroups/MC_g_aks_westeurope");
    assert_eq!(sky.get(&nodes)["managedBy"], id.as_str());
    let first = format!("{id}/agentPools/first");
    assert_eq!(sky.get(&first)["properties"]["count"], 1);
    let further = format!("{id}/agentPools/further");
    sky.put(&further, json!({"properties": {"count": 2, "vmSize": "Standard_D4s_v3"}}));
    let shown = sky.get(&id);
    assert_eq!(shown["properties"]["agentPoolProfiles"].as_array().unwrap().len(), 2);
    // What is left out stays, and of maps all is said.
    sky.put(&further, json!({"properties": {"tags": {"a": "1"}, "nodeLabels": {"a": "1"}}}));
    let tagged = sky.put(&further, json!({"properties": {"tags": {"b": "2"}}}));
    let properties = &tagged["properties"];
    assert_eq!((&properties["tags"], &properties["nodeLabels"]), (&json!({"b": "2"}), &json!({"a": "1"})));
    assert_eq!(properties["count"], 2);
    // A pool is not forgotten with the cluster's PUT, its nodes are what they are, and one for the system stays.
    assert_eq!(sky.refused(&id, cluster(json!({}))).0, 400);
    let other = json!({"properties": {"count": 2, "vmSize": "Standard_D8s_v3"}});
    assert_eq!(sky.refused(&further, other).1, "PropertyChangeNotAllowed");
    assert_eq!(sky.delete(&first).status, 400);
    assert_eq!(sky.delete(&further).status, 202);
    assert_eq!(sky.delete(&id).status, 202);
    assert!(sky.gone(&id) && sky.gone(&first) && sky.gone(&nodes));
}
