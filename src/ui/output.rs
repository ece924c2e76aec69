//! The one door for output: two streams, colour or none, a width.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A stream that several threads may write to.
pub type Stream = Mutex<Box<dyn Write + Send>>;

/// The width of prose when nobody says how wide the screen is.
pub const WIDTH: usize = 78;

/// Where output goes and how it looks.
pub struct Ui {
    out: Stream,
    err: Stream,
    /// Colour codes are written to standard output.
    pub colour: bool,
    /// Colour codes are written to standard error.
    pub colour_err: bool,
    /// Prose is kept narrower than so many columns.
    pub width: usize,
    /// The output is JSON, one object per line.
    pub json: bool,
    /// A person looks at standard output on a terminal.
    pub terminal: bool,
}

/// What decides on colour, beside the streams themselves.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wishes {
    /// `-no-color`.
    pub no_color: bool,
    /// `-json`.
    pub json: bool,
}

impl Ui {
    /// Output to any two streams, without colour.
    pub fn new(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Ui {
        Ui {
            out: Mutex::new(out),
            err: Mutex::new(err),
            colour: false,
            colour_err: false,
            width: WIDTH,
            json: false,
            terminal: false,
        }
    }

    /// Output to the standard streams. Colour is for terminals, unless `NO_COLOR` is set; `CLICOLOR_FORCE` brings it
    /// to pipes too; `-no-color` and `-json` end it.
    pub fn standard(wishes: Wishes) -> Ui {
        let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty() && v != "0");
        let (out, err) = (std::io::stdout(), std::io::stderr());
        let (out_tty, err_tty) = (out.is_terminal(), err.is_terminal());
        let never = wishes.no_color || wishes.json || set("NO_COLOR") && !set("CLICOLOR_FORCE");
        let always = set("CLICOLOR_FORCE");
        let colour = |tty: bool| !never && (tty || always);
        let width = terminal_size::terminal_size_of(&out).map(|(width, _)| usize::from(width.0));
        Ui {
            colour: colour(out_tty),
            colour_err: colour(err_tty),
            width: width.unwrap_or(WIDTH).max(40),
            json: wishes.json,
            terminal: out_tty,
            ..Ui::new(Box::new(out), Box::new(err))
        }
    }

    /// Writes text as it is to standard output. A reader that has gone away is no error of ours.
    pub fn print(&self, text: &str) {
        write(lock(&self.out), &[text]);
    }

    /// Writes text and a line end to standard output.
    pub fn line(&self, text: &str) {
        write(lock(&self.out), &[text, "\n"]);
    }

    /// Writes text as it is to standard error.
    pub fn error(&self, text: &str) {
        write(lock(&self.err), &[text]);
    }

    /// How plans and prose are laid out.
    pub fn layout(&self) -> super::plan_text::Layout {
        super::plan_text::Layout { colour: self.colour, width: self.width }
    }
}

fn lock(stream: &Stream) -> MutexGuard<'_, Box<dyn Write + Send>> {
    stream.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write(mut stream: MutexGuard<'_, Box<dyn Write + Send>>, texts: &[&str]) {
    for text in texts {
        let _ = stream.write_all(text.as_bytes());
    }
    let _ = stream.flush();
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use super::*;

    /// A stream that can be read back.
    #[derive(Clone, Default)]
    pub(crate) struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Buffer {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// Output into memory: the door, standard output, standard error.
    pub(crate) fn memory() -> (Ui, Buffer, Buffer) {
        let (out, err) = (Buffer::default(), Buffer::default());
        (Ui::new(Box::new(out.clone()), Box::new(err.clone())), out, err)
    }

    #[test]
    fn the_streams_stay_apart() {
        let (ui, out, err) = memory();
        ui.line("a");
        ui.print("b");
        ui.error("c");
        assert_eq!((out.text().as_str(), err.text().as_str()), ("a\nb", "c"));
    }
}
