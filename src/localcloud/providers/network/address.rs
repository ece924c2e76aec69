//! Addresses: what a subnet gives away, public addresses, interfaces, NAT gateways, bastions.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::super::cidr::Cidr;
use super::super::common::{array, bad, default_to, insert, insert_default, same};
use super::vnet::prefixes;
use super::with_guid;
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::{Put, text};
use crate::localcloud::world::{Document, World};

const INTERFACES: &str = "Microsoft.Network/networkInterfaces";

/// Addresses of a subnet that interfaces hold; those of `except` do not count.
fn taken(world: &World, subnet: &str, except: &str) -> Vec<IpAddr> {
    world
        .referrers(subnet)
        .filter(|d| d.type_name == INTERFACES && !same(&d.id, except))
        .flat_map(|d| array(&d.body, "properties.ipConfigurations"))
        .filter(|c| same(text(c, "properties.subnet.id"), subnet))
        .filter_map(|c| text(c, "properties.privateIPAddress").parse().ok())
        .collect()
}

/// Addresses for an interface in a subnet: `wanted` ones are judged, empty ones are the first that are free (NET-04).
pub(super) fn allocate(
    world: &World,
    subnet: &str,
    interface: &str,
    wanted: &[&str],
) -> Result<Vec<String>, ArmFailure> {
    let Some(document) = world.get(subnet) else {
        return Err(bad(
            "InvalidResourceReference",
            format!(
                "Resource {subnet} referenced by resource {interface} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region."
            ),
        ));
    };
    let ranges: Vec<Cidr> =
        prefixes(&document.body).into_iter().filter_map(Cidr::parse).filter(|range| !range.is_v6()).collect();
    let mut used = taken(world, subnet, interface);
    let mut given = vec![String::new(); wanted.len()];
    for (slot, text) in given.iter_mut().zip(wanted).filter(|(_, text)| !text.is_empty()) {
        let address: IpAddr = text
            .parse()
            .map_err(|_| bad("InvalidIPAddressFormat", format!("IP address {text} is not well-formed.")))?;
        let Some(range) = ranges.iter().find(|range| range.holds(address)) else {
            return Err(bad(
                "PrivateIPAddressNotInSubnet",
                format!(
                    "Private static IP address {text} does not belong to the range of subnet prefix {}.",
                    prefixes(&document.body).join(", ")
                ),
            ));
        };
        if range.is_reserved(address) {
            return Err(bad(
                "PrivateIPAddressInReservedRange",
                format!(
                    "Private static IP address {text} falls within reserved IP range of subnet prefix {}.",
                    prefixes(&document.body).join(", ")
                ),
            ));
        }
        if used.contains(&address) {
            return Err(bad(
                "PrivateIPAddressInUse",
                format!(
                    "IP configuration of {interface} is using the private IP address {text} which is already allocated to another resource."
                ),
            ));
        }
        used.push(address);
        address.to_string().clone_into(slot);
    }
    for slot in given.iter_mut().filter(|slot| slot.is_empty()) {
        let free = ranges.iter().flat_map(|range| range.hosts()).find(|address| !used.contains(address));
        let Some(address) = free else {
            return Err(bad(
                "SubnetIsFull",
                format!(
                    "Subnet {} with address prefix {} does not have enough capacity for {} IP addresses.",
                    document.name(),
                    prefixes(&document.body).join(", "),
                    wanted.len()
                ),
            ));
        };
        used.push(address);
        *slot = address.to_string();
    }
    Ok(given)
}

/// A public address that depends on the id: in a range that Azure uses.
fn public_of(guid: &str) -> String {
    let digits: Vec<u8> = guid.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |at: usize| {
        let text: String = digits.iter().skip(at * 2).take(2).map(|b| char::from(*b)).collect();
        u8::from_str_radix(&text, 16).unwrap_or_default()
    };
    format!("20.{}.{}.{}", byte(0), byte(1), byte(2).clamp(1, 254))
}

const PUBLIC_ADDRESSES: &str = "Microsoft.Network/publicIPAddresses";
const PUBLIC_PREFIXES: &str = "Microsoft.Network/publicIPPrefixes";

/// Public addresses that a subscription may have in a region (NET-03): of a SKU and a version, and in all, where a prefix
/// counts as one. Basic is retired.
const QUOTA: usize = 20;

/// NET-03: refuses an address or a prefix beyond the quota.
fn within_quota(world: &World, put: &Put) -> Result<(), ArmFailure> {
    if !put.is_new() {
        return Ok(());
    }
    let (sku, version) = (text(&put.body, "sku.name"), text(&put.body, "properties.publicIPAddressVersion"));
    let all: Vec<&Document> = [PUBLIC_ADDRESSES, PUBLIC_PREFIXES]
        .into_iter()
        .flat_map(|kind| world.of_type(kind))
        .filter(|d| same(d.location(), text(&put.body, "location")))
        .filter(|d| d.text("properties.publicIPPrefix.id").is_empty())
        .collect();
    let alike = all
        .iter()
        .filter(|d| d.text("sku.name") == sku && d.text("properties.publicIPAddressVersion") == version);
    let limit = if sku == "Basic" { 0 } else { QUOTA };
    let (code, what) = if alike.count() >= limit {
        (format!("{version}{sku}SkuPublicIpCountLimitReached"), format!("{version} {sku} SKU public IP"))
    } else if all.len() >= QUOTA {
        ("PublicIPCountLimitReached".to_owned(), "public IP".to_owned())
    } else {
        return Ok(());
    };
    let message =
        format!("Cannot create more than {limit} {what} addresses for this subscription in this region.");
    Err(bad(&code, message))
}

/// A public address's PUT.
pub(super) fn public_address(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let standard = text(&put.body, "sku.name") != "Basic";
    within_quota(world, put)?;
    default_to(put, "properties.publicIPAllocationMethod", if standard { "Static" } else { "Dynamic" });
    if standard && text(&put.body, "properties.publicIPAllocationMethod") != "Static" {
        return Err(bad(
            "StandardSkuPublicIPAddressesMustBeStatic",
            format!("Standard sku publicIp {} must have AllocationMethod set to Static.", put.id),
        ));
    }
    let guid = world.new_guid(put.id.key(), "address");
    let given = match of_prefix(world, put)? {
        Some(address) => address,
        None => public_of(&guid),
    };
    put.keep("properties.ipAddress", || given.into());
    let label = text(&put.body, "properties.dnsSettings.domainNameLabel").to_owned();
    if !label.is_empty() {
        let fqdn = format!("{label}.{}.cloudapp.azure.com", text(&put.body, "location"));
        let taken = world
            .of_type(PUBLIC_ADDRESSES)
            .any(|d| d.key() != put.id.key() && same(d.text("properties.dnsSettings.fqdn"), &fqdn));
        if taken {
            return Err(bad(
                "DnsRecordInUse",
                format!("DNS record {fqdn} is already used by another public IP."),
            ));
        }
        put.set("properties.dnsSettings.fqdn", fqdn);
    }
    with_guid(world, put)
}

/// The first free address of the prefix that a coming address names.
fn of_prefix(world: &World, put: &Put) -> Result<Option<String>, ArmFailure> {
    let Some(prefix) = world.get(text(&put.body, "properties.publicIPPrefix.id")) else { return Ok(None) };
    let Some(range) = Cidr::parse(prefix.text("properties.ipPrefix")) else { return Ok(None) };
    let taken: Vec<IpAddr> = world
        .referrers(&prefix.id)
        .filter(|d| d.key() != put.id.key())
        .filter_map(|d| d.text("properties.ipAddress").parse().ok())
        .collect();
    match range.addresses().find(|address| !taken.contains(address)) {
        Some(address) => Ok(Some(address.to_string())),
        None => Err(bad(
            "PublicIpPrefixOutOfIpAddressesError",
            format!("Public IP prefix {} has no address left for {}.", prefix.id, put.id),
        )),
    }
}

/// A public prefix's PUT: its range.
pub(super) fn public_prefix(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let length = put.get("properties.prefixLength").and_then(Value::as_u64).unwrap_or(28);
    let sixth = text(&put.body, "properties.publicIPAddressVersion") == "IPv6";
    let (least, most) = if sixth { (124, 127) } else { (21, 31) };
    if !(least..=most).contains(&length) {
        return Err(bad(
            "PublicIpPrefixLengthNotInValidRange",
            format!("The length /{length} of public IP prefix {} is not between {least} and {most}.", put.id),
        ));
    }
    put.set("properties.prefixLength", length);
    within_quota(world, put)?;
    let first = public_of(&world.new_guid(put.id.key(), "prefix"));
    let range = Cidr::parse(&format!("{first}/{length}")).map(Cidr::aligned);
    put.keep("properties.ipPrefix", || range.into());
    with_guid(world, put)
}

/// Back references of a public prefix.
pub(super) fn view_public_prefix(world: &World, document: &Document, body: &mut Value) {
    let all: Vec<Value> = world
        .referrers(&document.id)
        .filter(|d| d.type_name == PUBLIC_ADDRESSES)
        .map(|d| json!({ "id": d.id }))
        .collect();
    if let (false, Some(properties)) = (all.is_empty(), body.get_mut("properties")) {
        insert(properties, "publicIPAddresses", all);
    }
}

/// NET-02: a prefix in use stays.
pub(super) fn may_delete_public_prefix(world: &World, prefix: &Document) -> Result<(), ArmFailure> {
    match world.referrers(&prefix.id).next() {
        None => Ok(()),
        Some(by) => Err(bad(
            "InUsePublicIpPrefixCannotBeDeleted",
            format!("Public IP prefix {} cannot be deleted because it is in use by {}.", prefix.id, by.id),
        )),
    }
}

/// What holds a public address: the id of the configuration that names it.
fn holder(world: &World, address: &Document) -> Option<String> {
    world.referrers(&address.id).find_map(|document| {
        let configuration = array(&document.body, "properties.ipConfigurations")
            .iter()
            .find(|c| same(text(c, "properties.publicIPAddress.id"), &address.id))?;
        let kind = if document.type_name == "Microsoft.Network/bastionHosts" {
            "bastionHostIpConfigurations"
        } else {
            "ipConfigurations"
        };
        Some(format!("{}/{kind}/{}", document.id, text(configuration, "name")))
    })
}

fn nat_of<'w>(world: &'w World, address: &Document) -> Option<&'w Document> {
    world.referrers(&address.id).find(|d| d.type_name == "Microsoft.Network/natGateways")
}

/// Back references of a public address.
pub(super) fn view_public_address(world: &World, document: &Document, body: &mut Value) {
    let Some(properties) = body.get_mut("properties") else { return };
    if let Some(id) = holder(world, document) {
        insert(properties, "ipConfiguration", json!({ "id": id }));
    }
    if let Some(gateway) = nat_of(world, document) {
        insert(properties, "natGateway", json!({ "id": gateway.id }));
    }
}

/// NET-02: an address in use stays.
pub(super) fn may_delete_public_address(world: &World, address: &Document) -> Result<(), ArmFailure> {
    match holder(world, address).or_else(|| nat_of(world, address).map(|gateway| gateway.id.clone())) {
        None => Ok(()),
        Some(by) => Err(bad(
            "PublicIPAddressCannotBeDeleted",
            format!(
                "Public IP address {} can not be deleted since it is still allocated to resource {by}. In order to delete the public IP, disassociate/detach the Public IP address from the resource.",
                address.id
            ),
        )),
    }
}

/// NET-02: a NAT gateway in use stays.
pub(super) fn may_delete_nat_gateway(world: &World, gateway: &Document) -> Result<(), ArmFailure> {
    let subnet =
        world.referrers(&gateway.id).find(|d| d.type_name == "Microsoft.Network/virtualNetworks/subnets");
    match subnet {
        None => Ok(()),
        Some(subnet) => Err(bad(
            "InUseNatGatewayCannotBeDeleted",
            format!(
                "Nat gateway {} cannot be deleted because it is in use by {}.",
                gateway.name(),
                subnet.id
            ),
        )),
    }
}

/// An interface's PUT: addresses and what Azure fills in (IMP-11).
pub(super) fn interface(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let id = put.id.as_str().to_owned();
    if put.existing.is_some_and(|old| old.owner.is_some()) {
        return Err(bad(
            "NetworkInterfaceOwnedByPrivateEndpoint",
            format!("Network interface {id} belongs to a private endpoint: only its tags can be changed."),
        ));
    }
    let mut configurations = array(&put.body, "properties.ipConfigurations").to_vec();
    if configurations.is_empty() {
        return Err(bad(
            "NetworkInterfaceMustHaveAtleastOneIpConfiguration",
            format!("Network interface {id} must have one or more IP configurations."),
        ));
    }
    let several = configurations.len() > 1;
    let old =
        put.existing.map(|old| array(&old.body, "properties.ipConfigurations").to_vec()).unwrap_or_default();
    let mut given = configuration_addresses(world, &id, &configurations, &old)?;
    for (configuration, address) in configurations.iter_mut().zip(&mut given) {
        let name = text(configuration, "name").to_owned();
        insert(configuration, "id", format!("{id}/ipConfigurations/{name}"));
        insert(configuration, "type", "Microsoft.Network/networkInterfaces/ipConfigurations");
        let Some(properties) = configuration.get_mut("properties") else { continue };
        insert(properties, "provisioningState", "Succeeded");
        insert_default(properties, "privateIPAllocationMethod", "Dynamic");
        insert_default(properties, "privateIPAddressVersion", "IPv4");
        insert_default(properties, "primary", !several);
        if let Some(address) = address.take() {
            insert(properties, "privateIPAddress", address);
        }
        for reference in ["subnet", "publicIPAddress"] {
            only_id(properties, reference);
        }
    }
    put.set("properties.ipConfigurations", configurations);
    let suffix = super::super::common::token(world, &id, "suffix", 26).to_lowercase();
    put.keep("properties.dnsSettings.internalDomainNameSuffix", || {
        format!("{suffix}.bx.internal.cloudapp.net").into()
    });
    with_guid(world, put)
}

/// An address for each configuration that has a subnet: the one that is sent, the one it had there, or a free one.
fn configuration_addresses(
    world: &World,
    interface: &str,
    configurations: &[Value],
    old: &[Value],
) -> Result<Vec<Option<String>>, ArmFailure> {
    let subnet = |c: &Value| text(c, "properties.subnet.id").to_lowercase();
    let mut given = vec![None; configurations.len()];
    let mut subnets: Vec<String> = configurations.iter().map(subnet).filter(|s| !s.is_empty()).collect();
    subnets.sort();
    subnets.dedup();
    for place in subnets {
        let here: Vec<usize> =
            (0..configurations.len()).filter(|i| subnet(&configurations[*i]) == place).collect();
        let wanted: Vec<&str> = here
            .iter()
            .map(|i| {
                let sent = text(&configurations[*i], "properties.privateIPAddress");
                let name = text(&configurations[*i], "name");
                let before = old.iter().find(|o| text(o, "name") == name && subnet(o) == place);
                if sent.is_empty() {
                    before.map_or("", |o| text(o, "properties.privateIPAddress"))
                } else {
                    sent
                }
            })
            .collect();
        for (i, address) in here.iter().zip(allocate(world, &place, interface, &wanted)?) {
            given[*i] = Some(address);
        }
    }
    Ok(given)
}

/// Network answers references as ids alone, whatever was sent in them.
pub(super) fn only_id(properties: &mut Value, reference: &str) {
    if let Some(id) = properties.get(reference).and_then(|r| r.get("id")).cloned() {
        insert(properties, reference, json!({ "id": id }));
    }
}

/// NET-02, IMP-02: an interface in use stays.
pub(super) fn may_delete_interface(world: &World, interface: &Document) -> Result<(), ArmFailure> {
    if let Some(owner) = &interface.owner {
        let id = world.get(owner).map_or(owner.as_str(), |d| d.id.as_str());
        return Err(bad(
            "NicInUseWithPrivateEndpoint",
            format!(
                "Network interface {} cannot be deleted because it is currently in use with a private endpoint ({id}).",
                interface.id
            ),
        ));
    }
    match world.referrers(&interface.id).find(|d| d.type_name == "Microsoft.Compute/virtualMachines") {
        None => Ok(()),
        Some(machine) => Err(bad(
            "NicInUse",
            format!(
                "Network Interface {} is used by existing resource {}. In order to delete the network interface, it must be dissociated from the resource. To learn more, see aka.ms/deletenic.",
                interface.id, machine.id
            ),
        )),
    }
}

/// The address of an interface on the wire, once a machine runs with it.
fn mac_of(world: &World, interface: &Document) -> String {
    let guid = world.new_guid(&interface.key(), "mac").replace('-', "").to_uppercase();
    let pair = |at: usize| guid.get(at..at + 2).unwrap_or("00").to_owned();
    format!("00-0D-3A-{}-{}-{}", pair(0), pair(2), pair(4))
}

/// Back references of an interface.
pub(super) fn view_interface(world: &World, document: &Document, body: &mut Value) {
    let machine = world.referrers(&document.id).find(|d| d.type_name == "Microsoft.Compute/virtualMachines");
    let endpoint = document.owner.as_deref().and_then(|owner| world.get(owner));
    let etag = format!("W/\"{}\"", document.etag);
    let Some(properties) = body.get_mut("properties") else { return };
    for configuration in
        properties.get_mut("ipConfigurations").and_then(Value::as_array_mut).into_iter().flatten()
    {
        insert(configuration, "etag", etag.clone());
    }
    if let Some(machine) = machine {
        insert(properties, "virtualMachine", json!({ "id": machine.id }));
        insert(properties, "macAddress", mac_of(world, document));
        let first = array(&machine.body, "properties.networkProfile.networkInterfaces").first();
        insert(properties, "primary", first.is_some_and(|n| same(text(n, "id"), &document.id)));
    }
    if let Some(endpoint) = endpoint {
        insert(properties, "privateEndpoint", json!({ "id": endpoint.id }));
    }
}

/// A bastion's PUT.
pub(super) fn bastion(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let id = put.id.as_str().to_owned();
    let mut configurations = array(&put.body, "properties.ipConfigurations").to_vec();
    if configurations.is_empty() && text(&put.body, "sku.name") != "Developer" {
        return Err(bad(
            "BastionHostIpConfigurationMissing",
            format!("Bastion host {id} needs an IP configuration."),
        ));
    }
    for configuration in &mut configurations {
        let subnet = text(configuration, "properties.subnet.id").to_owned();
        if !subnet.to_lowercase().ends_with("/azurebastionsubnet") {
            return Err(bad(
                "BastionHostSubnetNameInvalid",
                format!("The subnet of bastion host {id} must be named AzureBastionSubnet, not {subnet}."),
            ));
        }
        // Since November 2021; hosts of before go on in a /27, and such a subnet alone is taken (Bastion FAQ).
        let small = |range: &Cidr| !range.is_v6() && range.length > 26;
        let ranges = world.get(&subnet).map(|s| prefixes(&s.body)).unwrap_or_default();
        if put.is_new() && ranges.iter().filter_map(|r| Cidr::parse(r)).any(|r| small(&r)) {
            return Err(bad(
                "BastionHostSubnetTooSmall",
                format!("The subnet of bastion host {id} is too small: it needs at least a /26."),
            ));
        }
        let name = text(configuration, "name").to_owned();
        insert(configuration, "id", format!("{id}/bastionHostIpConfigurations/{name}"));
        insert(configuration, "type", "Microsoft.Network/bastionHosts/bastionHostIpConfigurations");
        let Some(properties) = configuration.get_mut("properties") else { continue };
        insert(properties, "provisioningState", "Succeeded");
        insert_default(properties, "privateIPAllocationMethod", "Dynamic");
    }
    put.set("properties.ipConfigurations", configurations);
    let host = world.new_guid(put.id.key(), "dnsName");
    put.keep("properties.dnsName", || format!("bst-{host}.bastion.azure.com").into());
    Ok(())
}
