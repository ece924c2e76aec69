//! Questions on standard input. They need no terminal: an answer may be piped.

use std::io::BufRead;

use super::Context;
use crate::ui::style::{BOLD, Paint};

/// Asks for the word `yes`. The error: there was no answer at all.
pub(super) fn approve(cx: &Context, question: &str, lines: &[&str]) -> Result<bool, String> {
    let paint = Paint { colour: cx.ui.colour };
    let more: String = lines.iter().map(|l| format!("  {l}\n")).collect();
    cx.ui.print(&format!("\n{}\n{more}\n  {} ", paint.on(BOLD, question), paint.on(BOLD, "Enter a value:")));
    let answer = line();
    cx.ui.print("\n");
    answer.map(|a| a == "yes")
}

/// A line of standard input; the error says why there is none.
pub(super) fn line() -> Result<String, String> {
    answer(&mut std::io::stdin().lock())
}

/// All of standard input.
pub(super) fn all() -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes)?;
    Ok(bytes)
}

/// Does a person type?
pub(super) fn typed() -> bool {
    std::io::IsTerminal::is_terminal(&std::io::stdin())
}

/// A line of input without its end.
fn answer(input: &mut dyn BufRead) -> Result<String, String> {
    let mut line = String::new();
    match input.read_line(&mut line) {
        Ok(0) => Err("EOF".into()),
        Ok(_) => Ok(line.trim_end_matches(['\n', '\r']).to_string()),
        Err(problem) => Err(problem.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::answer;

    #[test]
    fn an_answer_is_a_line_and_silence_is_an_error() {
        assert_eq!(answer(&mut "yes\r\nmore".as_bytes()).as_deref(), Ok("yes"));
        assert_eq!(answer(&mut "".as_bytes()), Err("EOF".into()));
    }
}
