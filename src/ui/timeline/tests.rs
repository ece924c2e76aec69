//! The page of made-up runs.

use super::*;

fn step(number: usize, addr: &str, begun: u64, ended: u64) -> Step {
    Step {
        step: number,
        addr: addr.into(),
        deed: "create".into(),
        state: State::Done,
        begun_ms: Some(begun),
        ended_ms: Some(ended),
        ..Step::default()
    }
}

fn run(steps: Vec<Step>) -> Timeline {
    let total = steps.iter().filter_map(|s| s.ended_ms).max().unwrap_or(0);
    Timeline { mode: "apply".into(), total_ms: total, ended: true, steps, ..Timeline::default() }
}

/// The data that stands in a page.
fn data(page: &str) -> serde_json::Value {
    let begin = "<script type=\"application/json\" id=\"timeline\">";
    let json = page.split_once(begin).unwrap().1.split_once("</script>").unwrap().0;
    serde_json::from_str(json).unwrap()
}

#[test]
fn the_data_in_the_page_is_the_run() {
    let run = run(vec![step(0, "azurerm_subnet.a[\"</script><b>\"]", 0, 70_000)]);
    let page = page(&run);
    assert_eq!(data(&page), serde_json::to_value(&run).unwrap());
    assert!(page.contains("azurerm_subnet.a[&quot;&lt;/script&gt;&lt;b&gt;&quot;]"));
    assert!(!page.contains("<b>\"]"), "nothing of an address is markup");
}

#[test]
fn a_page_asks_for_nothing_from_anywhere() {
    let page = page(&run(vec![step(0, "t.a", 0, 5), step(1, "t.b", 5, 9)]));
    for outside in ["http:", "https:", "//", "@import", "url(", "src="] {
        assert!(!page.contains(outside), "{outside} in {page}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn of_a_large_run_the_long_and_the_critical_are_shown_and_the_rest_is_folded() {
    let mut steps: Vec<Step> = (0..1_000).map(|n| step(n, &format!("t.a[{n}]"), 0, n as u64 + 1)).collect();
    steps[3].critical = true;
    let page = page(&run(steps));
    let rows = page.matches("<details class=\"row").count();
    assert_eq!((rows, page.matches("class=\"thin\"").count()), (150, 850));
    assert!(page.contains("class=\"row critical\" id=\"s3\""));
    assert!(page.contains("850 steps more, none longer than 851ms"), "{page}");
}

#[test]
fn what_did_not_end_well_is_said() {
    let mut failed = step(0, "t.a", 0, 10);
    failed.state = State::Failed;
    let waiting = Step { begun_ms: None, ended_ms: None, state: State::Waiting, ..step(1, "t.b", 0, 0) };
    let page = page(&run(vec![failed, waiting]));
    assert!(page.contains("1 failed, 1 left") && page.contains("1 step did not begin"), "{page}");
}

#[test]
fn a_run_without_changes_has_a_page() {
    let page = page(&Timeline { ended: true, ..Timeline::default() });
    assert!(page.contains("complete") && !page.contains("Critical path"));
}

#[test]
fn the_slowest_are_named_after_long_runs_alone() {
    let all = || vec![step(0, "t.a", 0, 70_000), step(1, "t.b", 0, 9_000), step(2, "t.c", 10_000, 21_000)];
    let line = |forecast_s| Timeline { forecast_s, ..run(all()) }.summary();
    assert_eq!(line(Some(65)).unwrap(), "Slowest of 1m10s, estimated 1m05s: t.a 1m10s, t.c 11s");
    assert_eq!(line(None).unwrap(), "Slowest of 1m10s: t.a 1m10s, t.c 11s");
    assert_eq!(run(vec![step(0, "t.a", 0, 59_000)]).summary(), None);
    let many = (0..9).map(|n| step(n, "t.a", 0, 9_000)).chain([step(9, "t.b", 0, 61_000)]);
    let mut short = run(many.collect());
    short.steps.pop();
    assert_eq!(short.summary(), None, "many short ones have no slowest");
}

#[test]
fn times_are_as_exact_as_they_are_useful() {
    let all = [0, 840, 1_240, 9_949, 9_950, 42_400, 59_600, 405_000, 3_900_000].map(clock);
    assert_eq!(all, ["0ms", "840ms", "1.2s", "9.9s", "10s", "42s", "1m00s", "6m45s", "1h05m"]);
}
