//! How services read bodies: with which code they refuse a value, and what they do with members that they do not know.

/// What a service does with a member that its version does not know.
enum Unknown {
    /// 400 `InvalidRequestContent`, "Could not find member …".
    Refused,
    /// As `Refused`, but a name in another case is known.
    RefusedInAnyCase,
    /// Accepts the body as if the member were not there: nothing is stored, GET does not answer it.
    Ignored {
        /// Members that no published schema has and that the service keeps all the same, as it spells them.
        kept: &'static [&'static str],
    },
}

/// How the services of a namespace read bodies.
struct Manner {
    namespace: &'static str,
    /// The code with which a value is refused.
    code: &'static str,
    unknown: Unknown,
}

const fn manner(namespace: &'static str, code: &'static str, unknown: Unknown) -> Manner {
    Manner { namespace, code, unknown }
}

/// A namespace that is not here refuses unknown members, and values with `InvalidRequestContent`.
const MANNERS: &[Manner] = &[
    // Versions before the one that brought `networkRuleSet` ignore it in PUT and PATCH and do not answer it
    // (Azure/azure-rest-api-specs#4506).
    manner("Microsoft.ContainerRegistry", "InvalidRequestContent", Unknown::Ignored { kept: &[] }),
    // `az cosmosdb update` sends `apiProperties.ServerVersion` (azure-cli 2.91), and is understood.
    manner("Microsoft.DocumentDB", "BadRequest", Unknown::RefusedInAnyCase),
    manner("Microsoft.KeyVault", "BadRequest", Unknown::Refused),
    // Members were deployed before any schema had them: `systemDatastoresAuthMode` at 2021-04-01 (Azure/bicep#6040) and
    // 2024-04-01 (Azure/bicep-types-az#2391), `hubResourceId` at 2023-10-01 (Azure/bicep-types-az#2014).
    // `allowRoleAssignmentOnRG`, which azure-ai-ml sends, is answered at stable versions without being in their schemas.
    manner(
        "Microsoft.MachineLearningServices",
        "ValidationError",
        Unknown::Ignored { kept: &["properties.allowRoleAssignmentOnRG"] },
    ),
    manner("Microsoft.Network", "InvalidRequestFormat", Unknown::Refused),
    manner("Microsoft.Storage", "InvalidValuesForRequestParameters", Unknown::Refused),
];

fn of(namespace: &str) -> Option<&'static Manner> {
    MANNERS.iter().find(|manner| manner.namespace.eq_ignore_ascii_case(namespace))
}

/// The code with which a value is refused.
pub(super) fn refusal(namespace: &str) -> &'static str {
    of(namespace).map_or("InvalidRequestContent", |manner| manner.code)
}

/// Where unknown members are ignored: those that are kept, by their paths.
pub(super) fn ignores(namespace: &str) -> Option<&'static [&'static str]> {
    match of(namespace)?.unknown {
        Unknown::Refused | Unknown::RefusedInAnyCase => None,
        Unknown::Ignored { kept } => Some(kept),
    }
}

/// True where members are known by their names in any case.
pub(super) fn any_case(namespace: &str) -> bool {
    of(namespace).is_some_and(|manner| !matches!(manner.unknown, Unknown::Refused))
}
