//! Microsoft.OperationalInsights and Microsoft.Insights: Log Analytics, Application Insights, diagnostic settings, alerts.

use serde_json::{Value, json};

use super::categories::{CATEGORIES, METRICS};
use super::common::{array, bad, default_to, insert, insert_default, plain_region, same, secret};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::id::ResourceId;
use crate::localcloud::rules::{
    Action, Answer, Call, Etag, Later, Location, Missing, NameRule, Put, Recover, Reference, Route,
    RouteCall, Seconds, Shape, SoftDelete, TypeRules, Update, Written, at, set, text,
};
use crate::localcloud::world::{Document, World};

const WORKSPACES: &str = "Microsoft.OperationalInsights/workspaces";
const ACTION_GROUPS: &str = "Microsoft.Insights/actionGroups";
const DETECTORS: &str = "Microsoft.AlertsManagement/smartDetectorAlertRules";
const SETTINGS: &str = "Microsoft.Insights/diagnosticSettings";

const fn name(length: (usize, usize), pattern: &'static str) -> NameRule {
    NameRule {
        length,
        pattern,
        status: 400,
        code: "InvalidResourceName",
        message: "The name '{name}' is not a valid name of a resource of type {type}.",
    }
}

const SYNC: Seconds = Seconds { create: 1.0, update: 1.0, delete: 1.0 };

/// The rows of the namespaces.
pub const TYPES: &[TypeRules] = &[
    TypeRules {
        type_name: WORKSPACES,
        name: Some(name((4, 63), "[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]")),
        put: Shape::STATE_ONLY,
        patch: Some(Shape::SYNC_200),
        seconds: Seconds { create: 30.0, update: 3.0, delete: 3.0 },
        update: Update::Keep,
        etag: Etag::Quoted,
        defaults: &[
            ("properties.sku.name", "\"PerGB2018\""),
            ("properties.retentionInDays", "30"),
            ("properties.features.legacy", "0"),
            ("properties.features.searchVersion", "1"),
            ("properties.features.enableLogAccessUsingOnlyResourcePermissions", "true"),
            ("properties.workspaceCapping.dailyQuotaGb", "-1.0"),
            ("properties.workspaceCapping.dataIngestionStatus", "\"RespectQuota\""),
            ("properties.publicNetworkAccessForIngestion", "\"Enabled\""),
            ("properties.publicNetworkAccessForQuery", "\"Enabled\""),
        ],
        soft_delete: Some(SoftDelete {
            applies: |_| true,
            days: |_| 14,
            purge_protected: |_| false,
            bypass: Some("force"),
            recover: Recover::SamePut,
            listed_as: Some("deletedWorkspaces"),
            taken: (409, "Conflict", "A workspace with the same name exists in deleted state."),
        }),
        actions: &[
            Action { name: "sharedKeys", method: "POST", run: shared_keys, shape: None, seconds: 0.0 },
            Action {
                name: "regenerateSharedKey",
                method: "POST",
                run: shared_keys,
                shape: None,
                seconds: 0.0,
            },
            Action { name: "listKeys", method: "POST", run: shared_keys, shape: None, seconds: 0.0 },
        ],
        normalise: Some(workspace),
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: "Microsoft.Insights/components",
        name: Some(name((1, 260), "[^%&\\\\?/]*[^%&\\\\?/. ]")),
        put: Shape::SYNC_200,
        patch: Some(Shape::SYNC_200),
        seconds: SYNC,
        update: Update::Replace,
        etag: Etag::Quoted,
        echo_type: Some("microsoft.insights/components"),
        defaults: &[
            ("properties.Application_Type", "\"web\""),
            ("properties.Flow_Type", "\"Bluefield\""),
            ("properties.Request_Source", "\"rest\""),
            ("properties.IngestionMode", "\"LogAnalytics\""),
            ("properties.RetentionInDays", "90"),
            ("properties.SamplingPercentage", "100.0"),
            ("properties.DisableIpMasking", "false"),
            ("properties.DisableLocalAuth", "false"),
            ("properties.ForceCustomerStorageForProfiler", "false"),
            ("properties.publicNetworkAccessForIngestion", "\"Enabled\""),
            ("properties.publicNetworkAccessForQuery", "\"Enabled\""),
            ("properties.HockeyAppId", "\"\""),
            ("properties.HockeyAppToken", "\"\""),
        ],
        immutable: &["properties.Application_Type"],
        write_only: &["properties.billing"],
        actions: &[Action {
            name: "currentbillingfeatures",
            method: "PUT",
            run: set_billing,
            shape: None,
            seconds: 0.0,
        }],
        normalise: Some(component),
        written: Some(component_written),
        later: Some(Later { seconds: 600.0, run: detect_failures }),
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: DETECTORS,
        name: Some(name((1, 260), "[^*<>%:&?+/\\\\]*[^*<>%:&?+/\\\\ ]")),
        put: Shape::SYNC,
        patch: Some(Shape::SYNC_200),
        seconds: SYNC,
        provisioning_state: false,
        location: Location::Optional,
        defaults: &[("location", "\"global\"")],
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: SETTINGS,
        lingers: 10.0,
        name: Some(name((1, 260), "[^*<>%:&?+/\\\\]*[^*<>%:&?+/\\\\ ]")),
        put: Shape::SYNC_200,
        references: &[
            Reference { path: "properties.workspaceId", missing: Missing::BadRequest("BadRequest") },
            Reference { path: "properties.storageAccountId", missing: Missing::BadRequest("BadRequest") },
        ],
        echo_lower_groups: true,
        normalise: Some(setting),
        written: Some(setting_written),
        view: Some(view_setting),
        ..TypeRules::EXTENSION
    },
    TypeRules {
        type_name: "Microsoft.Insights/diagnosticSettingsCategories",
        deletable: false,
        built_on: Some(categories_of),
        ..TypeRules::EXTENSION
    },
    TypeRules {
        type_name: "Microsoft.OperationsManagement/solutions",
        name: Some(name((4, 260), "[^()]+[(][^()]+[)]")),
        put: Shape::SYNC,
        seconds: Seconds { create: 5.0, update: 1.0, delete: 5.0 },
        references: &[Reference { path: "properties.workspaceResourceId", missing: Missing::NotFound }],
        immutable: &["properties.workspaceResourceId", "plan.product", "plan.publisher"],
        normalise: Some(solution),
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: ACTION_GROUPS,
        name: Some(name((1, 260), "[^|:<>+#%&?/\\\\]*[^|:<>+#%&?/\\\\. ]")),
        location: Location::Optional,
        put: Shape::SYNC,
        patch: Some(Shape::SYNC_200),
        seconds: SYNC,
        provisioning_state: false,
        defaults: &[
            ("properties.enabled", "true"),
            ("properties.emailReceivers", "[]"),
            ("properties.smsReceivers", "[]"),
            ("properties.webhookReceivers", "[]"),
            ("properties.eventHubReceivers", "[]"),
            ("properties.itsmReceivers", "[]"),
            ("properties.azureAppPushReceivers", "[]"),
            ("properties.automationRunbookReceivers", "[]"),
            ("properties.voiceReceivers", "[]"),
            ("properties.logicAppReceivers", "[]"),
            ("properties.azureFunctionReceivers", "[]"),
            ("properties.armRoleReceivers", "[]"),
        ],
        normalise: Some(action_group),
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: "Microsoft.Insights/metricAlerts",
        location: Location::Optional,
        put: Shape::SYNC_200,
        seconds: SYNC,
        provisioning_state: false,
        defaults: &[("properties.autoMitigate", "true"), ("properties.actions", "[]")],
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: "Microsoft.Insights/activityLogAlerts",
        location: Location::Optional,
        put: Shape::SYNC,
        seconds: SYNC,
        provisioning_state: false,
        defaults: &[("properties.enabled", "true"), ("properties.actions.actionGroups", "[]")],
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: "Microsoft.Insights/privateLinkScopes",
        location: Location::Optional,
        put: Shape::SYNC_200,
        seconds: SYNC,
        defaults: &[
            ("properties.accessModeSettings.exclusions", "[]"),
            ("properties.accessModeSettings.queryAccessMode", "\"Open\""),
            ("properties.accessModeSettings.ingestionAccessMode", "\"Open\""),
        ],
        view: Some(super::common::view_connections),
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: "Microsoft.Insights/privateLinkScopes/privateEndpointConnections",
        ..super::connections::CONNECTION
    },
    TypeRules {
        type_name: "Microsoft.Insights/privateLinkScopes/scopedResources",
        put: Shape::SYNC_200,
        seconds: SYNC,
        references: &[Reference {
            path: "properties.linkedResourceId",
            missing: Missing::BadRequest("LinkedResourceNotFound"),
        }],
        immutable: &["properties.linkedResourceId"],
        ..TypeRules::NESTED
    },
];

/// Operations of the namespaces that belong to no resource.
pub const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Insights/components/{name}/currentbillingfeatures",
    run: get_billing,
}];

/// The billing features of a component, where none were set.
fn billing(component: &Document) -> Value {
    component.at("properties.billing").cloned().unwrap_or_else(|| {
        json!({
            "CurrentBillingFeatures": ["Basic"],
            "DataVolumeCap": {
                "Cap": 100.0, "MaxHistoryCap": 500.0, "ResetTime": 0, "WarningThreshold": 90,
                "StopSendNotificationWhenHitCap": false, "StopSendNotificationWhenHitThreshold": false,
            },
        })
    })
}

fn get_billing(world: &mut World, call: &RouteCall) -> Result<Answer, ArmFailure> {
    let [subscription, group, name, ..] = &call.taken[..] else { return Ok(Answer::empty(404)) };
    let id = format!(
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Insights/components/{name}"
    );
    match world.get(&id) {
        Some(component) => Ok(Answer::ok(billing(component))),
        None => {
            Err(ArmFailure::new(404, "ResourceNotFound", format!("The component '{name}' was not found."))
                .bare())
        }
    }
}

fn set_billing(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    let mut features = billing(&call.document);
    if let Some(list) = at(&call.body, "CurrentBillingFeatures") {
        insert(&mut features, "CurrentBillingFeatures", list.clone());
    }
    let cap = at(&call.body, "DataVolumeCap").and_then(Value::as_object);
    for (name, value) in cap.into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        set(&mut features, &format!("DataVolumeCap.{name}"), value.clone());
    }
    world.change(call.id.key(), |body| set(body, "properties.billing", features.clone()));
    Ok(Answer::ok(features))
}

/// Retired SKUs and what the service makes of them.
const RETIRED_SKUS: &[(&str, &str)] =
    &[("PerNode", "PerGB2018"), ("Premium", "PerGB2018"), ("Standard", "PerGB2018")];

/// A Log Analytics workspace's PUT.
fn workspace(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let sku = text(&put.body, "properties.sku.name").to_owned();
    if let Some((_, now)) = RETIRED_SKUS.iter().find(|(old, _)| sku.eq_ignore_ascii_case(old)) {
        put.set("properties.sku.name", *now);
    }
    let level = put.get("properties.sku.capacityReservationLevel").is_some();
    if sku.eq_ignore_ascii_case("CapacityReservation") != level {
        return Err(bad(
            "InvalidParameter",
            "The sku CapacityReservation needs capacityReservationLevel, and no other sku has one.",
        ));
    }
    let days = put.get("properties.retentionInDays").and_then(Value::as_i64).unwrap_or(30);
    let free = sku.eq_ignore_ascii_case("Free");
    if !(free && days == 7 || (30..=730).contains(&days)) {
        return Err(bad(
            "InvalidParameter",
            format!(
                "'RetentionInDays' property doesn't match the SKU limits: {days} is not between 30 and 730."
            ),
        ));
    }
    let customer = world.new_guid(put.id.key(), "customerId");
    let now = world.now();
    put.keep("properties.customerId", || customer.into());
    put.keep("properties.createdDate", || now.clone().into());
    put.keep("properties.sku.lastSkuUpdate", || now.clone().into());
    put.keep("properties.workspaceCapping.quotaNextResetTime", || now.clone().into());
    put.set("properties.modifiedDate", now);
    Ok(())
}

fn shared_keys(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    let key = |which: &str| secret(world, &call.document.id, which, 64);
    Ok(Answer::ok(json!({ "primarySharedKey": key("primary"), "secondarySharedKey": key("secondary") })))
}

/// A component's PUT (IMP-08).
fn component(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let key = put.id.key().to_owned();
    let name = put.id.name().to_owned();
    let before =
        put.existing.map(|old| old.text("properties.WorkspaceResourceId").to_owned()).unwrap_or_default();
    let asked = text(&put.body, "properties.WorkspaceResourceId").to_owned();
    if !asked.is_empty() && world.get(&asked).is_none_or(|d| d.type_name != WORKSPACES) {
        return Err(bad("BadRequest", "Provided WorkspaceResourceId is invalid"));
    }
    if asked.is_empty() {
        let workspace =
            if before.is_empty() { managed_workspace(world, put).1.as_str().to_owned() } else { before };
        put.set("properties.WorkspaceResourceId", workspace);
    }
    let region = plain_region(text(&put.body, "location"));
    let instrumentation = world.new_guid(&key, "InstrumentationKey");
    let app = world.new_guid(&key, "AppId");
    let now = world.now();
    if let Some(billing) = put.existing.and_then(|old| old.at("properties.billing")) {
        put.set("properties.billing", billing.clone());
    }
    put.set("properties.ApplicationId", name.clone());
    put.set("properties.Name", name);
    put.set("properties.AppId", app.clone());
    put.set("properties.InstrumentationKey", instrumentation.clone());
    put.set("properties.ConnectionString", format!("InstrumentationKey={instrumentation};IngestionEndpoint=https://{region}-0.in.applicationinsights.azure.com/;LiveEndpoint=https://{region}.livediagnostics.monitor.azure.com/;ApplicationId={app}"));
    put.set("properties.TenantId", world.subscription());
    put.keep("properties.CreationDate", || now.into());
    Ok(())
}

/// IMP-08: a rule for anomalies of each component and an action group for all of them, in the component's group.
fn detect_failures(world: &mut World, component: &Document) {
    let id = component.resource_id();
    let Some(group) = id.resource_group_id() else { return };
    let actions = group.extension(ACTION_GROUPS, "Application Insights Smart Detection");
    if world.get(actions.key()).is_none() {
        let reader =
            |name: &str, role: &str| json!({"name": name, "roleId": role, "useCommonAlertSchema": true});
        let body = json!({
            "location": "Global",
            "properties": {
                "groupShortName": "SmartDetect", "enabled": true,
                "emailReceivers": [], "smsReceivers": [], "webhookReceivers": [],
                "armRoleReceivers": [
                    reader("Monitoring Contributor", "749f88d5-cbae-40b8-bcfc-e573ddc772fa"),
                    reader("Monitoring Reader", "43d0d8ad-25c7-4714-9337-8ba259a9fe05"),
                ],
            },
        });
        world.put_implied(&actions, ACTION_GROUPS, body, None);
    }
    let detector = group.extension(DETECTORS, &format!("Failure Anomalies - {}", id.name()));
    if world.get(detector.key()).is_none() {
        let body = json!({
            "location": "global",
            "properties": {
                "state": "Enabled", "severity": "Sev3", "frequency": "PT1M",
                "detector": { "id": "FailureAnomaliesDetector" },
                "scope": [component.id],
                "actionGroups": { "groupIds": [actions.as_str()] },
            },
        });
        world.put_implied(&detector, DETECTORS, body, None);
    }
}

/// The group and the workspace that a component without a workspace is given.
fn managed_workspace(world: &World, put: &Put) -> (ResourceId, ResourceId) {
    let guid = world.new_guid(put.id.key(), "managedWorkspace");
    managed_ids(world, put.id.name(), &guid)
}

fn managed_ids(world: &World, name: &str, guid: &str) -> (ResourceId, ResourceId) {
    let subscription = format!("/subscriptions/{}", world.subscription());
    let group = format!("{subscription}/resourceGroups/ai_{name}_{guid}_managed");
    let read = |text: String| ResourceId::parse(&text).unwrap_or_else(|| unreachable!("well-formed: {text}"));
    let workspace = format!("{group}/providers/{WORKSPACES}/managed-{name}-ws");
    (read(group), read(workspace))
}

/// The managed group and workspace of a component that named none; they go with it.
fn component_written(world: &mut World, written: &Written) -> Result<(), ArmFailure> {
    let Some(component) = world.get(written.id.key()).cloned() else { return Ok(()) };
    let guid = world.new_guid(written.id.key(), "managedWorkspace");
    let (group, workspace) = managed_ids(world, component.name(), &guid);
    let wanted = same(component.text("properties.WorkspaceResourceId"), workspace.as_str());
    if !wanted || world.get(workspace.key()).is_some() {
        return Ok(());
    }
    let location = component.location().to_owned();
    let owner = Some(written.id.key());
    let body = json!({
        "location": location, "managedBy": component.id, "properties": { "provisioningState": "Succeeded" },
    });
    world.put_implied(&group, "Microsoft.Resources/resourceGroups", body, owner);
    let now = world.now();
    let customer = world.new_guid(workspace.key(), "customerId");
    let body = json!({
        "location": location,
        "properties": {
            "provisioningState": "Succeeded", "customerId": customer,
            "sku": { "name": "PerGB2018", "lastSkuUpdate": now }, "retentionInDays": 30,
            "features": { "legacy": 0, "searchVersion": 1, "enableLogAccessUsingOnlyResourcePermissions": true },
            "workspaceCapping": { "dailyQuotaGb": -1.0, "dataIngestionStatus": "RespectQuota" },
            "publicNetworkAccessForIngestion": "Enabled", "publicNetworkAccessForQuery": "Enabled",
            "createdDate": now, "modifiedDate": now,
        },
    });
    world.put_implied(&workspace, WORKSPACES, body, owner);
    Ok(())
}

fn enabled(entry: &Value) -> bool {
    entry.get("enabled") == Some(&Value::Bool(true))
}

/// A diagnostic setting's PUT: destinations, categories, one setting a category and sink (DEL-02).
fn setting(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    const SINKS: [&str; 4] = [
        "properties.workspaceId",
        "properties.storageAccountId",
        "properties.eventHubAuthorizationRuleId",
        "properties.marketplacePartnerId",
    ];
    let sinks: Vec<String> =
        SINKS.iter().map(|p| text(&put.body, p).to_owned()).filter(|s| !s.is_empty()).collect();
    if sinks.is_empty() {
        return Err(bad("BadRequest", "No data sink was specified: at least one data sink must be specified to create or update a diagnostic setting.").bare());
    }
    let target = put.id.extended().to_owned();
    let target_type = ResourceId::parse(&target).map(|t| t.type_name()).unwrap_or_default();
    let known = CATEGORIES.iter().find(|(kind, _)| same(kind, &target_type)).map(|(_, logs)| *logs);
    for log in array(&put.body, "properties.logs") {
        let (category, group) = (text(log, "category"), text(log, "categoryGroup"));
        if category.is_empty() == group.is_empty() {
            return Err(bad(
                "BadRequest",
                "A log of a diagnostic setting names either a category or a category group.",
            )
            .bare());
        }
        if !category.is_empty() && known.is_some_and(|k| !k.contains(&category)) {
            return Err(bad("BadRequest", format!("Category '{category}' is not supported.")).bare());
        }
        if !group.is_empty()
            && (!["allLogs", "audit"].contains(&group) || known.is_some_and(<[&str]>::is_empty))
        {
            return Err(bad("BadRequest", format!("Category group '{group}' is not supported.")).bare());
        }
    }
    let metrics = METRICS.iter().find(|(kind, _)| same(kind, &target_type)).map(|(_, metrics)| *metrics);
    // Of a type that is not modelled nobody knows the categories.
    let metrics = metrics.or(known.map(|_| &["AllMetrics"][..]));
    for metric in array(&put.body, "properties.metrics") {
        let category = text(metric, "category");
        if !category.is_empty() && category != "AllMetrics" && metrics.is_some_and(|m| !m.contains(&category))
        {
            return Err(bad("BadRequest", format!("Metric category '{category}' is not supported.")).bare());
        }
    }
    if let Some(failure) = reused(world, put, &target, &sinks) {
        return Err(failure);
    }
    fill_setting(put, metrics.unwrap_or_default());
    Ok(())
}

fn reused(world: &World, put: &Put, target: &str, sinks: &[String]) -> Option<ArmFailure> {
    let names = |body: &Value| -> Vec<String> {
        ["properties.logs", "properties.metrics"]
            .iter()
            .flat_map(|list| array(body, list))
            .filter(|entry| enabled(entry))
            .map(|entry| match text(entry, "category") {
                "" => text(entry, "categoryGroup").to_owned(),
                category => category.to_owned(),
            })
            .collect()
    };
    let mine = names(&put.body);
    for other in world.children(target, SETTINGS) {
        if other.key() == put.id.key() {
            continue;
        }
        let Some(sink) = sinks.iter().find(|s| {
            [
                "properties.workspaceId",
                "properties.storageAccountId",
                "properties.eventHubAuthorizationRuleId",
            ]
            .iter()
            .any(|path| same(other.text(path), s))
        }) else {
            continue;
        };
        if let Some(category) = names(&other.body).into_iter().find(|c| mine.contains(c)) {
            return Some(
                ArmFailure::new(
                    409,
                    "Conflict",
                    format!("Data sink '{sink}' is already used in diagnostic setting '{}' for category '{category}'. Data sinks can't be reused in different settings on the same category for the same resource.", other.name()),
                )
                .bare(),
            );
        }
    }
    None
}

fn fill_setting(put: &mut Put, metrics: &[&str]) {
    let retention = json!({ "enabled": false, "days": 0 });
    for list in ["properties.logs", "properties.metrics"] {
        let mut entries = array(&put.body, list).to_vec();
        for entry in &mut entries {
            insert_default(entry, "retentionPolicy", retention.clone());
        }
        if list.ends_with("metrics") {
            for metric in metrics {
                let all = entries
                    .iter()
                    .any(|e| text(e, "category") == *metric || text(e, "category") == "AllMetrics");
                if !all {
                    entries.push(json!({"category": metric, "enabled": false, "retentionPolicy": retention}));
                }
            }
        }
        put.set(list, entries);
    }
    default_to(put, "properties.logAnalyticsDestinationType", Value::Null);
}

/// HTTP-02: the namespace in a setting's id is answered in lower case.
fn view_setting(_: &World, document: &Document, body: &mut Value) {
    let spelled = document.id.rsplit_once("/providers/").map(|(target, rest)| {
        let tail = rest.split_once('/').map_or("", |(_, tail)| tail);
        format!("{target}/providers/microsoft.insights/{tail}")
    });
    if let Some(id) = spelled {
        insert(body, "id", id);
    }
}

/// DEL-02: a setting with nothing enabled is accepted and is not there afterwards.
fn setting_written(world: &mut World, written: &Written) -> Result<(), ArmFailure> {
    let none = world.get(written.id.key()).is_some_and(|setting| {
        !["properties.logs", "properties.metrics"]
            .iter()
            .flat_map(|list| array(&setting.body, list))
            .any(enabled)
    });
    if none {
        world.remove(written.id.key());
    }
    Ok(())
}

/// What a diagnostic setting on a resource may name.
fn categories_of(_: &World, target: &Document) -> Vec<Value> {
    let of = |table: &[(&str, &'static [&'static str])]| {
        table.iter().find(|(kind, _)| same(kind, &target.type_name)).map(|(_, names)| *names)
    };
    let (Some(logs), metrics) = (of(CATEGORIES), of(METRICS).unwrap_or(&["AllMetrics"])) else {
        return Vec::new();
    };
    let audited = |name: &str| name.to_lowercase().contains("audit");
    let log = |name: &&str| {
        let groups = if audited(name) { json!(["audit", "allLogs"]) } else { json!(["allLogs"]) };
        json!({ "name": name, "properties": { "categoryType": "Logs", "categoryGroups": groups } })
    };
    let metric = |name: &&str| json!({ "name": name, "properties": { "categoryType": "Metrics", "categoryGroups": [] } });
    logs.iter().map(log).chain(metrics.iter().map(metric)).collect()
}

/// A solution's PUT: its plan has its name, which ends with the workspace's.
fn solution(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let name = put.id.name().to_owned();
    let workspace = text(&put.body, "properties.workspaceResourceId");
    let ends = format!("({})", workspace.rsplit('/').next().unwrap_or_default()).to_lowercase();
    if text(&put.body, "plan.name") != name || !name.to_lowercase().ends_with(&ends) {
        return Err(bad(
            "InvalidSolutionName",
            format!(
                "The solution '{name}' and its plan must be named as the product with '{ends}' after it."
            ),
        ));
    }
    let now = world.now();
    put.keep("properties.creationTime", || now.clone().into());
    put.set("properties.lastModifiedTime", now);
    default_to(put, "properties.containedResources", json!([]));
    Ok(())
}

/// An action group's PUT.
fn action_group(_: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let short = text(&put.body, "properties.groupShortName");
    if short.is_empty() || short.chars().count() > 12 {
        return Err(bad(
            "InvalidGroupShortName",
            format!("The group short name '{short}' must have 1 to 12 characters."),
        )
        .bare());
    }
    for list in ["emailReceivers", "smsReceivers"] {
        for receiver in put
            .body
            .pointer_mut(&format!("/properties/{list}"))
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            insert_default(receiver, "status", "Enabled");
        }
    }
    for list in [
        "emailReceivers",
        "webhookReceivers",
        "eventHubReceivers",
        "automationRunbookReceivers",
        "logicAppReceivers",
        "azureFunctionReceivers",
        "armRoleReceivers",
    ] {
        for receiver in put
            .body
            .pointer_mut(&format!("/properties/{list}"))
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            insert_default(receiver, "useCommonAlertSchema", false);
        }
    }
    Ok(())
}
