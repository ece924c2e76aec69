//! The `ringfence` binary.

use std::process::ExitCode;
use std::thread;

/// The stack that evaluation has: it goes as deep as references do, whatever the system gives to a process.
const STACK: usize = 256 << 20;

fn main() -> ExitCode {
    let run = || ExitCode::from(ringfence::cli::run(std::env::args_os().skip(1)));
    match thread::Builder::new().name("main".into()).stack_size(STACK).spawn(run) {
        // Who panics has said so.
        Ok(running) => running.join().unwrap_or(ExitCode::from(101)),
        Err(_) => run(),
    }
}
