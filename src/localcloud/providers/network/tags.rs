//! Service tags: which addresses the services of Azure have.

use serde_json::{Value, json};

use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::{Answer, Route, RouteCall};
use crate::localcloud::tables::{normalised, region};
use crate::localcloud::world::World;

/// Tag, the service it is of, and ranges that hold everywhere. In each region it has ranges of its own.
const TAGS: &[(&str, &str, &[&str])] = &[
    ("AppService", "AzureAppService", &["13.64.73.110/32", "2603:1030:0:1::/64"]),
    ("AzureActiveDirectory", "AzureAD", &["20.20.32.0/19", "40.126.0.0/18", "2603:1006:2000::/48"]),
    ("AzureCloud", "", &["13.64.0.0/16", "20.33.0.0/16", "40.64.0.0/18", "2603:1000::/24"]),
    ("AzureContainerRegistry", "AzureContainerRegistry", &["20.38.132.64/26", "2603:1020:3:5::/64"]),
    ("AzureCosmosDB", "AzureCosmosDB", &["13.66.26.107/32", "2603:1030:b:3::/64"]),
    ("AzureFrontDoor.FirstParty", "AzureFrontDoor", &["13.107.3.128/32", "2620:1ec:4::/46"]),
    ("AzureKeyVault", "AzureKeyVault", &["13.66.138.88/30", "2603:1030:c06:400::2c0/125"]),
    ("AzureMachineLearning", "AzureMachineLearning", &["13.66.87.135/32", "2603:1030:40b:400::f2/128"]),
    ("AzureMonitor", "AzureMonitor", &["13.66.60.119/32", "40.74.87.104/29", "2603:1030:7:402::600/121"]),
    ("AzureResourceManager", "AzureResourceManager", &["4.150.240.0/26", "2603:1030:40b:400::240/122"]),
    ("BatchNodeManagement", "BatchNodeManagement", &["13.65.192.161/32", "2603:1030:5:1::/64"]),
    (
        "MicrosoftContainerRegistry",
        "MicrosoftContainerRegistry",
        &["13.66.140.64/29", "2603:1030:c06:c::/64"],
    ),
    ("Storage", "AzureStorage", &["20.38.96.0/19", "52.239.128.0/18", "2603:1030:800::/48"]),
];

/// Operations of the namespace that belong to no resource.
pub const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: "/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}/serviceTags",
    run: list,
}];

fn tag(name: &str, system: &str, region: &str, prefixes: &[String]) -> Value {
    json!({
        "name": name,
        "id": name,
        "serviceTagChangeNumber": "1",
        "properties": {
            "changeNumber": "1", "region": region, "state": "GA", "networkFeatures": ["API", "NSG", "UDR", "FW"],
            "systemService": system, "addressPrefixes": prefixes,
        },
    })
}

/// Each tag, everywhere and in the region that is asked.
fn list(_: &mut World, call: &RouteCall) -> Result<Answer, ArmFailure> {
    let asked = call.taken.last().map(|l| normalised(l)).unwrap_or_default();
    let Some(title) = region(&asked) else {
        return Err(ArmFailure::new(
            400,
            "LocationNotAvailableForResourceType",
            format!(
                "The provided location '{asked}' is not available for resource type 'Microsoft.Network/locations/serviceTags'."
            ),
        ));
    };
    let mut values = Vec::new();
    for (at, (name, system, everywhere)) in TAGS.iter().enumerate() {
        let all: Vec<String> = everywhere.iter().map(|p| (*p).to_owned()).collect();
        values.push(tag(name, system, "", &all));
        if name.contains('.') {
            continue;
        }
        let place = asked.bytes().fold(at, |sum, b| sum.wrapping_mul(31).wrapping_add(usize::from(b))) % 250;
        let here = [format!("20.{place}.{at}.0/24"), format!("2603:1040:{place:x}:{at:x}::/64")];
        values.push(tag(&format!("{name}.{}", title.replace(' ', "")), system, &asked, &here));
    }
    Ok(Answer::ok(json!({
        "name": "Public",
        "id": format!("/subscriptions/{}/providers/Microsoft.Network/serviceTags/Public", call.taken.first().map_or("", String::as_str)),
        "type": "Microsoft.Network/serviceTags",
        "changeNumber": "1",
        "cloud": "Public",
        "values": values,
    })))
}
