use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::super::output::tests::memory;
use super::*;

/// Two creates, an update and a removal over 25 seconds, told to a view.
fn story(json: bool) -> String {
    let (mut ui, out, _) = memory();
    ui.json = json;
    let seconds = Arc::new(AtomicU64::new(0));
    let clock = {
        let seconds = seconds.clone();
        Clock::of(move || Duration::from_secs(seconds.load(Ordering::Relaxed)))
    };
    let ui = Arc::new(ui);
    let view: Box<dyn Progress> = match json {
        true => Box::new(events::Events::new(ui, clock)),
        false => Box::new(lines::Lines::new(ui, clock)),
    };
    let to = |n: u64| {
        seconds.store(n, Ordering::Relaxed);
        view.tick();
    };
    let addr = |t: &str| InstanceAddr::parse(t).unwrap();
    let (vault, net, data) =
        (addr("module.m[\"a\"].azurerm_key_vault.kv[0]"), addr("t.net"), addr("data.d.x"));
    view.expect(3);
    view.event(Event::new(&net, Doing::Refresh, Phase::Start).with_id("/net"));
    view.event(Event::new(&net, Doing::Refresh, Phase::Complete).with_id("/net"));
    view.event(Event::new(&data, Doing::Read, Phase::Start));
    view.event(Event::new(&data, Doing::Read, Phase::Complete).with_id("x"));
    view.event(Event::new(&vault, Doing::Create, Phase::Start));
    to(4);
    view.event(Event::new(&net, Doing::Update, Phase::Start).with_id("/net"));
    view.event(Event::new(&net, Doing::Delete, Phase::Start).with_id("/old").of_deposed("264aa120"));
    view.event(Event::new(&vault, Doing::Create, Phase::Waiting).with_note("the parent is busy"));
    (5..=23).for_each(to);
    view.event(Event::new(&vault, Doing::Create, Phase::Complete).with_id("/kv"));
    view.event(Event::new(&net, Doing::Update, Phase::Errored));
    to(25);
    view.event(Event::new(&net, Doing::Delete, Phase::Complete).with_id("/old").of_deposed("264aa120"));
    view.event(Event::new(&net, Doing::Import, Phase::Start).with_id("/net"));
    view.event(Event::new(&net, Doing::Import, Phase::Complete).with_id("/net"));
    view.provision(&net, "local-exec", Phase::Start, None);
    view.provision(&net, "local-exec", Phase::Waiting, Some("hi"));
    view.provision(&net, "local-exec", Phase::Complete, None);
    view.message("Stopping operation...");
    out.text()
}

#[test]
fn lines_are_terraforms() {
    insta::assert_snapshot!(story(false), @r#"
t.net: Refreshing state... [id=/net]
data.d.x: Reading...
data.d.x: Read complete after 0s [id=x]
module.m["a"].azurerm_key_vault.kv[0]: Creating...
t.net: Modifying... [id=/net]
t.net (deposed object 264aa120): Destroying... [id=/old]
module.m["a"].azurerm_key_vault.kv[0]: Still creating... [10s elapsed] the parent is busy
t.net: Still modifying... [id=/net, 10s elapsed]
t.net (deposed object 264aa120): Still destroying... [id=/old, 10s elapsed]
module.m["a"].azurerm_key_vault.kv[0]: Still creating... [20s elapsed] the parent is busy
module.m["a"].azurerm_key_vault.kv[0]: Creation complete after 23s [id=/kv]
t.net (deposed object 264aa120): Still destroying... [id=/old, 20s elapsed]
t.net (deposed object 264aa120): Destruction complete after 21s
t.net: Importing... [id=/net]
t.net: Import complete [id=/net]
t.net: Provisioning with 'local-exec'...
t.net (local-exec): hi
Stopping operation...
"#);
}

#[test]
fn events_carry_the_same_story() {
    let short = |line: &str| {
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        let hook = &json["hook"];
        let mut hook = hook.clone();
        if let Some(all) = hook.as_object_mut() {
            all.shift_remove("resource");
        }
        format!("{} {} {}", json["type"].as_str().unwrap(), json["@message"].as_str().unwrap(), hook)
    };
    let text: Vec<String> = story(true).lines().map(short).collect();
    insta::assert_snapshot!(text.join("\n"), @r#"
refresh_start t.net: Refreshing state... [id=/net] {"id_key":"id","id_value":"/net"}
refresh_complete t.net: Refresh complete [id=/net] {"id_key":"id","id_value":"/net"}
apply_start data.d.x: Refreshing... {"action":"read"}
apply_complete data.d.x: Refresh complete after 0s [id=x] {"action":"read","id_key":"id","id_value":"x","elapsed_seconds":0}
apply_start module.m["a"].azurerm_key_vault.kv[0]: Creating... {"action":"create"}
apply_start t.net: Modifying... [id=/net] {"action":"update","id_key":"id","id_value":"/net"}
apply_start t.net (deposed object 264aa120): Destroying... [id=/old] {"action":"delete","id_key":"id","id_value":"/old"}
apply_progress module.m["a"].azurerm_key_vault.kv[0]: Still creating... [10s elapsed] the parent is busy {"action":"create","elapsed_seconds":10}
apply_progress t.net: Still modifying... [id=/net, 10s elapsed] {"action":"update","elapsed_seconds":10}
apply_progress t.net (deposed object 264aa120): Still destroying... [id=/old, 10s elapsed] {"action":"delete","elapsed_seconds":10}
apply_progress module.m["a"].azurerm_key_vault.kv[0]: Still creating... [20s elapsed] the parent is busy {"action":"create","elapsed_seconds":20}
apply_complete module.m["a"].azurerm_key_vault.kv[0]: Creation complete after 23s [id=/kv] {"action":"create","id_key":"id","id_value":"/kv","elapsed_seconds":23}
apply_errored t.net: Modifications errored after 19s {"action":"update","elapsed_seconds":19}
apply_progress t.net (deposed object 264aa120): Still destroying... [id=/old, 20s elapsed] {"action":"delete","elapsed_seconds":20}
apply_complete t.net (deposed object 264aa120): Destruction complete after 21s {"action":"delete","elapsed_seconds":21}
provision_start t.net: Provisioning with 'local-exec'... {"provisioner":"local-exec"}
provision_progress t.net: (local-exec): hi {"provisioner":"local-exec","output":"hi"}
provision_complete t.net: (local-exec) Provisioning complete {"provisioner":"local-exec"}
log Stopping operation... null
"#);
    let first: serde_json::Value = serde_json::from_str(story(true).lines().nth(4).unwrap()).unwrap();
    assert_eq!(
        first["hook"]["resource"],
        serde_json::json!({
            "addr": "module.m[\"a\"].azurerm_key_vault.kv[0]", "module": "module.m[\"a\"]",
            "resource": "azurerm_key_vault.kv[0]", "implied_provider": "azurerm",
            "resource_type": "azurerm_key_vault", "resource_name": "kv", "resource_key": 0,
        })
    );
}
