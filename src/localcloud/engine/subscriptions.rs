//! Tenants, subscriptions, regions, and the registration of namespaces (SUB-01..SUB-04).

use super::{Engine, Registered};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::registry;
use crate::localcloud::rules::{Location, Place, TypeRules};
use crate::localcloud::schema;
use crate::localcloud::tables::{NAMESPACES, REGIONS, Starts, ZONELESS, namespace};
use crate::localcloud::wire::{Request, Response};
use crate::localcloud::world::Registration;
use serde_json::{Value, json};

/// Seconds that a registration takes.
const REGISTERING: f64 = 60.0;

impl Engine {
    /// What a new world starts with: the registrations.
    pub(in crate::localcloud) fn found(&mut self) {
        let mut subscriptions = self.settings.subscriptions.clone();
        subscriptions.push(self.world.names.subscription_id.clone());
        for subscription in subscriptions {
            for (name, starts) in NAMESPACES {
                let registered = *starts == Starts::Always
                    || match &self.settings.registered {
                        Registered::Usual => *starts == Starts::Usual,
                        Registered::Fresh => false,
                        Registered::All => true,
                        Registered::Only(names) => {
                            names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))
                        }
                    };
                if registered {
                    self.set_registration(&subscription, name, "Registered", "Registered", 0);
                }
            }
        }
    }

    fn set_registration(&mut self, subscription: &str, name: &str, state: &str, next: &str, until_ms: u64) {
        self.world.registrations.insert(
            &registration_key(subscription, name),
            Registration {
                namespace: name.to_owned(),
                state: state.to_owned(),
                next: next.to_owned(),
                until_ms,
            },
        );
    }

    fn registration(&self, subscription: &str, name: &str) -> &str {
        self.world
            .registrations
            .get(&registration_key(subscription, name))
            .map_or("NotRegistered", |registration| &registration.state)
    }

    /// True if requests on the namespace are answered.
    pub(super) fn is_registered(&self, subscription: &str, name: &str) -> bool {
        // While it is being registered, what is there already answers.
        matches!(self.registration(subscription, name), "Registered" | "Registering" | "Unregistering")
    }

    /// Ends registrations that have ended by `now`.
    pub(super) fn settle_registrations(&mut self, now: u64) {
        let due: Vec<(String, Registration)> = self
            .world
            .registrations
            .iter()
            .filter(|(_, registration)| registration.until_ms > 0 && registration.until_ms <= now)
            .map(|(key, registration)| (key.clone(), registration.clone()))
            .collect();
        for (key, mut registration) in due {
            registration.state.clone_from(&registration.next);
            registration.until_ms = 0;
            self.world.registrations.insert(&key, registration);
        }
    }

    /// GET `/tenants`.
    pub(super) fn tenants(&self, request: &Request) -> Result<Response, ArmFailure> {
        let tenant = self.world.tenant();
        let item = json!({
            "id": format!("/tenants/{tenant}"),
            "tenantId": tenant,
            "countryCode": "CH",
            "displayName": "Local cloud",
            "domains": ["local.onmicrosoft.com"],
            "tenantCategory": "Home",
            "defaultDomain": "local.onmicrosoft.com",
            "tenantType": "AAD",
        });
        self.page(request, vec![item])
    }

    /// GET `/subscriptions`.
    pub(super) fn subscriptions(&self, request: &Request) -> Result<Response, ArmFailure> {
        let mut ids = vec![self.world.names.subscription_id.clone()];
        ids.extend(self.settings.subscriptions.iter().cloned());
        ids.dedup();
        let items = ids.iter().map(|id| self.subscription_body(id)).collect();
        self.page(request, items)
    }

    /// GET `/subscriptions/{id}`.
    pub(super) fn subscription_body(&self, id: &str) -> Value {
        json!({
            "id": format!("/subscriptions/{id}"),
            "authorizationSource": "RoleBased",
            "managedByTenants": [],
            "subscriptionId": id,
            "tenantId": self.world.tenant(),
            "displayName": "Local cloud",
            "state": "Enabled",
            "subscriptionPolicies": {
                "locationPlacementId": "Public_2014-09-01",
                "quotaId": "PayAsYouGo_2014-09-01",
                "spendingLimit": "Off",
            },
        })
    }

    /// SUB-04: the subscription of a path must exist.
    pub(super) fn gate_subscription(&self, id: &str) -> Result<(), ArmFailure> {
        if uuid::Uuid::parse_str(id).is_err() {
            return Err(ArmFailure::gateway(
                400,
                "InvalidSubscriptionId",
                format!("The provided subscription identifier '{id}' is malformed or invalid."),
            ));
        }
        if !self.known_subscription(id) {
            return Err(ArmFailure::gateway(
                404,
                "SubscriptionNotFound",
                format!("The subscription '{id}' could not be found."),
            ));
        }
        Ok(())
    }

    /// GET `/subscriptions/{id}/locations`.
    pub(super) fn locations(&self, request: &Request, subscription: &str) -> Result<Response, ArmFailure> {
        let items = REGIONS
            .iter()
            .map(|(name, display)| {
                let zones = if ZONELESS.contains(name) { 0 } else { 3 };
                let zones: Vec<_> = (1..=zones)
                    .map(|n| json!({ "logicalZone": n.to_string(), "physicalZone": format!("{name}-az{n}") }))
                    .collect();
                json!({
                    "id": format!("/subscriptions/{subscription}/locations/{name}"),
                    "availabilityZoneMappings": zones,
                    "name": name,
                    "type": "Region",
                    "displayName": display,
                    "regionalDisplayName": display,
                    "metadata": { "regionType": "Physical", "regionCategory": "Recommended" },
                })
            })
            .collect();
        self.page(request, items)
    }

    /// GET `/subscriptions/{s}/providers` and `/providers`.
    pub(super) fn providers(
        &self,
        request: &Request,
        subscription: Option<&str>,
    ) -> Result<Response, ArmFailure> {
        let items = NAMESPACES.iter().map(|(name, _)| self.provider_body(subscription, name)).collect();
        self.page(request, items)
    }

    /// GET, register and unregister of one namespace (SUB-02).
    pub(super) fn provider(
        &mut self,
        request: &Request,
        subscription: Option<&str>,
        name: &str,
        verb: Option<&str>,
    ) -> Result<Response, ArmFailure> {
        let Some((name, starts)) = namespace(name) else {
            return Err(ArmFailure::gateway(
                404,
                "InvalidResourceNamespace",
                format!("The resource namespace '{name}' is invalid."),
            ));
        };
        let until = self.world.now_ms + self.clock.duration_ms(REGISTERING);
        match (request.method.as_str(), subscription, verb) {
            ("GET", _, None) => {}
            ("POST", Some(subscription), Some(verb)) if verb.eq_ignore_ascii_case("register") => {
                if self.registration(subscription, name) != "Registered" {
                    self.set_registration(subscription, name, "Registering", "Registered", until.max(1));
                }
            }
            ("POST", Some(subscription), Some(verb)) if verb.eq_ignore_ascii_case("unregister") => {
                if starts == Starts::Always {
                    return Err(ArmFailure::gateway(
                        409,
                        "CannotUnregisterNamespace",
                        format!("The namespace '{name}' cannot be unregistered."),
                    ));
                }
                let used = self.world.documents().any(|document| {
                    document.resource_id().namespace().eq_ignore_ascii_case(name)
                        && document
                            .resource_id()
                            .subscription()
                            .is_some_and(|s| s.eq_ignore_ascii_case(subscription))
                });
                if used {
                    return Err(ArmFailure::gateway(
                        409,
                        "CannotUnregisterNamespace",
                        format!(
                            "Cannot unregister the namespace '{name}' since there are resources of its types in the subscription."
                        ),
                    ));
                }
                if self.registration(subscription, name) != "NotRegistered" {
                    self.set_registration(subscription, name, "Unregistering", "NotRegistered", until.max(1));
                }
            }
            (method, ..) => return Err(super::route::method_not_allowed(method)),
        }
        Ok(Response::json(200, self.provider_body(subscription, name)))
    }

    fn provider_body(&self, subscription: Option<&str>, name: &str) -> Value {
        let described: Vec<_> = schema::described(name).collect();
        let types: Vec<Value> = registry::rows()
            .filter_map(|rules| {
                let (space, rest) = rules.type_name.split_once('/')?;
                if !space.eq_ignore_ascii_case(name) {
                    return None;
                }
                let versions = versions(rules, rest, &described);
                let locations: Vec<&str> = match rules.location {
                    Location::Global => vec!["global"],
                    Location::Regional => REGIONS.iter().map(|(_, display)| *display).collect(),
                    _ => Vec::new(),
                };
                let capabilities =
                    if rules.taggable { "SupportsTags, SupportsLocation" } else { "None" };
                let mut kind = json!({
                    "resourceType": rest,
                    "locations": locations,
                    "apiVersions": versions,
                    "capabilities": if rules.place == Place::Extension { "SupportsExtension" } else { capabilities },
                });
                if let Some(version) = versions.first() {
                    kind["defaultApiVersion"] = (*version).into();
                }
                Some(kind)
            })
            .collect();
        let mut body = json!({
            "namespace": name,
            "registrationPolicy": match namespace(name) {
                Some((_, Starts::Always)) => "RegistrationFree",
                _ => "RegistrationRequired",
            },
            "resourceTypes": types,
        });
        match subscription {
            Some(subscription) => {
                body["id"] = format!("/subscriptions/{subscription}/providers/{name}").into();
                body["registrationState"] = self.registration(subscription, name).into();
            }
            None => body["id"] = format!("/providers/{name}").into(),
        }
        body
    }
}

/// The api versions that a type is said to have, newest first: clients that send no version of their own (`az resource`)
/// take one of these. They are the row's, else those that its bodies are described at, else those of its namespace.
fn versions(
    rules: &TypeRules,
    kinds: &str,
    described: &[(&'static str, Vec<&'static str>)],
) -> Vec<&'static str> {
    let mut all: Vec<&'static str> = rules.versions.to_vec();
    if all.is_empty() {
        let own = described.iter().filter(|(kind, _)| kind.eq_ignore_ascii_case(kinds));
        all = own.flat_map(|(_, versions)| versions.iter().copied()).collect();
    }
    if all.is_empty() {
        all = described.iter().flat_map(|(_, versions)| versions.iter().copied()).collect();
    }
    all.sort_unstable_by(|a, b| b.cmp(a));
    all.dedup();
    all
}

fn registration_key(subscription: &str, name: &str) -> String {
    format!("{}/{}", subscription.to_lowercase(), name.to_lowercase())
}
