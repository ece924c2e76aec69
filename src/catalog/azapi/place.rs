//! Where a configured resource is: its type, its parent, its name, and the id that they make.

use crate::arm::id::{ArmId, PROVIDER, RESOURCE_GROUP, SUBSCRIPTION};
use crate::catalog::lens::{Problem, ProviderConfig};
use crate::catalog::value::{argument, error, text};
use crate::lang::Value;

/// `Microsoft.KeyVault/vaults@2024-11-01` taken apart.
pub(super) fn split_type(text: &str) -> Option<(&str, &str)> {
    let (kind, version) = text.split_once('@')?;
    let kind = kind.trim_matches('/');
    (kind.contains('/') && !version.is_empty() && !version.contains('@')).then_some((kind, version))
}

/// The id that type, parent and name make; `Ok(None)` while one of them is unknown.
pub(super) fn locate(config: &Value, provider: &ProviderConfig) -> Result<Option<ArmId>, Problem> {
    let Some((kind, _)) = text(config, "type").and_then(split_type) else { return Ok(None) };
    let null = |name: &str| config.get(name).is_none_or(Value::is_null);
    let parent = match text(config, "parent_id") {
        Some(parent) => ArmId::parse(parent)
            .map_err(|e| error(argument("parent_id"), "Invalid parent id", format!("{e}.")))?,
        None if !null("parent_id") => return Ok(None),
        None => match default_parent(kind, provider) {
            Some(parent) => parent?,
            // Before a provider is connected (validation) its subscription is not known.
            None if kind.eq_ignore_ascii_case(RESOURCE_GROUP) && provider.subscription_id.is_none() => {
                return Ok(None);
            }
            None => {
                return Err(error(
                    argument("parent_id"),
                    "Missing parent id",
                    format!("`parent_id` must say in or on which resource the `{kind}` lies."),
                ));
            }
        },
    };
    let name = match text(config, "name") {
        Some(name) => name.to_owned(),
        None if !null("name") => return Ok(None),
        None => match default_name(provider) {
            Some(name) => name,
            None => {
                let detail = "`name` must be set: the provider block has no `default_name`.";
                return Err(error(argument("name"), "Missing name", detail));
            }
        },
    };
    let expected = kind.rsplit_once('/').map(|(parent, _)| parent).filter(|p| p.contains('/'));
    if let Some(expected) = expected.filter(|_| !kind.eq_ignore_ascii_case(RESOURCE_GROUP))
        && !kind.eq_ignore_ascii_case(SUBSCRIPTION)
        && !parent.is_type(expected)
    {
        return Err(error(
            argument("parent_id"),
            "Parent id of the wrong type",
            format!("A `{kind}` lies in a `{expected}`, but `{parent}` is a `{}`.", parent.resource_type()),
        ));
    }
    ArmId::build(&parent, kind, &name)
        .map(Some)
        .map_err(|e| error(argument("name"), "Invalid id", format!("{e}.")))
}

/// The parent of what needs none to be written: a resource group lies in the provider's subscription.
pub(super) fn default_parent(kind: &str, provider: &ProviderConfig) -> Option<Result<ArmId, Problem>> {
    if [SUBSCRIPTION, PROVIDER, "Microsoft.Management/managementGroups"]
        .iter()
        .any(|k| k.eq_ignore_ascii_case(kind))
    {
        return Some(Ok(ArmId::tenant()));
    }
    if !kind.eq_ignore_ascii_case(RESOURCE_GROUP) {
        return None;
    }
    let subscription = provider.subscription_id.as_deref()?;
    Some(
        ArmId::of_subscription(subscription)
            .map_err(|e| error(argument("parent_id"), "Invalid subscription", format!("{e}."))),
    )
}

pub(super) fn default_name(provider: &ProviderConfig) -> Option<String> {
    text(&provider.config, "default_name").map(str::to_owned)
}

/// The resource that `resource_id` names, or `parent_id` and `name`; `Ok(None)` while it is unknown.
pub(super) fn target(config: &Value, provider: &ProviderConfig) -> Result<Option<ArmId>, Problem> {
    let null = |name: &str| config.get(name).is_none_or(Value::is_null);
    let wrong = |name: &str, why: &str| Err(error(argument(name), "Invalid configuration", why));
    match (null("resource_id"), null("name"), null("parent_id")) {
        (true, true, _) => {
            wrong("resource_id", "Either `resource_id`, or `name` and `parent_id` must be set.")
        }
        (false, false, _) | (false, _, false) => {
            wrong("resource_id", "Only one of `resource_id`, and of `name` with `parent_id` can be set.")
        }
        (false, true, true) => super::request::on_resource(config),
        (true, false, _) => locate(config, provider),
    }
}

/// What is wrong with `type`.
pub(super) fn check_type(config: &Value) -> Vec<Problem> {
    let Some(written) = text(config, "type").filter(|t| split_type(t).is_none()) else { return Vec::new() };
    let detail = format!(
        "`{written}` is not a resource type with its version: `Namespace/type@yyyy-mm-dd` is expected, as in `Microsoft.KeyVault/vaults@2024-11-01`."
    );
    vec![error(argument("type"), "Invalid resource type", detail)]
}
