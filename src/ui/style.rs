//! How text looks: colour codes, wrapping, quoting, durations.

use std::time::Duration;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

pub use crate::lang::codec::quote;

/// A look: the parameters of an SGR sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sgr(pub &'static str);

/// Bold.
pub const BOLD: Sgr = Sgr("1");
/// Underlined.
pub const UNDERLINE: Sgr = Sgr("4");
/// Red.
pub const RED: Sgr = Sgr("31");
/// Green.
pub const GREEN: Sgr = Sgr("32");
/// Yellow.
pub const YELLOW: Sgr = Sgr("33");
/// Cyan.
pub const CYAN: Sgr = Sgr("36");
/// Dark grey.
pub const GREY: Sgr = Sgr("90");
/// Bold red.
pub const BOLD_RED: Sgr = Sgr("1;31");
/// Bold green.
pub const BOLD_GREEN: Sgr = Sgr("1;32");
/// Bold yellow.
pub const BOLD_YELLOW: Sgr = Sgr("1;33");
/// Bold cyan.
pub const BOLD_CYAN: Sgr = Sgr("1;36");

/// Puts looks on text, or leaves it plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    /// Colour codes are written.
    pub colour: bool,
}

impl Paint {
    /// The text with a look.
    pub fn on(self, look: Sgr, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\x1b[{}m{text}\x1b[0m", look.0)
        } else {
            text.to_string()
        }
    }
}

/// Breaks lines at spaces so that all are narrower than `width` columns, where that is possible. Lines that begin with a
/// space are left as they are: they are laid out already.
pub fn wrap(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for (i, line) in text.split('\n').enumerate() {
        if i > 0 {
            out.push('\n');
        }
        if line.starts_with(' ') {
            out.push_str(line);
            continue;
        }
        let mut column = 0;
        for word in line.split(' ') {
            let size = UnicodeWidthStr::width(word);
            if column > 0 && column + 1 + size >= width {
                out.push('\n');
                column = 0;
            } else if column > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += size;
        }
    }
    out
}

/// A key of an object: bare if it is a name, quoted otherwise.
pub fn key(name: &str) -> String {
    let mut chars = name.chars();
    let fits = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if fits { name.to_string() } else { quote(name) }
}

/// The text filled with spaces to a number of characters.
pub fn pad(text: &str, width: usize) -> String {
    let have = text.graphemes(true).count();
    format!("{text}{}", " ".repeat(width.saturating_sub(have)))
}

/// `1 attribute`, `2 attributes`.
pub fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// `3s`, `1m5s`, `2h0m3s`: whole seconds as progress lines and forecasts show them.
pub fn duration(time: Duration) -> String {
    let all = time.as_secs();
    let (hours, minutes, seconds) = (all / 3600, all / 60 % 60, all % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_at_spaces_and_leaves_what_is_laid_out() {
        assert_eq!(wrap("aa bb cc\n  aa bb cc", 6), "aa bb\ncc\n  aa bb cc");
        assert_eq!(wrap("longer-than-wide x", 5), "longer-than-wide\nx");
    }

    #[test]
    fn keys_are_bare_when_they_are_names() {
        assert_eq!(key("a-b_1"), "a-b_1");
        assert_eq!(key("b c"), "\"b c\"");
        assert_eq!(key("1a"), "\"1a\"");
    }

    #[test]
    fn durations_have_no_zero_parts_in_front() {
        let texts = [0, 59, 60, 400, 3661].map(|s| duration(Duration::from_secs(s)));
        assert_eq!(texts, ["0s", "59s", "1m0s", "6m40s", "1h1m1s"]);
    }
}
