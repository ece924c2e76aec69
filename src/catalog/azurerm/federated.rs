//! Credentials by which workloads elsewhere act as an identity.

use std::sync::LazyLock;

use super::table::{Check, Part, Place, Rule, Table, doc, text, texts};

const IDENTITIES: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";

pub(super) static FEDERATED_IDENTITY_CREDENTIAL: LazyLock<Table> = LazyLock::new(|| {
    let kind = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials";
    let identity = "user_assigned_identity_id";
    Table::new(
        "azurerm_federated_identity_credential",
        [30, 5, 30, 30],
        vec![doc(kind, "2024-11-30", Place::Under(identity))],
        vec![
            text("name").required().new().part(Part::Name).matches(
                r"^[a-zA-Z0-9][-a-zA-Z0-9_]{2,119}$",
                "3 to 120 letters, digits, `-` and `_`, beginning with a letter or digit",
            ),
            texts("audience").required().at("properties.audiences").check(Check::Items(1, 1)),
            text("issuer").required().at("properties.issuer"),
            text("subject").required().at("properties.subject"),
            text(identity).both().required_from(5).new().part(Part::ParentId).arm_id(IDENTITIES),
            text("parent_id").both().new().until(4).deprecated(identity).alias(identity).arm_id(IDENTITIES),
            text("resource_group_name").both().new().until(4).deprecated(identity).part(Part::Group),
        ],
    )
    .rule(Rule::ExactlyOne(&["parent_id", "user_assigned_identity_id"]))
});
