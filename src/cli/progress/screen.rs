//! Where progress is drawn: lines that scroll, and under them lines that redraw themselves.

use std::io::Write;

/// Columns where nothing says how many there are.
const COLUMNS: usize = 80;

/// Standard error.
pub(super) struct Screen {
    /// Lines that the next drawing overwrites.
    lines: usize,
    redraws: bool,
}

impl Screen {
    pub(super) fn new(redraws: bool) -> Self {
        Self { lines: 0, redraws }
    }

    /// Whether lines may be drawn over.
    pub(super) fn redraws(&self) -> bool {
        self.redraws
    }

    /// Prints lines that stay, and under them lines that the next drawing takes away, as many as the terminal has room for.
    pub(super) fn draw(&mut self, stay: &[String], pass: &[String]) {
        let (columns, rows) = size();
        let mut out = self.back();
        for line in stay {
            out.push_str(line);
            out.push('\n');
        }
        self.lines = pass.len().min(rows.saturating_sub(1));
        for line in &pass[..self.lines] {
            out.push_str(&clip(line, columns));
            out.push('\n');
        }
        if !out.is_empty() {
            put(&out);
        }
    }

    /// Escape codes that go back to the first line and clear from there.
    fn back(&self) -> String {
        if self.lines == 0 { String::new() } else { format!("\x1b[{}A\x1b[J", self.lines) }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.draw(&[], &[]);
    }
}

/// Progress is a view: a closed standard error is no reason to end a run.
fn put(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}

/// Columns and rows of the terminal on standard error.
fn size() -> (usize, usize) {
    let size = rustix::termios::tcgetwinsize(std::io::stderr());
    size.map_or((COLUMNS, usize::MAX), |size| {
        let rows = if size.ws_row == 0 { usize::MAX } else { usize::from(size.ws_row) };
        (if size.ws_col == 0 { COLUMNS } else { usize::from(size.ws_col).max(20) }, rows)
    })
}

/// Columns of the terminal on standard output; `None` where it is no terminal.
pub(crate) fn width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    (size.ws_col > 0).then(|| usize::from(size.ws_col))
}

/// Cuts a line to the terminal's width, not counting escape codes, so that redrawing knows how many lines there are.
fn clip(line: &str, width: usize) -> String {
    let mut out = String::new();
    let mut shown = 0;
    let mut escape = false;
    for c in line.chars() {
        if c == '\x1b' {
            escape = true;
        }
        if !escape {
            if shown + 1 >= width {
                out.push_str("\x1b[0m");
                break;
            }
            shown += 1;
        }
        if escape && c == 'm' {
            escape = false;
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_without_counting_its_colour() {
        assert_eq!(clip("\x1b[31mabcdef\x1b[0m", 4), "\x1b[31mabc\x1b[0m");
        assert_eq!(clip("abc", 80), "abc");
    }
}
