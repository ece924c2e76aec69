//! How many changing requests are on their way at once. The most urgent waits least.
//!
//! A slot is held while a request is sent and answered, not while an operation that it began goes on.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::rc::Rc;

use tokio::sync::oneshot;

/// The slots of one run.
#[derive(Clone)]
pub struct Slots(Rc<RefCell<State>>);

struct State {
    free: usize,
    /// By urgency, then by who came first.
    waiting: BTreeMap<(Reverse<u32>, u64), oneshot::Sender<Slot>>,
    next: u64,
}

/// A slot; free again when it is dropped.
pub struct Slot(Option<Slots>);

impl Slots {
    /// So many slots, at least one.
    pub fn new(count: usize) -> Slots {
        Slots(Rc::new(RefCell::new(State { free: count.max(1), waiting: BTreeMap::new(), next: 0 })))
    }

    /// Waits for a slot.
    pub async fn take(&self, urgency: u32) -> Slot {
        let wait = {
            let mut state = self.0.borrow_mut();
            if state.free > 0 {
                state.free -= 1;
                return Slot(Some(self.clone()));
            }
            let (give, wait) = oneshot::channel();
            let number = state.next;
            state.next += 1;
            state.waiting.insert((Reverse(urgency), number), give);
            wait
        };
        match wait.await {
            Ok(slot) => slot,
            // The sender lives in the state that `self` keeps alive, and is only removed to be used.
            Err(_) => Slot(None),
        }
    }

    fn release(&self) {
        loop {
            let next = self.0.borrow_mut().waiting.pop_first();
            let Some((_, give)) = next else {
                self.0.borrow_mut().free += 1;
                return;
            };
            match give.send(Slot(Some(self.clone()))) {
                Ok(()) => return,
                // Whoever waited has gone: the slot comes back, and must not release itself a second time.
                Err(mut slot) => slot.0 = None,
            }
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(slots) = self.0.take() {
            slots.release();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    #[test]
    fn the_most_urgent_is_next_and_who_has_gone_is_passed_over() {
        let slots = Slots::new(1);
        let held = slots.take(1).now_or_never().unwrap();
        let mut calm = Box::pin(slots.take(1));
        let mut urgent = Box::pin(slots.take(9));
        let mut gone = Box::pin(slots.take(99));
        assert!(calm.as_mut().now_or_never().is_none());
        assert!(urgent.as_mut().now_or_never().is_none());
        assert!(gone.as_mut().now_or_never().is_none());
        drop(gone);
        drop(held);
        assert!(calm.as_mut().now_or_never().is_none());
        let second = urgent.as_mut().now_or_never().unwrap();
        drop(second);
        drop(calm.as_mut().now_or_never().unwrap());
        assert!(slots.take(0).now_or_never().is_some());
    }
}
