//! Progress on a terminal: what is done scrolls by, what runs stands below and moves.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::super::output::Ui;
use super::super::style::{BOLD, CYAN, GREY, Paint, duration};
use super::clock::{Clock, Running};
use super::lines::{line, provision, words};
use super::{Doing, Event, Phase, Progress};
use crate::plan::addr::InstanceAddr;

/// How many running objects have a line of their own.
const ROWS: usize = 10;

/// A screen that moves.
pub(super) struct Screen {
    ui: Arc<Ui>,
    running: Running,
    bars: MultiProgress,
    rows: Mutex<Vec<ProgressBar>>,
    done: AtomicUsize,
    expected: AtomicUsize,
}

impl Screen {
    pub fn new(ui: Arc<Ui>, clock: Clock) -> Screen {
        Screen {
            ui,
            running: Running::new(clock),
            bars: MultiProgress::with_draw_target(ProgressDrawTarget::stdout_with_hz(10)),
            rows: Mutex::new(Vec::new()),
            done: AtomicUsize::new(0),
            expected: AtomicUsize::new(0),
        }
    }

    fn print(&self, text: &str) {
        let text = Paint { colour: self.ui.colour }.on(BOLD, text);
        // Without rows indicatif would not print at all.
        if self.lock().is_empty() || self.bars.println(&text).is_err() {
            self.ui.line(&text);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<ProgressBar>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings the rows at the bottom up to date.
    fn draw(&self) {
        let paint = Paint { colour: self.ui.colour };
        let all = self.running.all();
        let mut texts: Vec<String> = all
            .iter()
            .take(ROWS)
            .map(|(task, elapsed)| {
                let (begin, _, _) = words(task.doing);
                let note = task.note.as_deref().unwrap_or_default();
                let time = paint.on(CYAN, &format!("{:>7}", duration(*elapsed)));
                format!("{time}  {}: {begin} {}", task.subject, paint.on(GREY, note))
            })
            .collect();
        if all.len() > ROWS {
            texts.push(paint.on(GREY, &format!("         and {} more", all.len() - ROWS)));
        }
        let (done, expected) = (self.done.load(Ordering::Relaxed), self.expected.load(Ordering::Relaxed));
        if expected > 0 && !all.is_empty() {
            texts.push(paint.on(GREY, &format!("         {done} of {expected} done")));
        }
        let mut rows = self.lock();
        while rows.len() > texts.len() {
            if let Some(row) = rows.pop() {
                row.finish_and_clear();
                self.bars.remove(&row);
            }
        }
        while rows.len() < texts.len() {
            let row = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
                row.set_style(style);
            }
            rows.push(self.bars.add(row));
        }
        for (row, text) in rows.iter().zip(texts) {
            row.set_message(text);
            row.tick();
        }
    }
}

impl Progress for Screen {
    fn event(&self, event: Event<'_>) {
        let elapsed = self.running.note(&event);
        // Reads are many and quick: they stand below while they run and leave nothing.
        let quiet = matches!(event.doing, Doing::Refresh) || event.phase == Phase::Start;
        if let Some(text) = line(&event, elapsed).filter(|_| !quiet) {
            self.print(&text);
        }
        let change = !matches!(event.doing, Doing::Refresh | Doing::Read);
        if change && matches!(event.phase, Phase::Complete | Phase::Errored) {
            self.done.fetch_add(1, Ordering::Relaxed);
        }
        self.draw();
    }

    fn message(&self, text: &str) {
        self.print(text);
    }

    fn expect(&self, changes: usize) {
        self.expected.store(changes, Ordering::Relaxed);
    }

    fn provision(&self, addr: &InstanceAddr, provisioner: &str, phase: Phase, output: Option<&str>) {
        if let Some(text) = provision(addr, provisioner, phase, output) {
            self.print(&text);
        }
    }

    fn tick(&self) {
        self.draw();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        for row in self.lock().drain(..) {
            row.finish_and_clear();
        }
    }
}
