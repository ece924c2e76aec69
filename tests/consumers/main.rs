//! Tools that read Terraform's plans read ours: `scripts/consumers`, where it has made its environment.

#[path = "../support/script.rs"]
mod script;

#[test]
fn tools_judge_our_plan_as_they_should() {
    script::works("consumers", &["-no-install"]);
}
