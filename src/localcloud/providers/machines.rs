//! Microsoft.Compute/virtualMachines and what comes with a machine: its disk, its extensions; Microsoft.DevTestLab/schedules:
//! when it is shut down.

use serde_json::{Value, json};

use super::common::{array, bad, default_to, hex, insert_default, same};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::id::ResourceId;
use crate::localcloud::rules::{
    Action, Answer, Call, FinalAnswer, FirstBody, Location, Missing, Put, Reference, Seconds, Shape,
    TypeRules, Update, Written, at, remove, text,
};
use crate::localcloud::world::{Document, World};

const MACHINES: &str = "Microsoft.Compute/virtualMachines";
const DISKS: &str = "Microsoft.Compute/disks";
const DISK: &str = "properties.storageProfile.osDisk";

const PUT: Shape = Shape {
    synchronous: false,
    async_url: Some("{sub}/providers/Microsoft.Compute/locations/{location}/operations/{op}"),
    retry_after: Some(10),
    poll_retry_after: Some(10),
    ..Shape::SYNC
};

const DELETE: Shape = Shape {
    created: 202,
    updated: 202,
    body: FirstBody::Empty,
    location_url: Some("{sub}/providers/Microsoft.Compute/locations/{location}/operations/{op}?monitor=true"),
    state: "Deleting",
    update_state: "Deleting",
    result: FinalAnswer::Empty,
    ..PUT
};

const fn verb(name: &'static str, seconds: f64) -> Action {
    Action { name, method: "POST", run: accepted, shape: Some(DELETE), seconds }
}

const fn refers(path: &'static str) -> Reference {
    Reference { path, missing: Missing::NotFound }
}

/// The rows.
pub const TYPES: &[TypeRules] = &[
    TypeRules {
        type_name: MACHINES,
        put: PUT,
        patch: Some(PUT),
        delete: DELETE,
        seconds: Seconds { create: 60.0, update: 20.0, delete: 30.0 },
        update: Update::Keep,
        defaults: &[
            ("properties.osProfile?.allowExtensionOperations", "true"),
            ("properties.osProfile?.requireGuestProvisionSignal", "true"),
            ("properties.osProfile?.secrets", "[]"),
            ("properties.osProfile?.linuxConfiguration?.disablePasswordAuthentication", "false"),
            ("properties.osProfile?.linuxConfiguration?.provisionVMAgent", "true"),
            ("properties.osProfile?.linuxConfiguration?.patchSettings.patchMode", "\"ImageDefault\""),
            ("properties.osProfile?.linuxConfiguration?.patchSettings.assessmentMode", "\"ImageDefault\""),
            ("properties.osProfile?.windowsConfiguration?.provisionVMAgent", "true"),
            ("properties.osProfile?.windowsConfiguration?.enableAutomaticUpdates", "true"),
            ("properties.osProfile?.windowsConfiguration?.patchSettings.patchMode", "\"AutomaticByOS\""),
            ("properties.osProfile?.windowsConfiguration?.patchSettings.assessmentMode", "\"ImageDefault\""),
            ("properties.osProfile?.windowsConfiguration?.patchSettings.enableHotpatching", "false"),
            ("properties.osProfile?.windowsConfiguration?.enableVMAgentPlatformUpdates", "false"),
            ("properties.storageProfile.osDisk.caching", "\"None\""),
            ("properties.storageProfile.osDisk.deleteOption", "\"Detach\""),
            ("properties.storageProfile.dataDisks", "[]"),
        ],
        write_only: &[
            "properties.osProfile.adminPassword",
            "properties.osProfile.customData",
            "properties.osProfile.windowsConfiguration.additionalUnattendContent[].content",
            "properties.userData",
        ],
        immutable: &[
            "plan",
            "zones",
            "properties.availabilitySet.id",
            "properties.priority",
            "properties.evictionPolicy",
            "properties.osProfile.adminUsername",
            "properties.osProfile.computerName",
            "properties.osProfile.linuxConfiguration.disablePasswordAuthentication",
            "properties.osProfile.linuxConfiguration.provisionVMAgent",
            "properties.osProfile.linuxConfiguration.ssh.publicKeys",
            "properties.osProfile.windowsConfiguration.provisionVMAgent",
            "properties.osProfile.windowsConfiguration.enableAutomaticUpdates",
            "properties.osProfile.windowsConfiguration.timeZone",
            "properties.storageProfile.imageReference.offer",
            "properties.storageProfile.imageReference.sku",
            "properties.storageProfile.osDisk.name",
            "properties.storageProfile.osDisk.createOption",
            "properties.storageProfile.osDisk.managedDisk.storageAccountType",
            "properties.securityProfile.securityType",
        ],
        references: &[
            refers("properties.networkProfile.networkInterfaces[].id"),
            refers("properties.storageProfile.osDisk.managedDisk.diskEncryptionSet.id"),
        ],
        actions: &[
            verb("deallocate", 20.0),
            verb("powerOff", 10.0),
            verb("start", 20.0),
            verb("restart", 20.0),
            verb("redeploy", 30.0),
            verb("reapply", 10.0),
            Action { name: "generalize", method: "POST", run: generalized, shape: None, seconds: 0.0 },
            Action { name: "instanceView", method: "GET", run: instance_view, shape: None, seconds: 0.0 },
        ],
        normalise: Some(machine),
        written: Some(written),
        deleted: Some(deleted),
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: "Microsoft.Compute/virtualMachines/extensions",
        put: PUT,
        patch: Some(PUT),
        delete: DELETE,
        seconds: Seconds { create: 40.0, update: 30.0, delete: 20.0 },
        update: Update::Keep,
        location: Location::Optional,
        taggable: true,
        write_only: &["properties.protectedSettings"],
        immutable: &["properties.publisher"],
        serial: true,
        normalise: Some(extension),
        ..TypeRules::NESTED
    },
    TypeRules {
        type_name: DISKS,
        put: PUT,
        patch: Some(PUT),
        delete: DELETE,
        seconds: Seconds { create: 5.0, update: 5.0, delete: 5.0 },
        may_delete: Some(may_delete_disk),
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: "Microsoft.DevTestLab/schedules",
        put: Shape::SYNC,
        patch: Some(Shape::SYNC_200),
        seconds: Seconds { create: 1.0, update: 1.0, delete: 1.0 },
        normalise: Some(schedule),
        ..TypeRules::REGIONAL
    },
];

/// A machine's PUT.
fn machine(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let key = put.id.key().to_owned();
    let name = put.id.name().to_owned();
    interfaces(world, put)?;
    let attached = text(&put.body, &format!("{DISK}.createOption")) == "Attach";
    if attached {
        attach(world, put)?;
    } else {
        system(put)?;
    }
    // An image says what system it holds; here, what is said of the system does.
    let kind =
        if put.get("properties.osProfile.windowsConfiguration").is_some() { "Windows" } else { "Linux" };
    default_to(put, &format!("{DISK}.osType"), kind);
    let windows = text(&put.body, &format!("{DISK}.osType")) == "Windows";
    let seed = hex(&world.new_guid(&key, "osDisk"));
    let disk = text(&put.body, &format!("{DISK}.name")).to_owned();
    let disk = if disk.is_empty() { format!("{name}_OsDisk_1_{seed}") } else { disk };
    default_to(put, &format!("{DISK}.name"), disk.clone());
    // A disk that is attached keeps its size; a new one has that of the image.
    let there = world
        .get(text(&put.body, &format!("{DISK}.managedDisk.id")))
        .and_then(|d| d.at("properties.diskSizeGB"));
    let size = there.cloned().unwrap_or_else(|| if windows { 127 } else { 30 }.into());
    default_to(put, &format!("{DISK}.diskSizeGB"), size);
    // A file in a storage account is no managed disk.
    if put.get(&format!("{DISK}.vhd")).is_none() {
        default_to(put, &format!("{DISK}.managedDisk.storageAccountType"), "Standard_LRS");
        let group = put.id.resource_group_id();
        if let Some(id) = group.map(|g| g.extension(DISKS, &disk))
            && put.get(&format!("{DISK}.managedDisk.id")).is_none()
        {
            put.set(&format!("{DISK}.managedDisk.id"), id.as_str());
        }
    }
    data_disks(world, put)?;
    if text(&put.body, "properties.storageProfile.imageReference.version") == "latest" {
        put.keep("properties.storageProfile.imageReference.exactVersion", || "1.0.20240301".into());
    }
    let (id, now) = (world.new_guid(&key, "vmId"), world.now());
    put.keep("properties.vmId", || id.into());
    put.keep("properties.timeCreated", || now.into());
    Ok(())
}

/// Each further disk has a place of its own, and is there or is made.
fn data_disks(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let mut disks = array(&put.body, "properties.storageProfile.dataDisks").to_vec();
    let group = put.id.resource_group_id();
    for place in 0..disks.len() {
        let lun = disks[place]["lun"].clone();
        if disks[..place].iter().any(|d| d["lun"] == lun) {
            return Err(bad(
                "InvalidParameter",
                format!("The value of parameter dataDisk.lun is invalid: {lun} is there twice."),
            )
            .target("dataDisk.lun"));
        }
        let disk = &mut disks[place];
        for (name, value) in [
            ("caching", json!("None")),
            ("deleteOption", json!("Detach")),
            ("toBeDetached", json!(false)),
            ("writeAcceleratorEnabled", json!(false)),
        ] {
            insert_default(disk, name, value);
        }
        if disk.get("vhd").is_some() {
            continue;
        }
        let id = text(disk, "managedDisk.id").to_owned();
        if same(text(disk, "createOption"), "Attach") && world.get(&id).is_none() {
            return Err(ArmFailure::new(404, "ResourceNotFound", format!("The disk {id} was not found.")));
        }
        let name = text(disk, "name").to_owned();
        let made = group.as_ref().map(|g| g.extension(DISKS, &name).as_str().to_owned());
        insert_default(disk, "managedDisk", json!({}));
        let size = world.get(&id).and_then(|d| d.at("properties.diskSizeGB")).cloned();
        insert_default(disk, "diskSizeGB", size.unwrap_or_else(|| 32.into()));
        if let Some(managed) = disk.get_mut("managedDisk") {
            insert_default(managed, "storageAccountType", "Standard_LRS");
            if let Some(made) = made {
                insert_default(managed, "id", made);
            }
        }
    }
    if !disks.is_empty() {
        put.set("properties.storageProfile.dataDisks", disks);
    }
    Ok(())
}

/// An interface is of one machine; one of them is its primary.
fn interfaces(world: &World, put: &Put) -> Result<(), ArmFailure> {
    let all = array(&put.body, "properties.networkProfile.networkInterfaces");
    // Interfaces that the machine makes itself are as good.
    let own = array(&put.body, "properties.networkProfile.networkInterfaceConfigurations");
    if all.is_empty() && own.is_empty() {
        return Err(bad(
            "InvalidParameter",
            "The value of parameter networkProfile.networkInterfaces is invalid: a machine needs one.",
        )
        .target("networkProfile.networkInterfaces"));
    }
    let primary = all.iter().filter(|i| at(i, "properties.primary") == Some(&Value::Bool(true))).count();
    if all.len() > 1 && primary != 1 {
        return Err(bad(
            "VirtualMachineMustHaveOneNetworkInterfaceAsPrimary",
            format!("Virtual machine {} must have one network interface set as the primary.", put.id.name()),
        ));
    }
    for interface in all {
        let id = text(interface, "id");
        let other = world.of_type(MACHINES).find(|m| {
            m.key() != put.id.key()
                && array(&m.body, "properties.networkProfile.networkInterfaces")
                    .iter()
                    .any(|i| same(text(i, "id"), id))
        });
        if let Some(other) = other {
            return Err(bad(
                "NicInUse",
                format!(
                    "Network Interface {id} is used by existing resource {}. In order to delete the network interface, it must be dissociated from the resource.",
                    other.id
                ),
            ));
        }
        let region = world.get(id).map(|i| i.location().to_owned()).unwrap_or_default();
        if !region.is_empty() && !same(&region, text(&put.body, "location")) {
            return Err(bad(
                "InvalidResourceReference",
                format!("Network interface {id} is in {region}, not where the machine is."),
            ));
        }
    }
    Ok(())
}

/// A disk that is there is attached to one machine, and brings its system with it.
fn attach(world: &World, put: &Put) -> Result<(), ArmFailure> {
    let id = text(&put.body, &format!("{DISK}.managedDisk.id"));
    let Some(disk) = world.get(id) else {
        return Err(ArmFailure::new(404, "ResourceNotFound", format!("The disk {id} was not found.")));
    };
    let holder = text(&disk.body, "managedBy");
    if !holder.is_empty() && !same(holder, put.id.as_str()) {
        return Err(ArmFailure::new(
            409,
            "ConflictingUserInput",
            format!(
                "Disk '{}' cannot be attached as the disk is already owned by VM '{holder}'.",
                disk.name()
            ),
        ));
    }
    if put.get("properties.osProfile").is_some() {
        return Err(bad("InvalidParameter", "Parameter 'osProfile' is not allowed.").target("osProfile"));
    }
    Ok(())
}

/// A machine from an image has a user and a way to log in.
fn system(put: &Put) -> Result<(), ArmFailure> {
    let missing = |name: &str| {
        bad("InvalidParameter", format!("Required parameter '{name}' is missing (null)."))
            .target(name.to_owned())
    };
    let image = put.get("properties.storageProfile.imageReference");
    // An image of a gallery may be specialised: it brings its users along.
    let gallery = image.is_some_and(|image| {
        ["id", "sharedGalleryImageId", "communityGalleryImageId"].iter().any(|id| !text(image, id).is_empty())
    });
    let named = put.get("properties.osProfile").is_some();
    if !named && !gallery {
        return Err(missing("osProfile"));
    }
    // A disk may be made of a file that holds an image.
    if image.is_none() && put.get(&format!("{DISK}.image")).is_none() {
        return Err(missing("storageProfile.imageReference"));
    }
    if !named {
        return Ok(());
    }
    for name in ["osProfile.adminUsername", "osProfile.computerName"] {
        if text(&put.body, &format!("properties.{name}")).is_empty() {
            return Err(missing(name));
        }
    }
    let linux = put.get("properties.osProfile.linuxConfiguration");
    let keys_only = linux.is_some_and(|l| at(l, "disablePasswordAuthentication") == Some(&Value::Bool(true)));
    if keys_only && linux.is_some_and(|l| array(l, "ssh.publicKeys").is_empty()) {
        return Err(bad(
            "InvalidParameter",
            "Authentication using either SSH or by user name and password must be enabled in Linux profile.",
        )
        .target("linuxConfiguration"));
    }
    if !keys_only && put.is_new() && text(&put.body, "properties.osProfile.adminPassword").is_empty() {
        return Err(missing("osProfile.adminPassword"));
    }
    let computer = text(&put.body, "properties.osProfile.computerName");
    let windows = text(&put.body, &format!("{DISK}.osType")) == "Windows";
    if windows && computer.chars().count() > 15 {
        return Err(bad("InvalidParameter", "Windows computer name cannot be more than 15 characters long, be entirely numeric, or contain special characters.").target("osProfile.computerName"));
    }
    Ok(())
}

/// A machine's disks are resources of their own, which the machine holds.
fn written(world: &mut World, written: &Written) -> Result<(), ArmFailure> {
    let Some(machine) = world.get(written.id.key()).cloned() else { return Ok(()) };
    let mut disks = array(&machine.body, "properties.storageProfile.dataDisks").to_vec();
    disks.push(at(&machine.body, DISK).cloned().unwrap_or_default());
    disks.iter().for_each(|disk| hold(world, &machine, disk));
    Ok(())
}

/// A disk that a machine holds: made if it is not there.
fn hold(world: &mut World, machine: &Document, disk: &Value) {
    let Some(id) = ResourceId::parse(text(disk, "managedDisk.id")) else { return };
    let held = |body: &mut Value| {
        super::common::insert(body, "managedBy", machine.id.clone());
        if let Some(properties) = body.get_mut("properties") {
            super::common::insert(properties, "diskState", "Attached");
        }
    };
    if world.get(id.key()).is_some() {
        let size = at(disk, "diskSizeGB").cloned();
        world.change(id.key(), |body| {
            held(body);
            if let (Some(size), Some(properties)) = (size, body.get_mut("properties")) {
                super::common::insert(properties, "diskSizeGB", size);
            }
        });
        return;
    }
    // An ephemeral disk is no resource.
    if at(disk, "diffDiskSettings").is_some() {
        return;
    }
    let mut body = json!({
        "location": machine.location(), "sku": { "name": text(disk, "managedDisk.storageAccountType") },
        "properties": {
            "osType": disk["osType"], "creationData": { "createOption": disk["createOption"] },
            "diskSizeGB": disk["diskSizeGB"], "provisioningState": "Succeeded", "timeCreated": world.now(),
            "encryption": { "type": "EncryptionAtRestWithPlatformKey" },
        },
    });
    held(&mut body);
    world.put_implied(&id, DISKS, body, None);
}

/// The disks of a machine stay, held by nobody, unless they are to go with the machine.
fn deleted(world: &mut World, machine: &Document) {
    let mut disks = array(&machine.body, "properties.storageProfile.dataDisks").to_vec();
    disks.extend(machine.at(DISK).cloned());
    for disk in disks {
        let id = text(&disk, "managedDisk.id");
        if text(&disk, "deleteOption") == "Delete" {
            world.remove(id);
            continue;
        }
        world.change(id, |body| {
            remove(body, "managedBy");
            if let Some(properties) = body.get_mut("properties") {
                super::common::insert(properties, "diskState", "Unattached");
            }
        });
    }
}

fn may_delete_disk(_: &World, disk: &Document) -> Result<(), ArmFailure> {
    match disk.text("managedBy") {
        "" => Ok(()),
        holder => Err(ArmFailure::new(
            409,
            "OperationNotAllowed",
            format!("Disk {} is attached to VM {holder}.", disk.name()),
        )),
    }
}

/// An extension's PUT.
fn extension(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let Some(machine) = put.id.parent_resource().and_then(|m| world.get(m.key())) else { return Ok(()) };
    if machine.at("properties.osProfile.allowExtensionOperations") == Some(&Value::Bool(false)) {
        return Err(ArmFailure::new(
            409,
            "OperationNotAllowed",
            "This operation cannot be performed when extension operations are disallowed. To allow, please ensure VM Agent is installed on the VM and the osProfile.allowExtensionOperations property is true.",
        ));
    }
    for name in ["publisher", "type", "typeHandlerVersion"] {
        if text(&put.body, &format!("properties.{name}")).is_empty() {
            return Err(bad("InvalidParameter", format!("Required parameter '{name}' is missing (null)."))
                .target(name));
        }
    }
    let region = machine.location().to_owned();
    default_to(put, "location", region);
    if let Some(properties) = put.body.get_mut("properties") {
        insert_default(properties, "autoUpgradeMinorVersion", false);
    }
    Ok(())
}

/// A schedule's PUT.
fn schedule(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let target = text(&put.body, "properties.targetResourceId").to_owned();
    if world.get(&target).is_none() {
        return Err(bad(
            "InvalidScheduleId",
            format!("The target {target} of schedule {} was not found.", put.id.name()),
        ));
    }
    let wanted = format!("shutdown-computevm-{}", target.rsplit('/').next().unwrap_or_default());
    if !same(put.id.name(), &wanted) {
        return Err(bad(
            "InvalidScheduleId",
            format!("The schedule of a machine is called '{wanted}', not '{}'.", put.id.name()),
        ));
    }
    let (key, now) = (put.id.key().to_owned(), world.now());
    let unique = world.new_guid(&key, "unique");
    put.keep("properties.createdDate", || now.into());
    put.keep("properties.uniqueIdentifier", || unique.into());
    default_to(put, "properties.status", "Enabled");
    Ok(())
}

fn accepted(_: &mut World, _: &Call) -> Result<Answer, ArmFailure> {
    Ok(Answer::empty(202))
}

fn generalized(_: &mut World, _: &Call) -> Result<Answer, ArmFailure> {
    Ok(Answer::empty(200))
}

fn instance_view(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    let status = |code: &str, words: &str| json!({ "code": code, "level": "Info", "displayStatus": words, "time": world.now() });
    Ok(Answer::ok(json!({
        "computerName": call.document.text("properties.osProfile.computerName"),
        "statuses": [
            status("ProvisioningState/succeeded", "Provisioning succeeded"),
            status("PowerState/running", "VM running"),
        ],
    })))
}
