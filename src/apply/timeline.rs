//! What took how long, read from the lines of a journal: of the run that is being written, or of a file.
//!
//! Must not know: the plan, how it is shown.

use std::collections::HashMap;

use super::journal::{Deed, Entry, Stage, Verb};
use crate::ui::timeline::{Kind, Link, Part, Request, State, Step, Timeline};

/// The timeline of a journal: its entries, each with the milliseconds since the run began.
pub fn of<'e>(entries: impl IntoIterator<Item = (u64, &'e Entry)>) -> Timeline {
    let mut reading = Reading::default();
    for (at, entry) in entries {
        reading.entry(at, entry);
    }
    reading.finish()
}

#[derive(Default)]
struct Reading {
    timeline: Timeline,
    /// Thousandths of the cloud's clock in one of ours.
    pace: Option<u64>,
    /// By the journal's number: where the step is.
    steps: HashMap<usize, usize>,
    /// The step of an address that is under way.
    under_way: HashMap<String, usize>,
    /// The last request about a document.
    requests: HashMap<(String, String), (usize, usize)>,
    /// When a step was parked.
    parked: HashMap<usize, u64>,
    /// Whom a step waited for.
    behind: HashMap<usize, usize>,
    now: u64,
}

impl Reading {
    fn time(&self, at: u64) -> u64 {
        self.pace
            .map_or(at, |pace| u64::try_from(u128::from(at) * u128::from(pace) / 1000).unwrap_or(u64::MAX))
    }

    fn entry(&mut self, at: u64, entry: &Entry) {
        if let Entry::Plan { clock_permille, .. } = entry {
            self.pace = *clock_permille;
        }
        let at = self.time(at);
        self.now = self.now.max(at);
        match entry {
            Entry::Begin { time, .. } => self.timeline.began.clone_from(time),
            Entry::Plan { mode, forecast, dominates, clock_permille } => {
                self.timeline.mode.clone_from(mode);
                self.timeline.forecast_s = *forecast;
                self.timeline.dominates.clone_from(dominates);
                self.timeline.clock = clock_permille.map(|pace| pace as f64 / 1000.0);
            }
            Entry::Step { step, addr, deposed, deed, usual, after } => {
                self.steps.insert(*step, self.timeline.steps.len());
                self.timeline.steps.push(Step {
                    step: *step,
                    addr: addr.clone(),
                    deposed: deposed.clone(),
                    deed: name_of(*deed).into(),
                    usual_s: *usual,
                    after: after.clone(),
                    ..Step::default()
                });
            }
            Entry::Mark { step, stage, behind } => self.mark(at, *step, *stage, *behind),
            Entry::Intent { addr, document, verb, .. } => {
                let Some(&which) = self.under_way.get(addr) else { return };
                let step = &mut self.timeline.steps[which];
                step.id.get_or_insert_with(|| document.id.clone());
                end_retry(step, at);
                step.requests.push(Request {
                    method: method_of(*verb).into(),
                    id: document.id.clone(),
                    sent_ms: at,
                    accepted_ms: None,
                    ended_ms: None,
                    status: None,
                    polls: 0,
                    error: None,
                });
                let key = (addr.clone(), document.id.to_lowercase());
                self.requests.insert(key, (which, step.requests.len() - 1));
            }
            Entry::Accepted { addr, id, status, .. } => {
                if let Some((_, request)) = self.request(addr, id) {
                    request.accepted_ms = Some(at);
                    request.status = *status;
                }
            }
            Entry::Outcome { addr, id, error, status, polls } => {
                if let Some((_, request)) = self.request(addr, id) {
                    request.ended_ms = Some(at);
                    request.error.clone_from(error);
                    request.status = request.status.or(*status);
                    request.polls = polls.unwrap_or(0);
                }
            }
            Entry::Again { addr, why, code, wait_ms, .. } => {
                let until = at + self.time(*wait_ms);
                let Some(&which) = self.under_way.get(addr) else { return };
                let note = match code {
                    Some(code) => format!("{why} ({code})"),
                    None => why.clone(),
                };
                let part = Part { kind: Kind::Retry, from_ms: at, to_ms: until, note: Some(note) };
                self.timeline.steps[which].parts.push(part);
            }
            Entry::Lagged { addr, waited_ms, .. } => self.waited(at, addr, *waited_ms, Kind::Lag),
            Entry::Queued { addr, waited_ms, .. } => self.waited(at, addr, *waited_ms, Kind::Queued),
            Entry::End => self.timeline.ended = true,
            Entry::Record { .. } | Entry::Output { .. } => {}
        }
    }

    /// A wait that ends now.
    fn waited(&mut self, at: u64, addr: &str, waited_ms: u64, kind: Kind) {
        let Some(&which) = self.under_way.get(addr) else { return };
        let step = &mut self.timeline.steps[which];
        let from_ms =
            at.saturating_sub(self.pace.map_or(waited_ms, |pace| waited_ms.saturating_mul(pace) / 1000));
        let from_ms = from_ms.max(step.begun_ms.unwrap_or(0));
        step.parts.push(Part { kind, from_ms, to_ms: at, note: None });
    }

    fn request(&mut self, addr: &str, id: &str) -> Option<(usize, &mut Request)> {
        let (which, at) = *self.requests.get(&(addr.to_string(), id.to_lowercase()))?;
        Some((which, &mut self.timeline.steps[which].requests[at]))
    }

    fn mark(&mut self, at: u64, number: usize, stage: Stage, behind: Option<usize>) {
        let Some(&which) = self.steps.get(&number) else { return };
        let addr = self.timeline.steps[which].addr.clone();
        match stage {
            Stage::Begun => {
                self.under_way.insert(addr, which);
                let step = &mut self.timeline.steps[which];
                (step.begun_ms, step.state) = (Some(at), State::Running);
            }
            Stage::Parked => drop(self.parked.insert(number, at)),
            Stage::Resumed => {
                let from_ms = self.parked.remove(&number).unwrap_or(at);
                let before = behind.and_then(|b| self.steps.get(&b)).map(|b| &self.timeline.steps[*b]);
                let note = before.map(|b| b.addr.clone());
                self.behind.extend(behind.map(|behind| (number, behind)));
                let part = Part { kind: Kind::Locked, from_ms, to_ms: at, note };
                self.timeline.steps[which].parts.push(part);
            }
            Stage::Done | Stage::Failed => {
                self.under_way.remove(&addr);
                let step = &mut self.timeline.steps[which];
                step.ended_ms = Some(at);
                step.state = if stage == Stage::Done { State::Done } else { State::Failed };
                end_retry(step, at);
            }
        }
    }

    fn finish(mut self) -> Timeline {
        let now = self.now;
        for (number, from_ms) in std::mem::take(&mut self.parked) {
            let Some(&which) = self.steps.get(&number) else { continue };
            let to_ms = self.timeline.steps[which].ended_ms.unwrap_or(now);
            self.timeline.steps[which].parts.push(Part { kind: Kind::Locked, from_ms, to_ms, note: None });
        }
        for step in &mut self.timeline.steps {
            let end = step.ended_ms.unwrap_or(now);
            for request in &step.requests {
                let stop = request.ended_ms.unwrap_or(end);
                let answered = request.accepted_ms.unwrap_or(stop);
                let part = |kind, from_ms, to_ms| Part { kind, from_ms, to_ms, note: None };
                step.parts.push(part(Kind::Request, request.sent_ms, answered));
                if let Some(accepted) = request.accepted_ms {
                    step.parts.push(part(Kind::Operation, accepted, stop));
                }
            }
            step.parts.iter_mut().for_each(|p| p.to_ms = p.to_ms.min(end).max(p.from_ms));
            step.parts.sort_by_key(|p| (p.from_ms, p.to_ms, p.kind));
        }
        self.timeline.total_ms = now;
        self.timeline.critical = self.critical();
        for link in &self.timeline.critical {
            self.timeline.steps[self.steps[&link.step]].critical = true;
        }
        let begun = self.timeline.steps.iter().filter_map(|s| s.begun_ms).min();
        let ended = self.timeline.steps.iter().filter(|s| s.begun_ms.is_some());
        let ended = ended.map(|s| s.ended_ms.unwrap_or(now)).max();
        self.timeline.steps_ms = ended.zip(begun).map_or(0, |(ended, begun)| ended.saturating_sub(begun));
        self.timeline.steps.sort_by_key(|s| (s.begun_ms.unwrap_or(u64::MAX), s.ended_ms, s.step));
        self.timeline
    }

    /// From the end back: what each step waited for last. One that waited for keys waited for whoever had them.
    fn critical(&self) -> Vec<Link> {
        let steps = &self.timeline.steps;
        let end = |step: &Step| step.ended_ms.unwrap_or(self.now);
        let begun = steps.iter().filter(|s| s.begun_ms.is_some());
        let mut next = begun.max_by_key(|s| (end(s), std::cmp::Reverse(s.step)));
        let mut path = Vec::new();
        let mut to_ms = next.map_or(0, end);
        while let Some(step) = next {
            let keys = self.behind.get(&step.step);
            let before =
                step.after.iter().chain(keys).filter_map(|n| self.steps.get(n)).map(|at| &steps[*at]);
            // This ends: whoever was waited for had ended before.
            let before = before.filter(|b| b.state == State::Done || b.state == State::Failed);
            next = before.max_by_key(|b| (end(b), std::cmp::Reverse(b.step)));
            let from_ms = next.map_or(step.begun_ms.unwrap_or(0), end).min(to_ms);
            path.push(Link { step: step.step, from_ms, to_ms });
            to_ms = from_ms;
        }
        path.reverse();
        path
    }
}

/// A repetition that came earlier than it was said, or an end.
fn end_retry(step: &mut Step, at: u64) {
    if let Some(part) = step.parts.iter_mut().rev().find(|p| p.kind == Kind::Retry) {
        part.to_ms = part.to_ms.min(at.max(part.from_ms));
    }
}

fn name_of(deed: Deed) -> &'static str {
    match deed {
        Deed::Pass => "pass",
        Deed::Read => "read",
        Deed::Create => "create",
        Deed::Update => "update",
        Deed::Delete => "delete",
    }
}

fn method_of(verb: Verb) -> &'static str {
    match verb {
        Verb::Put => "PUT",
        Verb::Patch => "PATCH",
        Verb::Delete => "DELETE",
        Verb::Post => "POST",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::DocumentRecord;

    fn step(step: usize, addr: &str, after: &[usize]) -> Entry {
        let (addr, after) = (addr.into(), after.to_vec());
        Entry::Step { step, addr, deposed: None, deed: Deed::Create, usual: 4, after }
    }

    fn mark(step: usize, stage: Stage) -> Entry {
        Entry::Mark { step, stage, behind: None }
    }

    fn intent(addr: &str) -> Entry {
        let (id, api_version) = (format!("/{addr}"), "1".into());
        let document = DocumentRecord { key: String::new(), id, api_version, owned: true };
        Entry::Intent { addr: addr.into(), deposed: None, provider: "p".into(), document, verb: Verb::Put }
    }

    fn accepted(addr: &str) -> Entry {
        Entry::Accepted {
            addr: addr.into(),
            id: format!("/{addr}").to_uppercase(),
            operation: None,
            status: Some(201),
        }
    }

    fn outcome(addr: &str, error: Option<&str>) -> Entry {
        let id = format!("/{addr}");
        let (status, polls) = (error.map(|_| 409), Some(3));
        Entry::Outcome { addr: addr.into(), id, error: error.map(str::to_string), status, polls }
    }

    fn plan(clock_permille: Option<u64>) -> Entry {
        Entry::Plan { mode: "apply".into(), forecast: Some(9), dominates: Some("b".into()), clock_permille }
    }

    fn read(all: &[(u64, Entry)]) -> Timeline {
        of(all.iter().map(|(at, entry)| (*at, entry)))
    }

    fn parts(step: &Step) -> Vec<(Kind, u64, u64)> {
        step.parts.iter().map(|p| (p.kind, p.from_ms, p.to_ms)).collect()
    }

    #[test]
    fn a_step_is_cut_into_what_it_waited_for() {
        let again = Entry::Again {
            addr: "b".into(),
            id: "/b".into(),
            why: "busy".into(),
            code: Some("Conflict".into()),
            wait_ms: 5,
        };
        let all = [
            (0, plan(None)),
            (0, step(0, "a", &[])),
            (0, step(1, "b", &[0])),
            (1, mark(0, Stage::Begun)),
            (2, intent("a")),
            (3, accepted("a")),
            (20, outcome("a", None)),
            (21, mark(0, Stage::Done)),
            (21, mark(1, Stage::Begun)),
            (22, mark(1, Stage::Parked)),
            (30, Entry::Mark { step: 1, stage: Stage::Resumed, behind: Some(0) }),
            (31, intent("b")),
            (32, outcome("b", Some("busy"))),
            (32, again),
            (37, intent("b")),
            (40, outcome("b", None)),
            (41, mark(1, Stage::Done)),
            (44, Entry::End),
        ];
        let run = read(&all);
        assert_eq!((run.total_ms, run.steps_ms, run.forecast_s, run.ended), (44, 40, Some(9), true));
        let [a, b] = &run.steps[..] else { panic!("{run:?}") };
        assert_eq!(parts(a), [(Kind::Request, 2, 3), (Kind::Operation, 3, 20)]);
        let (locked, retry) = ((Kind::Locked, 22, 30), (Kind::Retry, 32, 37));
        assert_eq!(parts(b), [locked, (Kind::Request, 31, 32), retry, (Kind::Request, 37, 40)]);
        assert_eq!((a.requests[0].polls, a.requests[0].status), (3, Some(201)));
        assert_eq!((b.requests.len(), b.requests[0].status), (2, Some(409)));
        assert_eq!(b.parts[2].note.as_deref(), Some("busy (Conflict)"));
        assert_eq!(b.parts[0].note.as_deref(), Some("a"));
    }

    #[test]
    fn the_critical_path_goes_over_who_held_what_was_waited_for() {
        // 3 comes after 0; it waited for what 1 held until 50. 2 is beside it.
        let all = [
            (0, step(0, "a", &[])),
            (0, step(1, "b", &[])),
            (0, step(2, "c", &[0])),
            (0, step(3, "d", &[0])),
            (1, mark(0, Stage::Begun)),
            (1, mark(1, Stage::Begun)),
            (10, mark(0, Stage::Done)),
            (10, mark(2, Stage::Begun)),
            (10, mark(3, Stage::Begun)),
            (11, mark(3, Stage::Parked)),
            (50, mark(1, Stage::Done)),
            (50, Entry::Mark { step: 3, stage: Stage::Resumed, behind: Some(1) }),
            (60, mark(2, Stage::Done)),
            (70, mark(3, Stage::Done)),
        ];
        let run = read(&all);
        let path: Vec<_> = run.critical.iter().map(|l| (l.step, l.from_ms, l.to_ms)).collect();
        assert_eq!(path, [(1, 1, 50), (3, 50, 70)]);
        let marked: Vec<&str> = run.steps.iter().filter(|s| s.critical).map(|s| s.addr.as_str()).collect();
        assert_eq!(marked, ["b", "d"]);
    }

    #[test]
    fn what_was_interrupted_is_open_until_the_last_line() {
        let all = [
            (0, step(0, "a", &[])),
            (0, step(1, "b", &[0])),
            (1, mark(0, Stage::Begun)),
            (2, intent("a")),
            (3, accepted("a")),
            (2, Entry::Queued { addr: "a".into(), id: "/a".into(), waited_ms: 900 }),
            (8, Entry::Lagged { addr: "a".into(), id: "/a".into(), waited_ms: 2 }),
            (9, mark(7, Stage::Begun)),
        ];
        let run = read(&all);
        let lag = (Kind::Lag, 6, 8);
        let queued = (Kind::Queued, 1, 2);
        assert_eq!(parts(&run.steps[0]), [queued, (Kind::Request, 2, 3), (Kind::Operation, 3, 9), lag]);
        assert_eq!((run.steps[0].state, run.steps[1].state), (State::Running, State::Waiting));
        assert!(!run.ended);
    }

    #[test]
    fn times_are_the_clouds() {
        let all = [
            (0, plan(Some(10_000))),
            (0, step(0, "a", &[])),
            (1, mark(0, Stage::Begun)),
            (9, mark(0, Stage::Done)),
        ];
        let run = read(&all);
        assert_eq!((run.total_ms, run.steps_ms, run.clock), (90, 80, Some(10.0)));
    }

    #[test]
    fn a_journal_without_steps_is_an_empty_run() {
        let run = read(&[(0, intent("a")), (4, outcome("a", None))]);
        assert!(run.steps.is_empty() && run.critical.is_empty());
    }
}
