//! What a cluster says of how it is used: the file for `kubectl`, and what of it others want to know.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::codec::conform;
use super::table::type_of_objects;
use crate::catalog::value::text as known;
use crate::lang::{Type, Value};

/// What azurerm shows of the file.
pub(super) const KEYS: [&str; 6] =
    ["client_certificate", "client_key", "cluster_ca_certificate", "host", "password", "username"];

/// The file, as YAML.
pub(super) fn raw(answer: &Value) -> Value {
    file(answer).map_or_else(|| Value::null(Type::String), Value::from)
}

fn file(answer: &Value) -> Option<String> {
    let first = answer.get("kubeconfigs")?.as_sequence()?.first()?.clone();
    String::from_utf8(STANDARD.decode(known(&first, "value")?).ok()?).ok()
}

/// The parts of the file that azurerm shows, as a list of one object.
pub(super) fn config_of(answer: &Value) -> Value {
    let Some(file) = file(answer) else { return conform(&Value::tuple(Vec::new()), &type_of_objects(&KEYS)) };
    let user = file.find("\nusers:").map_or("", |at| &file[at..]);
    let part = |text: &str, name: &str| -> Value {
        let found = text.lines().find_map(|line| {
            let line = line.trim().trim_start_matches("- ");
            line.strip_prefix(name)?.strip_prefix(':').map(|v| v.trim().trim_matches('"').to_owned())
        });
        found.unwrap_or_default().into()
    };
    let found = Value::object([
        ("host", part(&file, "server")),
        ("cluster_ca_certificate", part(&file, "certificate-authority-data")),
        ("client_certificate", part(user, "client-certificate-data")),
        ("client_key", part(user, "client-key-data")),
        ("password", part(user, "token")),
        ("username", part(user, "name")),
    ]);
    conform(&Value::tuple(vec![found]), &type_of_objects(&KEYS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::value::secret;
    use serde_json::json;

    #[test]
    fn the_parts_of_a_file_are_found() {
        let yaml = "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: Q0E=\n    server: https://a.hcp.example:443\n  name: a\ncontexts:\n- context:\n    cluster: a\n    user: clusterUser_rg_a\n  name: a\nkind: Config\nusers:\n- name: clusterUser_rg_a\n  user:\n    client-certificate-data: Q0VSVA==\n    client-key-data: S0VZ\n    token: abc\n";
        let answer = json!({"kubeconfigs": [{"name": "clusterUser", "value": STANDARD.encode(yaml)}]});
        let answer = Value::from_json(&answer);
        assert_eq!(raw(&answer).as_str(), Some(yaml));
        let shown = config_of(&answer).to_json().unwrap();
        assert_eq!(
            shown,
            json!([{"client_certificate": "Q0VSVA==", "client_key": "S0VZ", "cluster_ca_certificate": "Q0E=",
                "host": "https://a.hcp.example:443", "password": "abc", "username": "clusterUser_rg_a"}])
        );
        assert_eq!(config_of(&Value::from_json(&json!({}))).to_json(), Some(json!([])));
    }

    #[test]
    fn before_3_0_only_what_opens_the_cluster_is_secret() {
        let row = super::super::kubernetes::KUBERNETES_CLUSTER.rows.iter().find(|r| r.name == "kube_config");
        let demand = row.unwrap().demand.unwrap();
        let yaml = "users:\n- name: me\n  user:\n    client-key-data: S0VZ\n";
        let answer = json!({"kubeconfigs": [{"name": "clusterUser", "value": STANDARD.encode(yaml)}]});
        let answer = config_of(&Value::from_json(&answer));
        for (major, secrets) in [(2, 2), (3, 6), (4, 6)] {
            let told = secret(answer.clone(), demand.secrets(major));
            for shown in [demand.unasked(&type_of_objects(&KEYS), major), told] {
                let part = |name: &&str| {
                    let first = shown.as_sequence().and_then(<[Value]>::first);
                    let whole = shown.marks.is_sensitive();
                    whole || first.and_then(|f| f.get(name)).is_some_and(|v| v.marks.is_sensitive())
                };
                let found: Vec<&str> = KEYS.into_iter().filter(part).collect();
                assert_eq!(found.len(), secrets, "{major}: {found:?}");
                assert!(found.contains(&"client_key") && found.contains(&"password"));
                assert_eq!(shown.is_unknown(), major > 2 && !shown.is_wholly_known());
            }
        }
    }
}
