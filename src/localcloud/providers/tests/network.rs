use super::Sky;
use serde_json::json;

fn endpoint(subnet: &str, target: &str, group: &str) -> serde_json::Value {
    json!({"location": "westeurope", "properties": {
        "subnet": {"id": subnet}, "manualPrivateLinkServiceConnections": [], "customNetworkInterfaceName": "",
        "privateLinkServiceConnections": [{"name": "c", "properties": {"privateLinkServiceId": target, "groupIds": [group]}}],
    }})
}

fn zone(sky: &Sky, name: &str) -> String {
    let id = sky.id(&format!("Microsoft.Network/privateDnsZones/{name}"));
    sky.put(&id, json!({"location": "global"}));
    id
}

#[test]
fn net_01_subnets_left_out_stay_and_an_empty_list_deletes_them() {
    let sky = Sky::new();
    let network = sky.network();
    let body = |more: serde_json::Value| {
        let mut body = json!({"location": "westeurope", "tags": {"a": "b"}, "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}});
        body["properties"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    assert_eq!(sky.put(&network, body(json!({})))["properties"]["subnets"][0]["name"], "s");
    assert_eq!(sky.put(&network, body(json!({"subnets": []})))["properties"]["subnets"], json!([]));
    sky.put(&format!("{network}/subnets/s"), json!({"properties": {"addressPrefix": "10.0.1.0/24"}}));
    assert_eq!(sky.put(&network, body(json!({"subnets": null})))["properties"]["subnets"], json!([]));
}

#[test]
fn net_01_a_put_of_a_subnet_replaces_it_whole() {
    let sky = Sky::new();
    let network = sky.network();
    let group = sky.id("Microsoft.Network/networkSecurityGroups/n");
    sky.put(&group, json!({"location": "westeurope", "properties": {"securityRules": []}}));
    let subnet = format!("{network}/subnets/s");
    let with = sky.put(
        &subnet,
        json!({"properties": {"addressPrefix": "10.0.1.0/24", "networkSecurityGroup": {"id": group}}}),
    );
    assert_eq!(with["properties"]["networkSecurityGroup"]["id"], group);
    assert_eq!(sky.get(&group)["properties"]["subnets"][0]["id"], subnet);
    let without = sky.put(&subnet, json!({"properties": {"addressPrefix": "10.0.1.0/24"}}));
    assert!(without["properties"]["networkSecurityGroup"].is_null());
}

#[test]
fn net_02_what_is_in_use_stays() {
    let sky = Sky::new();
    let network = sky.network();
    let subnet = format!("{network}/subnets/s");
    let group = sky.id("Microsoft.Network/networkSecurityGroups/n");
    sky.put(&group, json!({"location": "westeurope"}));
    sky.put(
        &subnet,
        json!({"properties": {"addressPrefix": "10.0.1.0/24", "networkSecurityGroup": {"id": group}}}),
    );
    let code = |id: &str| {
        sky.send("DELETE", id, None).value()["error"]["code"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(code(&group), "InUseNetworkSecurityGroupCannotBeDeleted");
    let vault = sky.vault();
    sky.put(&sky.id("Microsoft.Network/privateEndpoints/pe"), endpoint(&subnet, &vault, "vault"));
    assert_eq!(code(&subnet), "InUseSubnetCannotBeDeleted");
    assert_eq!(code(&network), "InUseSubnetCannotBeDeleted");
    let empty = json!({"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": []}});
    assert_eq!(sky.refused(&network, empty), (400, "InUseSubnetCannotBeDeleted".to_owned()));
    let moved =
        json!({"properties": {"addressPrefix": "10.0.9.0/24", "networkSecurityGroup": {"id": group}}});
    assert_eq!(sky.refused(&subnet, moved).1, "InUsePrefixCannotBeDeleted");
}

#[test]
fn net_04_ranges_lie_inside_and_apart() {
    let sky = Sky::new();
    let network = sky.network();
    let subnet = |name: &str, range: &str| {
        sky.refused(&format!("{network}/subnets/{name}"), json!({"properties": {"addressPrefix": range}})).1
    };
    assert_eq!(subnet("x", "10.0.1.128/25"), "NetcfgSubnetRangesOverlap");
    assert_eq!(subnet("x", "10.1.0.0/24"), "NetcfgSubnetRangeOutsideVnet");
    assert_eq!(subnet("x", "10.0.2.7/24"), "InvalidCIDRNotation");
    assert_eq!(subnet("x", "10.0.2.0"), "InvalidAddressPrefixFormat");
    assert_eq!(subnet("x", "10.0.2.0/30"), "NetcfgSubnetRangeTooSmall");
    assert_eq!(subnet("AzureFirewallSubnet", "10.0.2.0/27"), "NetcfgSubnetRangeTooSmall");
    let shrunk = json!({"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.0.2.0/24"]}}});
    assert_eq!(sky.refused(&network, shrunk).1, "NetcfgSubnetRangeOutsideVnet");
}

#[test]
fn net_04_one_put_of_a_network_may_exchange_its_subnets() {
    let sky = Sky::new();
    let id = sky.id("Microsoft.Network/virtualNetworks/v2");
    let body = |a: &str, b: &str| {
        let subnet = |name: &str, range: &str| json!({"name": name, "properties": {"addressPrefix": range}});
        json!({"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
            "subnets": [subnet("a", a), subnet("b", b)]}})
    };
    sky.put(&id, body("10.0.1.0/24", "10.0.2.0/24"));
    let swapped = sky.put(&id, body("10.0.2.0/24", "10.0.1.0/24"));
    assert_eq!(swapped["properties"]["subnets"][0]["properties"]["addressPrefix"], "10.0.2.0/24");
}

#[test]
fn imp_01_a_group_has_six_default_rules_and_no_two_rules_of_one_priority() {
    let sky = Sky::new();
    let id = sky.id("Microsoft.Network/networkSecurityGroups/n");
    let rule = |name: &str, priority: u32| {
        json!({"name": name, "properties": {"priority": priority, "direction": "Inbound", "access": "Deny", "protocol": "*",
            "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "*"}})
    };
    let body =
        |rules: serde_json::Value| json!({"location": "westeurope", "properties": {"securityRules": rules}});
    let made = sky.put(&id, body(json!([rule("a", 100), rule("b", 200)])));
    assert_eq!(made["properties"]["defaultSecurityRules"].as_array().unwrap().len(), 6);
    assert_eq!(made["properties"]["securityRules"][0]["properties"]["sourceAddressPrefixes"], json!([]));
    assert_eq!(sky.refused(&id, body(json!([rule("a", 100), rule("b", 100)]))).1, "SecurityRuleConflict");
    assert_eq!(sky.refused(&id, body(json!([rule("a", 50)]))).1, "SecurityRuleInvalidPriority");
    // Exchanged priorities are no conflict; rules left out are deleted.
    let made = sky.put(&id, body(json!([rule("a", 200), rule("b", 100)])));
    assert_eq!(made["properties"]["securityRules"][1]["properties"]["priority"], 100);
    assert_eq!(
        sky.put(&id, body(json!([rule("c", 100)])))["properties"]["securityRules"].as_array().unwrap().len(),
        1
    );
    assert_eq!(sky.refused(&format!("{id}/securityRules/d"), rule("d", 100)).1, "SecurityRuleConflict");
}

#[test]
fn imp_02_an_endpoint_brings_interface_connection_and_back_references() {
    let sky = Sky::new();
    let subnet = format!("{}/subnets/s", sky.network());
    let vault = sky.vault();
    let id = sky.id("Microsoft.Network/privateEndpoints/pe-kv");
    let made = sky.put(&id, endpoint(&subnet, &vault, "vault"));
    let interface = made["properties"]["networkInterfaces"][0]["id"].as_str().unwrap().to_owned();
    assert!(interface.contains("/networkInterfaces/pe-kv.nic."), "{interface}");
    let nic = sky.get(&interface);
    assert_eq!(nic["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"], "10.0.1.4");
    assert_eq!(nic["properties"]["privateEndpoint"]["id"], id);
    assert_eq!(
        made["properties"]["customDnsConfigs"],
        json!([{"fqdn": "kv-one.vault.azure.net", "ipAddresses": ["10.0.1.4"]}])
    );
    let state = &made["properties"]["privateLinkServiceConnections"][0]["properties"]["privateLinkServiceConnectionState"];
    assert_eq!(state["status"], "Approved");
    let connections = sky.get(&vault)["properties"]["privateEndpointConnections"].clone();
    assert_eq!(connections[0]["properties"]["privateEndpoint"]["id"], id);
    let shown = sky.get(&subnet);
    assert_eq!(shown["properties"]["privateEndpoints"][0]["id"], id);
    assert!(shown["properties"]["ipConfigurations"][0]["id"].as_str().unwrap().starts_with(&interface));
    // The interface cannot go alone; with the endpoint go interface and connection.
    assert!(sky.delete(&interface).status >= 400);
    assert_eq!(sky.delete(&id).status, 202);
    assert!(sky.gone(&id) && sky.gone(&interface));
    assert!(sky.get(&vault)["properties"]["privateEndpointConnections"].is_null());
}

#[test]
fn imp_02_an_endpoint_asks_for_one_group_that_its_target_has() {
    let sky = Sky::new();
    let subnet = format!("{}/subnets/s", sky.network());
    let vault = sky.vault();
    let id = sky.id("Microsoft.Network/privateEndpoints/pe");
    assert_eq!(sky.refused(&id, endpoint(&subnet, &vault, "blob")).1, "InvalidValuesForRequestParameters");
    let missing = sky.id("Microsoft.KeyVault/vaults/none");
    assert_eq!(sky.refused(&id, endpoint(&subnet, &missing, "vault")).1, "InvalidResourceReference");
    assert_eq!(
        sky.refused(&id, endpoint(&format!("{subnet}2"), &vault, "vault")).1,
        "InvalidResourceReference"
    );
    let mut two = endpoint(&subnet, &vault, "vault");
    two["properties"]["privateLinkServiceConnections"][0]["properties"]["groupIds"] =
        json!(["vault", "default"]);
    assert_eq!(sky.refused(&id, two).1, "OnlyOneGroupIdPermitted");
    let registry = sky.id("Microsoft.ContainerRegistry/registries/basicone");
    sky.put(&registry, json!({"location": "westeurope", "sku": {"name": "Basic"}}));
    assert!(sky.message(&id, endpoint(&subnet, &registry, "registry")).contains("Premium"));
    sky.put(&id, endpoint(&subnet, &vault, "vault"));
    let storage = sky.storage();
    assert_eq!(
        sky.refused(&id, endpoint(&subnet, &storage, "blob")),
        (409, "PropertyChangeNotAllowed".to_owned())
    );
}

#[test]
fn imp_02_static_addresses_are_judged() {
    let sky = Sky::new();
    let subnet = format!("{}/subnets/s", sky.network());
    let vault = sky.vault();
    let at = |address: &str| {
        let mut body = endpoint(&subnet, &vault, "vault");
        body["properties"]["ipConfigurations"] = json!([{"name": "fixed", "properties":
            {"privateIPAddress": address, "groupId": "vault", "memberName": "default"}}]);
        body
    };
    let id = sky.id("Microsoft.Network/privateEndpoints/pe");
    assert_eq!(sky.refused(&id, at("10.0.2.9")).1, "PrivateIPAddressNotInSubnet");
    assert_eq!(sky.refused(&id, at("10.0.1.3")).1, "PrivateIPAddressInReservedRange");
    let made = sky.put(&id, at("10.0.1.9"));
    assert_eq!(made["properties"]["customDnsConfigs"][0]["ipAddresses"], json!(["10.0.1.9"]));
    assert_eq!(
        sky.refused(&sky.id("Microsoft.Network/privateEndpoints/pe2"), at("10.0.1.9")).1,
        "PrivateIPAddressInUse"
    );
}

#[test]
fn net_04_a_full_subnet_takes_no_endpoint() {
    let sky = Sky::new();
    let network = sky.network();
    let subnet = format!("{network}/subnets/small");
    sky.put(&subnet, json!({"properties": {"addressPrefix": "10.0.2.0/29"}}));
    let vault = sky.vault();
    for name in ["pa", "pb", "pc"] {
        sky.put(
            &sky.id(&format!("Microsoft.Network/privateEndpoints/{name}")),
            endpoint(&subnet, &vault, "vault"),
        );
    }
    assert_eq!(
        sky.refused(&sky.id("Microsoft.Network/privateEndpoints/pd"), endpoint(&subnet, &vault, "vault")).1,
        "SubnetIsFull"
    );
}

#[test]
fn imp_10_a_zone_group_writes_the_records_and_takes_them_along() {
    let sky = Sky::new();
    let subnet = format!("{}/subnets/s", sky.network());
    let vault = sky.vault();
    let zone = zone(&sky, "privatelink.vaultcore.azure.net");
    assert_eq!(sky.get(&zone)["properties"]["numberOfRecordSets"], 1);
    let id = sky.id("Microsoft.Network/privateEndpoints/pe");
    sky.put(&id, endpoint(&subnet, &vault, "vault"));
    let group = format!("{id}/privateDnsZoneGroups/default");
    let body = json!({"properties": {"privateDnsZoneConfigs": [{"name": "z", "properties": {"privateDnsZoneId": zone}}]}});
    let made = sky.put(&group, body.clone());
    let sets = &made["properties"]["privateDnsZoneConfigs"][0]["properties"]["recordSets"];
    assert_eq!(sets[0]["recordSetName"], "kv-one");
    assert_eq!(sets[0]["ipAddresses"], json!(["10.0.1.4"]));
    assert_eq!(sky.get(&zone)["properties"]["numberOfRecordSets"], 2);
    let record = format!("{zone}/A/kv-one");
    assert_eq!(sky.get(&record)["properties"]["aRecords"], json!([{"ipv4Address": "10.0.1.4"}]));
    assert_eq!(sky.get(&id)["properties"]["customDnsConfigs"], json!([]));
    // PL-01: one zone group an endpoint.
    assert_eq!(sky.refused(&format!("{id}/privateDnsZoneGroups/second"), body).0, 400);
    sky.delete(&id);
    assert!(sky.gone(&record) && sky.gone(&group));
    assert_eq!(sky.get(&zone)["properties"]["numberOfRecordSets"], 1);
}

#[test]
fn nf_05_a_zone_with_a_link_stays_and_goes_with_its_records_without() {
    let sky = Sky::new();
    let network = sky.network();
    let zone = zone(&sky, "privatelink.blob.core.windows.net");
    let link = format!("{zone}/virtualNetworkLinks/l");
    let body = json!({"location": "global", "properties": {"registrationEnabled": false, "virtualNetwork": {"id": network}}});
    let made = sky.put(&link, body.clone());
    assert_eq!(made["properties"]["virtualNetworkLinkState"], "Completed");
    assert_eq!(sky.get(&zone)["properties"]["numberOfVirtualNetworkLinks"], 1);
    let refused = sky.send("DELETE", &zone, None);
    assert_eq!(
        (refused.status, refused.value()["error"]["code"].as_str()),
        (409, Some("CannotDeleteResource"))
    );
    // A network resolves one zone of a name.
    let other = format!("{}/resourceGroups/h", sky.group.rsplit_once("/resourceGroups").unwrap().0);
    sky.send("PUT", &other, Some(json!({"location": "westeurope"})));
    let twin =
        format!("{other}/providers/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net");
    sky.put(&twin, json!({"location": "global"}));
    assert!(sky.message(&format!("{twin}/virtualNetworkLinks/l"), body).contains("overlapping namespaces"));
    sky.delete(&link);
    sky.put(
        &format!("{zone}/A/x"),
        json!({"properties": {"ttl": 60, "aRecords": [{"ipv4Address": "10.0.0.9"}]}}),
    );
    assert_eq!(sky.delete(&zone).status, 202);
    assert!(sky.gone(&zone));
}

#[test]
fn imp_10_the_start_of_authority_can_be_changed_and_not_deleted() {
    let sky = Sky::new();
    let zone = zone(&sky, "example.internal");
    let soa = format!("{zone}/SOA/@");
    assert_eq!(sky.get(&soa)["properties"]["soaRecord"]["minimumTtl"], 10);
    let body = json!({"properties": {"ttl": 60, "soaRecord": {"email": "me.example.com", "minimumTtl": 20}}});
    assert_eq!(sky.put(&soa, body)["properties"]["soaRecord"]["email"], "me.example.com");
    assert!(sky.send("DELETE", &soa, None).status >= 400);
    assert_eq!(
        sky.refused(&sky.id("Microsoft.Network/privateDnsZones/single"), json!({"location": "global"})).1,
        "BadRequest"
    );
}

#[test]
fn imp_11_addresses_interfaces_and_what_holds_them() {
    let sky = Sky::new();
    let subnet = format!("{}/subnets/s", sky.network());
    let address = sky.id("Microsoft.Network/publicIPAddresses/ip");
    let made = sky.put(&address, json!({"location": "westeurope", "sku": {"name": "Standard"}, "properties": {"publicIPAllocationMethod": "static"}}));
    assert_eq!(made["properties"]["publicIPAllocationMethod"], "Static");
    let ip = made["properties"]["ipAddress"].clone();
    assert!(ip.as_str().unwrap().starts_with("20."));
    let interface = sky.id("Microsoft.Network/networkInterfaces/nic");
    let body = json!({"location": "westeurope", "properties": {"ipConfigurations": [{"name": "i", "properties":
        {"subnet": {"id": subnet, "properties": {"addressPrefix": "10.0.1.0/24"}}, "publicIPAddress": {"id": address}}}]}});
    let nic = sky.put(&interface, body.clone());
    let configuration = &nic["properties"]["ipConfigurations"][0]["properties"];
    assert_eq!(configuration["privateIPAddress"], "10.0.1.4");
    assert_eq!(configuration["subnet"], json!({"id": subnet}));
    assert_eq!(
        sky.get(&address)["properties"]["ipConfiguration"]["id"],
        format!("{interface}/ipConfigurations/i")
    );
    assert_eq!(sky.send("DELETE", &address, None).value()["error"]["code"], "PublicIPAddressCannotBeDeleted");
    // A second PUT keeps the address.
    assert_eq!(
        sky.put(&interface, body)["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"],
        "10.0.1.4"
    );
    let basic = json!({"location": "westeurope", "sku": {"name": "Basic"}});
    assert_eq!(
        sky.refused(&sky.id("Microsoft.Network/publicIPAddresses/old"), basic).1,
        "IPv4BasicSkuPublicIpCountLimitReached"
    );
}

#[test]
fn a_bastion_needs_its_subnet_and_a_route_its_hop() {
    let sky = Sky::new();
    let network = sky.network();
    let address = sky.id("Microsoft.Network/publicIPAddresses/ip");
    sky.put(&address, json!({"location": "westeurope"}));
    let body = |subnet: &str| {
        json!({"location": "westeurope", "sku": {"name": "Standard"}, "properties": {"ipConfigurations": [{"name": "c", "properties":
            {"subnet": {"id": format!("{network}/subnets/{subnet}")}, "publicIPAddress": {"id": address}}}]}})
    };
    let id = sky.id("Microsoft.Network/bastionHosts/b");
    assert_eq!(sky.refused(&id, body("s")).1, "BastionHostSubnetNameInvalid");
    let sized = |range: &str| {
        sky.put(
            &format!("{network}/subnets/AzureBastionSubnet"),
            json!({"properties": {"addressPrefix": range}}),
        );
    };
    sized("10.0.3.0/27");
    assert_eq!(sky.refused(&id, body("AzureBastionSubnet")).1, "BastionHostSubnetTooSmall");
    sized("10.0.3.0/26");
    assert!(
        sky.put(&id, body("AzureBastionSubnet"))["properties"]["dnsName"]
            .as_str()
            .unwrap()
            .ends_with(".bastion.azure.com")
    );
    let table = sky.id("Microsoft.Network/routeTables/rt");
    let route = |hop: &str| json!({"location": "westeurope", "properties": {"routes": [{"name": "r", "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": hop}}]}});
    assert_eq!(sky.refused(&table, route("VirtualAppliance")).1, "InvalidRouteNextHopIpAddress");
    assert_eq!(
        sky.put(&table, route("None"))["properties"]["routes"][0]["properties"]["hasBgpOverride"],
        false
    );
}

#[test]
fn net_03_public_addresses_are_counted_by_region_sku_and_version() {
    let sky = Sky::new();
    let address = |n: usize| sky.id(&format!("Microsoft.Network/publicIPAddresses/pip{n}"));
    let body = |region: &str, sku: &str| json!({"location": region, "sku": {"name": sku}, "properties": {"publicIPAllocationMethod": "Static"}});
    assert_eq!(
        sky.message(&address(0), body("westeurope", "Basic")),
        "Cannot create more than 0 IPv4 Basic SKU public IP addresses for this subscription in this region."
    );
    for n in 1..=20 {
        sky.put(&address(n), body("westeurope", "Standard"));
    }
    assert_eq!(
        sky.refused(&address(21), body("westeurope", "Standard")),
        (400, "IPv4StandardSkuPublicIpCountLimitReached".into())
    );
    sky.put(&address(20), body("westeurope", "Standard"));
    sky.put(&address(21), body("northeurope", "Standard"));
    let prefix = sky.id("Microsoft.Network/publicIPPrefixes/p");
    let four =
        json!({"location": "westeurope", "sku": {"name": "Standard"}, "properties": {"prefixLength": 30}});
    assert_eq!(sky.refused(&prefix, four).1, "IPv4StandardSkuPublicIpCountLimitReached");
    let sixth = json!({"location": "westeurope", "sku": {"name": "Standard"},
        "properties": {"prefixLength": 124, "publicIPAddressVersion": "IPv6"}});
    assert_eq!(sky.refused(&prefix, sixth).1, "PublicIPCountLimitReached");
    let one = json!({"location": "westeurope", "sku": {"name": "Standard"},
        "properties": {"prefixLength": 128, "publicIPAddressVersion": "IPv6"}});
    assert!(sky.message(&prefix, one).contains("not between 124 and 127"));
}

#[test]
fn nf_03_providers_have_their_own_words_for_what_is_not_there() {
    let sky = Sky::new();
    let network = sky.network();
    let said = |id: &str| {
        let answer = sky.send("GET", id, None);
        assert_eq!(answer.status, 404, "{id}");
        let error = &answer.value()["error"];
        let gateway = answer.header("x-ms-failure-cause") == Some("gateway");
        (error["code"].as_str().unwrap().to_owned(), error["message"].as_str().unwrap().to_owned(), gateway)
    };
    let subnet = format!("{network}/subnets/none");
    assert_eq!(said(&subnet), ("NotFound".into(), format!("Resource {subnet} not found."), false));
    let other = sky.id("Microsoft.Network/virtualNetworks/none");
    assert_eq!((said(&other).0.as_str(), said(&other).2), ("ResourceNotFound", true));
    let role =
        |kind: &str| format!("{}/providers/Microsoft.Authorization/{kind}/{}", sky.group, super::GUIDS[0]);
    assert_eq!(said(&role("roleDefinitions")).0, "RoleDefinitionDoesNotExist");
    assert_eq!(said(&role("roleAssignments")).0, "RoleAssignmentNotFound");
}

#[test]
fn pl_01_an_endpoint_has_one_group_of_zones() {
    let sky = Sky::new();
    let network = sky.network();
    let vault = sky.vault();
    let id = sky.id("Microsoft.Network/privateEndpoints/pe");
    sky.put(&id, endpoint(&format!("{network}/subnets/s"), &vault, "vault"));
    let (one, two) = (zone(&sky, "privatelink.vaultcore.azure.net"), zone(&sky, "other.example"));
    let body = |zone: &str| {
        let config = json!({"name": "z", "properties": {"privateDnsZoneId": zone}});
        json!({"properties": {"privateDnsZoneConfigs": [config]}})
    };
    sky.put(&format!("{id}/privateDnsZoneGroups/a"), body(&one));
    assert_eq!(
        sky.refused(&format!("{id}/privateDnsZoneGroups/b"), body(&two)).1,
        "MoreThanOnePrivateDnsZoneGroupPerPrivateEndpointNotAllowed"
    );
    sky.delete(&format!("{id}/privateDnsZoneGroups/a"));
    assert!(sky.gone(&format!("{one}/A/kv-one")), "the records go with their group");
    sky.put(&format!("{id}/privateDnsZoneGroups/b"), body(&two));
}

#[test]
fn pl_02_the_policies_of_endpoints_depend_on_the_version_and_those_of_services_must_be_off() {
    let sky = Sky::new();
    let network = sky.network();
    let made = |version: &str, name: &str, third: u8| {
        let id = format!("{network}/subnets/{name}?api-version={version}");
        let body = json!({"properties": {"addressPrefix": format!("10.0.{third}.0/24")}});
        assert!(sky.cloud.request("PUT", &id, Some(&body)).status < 300);
        sky.step();
        let live = sky.get(&format!("{network}/subnets/{name}"));
        live["properties"]["privateEndpointNetworkPolicies"].as_str().unwrap().to_owned()
    };
    assert_eq!(made("2020-11-01", "old", 2), "Enabled");
    assert_eq!(made("2024-01-01", "new", 3), "Disabled");
    let service = sky.id("Microsoft.Network/privateLinkServices/pls");
    let body = json!({"location": "westeurope", "properties": {
        "loadBalancerFrontendIpConfigurations": [],
        "ipConfigurations": [{"name": "c", "properties": {"subnet": {"id": format!("{network}/subnets/new")}}}]}});
    assert_eq!(
        sky.refused(&service, body.clone()).1,
        "PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled"
    );
    sky.put(
        &format!("{network}/subnets/new"),
        json!({"properties": {"addressPrefix": "10.0.3.0/24", "privateLinkServiceNetworkPolicies": "Disabled"}}),
    );
    sky.put(&service, body);
}

#[test]
fn pl_03_subnets_of_azures_own_names_have_sizes_and_no_security_group() {
    let sky = Sky::new();
    let network = sky.network();
    let group = sky.id("Microsoft.Network/networkSecurityGroups/n");
    sky.put(&group, json!({"location": "westeurope"}));
    let table = sky.id("Microsoft.Network/routeTables/rt");
    let default = json!({"name": "d", "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "None"}});
    sky.put(&table, json!({"location": "westeurope", "properties": {"routes": [default]}}));
    for (name, small, fits, bare) in [
        ("AzureFirewallSubnet", 27, 26, true),
        ("AzureFirewallManagementSubnet", 27, 26, false),
        ("GatewaySubnet", 30, 29, true),
        ("RouteServerSubnet", 28, 27, false),
    ] {
        let id = format!("{network}/subnets/{name}");
        let body = |length: u8| json!({"properties": {"addressPrefix": format!("10.0.8.0/{length}")}});
        assert_eq!(sky.refused(&id, body(small)).1, "NetcfgSubnetRangeTooSmall", "{name}");
        sky.put(&id, body(fits));
        let mut guarded = body(fits);
        guarded["properties"]["networkSecurityGroup"] = json!({"id": group});
        if bare {
            assert_eq!(sky.refused(&id, guarded).1, format!("NetworkSecurityGroupCannotBeAttachedTo{name}"));
        } else {
            sky.put(&id, guarded);
        }
        sky.delete(&id);
    }
    let fenced = |name: &str| {
        let id = format!("{network}/subnets/{name}");
        sky.put(&id, json!({"properties": {"addressPrefix": "10.0.8.0/26", "routeTable": {"id": table}}}));
        id
    };
    let at = |subnet: &str| json!({"location": "westeurope", "properties": {"ipConfigurations": [{"name": "c", "properties": {"subnet": {"id": subnet}}}]}});
    let firewall = sky.id("Microsoft.Network/azureFirewalls/fw");
    assert_eq!(
        sky.refused(&firewall, at(&format!("{network}/subnets/s"))).1,
        "AzureFirewallSubnetNameInvalid"
    );
    let subnet = fenced("AzureFirewallSubnet");
    assert_eq!(sky.refused(&firewall, at(&subnet)).1, "AzureFirewallSubnetDefaultRouteInvalid");
    sky.delete(&subnet);
    let gateway = sky.id("Microsoft.Network/virtualNetworkGateways/gw");
    let subnet = fenced("GatewaySubnet");
    assert_eq!(sky.refused(&gateway, at(&subnet)).1, "GatewaySubnetDefaultRouteNotSupported");
}

#[test]
fn imp_09_the_first_network_of_a_region_brings_its_watcher_and_a_basic_firewall_asks_for_management() {
    let sky = Sky::new();
    let subscription = sky.group.split("/resourceGroups/").next().unwrap().to_owned();
    let watcher = |region: &str| {
        let group = format!("{subscription}/resourceGroups/NetworkWatcherRG");
        format!("{group}/providers/Microsoft.Network/networkWatchers/NetworkWatcher_{region}")
    };
    assert!(sky.gone(&watcher("westeurope")));
    let network = sky.network();
    assert_eq!(sky.get(&watcher("westeurope"))["location"], "westeurope");
    assert!(sky.gone(&watcher("northeurope")));
    // It comes with the first one, not with every one.
    sky.delete(&watcher("westeurope"));
    sky.put(
        &format!("{network}/subnets/AzureFirewallSubnet"),
        json!({"properties": {"addressPrefix": "10.0.8.0/26"}}),
    );
    assert!(sky.gone(&watcher("westeurope")));
    let firewall = sky.id("Microsoft.Network/azureFirewalls/fw");
    let body = json!({"location": "westeurope", "properties": {
        "sku": {"name": "AZFW_VNet", "tier": "Basic"},
        "ipConfigurations": [{"name": "c", "properties": {"subnet": {"id": format!("{network}/subnets/AzureFirewallSubnet")}}}]}});
    assert_eq!(sky.refused(&firewall, body).1, "AzureFirewallManagementIpConfigurationRequired");
}

#[test]
fn imm_01_a_list_with_nothing_in_it_is_none() {
    let sky = Sky::new();
    let id = sky.id("Microsoft.Network/natGateways/n");
    let gateway = |zones: serde_json::Value| json!({"location": "westeurope", "sku": {"name": "Standard"}, "zones": zones, "properties": {}});
    sky.put(&id, json!({"location": "westeurope", "sku": {"name": "Standard"}, "properties": {}}));
    sky.put(&id, gateway(json!([])));
    assert_eq!(sky.refused(&id, gateway(json!(["1"]))), (409, "PropertyChangeNotAllowed".to_owned()));
}
