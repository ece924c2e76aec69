//! Resource groups, provider registrations, locks and user-assigned identities.

use std::sync::{Arc, LazyLock};

use super::table::{Going, Part, Place, Table, block_set, doc, flag, location, place, tags, text};
use crate::arm::id::{ArmId, PROVIDER};
use crate::catalog::lens::{Action, ProviderConfig, Withdraw, Write};

pub(super) static RESOURCE_GROUP: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "azurerm_resource_group",
        [90, 5, 90, 90],
        vec![
            doc("Microsoft.Resources/resourceGroups", "2023-07-01", Place::Subscription).write(Write::Patch),
        ],
        vec![
            text("name").required().new().part(Part::Name).matches(
                r"^[-\w._()]{0,89}[-\w_()]$",
                "1 to 90 letters, digits, `.`, `_`, `-`, `(` and `)`, not ending with `.`",
            ),
            location(),
            text("managed_by").at("managedBy").nonempty(),
            tags(),
        ],
    )
});

const REGISTRATION: &str = "2022-09-01";

/// A registration goes by `unregister`; a provider that is in use stays registered.
fn unregister(_provider: &ProviderConfig, id: &ArmId) -> Withdraw {
    let path: Arc<str> = format!("{id}/unregister").into();
    Withdraw::Act(vec![Action {
        path,
        api_version: REGISTRATION.into(),
        optional: true,
        delete: false,
        unless: None,
    }])
}

pub(super) static RESOURCE_PROVIDER_REGISTRATION: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "azurerm_resource_provider_registration",
        [120, 15, 120, 30],
        vec![
            doc(PROVIDER, REGISTRATION, Place::Subscription)
                .write(Write::Post("register"))
                .fixed("registrationState", "Registered")
                .going(Going::With(unregister)),
        ],
        vec![
            text("name")
                .required()
                .new()
                .part(Part::Name)
                .matches(r"^[A-Za-z0-9]+(\.[A-Za-z0-9]+)+$", "a namespace like `Microsoft.KeyVault`"),
            block_set("feature", vec![text("name").required(), flag("registered").required()]).refused(
                "Preview features are registered through Microsoft.Features, which approves them by hand; register them with `az feature register`.",
            ),
        ],
    )
});

pub(super) static MANAGEMENT_LOCK: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "azurerm_management_lock",
        [30, 5, 0, 30],
        vec![doc("Microsoft.Authorization/locks", "2020-05-01", Place::Under("scope"))],
        vec![
            text("name")
                .required()
                .new()
                .part(Part::Name)
                .length(1, 260)
                .matches(r"^[-A-Za-z0-9_]+$", "letters, digits, `-` and `_`"),
            text("scope").required().new().part(Part::Scope).arm_id(""),
            text("lock_level").required().new().at("properties.level").one_of(&["CanNotDelete", "ReadOnly"]),
            text("notes").new().at("properties.notes").length(0, 512),
        ],
    )
});

pub(super) static USER_ASSIGNED_IDENTITY: LazyLock<Table> = LazyLock::new(|| {
    let kind = "Microsoft.ManagedIdentity/userAssignedIdentities";
    let mut rows = place(text("name").matches(
        r"^[A-Za-z0-9][-A-Za-z0-9_]{2,127}$",
        "3 to 128 letters, digits, `-` and `_`, beginning with a letter or digit",
    ));
    rows.extend([
        text("isolation_scope").at("properties.isolationScope").one_of(&["Regional"]).nothing("None"),
        tags(),
        text("client_id").computed().at("properties.clientId"),
        text("principal_id").computed().at("properties.principalId"),
        text("tenant_id").computed().at("properties.tenantId").will_be("{@tenant}"),
    ]);
    Table::new(
        "azurerm_user_assigned_identity",
        [30, 5, 30, 30],
        vec![doc(kind, "2024-11-30", Place::Group(&["name"])).write(Write::Patch)],
        rows,
    )
});
