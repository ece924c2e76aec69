//! Built-in roles that a secured workspace uses, with their real GUIDs (from the public list of built-in roles).

use serde_json::{Value, json};

/// Names and GUIDs.
pub(super) const ROLES: &[(&str, &str)] = &[
    ("AcrDelete", "c2f4ef07-c644-48eb-af81-4b1b4947fb11"),
    ("AcrImageSigner", "6cef56e8-d556-48e5-a04f-b8e64114680f"),
    ("AcrPull", "7f951dda-4ed3-4680-a7ca-43fe172d538d"),
    ("AcrPush", "8311e382-0749-4cb8-b61a-304f252e45ec"),
    ("AcrQuarantineReader", "cdda3590-29a3-44f6-95f2-9f980659eb04"),
    ("AcrQuarantineWriter", "c8d4ff99-41c3-41a8-9f60-21dfdad59608"),
    ("Application Insights Component Contributor", "ae349356-3a1b-4a5e-921d-050484c6347e"),
    ("Azure AI Administrator", "b78c5d69-af96-48a3-bf8d-a8b4d589de94"),
    ("Azure AI Developer", "64702f94-c441-49e6-a78b-ef80e0188fee"),
    ("Azure AI Enterprise Network Connection Approver", "b556d68e-0be0-4f35-a333-ad7ee1ce17ea"),
    ("Azure AI Inference Deployment Operator", "3afb7f49-54cb-416e-8c09-6dc049efa503"),
    ("Azure AI User", "53ca6127-db72-4b80-b1b0-d745d6d5456d"),
    ("Azure Kubernetes Service Cluster Admin Role", "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8"),
    ("Azure Kubernetes Service Cluster User Role", "4abbcc35-e782-43d8-92c5-2d3f1bd2253f"),
    ("Azure Kubernetes Service Contributor Role", "ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8"),
    ("Azure Kubernetes Service RBAC Cluster Admin", "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b"),
    ("AzureML Compute Operator", "e503ece1-11d0-4e8e-8e2c-7a6c3bf38815"),
    ("AzureML Data Scientist", "f6c7c914-8db3-469d-8ca1-694a8f32e121"),
    ("AzureML Metrics Writer (preview)", "635dd51f-9968-44d3-b7fb-6d9a6bd613ae"),
    ("AzureML Registry User", "1823dd4f-9b8c-4ab6-ab4e-7397a3684615"),
    ("Cognitive Services Contributor", "25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68"),
    ("Cognitive Services OpenAI Contributor", "a001fd3d-188f-4b5d-821b-7da978bf7442"),
    ("Cognitive Services OpenAI User", "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"),
    ("Cognitive Services User", "a97b65f3-24c7-4388-baec-2e87135dc908"),
    ("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"),
    ("Cosmos DB Account Reader Role", "fbdf93bf-df7d-467e-a4d2-9458aa1360c8"),
    ("Cosmos DB Operator", "230815da-be43-4aae-9cb4-875f7bd000aa"),
    ("CosmosBackupOperator", "db7b14f2-5adf-42da-9f96-f2ee17bab5cb"),
    ("CosmosRestoreOperator", "5432c526-bc82-444a-b7ba-57c5b0b5b34f"),
    ("DNS Zone Contributor", "befefa01-2a29-4197-83a8-272ff33ce314"),
    ("Data Factory Contributor", "673868aa-7521-48a0-acc6-0f60742d39f5"),
    ("DocumentDB Account Contributor", "5bd9cd88-fe45-4216-938b-f97437e15450"),
    ("Key Vault Administrator", "00482a5a-887f-4fb3-b363-3b7fe8e74483"),
    ("Key Vault Certificate User", "db79e9a7-68ee-4b58-9aeb-b90e7c24fcba"),
    ("Key Vault Certificates Officer", "a4417e6f-fecd-4de8-b567-7b0420556985"),
    ("Key Vault Contributor", "f25e0fa2-a7c8-4377-a976-54943a77a395"),
    ("Key Vault Crypto Officer", "14b46e9e-c2b7-41b4-b07b-48a6ebf60603"),
    ("Key Vault Crypto Service Encryption User", "e147488a-f6f5-4113-8e2d-b22465e65bf6"),
    ("Key Vault Crypto User", "12338af0-0e69-4776-bea7-57ae8d297424"),
    ("Key Vault Data Access Administrator", "8b54135c-b56d-4d72-a534-26097cfdc8d8"),
    ("Key Vault Reader", "21090545-7ca7-4776-b22c-e363652d74d2"),
    ("Key Vault Secrets Officer", "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"),
    ("Key Vault Secrets User", "4633458b-17de-408a-b874-0445c86b69e6"),
    ("Log Analytics Contributor", "92aaf0da-9dab-42b6-94a3-d43ce8d16293"),
    ("Log Analytics Reader", "73c42c96-874c-492b-b04d-ab87d138a893"),
    ("Managed Identity Contributor", "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59"),
    ("Managed Identity Operator", "f1a07417-d97a-45cb-824c-7a7467783830"),
    ("Monitoring Contributor", "749f88d5-cbae-40b8-bcfc-e573ddc772fa"),
    ("Monitoring Data Reader", "b0d8363b-8ddd-447d-831f-62ca05bff136"),
    ("Monitoring Metrics Publisher", "3913510d-42f4-4e42-8a64-420c390055eb"),
    ("Monitoring Reader", "43d0d8ad-25c7-4714-9337-8ba259a9fe05"),
    ("Network Contributor", "4d97b98b-1d4f-4787-a291-c67834d212e7"),
    ("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
    ("Private DNS Zone Contributor", "b12aa53e-6015-4669-85d0-8515ebb3ae7f"),
    ("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7"),
    ("Reader and Data Access", "c12c1c16-33a1-487b-954d-41c89c60f349"),
    ("Resource Policy Contributor", "36243c78-bf99-498c-9df9-86d9f8d28608"),
    ("Role Based Access Control Administrator", "f58310d9-a9f6-439a-9e8d-f62e7b41a168"),
    ("Search Index Data Contributor", "8ebe5a00-799e-43f5-93ac-243d3dce84a7"),
    ("Search Index Data Reader", "1407120a-92aa-4202-b7e9-c0e197c71c8f"),
    ("Search Service Contributor", "7ca78c08-252a-4471-8644-bb5ff32d4ba0"),
    ("Security Admin", "fb1c8493-542b-48eb-b624-b4c8fea62acd"),
    ("Security Reader", "39bc4728-0917-49c7-9d2c-d95423bc2eb4"),
    ("Storage Account Backup Contributor", "e5e2a7ff-d759-4cd2-bb51-3152d37e2eb1"),
    ("Storage Account Contributor", "17d1049b-9a84-46fb-8f53-869881c3d3ab"),
    ("Storage Account Key Operator Service Role", "81a9662b-bebf-436f-a333-f67b29880f12"),
    ("Storage Blob Data Contributor", "ba92f5b4-2d11-453d-a403-e96b0029c9fe"),
    ("Storage Blob Data Owner", "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"),
    ("Storage Blob Data Reader", "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"),
    ("Storage Blob Delegator", "db58b8e5-c6ad-4a2a-8342-4190687cbf4a"),
    ("Storage File Data Privileged Contributor", "69566ab7-960f-475b-8e7c-b3118f30c6bd"),
    ("Storage File Data Privileged Reader", "b8eda974-7b85-4f76-af95-65846b26df6d"),
    ("Storage File Data SMB Share Contributor", "0c867c2a-1d8c-454a-a3db-ab2ea1bdc8bb"),
    ("Storage File Data SMB Share Elevated Contributor", "a7264617-510b-434b-a828-9731dc254ea7"),
    ("Storage File Data SMB Share Reader", "aba4ae5f-2193-4029-9191-0cb91df5e314"),
    ("Storage Queue Data Contributor", "974c5e8b-45b9-4653-ba55-5f855dd0fb88"),
    ("Storage Queue Data Message Processor", "8a0f0c08-91a1-4084-bc3d-661d67233fed"),
    ("Storage Queue Data Message Sender", "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a"),
    ("Storage Queue Data Reader", "19e7f393-937e-4f77-808e-94535e297925"),
    ("Storage Table Data Contributor", "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"),
    ("Storage Table Data Reader", "76199698-9eea-4c19-bc75-cec21354c6b6"),
    ("Tag Contributor", "4a9ae827-6dc8-4573-8ac7-8239d42aa03f"),
    ("User Access Administrator", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"),
    ("Virtual Machine Administrator Login", "1c0163c0-47e6-4577-8991-ea5c82e286e4"),
    ("Virtual Machine Contributor", "9980e02c-c2be-4d73-94e8-173b1dc7cf3c"),
    ("Virtual Machine User Login", "fb879df8-f326-4884-b1cf-06f3ad86be52"),
];

/// The names that a GUID is known by; `None`: no built-in role.
pub(super) fn name_of(guid: &str) -> Option<&'static str> {
    ROLES.iter().find(|(_, known)| known.eq_ignore_ascii_case(guid)).map(|(name, _)| *name)
}

/// What the widest roles may do; the permissions of the others are not modelled.
fn permissions(name: &str) -> Value {
    let assign = [
        "Microsoft.Authorization/*/Delete",
        "Microsoft.Authorization/*/Write",
        "Microsoft.Authorization/elevateAccess/Action",
    ];
    match name {
        "Owner" => json!([{"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}]),
        "Contributor" => {
            json!([{"actions": ["*"], "notActions": assign, "dataActions": [], "notDataActions": []}])
        }
        "Reader" => {
            json!([{"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}])
        }
        _ => json!([{"actions": [], "notActions": [], "dataActions": [], "notDataActions": []}]),
    }
}

/// The definitions as they are answered on every scope.
pub(super) fn definitions() -> Vec<Value> {
    ROLES
        .iter()
        .map(|(name, guid)| {
            json!({
                "name": guid,
                "properties": {
                    "roleName": name, "type": "BuiltInRole", "description": name, "assignableScopes": ["/"],
                    "permissions": permissions(name),
                    "createdOn": "2015-02-02T21:55:09.8806423Z", "updatedOn": "2023-06-01T15:29:07.4090000Z",
                    "createdBy": null, "updatedBy": null,
                },
            })
        })
        .collect()
}
