//! When machines are shut down.

use std::sync::LazyLock;

use super::table::{Place, Table, block, doc, flag, location, number, tags, text};
use super::write::{parse, problem};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Context, Stop};
use crate::catalog::value::text as known;
use crate::lang::Value;

const SCHEDULES: &str = "Microsoft.DevTestLab/schedules";
const MACHINES: &str = "Microsoft.Compute/virtualMachines";

/// A machine's schedule is in its group, and must be called so.
fn of_machine(config: &Value, _cx: &Context<'_>) -> Result<Option<ArmId>, Stop> {
    let Some(machine) = known(config, "virtual_machine_id") else { return Ok(None) };
    let machine = parse(machine, "virtual_machine_id")?;
    let Some(group) = machine.resource_group_id() else { return Ok(None) };
    let name = format!("shutdown-computevm-{}", machine.name());
    ArmId::build(&group, SCHEDULES, &name)
        .map(Some)
        .map_err(|e| problem("virtual_machine_id", format!("{e}.")))
}

pub(super) static DEV_TEST_GLOBAL_VM_SHUTDOWN_SCHEDULE: LazyLock<Table> = LazyLock::new(|| {
    let notification = block(
        "notification_settings",
        vec![
            flag("enabled").required().at("status").switch(),
            number("time_in_minutes").default(30).at("timeInMinutes").range(15, 120),
            text("webhook_url").at("webhookUrl"),
            text("email").at("emailRecipient"),
        ],
    )
    .required()
    .count(1, 1)
    .at("properties.notificationSettings");
    Table::new(
        "azurerm_dev_test_global_vm_shutdown_schedule",
        [30, 5, 30, 30],
        vec![
            doc(SCHEDULES, "2018-09-15", Place::Hook(of_machine))
                .fixed("properties.taskType", "ComputeVmShutdownTask"),
        ],
        vec![
            text("virtual_machine_id").required().new().at("properties.targetResourceId").arm_id(MACHINES),
            location(),
            flag("enabled").default(true).at("properties.status").switch(),
            text("daily_recurrence_time")
                .required()
                .at("properties.dailyRecurrence.time")
                .matches(r"^(0[0-9]|1[0-9]|2[0-3]|[0-9])[0-5][0-9]$", "a time of day as `HHmm`"),
            text("timezone").required().at("properties.timeZoneId").length(1, 64),
            notification,
            tags(),
        ],
    )
});
