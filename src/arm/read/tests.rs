use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::arm::test_support::{Script, Step, answer, client};

const S: &str = "/subscriptions/s";

fn need(below: &str) -> Need {
    Need::new(ArmId::parse(&format!("{S}{below}")).unwrap(), "1")
}

fn network(group: &str, rest: &str) -> Need {
    need(&format!("/resourceGroups/{group}/providers/Microsoft.Network/{rest}"))
}

fn urls(needs: &[Need]) -> Vec<String> {
    preferred(needs, Prefer::Fewest)
}

fn preferred(needs: &[Need], prefer: Prefer) -> Vec<String> {
    let mut all: Vec<String> = choose(needs.iter(), prefer)
        .into_iter()
        .map(|r| match r {
            Request::Get(n) => n.id.to_string(),
            Request::List(path, needs) => format!("{path} ({})", needs.len()),
        })
        .collect();
    all.sort();
    all
}

#[test]
fn the_cheapest_and_narrowest_list_is_chosen() {
    let g = |g: &str, n: &str| network(g, &format!("privateEndpoints/{n}"));
    assert_eq!(
        urls(&[g("a", "1")]),
        [format!("{S}/resourceGroups/a/providers/Microsoft.Network/privateEndpoints/1")]
    );
    assert_eq!(
        urls(&[g("a", "1"), g("A", "2")]),
        [format!("{S}/resourceGroups/a/providers/Microsoft.Network/privateEndpoints (2)")]
    );
    assert_eq!(
        urls(&[g("a", "1"), g("b", "2"), g("c", "3")]),
        [format!("{S}/providers/Microsoft.Network/privateEndpoints (3)")]
    );
    let child = |n: &str| network("a", &format!("virtualNetworks/v/subnets/{n}"));
    assert_eq!(
        urls(&[child("1"), child("2")]),
        [format!("{S}/resourceGroups/a/providers/Microsoft.Network/virtualNetworks/v/subnets (2)")]
    );
    let role = |below: &str| need(&format!("{below}/providers/Microsoft.Authorization/roleAssignments/1"));
    assert_eq!(
        urls(&[role("/resourceGroups/a"), role("/resourceGroups/a/providers/A.B/c/d")]),
        [format!("{S}/providers/Microsoft.Authorization/roleAssignments (2)")]
    );
}

#[test]
fn lists_or_gets_can_be_asked_for() {
    let (end, vault) = (
        network("a", "privateEndpoints/1"),
        need("/resourceGroups/a/providers/Microsoft.KeyVault/vaults/v/keys/k"),
    );
    let one = |n: &Need| n.id.to_string();
    let list = format!("{} (1)", end.id.collection());
    let exact = Need { exact: true, ..end.clone() };
    assert_eq!(preferred(&[end.clone(), vault.clone()], Prefer::Lists), [one(&vault), list]);
    assert_eq!(preferred(&[exact], Prefer::Lists), [one(&end)]);
    let two = [end.clone(), network("a", "privateEndpoints/2")];
    assert_eq!(preferred(&two, Prefer::Gets), [one(&two[0]), one(&two[1])]);
}

#[test]
fn what_no_list_carries_whole_is_read_one_by_one() {
    let container = |n: &str| {
        need(&format!(
            "/resourceGroups/a/providers/Microsoft.Storage/storageAccounts/s/blobServices/default/containers/{n}"
        ))
    };
    assert_eq!(urls(&[container("1"), container("2")]).len(), 2);
    let unknown = |n: &str| need(&format!("/resourceGroups/a/providers/Contoso.X/things/{n}"));
    assert_eq!(urls(&[unknown("1"), unknown("2")]).len(), 2);
    let mut exact = [network("a", "privateEndpoints/1"), network("a", "privateEndpoints/2")];
    exact.iter_mut().for_each(|n| n.exact = true);
    assert_eq!(urls(&exact).len(), 2);
    // Two API versions are two lists.
    let mut other = network("a", "privateEndpoints/2");
    other.api_version = "2".into();
    assert_eq!(urls(&[network("a", "privateEndpoints/1"), other]).len(), 2);
}

fn ids(reads: &Reads, needs: &[Need]) -> Vec<&'static str> {
    let name = |read: &Read| match read {
        Ok(Some(_)) => "there",
        Ok(None) => "absent",
        Err(_) => "error",
    };
    needs.iter().map(|n| name(reads.get(&n.id, &n.api_version).unwrap())).collect()
}

fn item(need: &Need) -> Value {
    json!({"id": need.id.as_str().to_lowercase(), "etag": "e"})
}

#[tokio::test]
async fn items_are_found_in_any_case_and_absent_ones_are_believed_where_lists_are_current() {
    let needs = [network("a", "privateEndpoints/1"), network("a", "privateEndpoints/2")];
    let script =
        Script::new([answer(200, &[], json!({"value": [item(&needs[1]), {"id": "odd"}, {}]})).into()]);
    let reads = client(script.clone()).read(&needs).await;
    assert_eq!((ids(&reads, &needs), reads.requests), (vec!["absent", "there"], 1));
    let live = reads.get(&needs[1].id, "1").unwrap().as_ref().unwrap().clone().unwrap();
    assert_eq!(live.etag.as_deref(), Some("e"));
}

#[tokio::test]
async fn a_lagging_list_is_not_believed_about_what_is_absent() {
    let role =
        |n: u8| need(&format!("/resourceGroups/a/providers/Microsoft.Authorization/roleAssignments/{n}"));
    let needs = [role(1), role(2)];
    let script = Script::new([
        answer(200, &[], json!({"value": [item(&needs[0])]})).into(),
        answer(200, &[], item(&needs[1])).into(),
    ]);
    let reads = client(script.clone()).read(&needs).await;
    assert_eq!((ids(&reads, &needs), script.left()), (vec!["there", "there"], 0));
}

/// Answers by path, so that the order of parallel requests does not matter.
#[derive(Debug)]
struct Paths(Vec<(&'static str, Step)>, std::sync::atomic::AtomicUsize);

#[async_trait::async_trait]
impl azure_core::http::HttpClient for Paths {
    async fn execute_request(
        &self,
        request: &azure_core::http::Request,
    ) -> azure_core::Result<azure_core::http::AsyncRawResponse> {
        self.1.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let path = request.url().path().to_owned();
        let step = self.0.iter().find(|(end, _)| path.ends_with(end)).map(|(_, s)| s.clone());
        Script::new(step).execute_request(request).await
    }
}

fn paths(steps: Vec<(&'static str, Step)>) -> Arc<Paths> {
    Arc::new(Paths(steps, Default::default()))
}

#[tokio::test]
async fn in_an_absent_group_nothing_more_is_asked() {
    let gone =
        || Step::from(answer(404, &[], json!({"error": {"code": "ResourceGroupNotFound", "message": "m"}})));
    let needs = [
        need("/resourceGroups/a"),
        network("a", "privateDnsZones/1"),
        network("a", "privateDnsZones/2"),
        network("a", "virtualNetworks/v/subnets/1"),
        network("a", "virtualNetworks/v/subnets/2"),
    ];
    let http = paths(vec![("/a", gone()), ("/privateDnsZones", gone()), ("/subnets", gone())]);
    let reads = client(http.clone()).read(&needs).await;
    assert_eq!(ids(&reads, &needs), ["absent"; 5]);
    assert_eq!((reads.requests, http.1.load(std::sync::atomic::Ordering::SeqCst)), (3, 3));
}

#[tokio::test]
async fn a_refused_list_falls_back_and_one_failure_is_not_all() {
    let needs = [
        network("a", "privateEndpoints/1"),
        network("a", "privateEndpoints/2"),
        network("a", "virtualNetworks/v"),
    ];
    let denied =
        || Step::from(answer(403, &[], json!({"error": {"code": "AuthorizationFailed", "message": "m"}})));
    let http = paths(vec![
        ("/privateEndpoints", denied()),
        ("/1", answer(200, &[], item(&needs[0])).into()),
        ("/2", answer(404, &[], Value::Null).into()),
        ("/v", denied()),
    ]);
    let reads = client(http).read(&needs).await;
    assert_eq!(ids(&reads, &needs), ["there", "absent", "error"]);
    assert_eq!(reads.errors().count(), 1);
}
