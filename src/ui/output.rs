//! The one door for output: two streams, colour or none, a width.

use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A stream that several threads may write to.
pub type Stream = Mutex<Box<dyn Write + Send>>;

/// Where output goes and how it looks.
pub struct Ui {
    out: Stream,
    err: Stream,
    /// Colour codes are written.
    pub colour: bool,
    /// Columns that prose is wrapped at.
    pub width: usize,
    /// The output is JSON, one object per line.
    pub json: bool,
    /// A person looks at a terminal.
    pub terminal: bool,
}

/// The column that prose is wrapped at when nobody says how wide the screen is.
pub const WIDTH: usize = 78;

impl Ui {
    /// Output to any two streams, without colour.
    pub fn new(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Ui {
        Ui {
            out: Mutex::new(out),
            err: Mutex::new(err),
            colour: false,
            width: WIDTH,
            json: false,
            terminal: false,
        }
    }

    /// Writes text as it is to standard output. A reader that has gone away is no error of ours.
    pub fn print(&self, text: &str) {
        write(lock(&self.out), text);
    }

    /// Writes text and a line end to standard output.
    pub fn line(&self, text: &str) {
        let mut out = lock(&self.out);
        let _ = out.write_all(text.as_bytes());
        write(out, "\n");
    }

    /// Writes text as it is to standard error.
    pub fn error(&self, text: &str) {
        write(lock(&self.err), text);
    }
}

fn lock(stream: &Stream) -> MutexGuard<'_, Box<dyn Write + Send>> {
    stream.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write(mut stream: MutexGuard<'_, Box<dyn Write + Send>>, text: &str) {
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
}
