//! `azapi_resource`: one document, its body as it is written.

use std::sync::{Arc, LazyLock};

use super::place::{check_type, default_name, default_parent, locate, split_type};
use super::request::{self, entries, texts};
use super::schema::{self, OPERATIONS, RESOURCE};
use super::{body, jmespath, output, validation};
use crate::arm::id::ArmId;
use crate::catalog::arm::type_facts;
use crate::catalog::lens::{
    BodyPath, Claim, ClaimOptions, Context, Lens, OnDemand, Problem, Recorded, Replace, Stop, Target,
    Withdraw, Write,
};
use crate::catalog::value::{
    argument, error, flag, leaves, location as normal_location, merge, property, same, strings, text, warning,
};
use crate::lang::schema::ResourceSchema;
use crate::lang::{Entries, Kind, PathStep, Type, Value};

/// `azapi_resource`.
pub(super) struct Resource;

/// The document that the configuration asks for.
fn document(config: &Value) -> Value {
    let mut all: Entries = Entries::new();
    for name in ["location", "tags"] {
        if let Some(value) = config.get(name).filter(|v| !v.is_null()) {
            all.insert(name.into(), value.clone());
        }
    }
    if let Some(identity) = config.get("identity") {
        match identity.as_sequence() {
            Some([block, ..]) => {
                all.insert("identity".into(), identity_body(block));
            }
            None if identity.is_unknown() => {
                all.insert("identity".into(), Value::unknown(Type::Dynamic).marked(&identity.marks));
            }
            _ => {}
        }
    }
    let written = body::written(config).unwrap_or_else(|| Value::object::<Arc<str>>([]));
    if written.is_unknown() {
        all.insert("properties".into(), Value::unknown(Type::Dynamic).marked(&written.marks));
        return Value::object(all);
    }
    let mut out = merge(&Value::object(all), &written);
    out = body::with_secret(out, config);
    if flag(config, "ignore_null_property") == Some(true) { without_nulls(&out) } else { out }
}

fn without_nulls(value: &Value) -> Value {
    let Some(entries) = value.as_entries() else { return value.clone() };
    let kept = entries.iter().filter(|(_, v)| !v.is_null()).map(|(n, v)| (n.clone(), without_nulls(v)));
    Value::object(kept).marked(&value.marks)
}

/// `identity { type, identity_ids }` as ARM has it.
fn identity_body(block: &Value) -> Value {
    let mut all: Vec<(&str, Value)> = Vec::new();
    if let Some(kind) = block.get("type") {
        all.push(("type", kind.clone()));
    }
    let ids = block.get("identity_ids").filter(|v| !v.is_null());
    if let Some(ids) = ids {
        let known: Option<Vec<&str>> =
            ids.as_sequence().and_then(|all| all.iter().map(Value::as_str).collect());
        match known {
            Some(known) if known.is_empty() => {}
            Some(known) => {
                let empty = || Value::object::<Arc<str>>([]);
                let map = Value::object(known.iter().map(|id| (*id, empty())));
                all.push(("userAssignedIdentities", map.marked(&ids.deep_marks())));
            }
            None => {
                let unknown = Value::unknown(Type::Dynamic).marked(&ids.deep_marks());
                all.push(("userAssignedIdentities", unknown));
            }
        }
    }
    Value::object(all).marked(&block.marks)
}

/// `a.b.c` as a path.
fn split_path(text: &str) -> BodyPath {
    text.split('.').map(Arc::from).collect()
}

/// What the configuration says of comparing and sending beyond the body.
pub(super) fn options(config: &Value) -> ClaimOptions {
    let paths = |name: &str| texts(config, name).iter().map(|p| split_path(p)).collect::<Vec<_>>();
    let requests = OPERATIONS.map(|operation| request::extras(config, &format!("{operation}_")));
    ClaimOptions {
        ignore_case: flag(config, "ignore_casing").unwrap_or(false),
        keep_missing: flag(config, "ignore_missing_property").unwrap_or(true),
        ignored: paths("ignore_body_changes"),
        list_keys: entries(config, "list_unique_id_property")
            .filter_map(|(path, keys)| {
                Some((split_path(path), keys.as_str()?.split(',').map(|k| k.trim().into()).collect()))
            })
            .collect(),
        partial_lists: paths("ignore_other_items_in_list"),
        forgets: true,
        merges_items: false,
        remembered: config
            .get("replace_triggers_external_values")
            .map(|v| ("replace_triggers_external_values".into(), v.clone()))
            .into_iter()
            .collect(),
        initial: Vec::new(),
        stand_in: None,
        versions: entries(config, "sensitive_body_version")
            .map(|(p, v)| (split_path(p), v.clone()))
            .collect(),
        retry: request::retry(config),
        requests,
    }
}

fn withdraw(arm_type: &str) -> Withdraw {
    if type_facts(arm_type).implied {
        return Withdraw::Leave;
    }
    Withdraw::Delete { query: Vec::new(), then: Vec::new() }
}

impl Lens for Resource {
    fn schema(&self, provider_major: u32) -> Arc<ResourceSchema> {
        schema::resource(provider_major)
    }

    fn timeouts(&self) -> [u32; 4] {
        [30, 5, 30, 30]
    }

    fn check(&self, config: &Value, cx: &Context<'_>) -> Vec<Problem> {
        let mut problems = check_type(config);
        problems.extend(locate(config, cx.provider).err());
        problems.extend(body::check_written(config, cx.provider.major));
        if let Some(body) = body::written(config).filter(|b| b.as_entries().is_some()) {
            for name in ["location", "tags", "identity"] {
                let argument_is_set = config
                    .get(name)
                    .is_some_and(|v| !v.is_null() && v.as_sequence().is_none_or(|all| !all.is_empty()));
                if argument_is_set && body.get(name).is_some() {
                    let detail = format!(
                        "`{name}` stands in the body and beside it; only one of the two may be there."
                    );
                    problems.push(error(argument(name), "Argument written twice", detail));
                }
            }
            for name in ["id", "name", "type"] {
                if body.get(name).is_some() {
                    let detail = format!(
                        "`{name}` follows from the arguments of the resource; leave it out of the body."
                    );
                    problems.push(warning(argument("body"), "Superfluous property in the body", detail));
                }
            }
        }
        problems.extend(validation::check(config));
        if let Some([block, ..]) = config.get("identity").and_then(Value::as_sequence)
            && let Some(kind) = text(block, "type")
        {
            let plain: String = kind.chars().filter(|c| *c != ' ').collect();
            if !["SystemAssigned,UserAssigned", "UserAssigned", "SystemAssigned", "None"]
                .contains(&plain.as_str())
            {
                let detail = format!(
                    "`{kind}` is not an identity type: `SystemAssigned`, `UserAssigned`, `SystemAssigned, UserAssigned` or `None` is expected."
                );
                problems.push(error(argument("identity"), "Invalid identity type", detail));
            }
        }
        problems.extend(request::check_retry(config));
        for query in texts(config, "replace_triggers_refs") {
            if let Err(why) = jmespath::parse(&query) {
                let detail = format!("`{query}` is not a JMESPath query that is known here: {why}.");
                problems.push(error(argument("replace_triggers_refs"), "Invalid query", detail));
            }
        }
        if let Some(wanted) = config.get("response_export_values") {
            problems.extend(output::check("response_export_values", wanted));
        }
        problems
    }

    fn complete(&self, config: &Value, cx: &Context<'_>) -> Value {
        let mut all: Entries = config.as_entries().cloned().unwrap_or_default();
        let mut fill = |name: &str, value: Option<Value>| {
            if let Some(value) = value
                && all.get(name).is_none_or(Value::is_null)
            {
                all.insert(name.into(), value);
            }
        };
        for (name, default) in [
            ("schema_validation_enabled", true),
            ("ignore_casing", false),
            ("ignore_missing_property", true),
            ("ignore_null_property", false),
        ] {
            fill(name, Some(default.into()));
        }
        fill("body", Some(Value::object::<Arc<str>>([])));
        let in_body = |name: &str| body::written(config).is_some_and(|b| b.get(name).is_some());
        if let Some((kind, _)) = text(config, "type").and_then(split_type) {
            fill("name", default_name(cx.provider).map(Value::from));
            if let Some(Ok(parent)) = default_parent(kind, cx.provider) {
                fill("parent_id", Some(parent.as_str().into()));
            }
            if has_location(kind) {
                let of_provider = |name: &str| cx.provider.config.get(name).filter(|v| !v.is_null()).cloned();
                if !in_body("location") {
                    fill("location", of_provider("default_location"));
                }
                if !in_body("tags") {
                    fill("tags", of_provider("default_tags"));
                }
            }
        }
        Value::object(all).marked(&config.marks)
    }

    fn claims(&self, config: &Value, cx: &Context<'_>) -> Result<Vec<Claim>, Stop> {
        let id = locate(config, cx.provider).map_err(|p| Stop::Problems(vec![p]))?;
        let (kind, version) = text(config, "type").and_then(split_type).unwrap_or_default();
        let secret = config.get("sensitive_body").filter(|v| v.as_entries().is_some_and(|e| !e.is_empty()));
        Ok(vec![Claim {
            key: "".into(),
            target: id.map_or(Target::Unknown, Target::Id),
            api_version: version.into(),
            owns: true,
            write: Write::Put,
            body: document(config),
            unread: secret.map(leaves).unwrap_or_default(),
            yields: Vec::new(),
            withdraw: withdraw(kind),
            locks: texts(config, "locks"),
            options: Some(Arc::new(options(config))),
        }])
    }

    fn withdrawals(&self, documents: &[Recorded], _cx: &Context<'_>) -> Result<Vec<Claim>, Stop> {
        Ok(documents
            .iter()
            .map(|Recorded { key, id, api_version, owns }| Claim {
                key: key.clone(),
                target: Target::Id(id.clone()),
                api_version: api_version.clone(),
                owns: *owns,
                write: Write::Put,
                body: Value::object::<Arc<str>>([]),
                unread: Vec::new(),
                yields: Vec::new(),
                withdraw: if *owns { withdraw(id.resource_type()) } else { Withdraw::Leave },
                locks: Vec::new(),
                options: None,
            })
            .collect())
    }

    fn attributes(
        &self,
        config: &Value,
        documents: &dyn Fn(&str) -> Option<Arc<Value>>,
        planned: bool,
        cx: &Context<'_>,
    ) -> Result<Value, Stop> {
        let found = documents("");
        let live = found.as_deref();
        let mut all = schema::as_written(&schema::resource(cx.provider.major), config);
        let given = |name: &str| config.get(name).filter(|v| !v.is_null());
        // The id: what configuration and document agree on, in the configuration's letters.
        let id = locate(config, cx.provider).ok().flatten();
        let id = id.or_else(|| ArmId::parse(live?.get("id")?.as_str()?).ok());
        if let Some(id) = &id {
            all.insert("id".into(), id.as_str().into());
            let defaults =
                [("name", Some(id.name().to_owned())), ("parent_id", id.parent().map(|p| p.to_string()))];
            for (name, value) in defaults {
                if given(name).is_none() {
                    all.insert(name.into(), value.unwrap_or_else(|| "/".into()).into());
                }
            }
            if given("type").is_none() {
                let version = type_facts(id.resource_type()).api_version;
                all.insert("type".into(), format!("{}@{version}", id.resource_type()).into());
            }
        } else {
            all.insert("id".into(), Value::unknown_not_null(Type::String));
        }
        let new = planned && live.is_none_or(|d| d.get("id").is_none());
        let options = options(config);
        let shown = body::shown(config, |written| match live {
            Some(live) => fill(written, live, &options),
            None => written.clone(),
        });
        let shown = shown.unwrap_or_else(|| match live.filter(|_| config.is_null()) {
            Some(live) => own_body(live),
            None => Value::object::<Arc<str>>([]),
        });
        all.insert("body".into(), shown);
        if let Some(there) = live.and_then(|d| d.get("location")).filter(|v| !v.is_null()) {
            let written = given("location").and_then(Value::as_str);
            let same =
                written.zip(there.as_str()).is_some_and(|(a, b)| normal_location(a) == normal_location(b));
            if !same {
                all.insert("location".into(), there.clone());
            }
        }
        if let Some(there) = live.and_then(|d| d.get("tags")) {
            all.insert("tags".into(), tags(there));
        }
        all.insert(
            "identity".into(),
            identity(config.get("identity"), live.and_then(|d| d.get("identity")), new),
        );
        let timeouts = || Value::null(TIMEOUTS.clone());
        all.insert("timeouts".into(), given("timeouts").cloned().unwrap_or_else(timeouts));
        // Until 2.0 nothing was exported that was not asked for.
        let asked = flag(&cx.provider.config, "disable_default_output") == Some(true);
        let by_default = !asked && cx.provider.major >= 2;
        let output =
            output::export(given("response_export_values"), live, &document(config), new, by_default);
        all.insert("output".into(), output::of_resource(output, config));
        Ok(Value::object(all))
    }

    fn argument_of(&self, config: &Value, _key: &str, path: &[PathStep]) -> Vec<PathStep> {
        let in_body = |name: &str| {
            let written = body::written(config);
            written.is_some_and(|b| b.get(name).is_some())
        };
        let first = match path.first() {
            Some(PathStep::Attribute(n) | PathStep::Key(n)) => &**n,
            _ => "",
        };
        match first {
            "location" if !in_body("location") => argument("location"),
            "tags" if !in_body("tags") => {
                let mut out = argument("tags");
                if let Some(PathStep::Attribute(n) | PathStep::Key(n)) = path.get(1) {
                    out.push(PathStep::Key(n.clone()));
                }
                out
            }
            "identity" if !in_body("identity") => {
                let mut out = argument("identity");
                if let Some(PathStep::Attribute(n) | PathStep::Key(n)) = path.get(1) {
                    let name = if &**n == "userAssignedIdentities" { "identity_ids" } else { n };
                    out.extend([PathStep::Index(0), PathStep::Attribute(name.into())]);
                }
                out
            }
            _ if config.get("body").is_some_and(|b| b.as_str().is_some()) => argument("body"),
            _ => argument("body").into_iter().chain(path.iter().cloned()).collect(),
        }
    }

    fn replaced_by(&self, config: &Value, before: &Value, after: &Value) -> Vec<Vec<PathStep>> {
        let queries = texts(config, "replace_triggers_refs");
        let written = |of: &Value| body::written(of).unwrap_or_else(|| Value::object::<Arc<str>>([]));
        let (before, after) = (written(before), written(after));
        let differs = queries
            .iter()
            .filter_map(|q| jmespath::parse(q).ok())
            .any(|query| !same(&jmespath::evaluate(&query, &before), &jmespath::evaluate(&query, &after)));
        if differs { vec![argument("body")] } else { Vec::new() }
    }

    fn replaces(&self, argument: &[PathStep], before: &Value, after: &Value) -> Replace {
        let Some(PathStep::Attribute(name)) = argument.first() else { return Replace::No };
        let yes = match &**name {
            "name" | "parent_id" | "replace_triggers_external_values" => true,
            "location" => match (before.as_str(), after.as_str()) {
                (Some(a), Some(b)) => normal_location(a) != normal_location(b),
                _ => true,
            },
            "type" => {
                let kind = |v: &Value| v.as_str().and_then(split_type).map(|(k, _)| k.to_lowercase());
                kind(before) != kind(after)
            }
            _ => false,
        };
        if yes { Replace::Yes } else { Replace::No }
    }

    fn on_demand(&self, _attribute: &str, _provider_major: u32) -> Option<OnDemand> {
        None
    }

    fn import(&self, id: &str, _cx: &Context<'_>) -> Result<Vec<Recorded>, Problem> {
        let (path, version) = match id.split_once('?') {
            Some((path, query)) => (path, query.strip_prefix("api-version=").filter(|v| !v.is_empty())),
            None => (id, None),
        };
        let parsed =
            ArmId::parse(path).map_err(|e| error(Vec::new(), "Invalid import id", format!("{e}.")))?;
        let known = Some(type_facts(parsed.resource_type()).api_version).filter(|v| !v.is_empty());
        let Some(version) = version.or(known) else {
            return Err(error(
                Vec::new(),
                "Invalid import id",
                format!("Say the version to read `{path}` at: `{path}?api-version=yyyy-mm-dd`."),
            ));
        };
        Ok(vec![Recorded { key: "".into(), id: parsed, api_version: version.into(), owns: true }])
    }
}

/// Whether resources of the type have a location and tags of their own.
fn has_location(kind: &str) -> bool {
    !type_facts(kind).no_location && kind.matches('/').count() == 1
}

/// `tags` of a document as a map of strings.
fn tags(there: &Value) -> Value {
    match there.as_entries() {
        Some(all) => {
            Value::map(Type::String, all.iter().map(|(n, v)| (n.clone(), v.clone()))).marked(&there.marks)
        }
        None if there.is_unknown() => Value::unknown(Type::map(Type::String)).marked(&there.marks),
        None => Value::null(Type::map(Type::String)),
    }
}

/// What of a live document could have been written: for objects whose configuration is gone.
fn own_body(live: &Value) -> Value {
    let beside = ["id", "name", "type", "etag", "systemData", "location", "tags", "identity"];
    let all = live.as_entries().into_iter().flatten();
    Value::object(all.filter(|(n, _)| !beside.contains(&&***n)).map(|(n, v)| (n.clone(), v.clone())))
}

/// The written body with the values that the document has at the written paths; what the document lacks stays as
/// written. Marks of the written parts stay on them.
pub(super) fn fill(written: &Value, live: &Value, options: &ClaimOptions) -> Value {
    fill_at(written, live, options, &mut Vec::new())
}

fn fill_at(written: &Value, live: &Value, options: &ClaimOptions, at: &mut BodyPath) -> Value {
    let filled = match (&written.kind, &live.kind) {
        (Kind::Object(w) | Kind::Map(_, w), Kind::Object(_) | Kind::Map(..)) => {
            let all: Vec<(Arc<str>, Value)> = w
                .iter()
                .map(|(n, v)| {
                    at.push(n.clone());
                    let filled = property(live, n).map_or_else(|| v.clone(), |l| fill_at(v, l, options, at));
                    at.pop();
                    (n.clone(), filled)
                })
                .collect();
            match &written.kind {
                // What was written and is so is kept once.
                Kind::Object(_) if all.iter().zip(w.values()).all(|((_, a), b)| a.is_same(b)) => {
                    written.clone()
                }
                Kind::Map(ty, _) if all.iter().all(|(_, v)| v.ty() == *ty) => Value::map(ty.clone(), all),
                _ => Value::object(all),
            }
        }
        _ => match (written.as_sequence(), live.as_sequence()) {
            (Some(w), Some(l)) => fill_items(written, w, l, options, at),
            (None, None) if live.is_null() || live.is_unknown() || same(written, live) => written.clone(),
            (None, None) if options.ignored.contains(at) => written.clone(),
            (None, None) => match (written.as_str(), live.as_str()) {
                (Some(a), Some(b)) if a.eq_ignore_ascii_case(b) && ArmId::parse(a).is_ok() => written.clone(),
                (Some(a), Some(b)) if options.ignore_case && a.to_lowercase() == b.to_lowercase() => {
                    written.clone()
                }
                (Some(_), Some(b)) if options.keep_missing && hidden(b) => written.clone(),
                _ => live.clone(),
            },
            _ => live.clone(),
        },
    };
    filled.marked(&written.marks)
}

/// What stands where a service does not show a secret.
fn hidden(text: &str) -> bool {
    text == "<redacted>" || text.bytes().all(|b| b == b'*')
}

fn fill_items(
    whole: &Value,
    written: &[Value],
    live: &[Value],
    options: &ClaimOptions,
    at: &mut BodyPath,
) -> Value {
    let by_name = [Arc::from("name")];
    let keys = options.list_keys.iter().find(|(path, _)| path == at).map_or(&by_name[..], |(_, keys)| keys);
    let partial = options.merges_items || options.partial_lists.contains(at);
    let name = |v: &Value| {
        let texts = keys.iter().map(|key| property(v, key).and_then(Value::as_str).unwrap_or_default());
        let joined = texts.collect::<Vec<_>>().join("_");
        joined.bytes().any(|b| b != b'_').then_some(joined)
    };
    let named = |all: &[Value]| all.iter().map(name).collect::<Option<Vec<_>>>();
    let mut items: Vec<Value> = match (named(written), named(live)) {
        (Some(w), Some(l)) => w
            .iter()
            .zip(written)
            .filter_map(|(n, item)| {
                l.iter().position(|m| m.eq_ignore_ascii_case(n)).map(|i| fill_at(item, &live[i], options, at))
            })
            .collect(),
        _ if written.len() == live.len() => {
            written.iter().zip(live).map(|(w, l)| fill_at(w, l, options, at)).collect()
        }
        _ => live.to_vec(),
    };
    if let (Some(w), Some(l), false) = (named(written), named(live), partial) {
        items.extend(
            l.iter()
                .zip(live)
                .filter(|(n, _)| !w.iter().any(|m| m.eq_ignore_ascii_case(n)))
                .map(|(_, v)| v.clone()),
        );
    }
    match &whole.kind {
        Kind::List(ty, _) if items.iter().all(|v| v.ty() == *ty) => Value::list(ty.clone(), items),
        Kind::Tuple(same)
            if items.len() == same.len() && items.iter().zip(same.iter()).all(|(a, b)| a.is_same(b)) =>
        {
            Value::from(whole.kind.clone())
        }
        _ => Value::tuple(items),
    }
}

/// The types of the blocks that every object has, made once.
static IDENTITY: LazyLock<Type> =
    LazyLock::new(|| RESOURCE.block("identity").map_or(Type::Dynamic, |b| b.block.implied_type()));
static TIMEOUTS: LazyLock<Type> =
    LazyLock::new(|| RESOURCE.block("timeouts").map_or(Type::Dynamic, |b| b.implied_type()));

/// The block `identity` with what the document says of it.
fn identity(written: Option<&Value>, live: Option<&Value>, new: bool) -> Value {
    let ty = IDENTITY.clone();
    let block = written.and_then(Value::as_sequence).and_then(<[Value]>::first);
    if written.is_some_and(Value::is_unknown) {
        return Value::unknown(Type::list(ty));
    }
    let kind = live.and_then(|l| l.get("type")).or_else(|| block?.get("type"));
    let Some(kind) = kind.filter(|k| block.is_some() || k.as_str().is_none_or(|k| k != "None")) else {
        return Value::list(ty, Vec::new());
    };
    let wanted = block.and_then(|b| b.get("identity_ids")).filter(|v| !v.is_null());
    let there = live.and_then(|l| l.get("userAssignedIdentities"));
    let ids = match (there, wanted) {
        (Some(u), Some(wanted)) if u.is_unknown() => wanted.clone(),
        (Some(there), wanted) if there.as_entries().is_some_and(|e| !e.is_empty()) => {
            let live: Vec<&str> = there.as_entries().into_iter().flatten().map(|(n, _)| &**n).collect();
            let order = wanted.and_then(Value::as_sequence).unwrap_or_default();
            let kept = order.iter().filter_map(Value::as_str);
            let kept: Vec<&str> = kept.filter(|w| live.iter().any(|l| l.eq_ignore_ascii_case(w))).collect();
            let more = live.iter().copied().filter(|l| !kept.iter().any(|k| k.eq_ignore_ascii_case(l)));
            strings(kept.iter().copied().chain(more))
        }
        (_, Some(wanted)) => wanted.clone(),
        _ => Value::null(Type::list(Type::String)),
    };
    let same_kind = |a: &str, b: &str| {
        let plain = |t: &str| t.chars().filter(|c| *c != ' ').collect::<String>().to_lowercase();
        plain(a) == plain(b)
    };
    let written_kind = block.and_then(|b| text(b, "type"));
    let shown = match (written_kind, kind.as_str()) {
        (Some(w), Some(l)) if same_kind(w, l) => Value::from(w),
        _ => kind.clone(),
    };
    let system = kind.as_str().is_none_or(|k| k.to_lowercase().contains("system"));
    let of = |name: &str| match live.and_then(|l| l.get(name)) {
        Some(value) if !value.is_null() => value.clone(),
        _ if system && new => Value::unknown(Type::String),
        _ => Value::null(Type::String),
    };
    let (principal, tenant) = (of("principalId"), of("tenantId"));
    let object = Value::object([
        ("type", shown),
        ("identity_ids", ids),
        ("principal_id", principal),
        ("tenant_id", tenant),
    ]);
    Value::list(ty, vec![object])
}
