//! The applier is killed at requests that change something, and its network cut; the next run converges. All of it:
//! `scripts/kill-test`.

#[path = "support/script.rs"]
mod script;

#[test]
fn killed_anywhere_the_next_run_converges() {
    script::works("kill-test", &["-short", "-seed=1"]);
}
