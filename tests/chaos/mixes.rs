//! Mixes of faults that follow from a seed.

use super::dice::Dice;
use ringfence::localcloud::ClockMode;
use serde_json::{Value, json};

/// What one trial is made of.
pub struct Mix {
    /// How it is called when it fails.
    pub name: String,
    /// What probabilities are thrown with.
    pub seed: u64,
    /// The rules.
    pub rules: Value,
    /// Those of them that stop a run for good, if they strike.
    pub fatal: Vec<&'static Fatal>,
    /// How time goes.
    pub clock: ClockMode,
    /// Whether it is destroyed under faults, too.
    pub destroys: bool,
}

/// A fault that no repetition helps against.
pub struct Fatal {
    /// The type that meets it.
    pub kind: &'static str,
    /// Whether the operation says it.
    pub inside: bool,
    /// Status and code.
    pub status: u16,
    /// What Azure calls it.
    pub code: &'static str,
    /// What Azure says.
    pub message: &'static str,
    /// What must be said about it.
    pub advice: &'static str,
}

/// What stands in the name of rules that stop a run.
pub const FATAL_NAME: &str = "for good: ";

impl Fatal {
    /// The rule; with `null` every fitting request is struck, else the nth.
    pub fn rule(&self, name: &str, nth: Value) -> Value {
        let effect = match self.inside {
            true => json!({"fail": {"code": self.code, "message": self.message, "status": self.status}}),
            false => json!({"refuse": {"status": self.status, "code": self.code, "message": self.message}}),
        };
        let mut rule = json!({
            "name": format!("{FATAL_NAME}{} {name}", self.code),
            "method": "PUT", "type": self.kind, "do": effect,
        });
        if !nth.is_null() {
            rule["nth"] = nth;
        }
        rule
    }
}

/// Faults for good, and what they must be explained by.
pub const FATAL: &[Fatal] = &[
    Fatal {
        kind: "Microsoft.Storage/storageAccounts",
        inside: false,
        status: 403,
        code: "RequestDisallowedByPolicy",
        message: "Resource was disallowed by policy. Policy identifiers: 'no-storage'.",
        advice: "An Azure Policy forbids it",
    },
    Fatal {
        kind: "Microsoft.Network/virtualNetworks",
        inside: false,
        status: 403,
        code: "AuthorizationFailed",
        message: "The client does not have authorization to perform action 'Microsoft.Network/virtualNetworks/write'.",
        advice: "The credential lacks this right",
    },
    Fatal {
        kind: "Microsoft.MachineLearningServices/workspaces/computes",
        inside: true,
        status: 400,
        code: "ClusterCoreQuotaReached",
        message: "The specified subscription has reached its core quota.",
        advice: "lower max_node_count",
    },
    Fatal {
        kind: "Microsoft.ContainerRegistry/registries",
        inside: true,
        status: 409,
        code: "SkuNotAvailable",
        message: "The requested size is currently not available in location 'westeurope'.",
        advice: "has no capacity in this region now",
    },
    Fatal {
        kind: "Microsoft.KeyVault/vaults",
        inside: false,
        status: 400,
        code: "BadRequest",
        message: "The parameter tenantId is not valid.",
        advice: "correct the argument behind it",
    },
    Fatal {
        kind: "Microsoft.OperationalInsights/workspaces",
        inside: false,
        status: 409,
        code: "QuotaExceeded",
        message: "No more workspaces may be made.",
        advice: "The quota is used up",
    },
    Fatal {
        kind: "Microsoft.Network/privateEndpoints",
        inside: true,
        status: 400,
        code: "SubnetIsFull",
        message: "Subnet is full.",
        advice: "take a larger one",
    },
];

impl Mix {
    /// The mix of a seed: two to six families, one mix in four with a fault for good.
    pub fn of(seed: u64) -> Mix {
        let mut dice = Dice(seed);
        let mut rules = Vec::new();
        let mut fatal = Vec::new();
        if dice.within(0..4) == 0 {
            let one = &FATAL[dice.within(0..FATAL.len())];
            let nth = if dice.within(0..2) == 0 { json!(1) } else { Value::Null };
            rules.push(one.rule("mixed", nth));
            fatal.push(one);
        }
        for _ in 0..2 + dice.within(0..5) {
            rules.push(family(&mut dice));
        }
        for (at, rule) in rules.iter_mut().enumerate() {
            if rule.get("name").is_none() {
                rule["name"] = format!("{at}").into();
            }
        }
        let clock = if dice.within(0..3) == 0 { ClockMode::Instant } else { ClockMode::Scaled(2_000.0) };
        let name = format!("seed {seed}");
        Mix { name, seed, rules: rules.into(), fatal, clock, destroys: dice.within(0..3) == 0 }
    }
}

/// One family of faults that pass, with its numbers.
fn family(dice: &mut Dice) -> Value {
    let share = |dice: &mut Dice, most: usize| dice.within(1..most) as f64 / 100.0;
    let one = |dice: &mut Dice, of: &[(u16, &str)]| {
        let (status, code) = of[dice.within(0..of.len())];
        json!({"refuse": {"status": status, "code": code, "message": "Another operation is in progress."}})
    };
    let stumbles: &[(u16, &str)] = &[
        (500, "InternalServerError"),
        (502, "BadGateway"),
        (503, "ServiceUnavailable"),
        (503, "ServerBusy"),
        (504, "GatewayTimeout"),
        (408, "RequestTimeout"),
    ];
    let busy: &[(u16, &str)] = &[
        (409, "AnotherOperationInProgress"),
        (429, "RetryableError"),
        (409, "Conflict"),
        (429, "TooManyRequests"),
        (409, "OperationInProgress"),
    ];
    let breaks: &[&str] = &["InternalServerError", "RetryableError", "ServerTimeout", "GatewayTimeout"];
    let changing = json!(["PUT", "PATCH", "DELETE", "POST"]);
    match dice.within(0..16) {
        0 => json!({"method": "GET", "probability": share(dice, 12), "do": one(dice, stumbles)}),
        1 => json!({"method": changing, "probability": share(dice, 12), "do": one(dice, stumbles)}),
        2 => {
            json!({"method": ["PUT", "PATCH", "DELETE"], "probability": share(dice, 12), "do": one(dice, busy)})
        }
        3 => {
            let code = breaks[dice.within(0..breaks.len())];
            let mut rule = json!({"method": ["PUT", "PATCH", "DELETE"], "probability": share(dice, 10), "do": {"fail": {"code": code}}});
            match dice.within(0..2) {
                0 => rule["type"] = "Microsoft.Network/*".into(),
                // Types without a URL for their operations keep the reason to themselves: that passes once.
                _ => (rule["each"], rule["times"]) = (true.into(), 1.into()),
            }
            rule
        }
        4 => json!({"method": changing, "probability": share(dice, 15), "do": {"drop": "after"}}),
        5 => json!({"probability": share(dice, 10), "do": {"drop": "before"}}),
        6 => json!({"method": "GET", "probability": share(dice, 12), "do": {"drop": "after"}}),
        7 => json!({"probability": share(dice, 50), "do": {"slow": {"seconds": dice.within(5..60)}}}),
        8 => json!({"probability": share(dice, 50), "do": {"stale": {"seconds": dice.within(5..300)}}}),
        9 => {
            json!({"on": "poll", "probability": share(dice, 40), "do": one(dice, &[(404, "NotFound"), (500, "InternalServerError"), (429, "TooManyRequests")])})
        }
        10 => json!({"on": "poll", "probability": share(dice, 40), "do": {"drop": "after"}}),
        11 => json!({"probability": share(dice, 12), "do": {"throttle": {"retryAfter": dice.within(1..20)}}}),
        12 => json!({"probability": share(dice, 3) / 2.0, "do": "expire"}),
        13 => {
            json!({"path": ["*/resourceGroups", "*/resources", "*s"], "probability": share(dice, 60), "do": {"stale": {"seconds": dice.within(5..300)}}})
        }
        14 => {
            json!({"on": "login", "times": 1, "probability": 0.8, "do": one(dice, &[(500, "server_error"), (503, "temporarily_unavailable"), (429, "too_many_requests")])})
        }
        _ => {
            let effect = if dice.within(0..2) == 0 { json!({"drop": "after"}) } else { one(dice, busy) };
            json!({"method": "PUT", "each": true, "nth": 1 + dice.within(0..2), "do": effect})
        }
    }
}
