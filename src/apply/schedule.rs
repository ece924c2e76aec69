//! When what is done: a graph of steps, the longest remaining chain first, with keys that only one step may hold.
//!
//! A step that is ready is started; once it knows which keys it needs it takes all of them at once, or is parked until
//! they are free: a step that waits for keys holds none, so nothing can deadlock. When a step fails, whatever comes after
//! it is skipped.
//!
//! Must not know: what the steps do, ARM, time. Nothing here waits.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// A step of the graph.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// Usual seconds that it takes.
    pub seconds: u32,
    /// The steps that come before it.
    pub after: BTreeSet<usize>,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Something comes before it.
    Waiting,
    /// It may start.
    Ready,
    /// It was started.
    Running,
    /// It was started and waits for keys.
    Parked,
    /// It is done.
    Done,
    /// It failed.
    Failed,
    /// Something before it failed, or nothing new was to start any more.
    Skipped,
}

/// The schedule of a graph.
#[derive(Debug)]
pub struct Schedule {
    steps: Vec<Step>,
    states: Vec<State>,
    /// Seconds from the start of the step to the end of the longest chain behind it.
    remaining: Vec<u32>,
    behind: Vec<Vec<usize>>,
    missing: Vec<usize>,
    ready: BTreeSet<(std::cmp::Reverse<u32>, usize)>,
    parked: BTreeSet<(std::cmp::Reverse<u32>, usize)>,
    wanted: HashMap<usize, Vec<Arc<str>>>,
    holders: HashMap<Arc<str>, usize>,
    halted: bool,
}

impl Schedule {
    /// The schedule of a graph. `Err`: these steps come before themselves.
    pub fn new(steps: Vec<Step>) -> Result<Schedule, Vec<usize>> {
        let count = steps.len();
        let mut behind = vec![Vec::new(); count];
        let mut missing = vec![0; count];
        for (at, step) in steps.iter().enumerate() {
            for before in step.after.iter().filter(|b| **b < count) {
                behind[*before].push(at);
                missing[at] += 1;
            }
        }
        // In an order in which each comes after what is before it.
        let mut open: Vec<usize> = (0..count).filter(|i| missing[*i] == 0).collect();
        let (mut left, mut order) = (missing.clone(), Vec::with_capacity(count));
        while let Some(at) = open.pop() {
            order.push(at);
            for next in &behind[at] {
                left[*next] -= 1;
                if left[*next] == 0 {
                    open.push(*next);
                }
            }
        }
        if order.len() < count {
            return Err((0..count).filter(|i| left[*i] > 0).collect());
        }
        let mut remaining = vec![0; count];
        for at in order.into_iter().rev() {
            let longest = behind[at].iter().map(|n| remaining[*n]).max().unwrap_or(0);
            remaining[at] = steps[at].seconds.saturating_add(longest);
        }
        let mut schedule = Schedule {
            states: vec![State::Waiting; count],
            ready: BTreeSet::new(),
            parked: BTreeSet::new(),
            wanted: HashMap::new(),
            holders: HashMap::new(),
            halted: false,
            steps,
            remaining,
            behind,
            missing,
        };
        for at in 0..count {
            schedule.settle(at);
        }
        Ok(schedule)
    }

    /// How urgent a step is: the seconds of the longest chain that begins with it.
    pub fn urgency(&self, step: usize) -> u32 {
        self.remaining[step]
    }

    /// How far a step is.
    pub fn state(&self, step: usize) -> State {
        self.states[step]
    }

    /// Starts the most urgent step that is ready.
    pub fn start(&mut self) -> Option<usize> {
        let (_, step) = self.ready.pop_first()?;
        self.states[step] = State::Running;
        Some(step)
    }

    /// Takes keys for a running step that holds none. `false`: one is taken; the step is parked until
    /// [`Schedule::resume`] gives it back with all of them.
    pub fn lock(&mut self, step: usize, keys: impl IntoIterator<Item = Arc<str>>) -> bool {
        let mut keys: Vec<Arc<str>> = keys.into_iter().collect();
        keys.sort_unstable();
        keys.dedup();
        let free = self.free(&keys);
        self.wanted.insert(step, keys);
        if free {
            self.hold(step);
        } else {
            self.states[step] = State::Parked;
            self.parked.insert((std::cmp::Reverse(self.remaining[step]), step));
        }
        free
    }

    /// The most urgent parked step whose keys are free now; it has them, and runs.
    pub fn resume(&mut self) -> Option<usize> {
        let found = self.parked.iter().find(|(_, step)| self.free(&self.wanted[step])).copied()?;
        self.parked.remove(&found);
        self.states[found.1] = State::Running;
        self.hold(found.1);
        Some(found.1)
    }

    /// Ends a step: its keys are free again. When it failed, whatever comes after it is skipped; those are answered.
    pub fn finish(&mut self, step: usize, well: bool) -> Vec<usize> {
        self.holders.retain(|_, holder| *holder != step);
        self.wanted.remove(&step);
        self.parked.remove(&(std::cmp::Reverse(self.remaining[step]), step));
        self.states[step] = if well { State::Done } else { State::Failed };
        if well {
            for at in 0..self.behind[step].len() {
                let next = self.behind[step][at];
                self.missing[next] -= 1;
                self.settle(next);
            }
            return Vec::new();
        }
        let mut skipped = Vec::new();
        let mut open = self.behind[step].clone();
        while let Some(next) = open.pop() {
            if self.states[next] == State::Waiting {
                self.states[next] = State::Skipped;
                skipped.push(next);
                open.extend_from_slice(&self.behind[next]);
            }
        }
        skipped
    }

    /// Nothing new starts; what is running or parked must still be finished. Answered is what will not be done.
    pub fn halt(&mut self) -> Vec<usize> {
        self.halted = true;
        self.ready.clear();
        let mut skipped = Vec::new();
        for (at, state) in self.states.iter_mut().enumerate() {
            if matches!(state, State::Waiting | State::Ready) {
                *state = State::Skipped;
                skipped.push(at);
            }
        }
        skipped
    }

    /// Is every step at an end?
    pub fn is_over(&self) -> bool {
        self.states.iter().all(|s| matches!(s, State::Done | State::Failed | State::Skipped))
    }

    fn settle(&mut self, step: usize) {
        if self.missing[step] == 0 && self.states[step] == State::Waiting && !self.halted {
            self.states[step] = State::Ready;
            self.ready.insert((std::cmp::Reverse(self.remaining[step]), step));
        }
    }

    fn free(&self, keys: &[Arc<str>]) -> bool {
        keys.iter().all(|key| !self.holders.contains_key(key))
    }

    fn hold(&mut self, step: usize) {
        for key in &self.wanted[&step] {
            self.holders.insert(key.clone(), step);
        }
    }

    /// The steps, for whoever wants to look.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn step(seconds: u32, after: &[usize]) -> Step {
        Step { seconds, after: after.iter().copied().collect() }
    }

    #[test]
    fn the_longest_remaining_chain_starts_first() {
        // 0 -> 1 is long; 2 and 3 are short, 4 alone is in between.
        let steps = vec![step(1, &[]), step(100, &[0]), step(5, &[]), step(5, &[2]), step(50, &[])];
        let mut schedule = Schedule::new(steps).unwrap();
        let order: Vec<usize> = std::iter::from_fn(|| schedule.start()).collect();
        assert_eq!(order, [0, 4, 2]);
        assert_eq!(schedule.urgency(0), 101);
        schedule.finish(0, true);
        assert_eq!(schedule.start(), Some(1));
    }

    #[test]
    fn a_cycle_is_named() {
        let steps = vec![step(1, &[]), step(1, &[2, 0]), step(1, &[1])];
        assert_eq!(Schedule::new(steps).unwrap_err(), [1, 2]);
    }

    #[test]
    fn what_follows_a_failure_is_skipped_and_nothing_else() {
        let steps = vec![step(1, &[]), step(1, &[0]), step(1, &[1]), step(1, &[]), step(1, &[3])];
        let mut schedule = Schedule::new(steps).unwrap();
        while schedule.start().is_some() {}
        let mut skipped = schedule.finish(0, false);
        skipped.sort_unstable();
        assert_eq!(skipped, [1, 2]);
        assert!(schedule.finish(3, true).is_empty());
        assert_eq!(schedule.start(), Some(4));
        schedule.finish(4, true);
        assert!(schedule.is_over());
    }

    #[test]
    fn one_key_has_one_holder_and_the_urgent_one_gets_it_next() {
        let steps = vec![step(1, &[]), step(2, &[]), step(9, &[])];
        let mut schedule = Schedule::new(steps).unwrap();
        while schedule.start().is_some() {}
        let keys = |names: &[&str]| names.iter().map(|n| Arc::from(*n)).collect::<Vec<Arc<str>>>();
        assert!(schedule.lock(0, keys(&["vnet", "nsg"])));
        assert!(!schedule.lock(1, keys(&["vnet"])));
        assert!(!schedule.lock(2, keys(&["nsg", "vnet"])));
        assert_eq!(schedule.resume(), None);
        schedule.finish(0, true);
        assert_eq!(schedule.resume(), Some(2));
        assert_eq!(schedule.resume(), None);
        schedule.finish(2, false);
        assert_eq!(schedule.resume(), Some(1));
    }

    #[test]
    fn nothing_starts_after_a_halt() {
        let mut schedule = Schedule::new(vec![step(1, &[]), step(1, &[0]), step(1, &[])]).unwrap();
        assert_eq!(schedule.start(), Some(0));
        assert_eq!(schedule.halt(), [1, 2]);
        assert!(schedule.finish(0, true).is_empty());
        assert_eq!(schedule.start(), None);
        assert!(schedule.is_over());
    }

    /// Steps that come after some of those before them, with keys and whether they fail.
    fn graphs() -> impl Strategy<Value = Vec<(Step, Vec<u8>, bool)>> {
        prop::collection::vec(
            (
                0u32..50,
                prop::collection::vec(any::<prop::sample::Index>(), 0..4),
                prop::collection::vec(0u8..5, 0..3),
                prop::bool::weighted(0.1),
            ),
            1..40,
        )
        .prop_map(|rows| {
            let build = |(at, (seconds, before, keys, fails)): (
                usize,
                (u32, Vec<prop::sample::Index>, Vec<u8>, bool),
            )| {
                let after = before.into_iter().filter(|_| at > 0).map(|i| i.index(at.max(1))).collect();
                (Step { seconds, after }, keys, fails)
            };
            rows.into_iter().enumerate().map(build).collect()
        })
    }

    proptest! {
        /// Whatever order steps end in: edges are kept, nothing runs twice, keys have one holder, all comes to an end.
        #[test]
        fn every_order_is_right(graph in graphs(), picks in prop::collection::vec(any::<prop::sample::Index>(), 200)) {
            let steps: Vec<Step> = graph.iter().map(|(s, ..)| s.clone()).collect();
            let mut schedule = Schedule::new(steps.clone()).unwrap();
            let mut running: Vec<usize> = Vec::new();
            let mut started = BTreeSet::new();
            let mut done = BTreeSet::new();
            let mut holders: HashMap<u8, usize> = HashMap::new();
            let mut picks = picks.into_iter().cycle();
            loop {
                while let Some(at) = schedule.start() {
                    prop_assert!(started.insert(at), "{at} started twice");
                    prop_assert!(steps[at].after.iter().all(|b| done.contains(b)), "{at} started early");
                    if schedule.lock(at, graph[at].1.iter().map(|k| Arc::from(k.to_string()))) {
                        running.push(at);
                        for key in graph[at].1.iter().collect::<BTreeSet<_>>() {
                            prop_assert_eq!(holders.insert(*key, at), None);
                        }
                    }
                }
                while let Some(at) = schedule.resume() {
                    running.push(at);
                    for key in graph[at].1.iter().collect::<BTreeSet<_>>() {
                        prop_assert_eq!(holders.insert(*key, at), None);
                    }
                }
                if running.is_empty() {
                    break;
                }
                let pick = picks.next().unwrap().index(running.len());
                let at = running.swap_remove(pick);
                holders.retain(|_, h| *h != at);
                let well = !graph[at].2;
                let skipped = schedule.finish(at, well);
                prop_assert!(well || !skipped.contains(&at));
                if well {
                    done.insert(at);
                }
            }
            prop_assert!(schedule.is_over(), "deadlock");
            for (at, step) in steps.iter().enumerate() {
                let fit = step.after.iter().all(|b| done.contains(b));
                prop_assert_eq!(started.contains(&at), fit, "{} was skipped or run wrongly", at);
            }
        }
    }
}
