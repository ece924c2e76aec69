//! Alerts on metrics and on the activity log.

use std::sync::{Arc, LazyLock};

use super::codec::conform;
use super::read::deep;
use super::schema::type_of;
use super::table::{
    Check, Codec, Hooks, Lit, Object, Part, Place, Row, Rule, Shown, Table, block, block_set, blocks, doc,
    flag, group, number, tags, text, text_map, text_set, texts,
};
use crate::catalog::lens::{Claim, Context, Stop};
use crate::catalog::value::put;
use crate::lang::{Type, Value};

const COMPONENTS: &str = "Microsoft.Insights/components";
const AGGREGATIONS: &[&str] = &["Average", "Count", "Minimum", "Maximum", "Total"];

/// `name`, `resource_group_name`, `scopes`, `description`, `enabled` and `tags`.
fn alert_rows() -> Vec<Row> {
    vec![
        text("name").required().new().part(Part::Name),
        group(),
        text_set("scopes").required().at("properties.scopes").check(Check::Items(1, 1000)).arm_id(""),
        text("description").at("properties.description"),
        flag("enabled").default(true).at("properties.enabled"),
        tags(),
    ]
}

/// What a criterion says of a metric, static or dynamic.
fn metric_rows() -> Vec<Row> {
    let dimension = blocks(
        "dimension",
        vec![
            text("name").required().at("name"),
            text("operator").required().at("operator").one_of(&["Include", "Exclude", "StartsWith"]),
            texts("values").required().at("values").check(Check::Items(1, 1000)),
        ],
    );
    vec![
        text("metric_namespace").required().at("metricNamespace"),
        text("metric_name").required().at("metricName"),
        text("aggregation").required().at("timeAggregation").one_of(AGGREGATIONS),
        dimension.at("dimensions").neutral(Lit::Json("[]")),
    ]
}

pub(super) static MONITOR_METRIC_ALERT: LazyLock<Table> = LazyLock::new(|| {
    let all = "properties.criteria.allOf";
    let mut fixed = metric_rows();
    fixed.extend([
        text("operator").required().at("operator").one_of(&[
            "Equals",
            "GreaterThan",
            "GreaterThanOrEqual",
            "LessThan",
            "LessThanOrEqual",
        ]),
        number("threshold").required().at("threshold"),
        flag("skip_metric_validation").default(false).at("skipMetricValidation"),
    ]);
    let mut dynamic = metric_rows();
    dynamic.extend([
        text("operator").required().at("operator").one_of(&["LessThan", "GreaterThan", "GreaterOrLessThan"]),
        text("alert_sensitivity").required().at("alertSensitivity").one_of(&["Low", "Medium", "High"]),
        number("evaluation_total_count")
            .default(4)
            .at("failingPeriods.numberOfEvaluationPeriods")
            .range(1, i64::MAX),
        number("evaluation_failure_count")
            .default(4)
            .at("failingPeriods.minFailingPeriodsToAlert")
            .range(1, i64::MAX),
        text("ignore_data_before").at("ignoreDataBefore").check(Check::Time),
        flag("skip_metric_validation").at("skipMetricValidation"),
    ]);
    let web = block(
        "application_insights_web_test_location_availability_criteria",
        vec![
            text("web_test_id").required().at("webTestId").arm_id("Microsoft.Insights/webTests"),
            text("component_id").required().at("componentId").arm_id(COMPONENTS),
            number("failed_location_count").required().at("failedLocationCount").range(1, i64::MAX),
        ],
    );
    let action = block_set(
        "action",
        vec![
            text("action_group_id").required().at("actionGroupId").arm_id("Microsoft.Insights/actionGroups"),
            text_map("webhook_properties").at("webHookProperties"),
        ],
    );
    let mut rows = alert_rows();
    rows.extend([
        number("severity").default(3).at("properties.severity").range(0, 4),
        flag("auto_mitigate").default(true).at("properties.autoMitigate"),
        text("frequency")
            .default("PT1M")
            .at("properties.evaluationFrequency")
            .one_of(&["PT1M", "PT5M", "PT15M", "PT30M", "PT1H"]),
        text("window_size")
            .default("PT5M")
            .at("properties.windowSize")
            .one_of(&["PT1M", "PT5M", "PT15M", "PT30M", "PT1H", "PT6H", "PT12H", "P1D"]),
        text("target_resource_type").both().at("properties.targetResourceType"),
        text("target_resource_location").both().at("properties.targetResourceRegion").codec(Codec::Location),
        blocks("criteria", fixed).at(all).with("criterionType", "StaticThresholdCriterion"),
        blocks("dynamic_criteria", dynamic)
            .count(0, 1)
            .at(all)
            .with("criterionType", "DynamicThresholdCriterion"),
        web.at("properties.criteria"),
        action.at("properties.actions").neutral(Lit::Json("[]")),
    ]);
    Table::new(
        "azurerm_monitor_metric_alert",
        [30, 5, 30, 30],
        vec![
            doc("Microsoft.Insights/metricAlerts", "2018-03-01", Place::Group(&["name"]))
                .fixed("location", "global"),
        ],
        rows,
    )
    .rule(Rule::ExactlyOne(&[
        "criteria",
        "dynamic_criteria",
        "application_insights_web_test_location_availability_criteria",
    ]))
    .hooks(Hooks { claims: Some(criteria_kind), ..Hooks::default() })
});

/// Which shape the criteria have, and the names of their parts. What the other shape has must go.
fn criteria_kind(_config: &Value, claims: &mut Vec<Claim>, _cx: &Context<'_>) -> Result<(), Stop> {
    let Some(claim) = claims.first_mut() else { return Ok(()) };
    let mut body = claim.body.as_entries().cloned().unwrap_or_default();
    let parts = deep(&claim.body, &["properties", "criteria", "allOf"]).filter(|v| !v.is_null()).cloned();
    let at = |name: &'static str| ["properties", "criteria", name];
    let kind = match parts {
        Some(parts) => {
            if let Some(items) = parts.as_sequence() {
                let named = items.iter().enumerate().map(|(index, item)| {
                    let mut part = item.as_entries().cloned().unwrap_or_default();
                    part.insert("name".into(), format!("Metric{}", index + 1).into());
                    Value::object(part).marked(&item.marks)
                });
                put(&mut body, &at("allOf"), Value::tuple(named.collect()).marked(&parts.marks));
            }
            for other in ["webTestId", "componentId", "failedLocationCount"] {
                put(&mut body, &at(other), Value::null(Type::Dynamic));
            }
            "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria"
        }
        None => {
            put(&mut body, &at("allOf"), Value::null(Type::Dynamic));
            "Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria"
        }
    };
    put(&mut body, &at("odata.type"), kind.into());
    claim.body = Value::object(body);
    Ok(())
}

/// How an argument of `criteria` stands among the conditions.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    /// `{field, equals}`
    Equals,
    /// `{anyOf: [{field, equals}, …]}`
    AnyOf,
    /// `{field, containsAny: […]}`
    Contains,
}

/// Block (none: directly in `criteria`), argument, field of the activity log, shape.
const CONDITIONS: &[(&str, &str, &str, Shape)] = &[
    ("", "category", "category", Shape::Equals),
    ("", "caller", "caller", Shape::Equals),
    ("", "level", "level", Shape::Equals),
    ("", "levels", "level", Shape::AnyOf),
    ("", "operation_name", "operationName", Shape::Equals),
    ("", "recommendation_category", "properties.recommendationCategory", Shape::Equals),
    ("", "recommendation_impact", "properties.recommendationImpact", Shape::Equals),
    ("", "recommendation_type", "properties.recommendationType", Shape::Equals),
    ("", "resource_group", "resourceGroup", Shape::Equals),
    ("", "resource_groups", "resourceGroup", Shape::AnyOf),
    ("", "resource_id", "resourceId", Shape::Equals),
    ("", "resource_ids", "resourceId", Shape::AnyOf),
    ("", "resource_provider", "resourceProvider", Shape::Equals),
    ("", "resource_providers", "resourceProvider", Shape::AnyOf),
    ("", "resource_type", "resourceType", Shape::Equals),
    ("", "resource_types", "resourceType", Shape::AnyOf),
    ("", "status", "status", Shape::Equals),
    ("", "statuses", "status", Shape::AnyOf),
    ("", "sub_status", "subStatus", Shape::Equals),
    ("", "sub_statuses", "subStatus", Shape::AnyOf),
    ("resource_health", "current", "properties.currentHealthStatus", Shape::AnyOf),
    ("resource_health", "previous", "properties.previousHealthStatus", Shape::AnyOf),
    ("resource_health", "reason", "properties.cause", Shape::AnyOf),
    ("service_health", "events", "properties.incidentType", Shape::AnyOf),
    (
        "service_health",
        "locations",
        "properties.impactedServices[*].ImpactedRegions[*].RegionName",
        Shape::Contains,
    ),
    ("service_health", "services", "properties.impactedServices[*].ServiceName", Shape::Contains),
];

fn criteria() -> Row {
    const LEVELS: &[&str] = &["Verbose", "Informational", "Warning", "Error", "Critical"];
    const HEALTH: &[&str] = &["Available", "Degraded", "Unavailable", "Unknown"];
    let set = |name: &'static str, words: &'static [&'static str]| text_set(name).own().one_of(words);
    let own = |name: &'static str| text(name).own();
    let mut rows = vec![
        own("category").required().one_of(&[
            "Administrative",
            "Autoscale",
            "Policy",
            "Recommendation",
            "ResourceHealth",
            "Security",
            "ServiceHealth",
        ]),
        own("caller"),
        own("operation_name"),
        own("level").one_of(LEVELS),
        texts("levels").own().one_of(LEVELS),
        own("recommendation_category").one_of(&[
            "Cost",
            "Reliability",
            "OperationalExcellence",
            "Performance",
            "HighAvailability",
            "Security",
        ]),
        own("recommendation_impact").one_of(&["High", "Medium", "Low"]),
        own("recommendation_type"),
        own("resource_id").arm_id(""),
        block(
            "resource_health",
            vec![
                set("current", HEALTH),
                set("previous", HEALTH),
                set("reason", &["PlatformInitiated", "UserInitiated", "Unknown"]),
            ],
        ),
        block(
            "service_health",
            vec![
                set("events", &["Incident", "Maintenance", "Informational", "ActionRequired", "Security"]),
                text_set("locations").own(),
                text_set("services").own(),
            ],
        ),
    ];
    rows.extend(["resource_group", "resource_provider", "resource_type", "status", "sub_status"].map(own));
    let plural = [
        "resource_groups",
        "resource_ids",
        "resource_providers",
        "resource_types",
        "statuses",
        "sub_statuses",
    ];
    rows.extend(plural.map(|name| texts(name).own()));
    [
        ("level", "levels"),
        ("resource_group", "resource_groups"),
        ("resource_id", "resource_ids"),
        ("resource_provider", "resource_providers"),
        ("resource_type", "resource_types"),
        ("status", "statuses"),
        ("sub_status", "sub_statuses"),
        ("recommendation_type", "recommendation_category"),
        ("recommendation_type", "recommendation_impact"),
        ("resource_health", "service_health"),
        ("resource_health", "caller"),
        ("service_health", "caller"),
    ]
    .into_iter()
    .fold(block("criteria", rows).required().at("properties.condition"), |row, (a, b)| {
        row.rule(Rule::Conflict(a, b))
    })
}

pub(super) static MONITOR_ACTIVITY_LOG_ALERT: LazyLock<Table> = LazyLock::new(|| {
    let action = blocks(
        "action",
        vec![
            text("action_group_id").required().at("actionGroupId").arm_id("Microsoft.Insights/actionGroups"),
            text_map("webhook_properties").at("webhookProperties"),
        ],
    );
    let mut rows = alert_rows();
    rows.extend([
        text("location").required_from(4).default_in(3, "global").new().at("location").codec(Codec::Location),
        criteria(),
        action.at("properties.actions.actionGroups").neutral(Lit::Json("[]")),
    ]);
    Table::new(
        "azurerm_monitor_activity_log_alert",
        [30, 5, 30, 30],
        vec![doc("Microsoft.Insights/activityLogAlerts", "2020-10-01", Place::Group(&["name"]))],
        rows,
    )
    .hooks(Hooks { claims: Some(put_conditions), attributes: Some(take_conditions), ..Hooks::default() })
});

fn condition(field: &str, value: &Value) -> Value {
    Value::object([("field", field.into()), ("equals", value.clone())])
}

fn put_conditions(config: &Value, claims: &mut Vec<Claim>, _cx: &Context<'_>) -> Result<(), Stop> {
    let Some(claim) = claims.first_mut() else { return Ok(()) };
    let Some(written) = config.get("criteria") else { return Ok(()) };
    let first = |v: &Value| v.as_sequence().and_then(|all| all.first().cloned());
    let mut body = claim.body.as_entries().cloned().unwrap_or_default();
    let path = ["properties", "condition", "allOf"];
    let Some(criteria) = first(written).filter(|c| !c.is_unknown()) else {
        put(&mut body, &path, Value::unknown(Type::Dynamic).marked(&written.marks));
        claim.body = Value::object(body);
        return Ok(());
    };
    let mut all = Vec::new();
    for (within, name, field, shape) in CONDITIONS {
        let inner =
            if within.is_empty() { Some(criteria.clone()) } else { criteria.get(within).and_then(first) };
        let value = inner.as_ref().and_then(|i| i.get(name)).filter(|v| !v.is_null());
        let Some(value) = value else { continue };
        let items = || value.as_sequence().unwrap_or_default().to_vec();
        let made = match shape {
            _ if value.is_unknown() => value.clone(),
            Shape::Equals => condition(field, value),
            _ if items().is_empty() => continue,
            Shape::AnyOf => {
                let any = items().iter().map(|item| condition(field, item)).collect();
                Value::object([("anyOf", Value::tuple(any))])
            }
            Shape::Contains => {
                Value::object([("field", (*field).into()), ("containsAny", Value::tuple(items()))])
            }
        };
        all.push(made.marked(&value.marks));
    }
    put(&mut body, &path, Value::tuple(all));
    claim.body = Value::object(body);
    Ok(())
}

/// The value that the conditions of a document give an argument.
fn take_condition(conditions: &[Value], field: &str, shape: Shape) -> Option<Value> {
    let is_field =
        |c: &Value| c.get("field").and_then(Value::as_str).is_some_and(|f| f.eq_ignore_ascii_case(field));
    let some = |c: &Value, name: &str| c.get(name).filter(|v| !v.is_null()).cloned();
    conditions.iter().find_map(|c| match shape {
        Shape::Equals => some(c, "equals").filter(|_| is_field(c)),
        Shape::Contains => some(c, "containsAny").filter(|_| is_field(c)),
        Shape::AnyOf => {
            let any = some(c, "anyOf")?;
            let items = any.as_sequence()?;
            let mine = items.first().is_some_and(is_field);
            mine.then(|| Value::tuple(items.iter().filter_map(|i| some(i, "equals")).collect()))
        }
    })
}

/// The argument as it is written where the conditions say the same in another order.
fn in_order(written: Option<&Value>, live: Value) -> Value {
    let (Some(a), Some(b)) = (written.and_then(Value::as_sequence), live.as_sequence()) else { return live };
    let same = a.len() == b.len() && a.iter().all(|x| b.iter().any(|y| x.kind == y.kind));
    if same { Value::tuple(a.to_vec()) } else { live }
}

fn take_conditions(all: &mut Object, shown: &Shown<'_>) -> Result<(), Stop> {
    let document = (shown.documents)("");
    let path = ["properties", "condition", "allOf"];
    let conditions = document.as_deref().and_then(|d| deep(d, &path));
    let Some(conditions) = conditions.and_then(Value::as_sequence) else { return Ok(()) };
    if conditions.iter().any(|c| !c.is_wholly_known()) {
        return Ok(());
    }
    let row = MONITOR_ACTIVITY_LOG_ALERT.rows.iter().find(|r| r.name == "criteria");
    let Some(ty) = row.map(|r| type_of(r, shown.cx.provider.major)) else { return Ok(()) };
    let written = shown.config.get("criteria").and_then(Value::as_sequence).and_then(<[Value]>::first);
    let marks = written.map(|w| w.marks.clone()).unwrap_or_default();
    let (mut criteria, mut health, mut service) = (Object::new(), Object::new(), Object::new());
    for (within, name, field, shape) in CONDITIONS {
        let Some(value) = take_condition(conditions, field, *shape) else { continue };
        let wrote = written.filter(|_| within.is_empty()).and_then(|w| w.get(name));
        let into = match *within {
            "resource_health" => &mut health,
            "service_health" => &mut service,
            _ => &mut criteria,
        };
        into.insert(Arc::from(*name), in_order(wrote, value));
    }
    for (name, inner) in [("resource_health", health), ("service_health", service)] {
        let empty =
            written.and_then(|w| w.get(name)).and_then(Value::as_sequence).is_some_and(|w| !w.is_empty());
        let blocks = if inner.is_empty() && !empty { Vec::new() } else { vec![Value::object(inner)] };
        criteria.insert(name.into(), Value::tuple(blocks));
    }
    let list = Value::tuple(vec![Value::object(criteria).marked(&marks)]);
    all.insert("criteria".into(), conform(&list, &ty));
    Ok(())
}
