//! Lines of a terminal: colours, wrapping, tables, and lists that share the room there is.

use super::Style;

/// What a piece of text says by its colour.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ink {
    Bold,
    Dim,
    Good,
    Bad,
    Warn,
}

/// A piece of a table's row.
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) ink: Option<Ink>,
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), ink: None }
    }
}

impl Cell {
    /// A cell that is coloured if it is bad.
    pub(super) fn bad_if(bad: bool, text: String) -> Self {
        Self { text, ink: bad.then_some(Ink::Bad) }
    }
}

/// A list that may be shortened. Its most important row is the first.
pub(super) struct List {
    /// Lines above the rows.
    pub(super) head: Vec<String>,
    /// Rows, of one line or more each.
    pub(super) rows: Vec<Vec<String>>,
    /// How many rows are shown.
    pub(super) shown: usize,
}

impl List {
    pub(super) fn new(head: Vec<String>, rows: Vec<Vec<String>>) -> Self {
        Self { head, rows, shown: 0 }
    }

    /// Lines that it takes if it shows so many rows.
    fn lines(&self, shown: usize) -> usize {
        if self.rows.is_empty() {
            return 0;
        }
        let rows: usize = self.rows.iter().take(shown).map(Vec::len).sum();
        self.head.len() + rows + usize::from(shown < self.rows.len())
    }

    /// Lines that one row more takes; `None` if there is none. The last row may stand where else it would be said that one is missing.
    fn next(&self) -> Option<usize> {
        (self.shown < self.rows.len()).then(|| self.lines(self.shown + 1).saturating_sub(self.lines(self.shown)))
    }
}

/// Lets each list show a row in turn, until the room is full.
pub(super) fn share(lists: &mut [&mut List], lines: usize) {
    for list in lists.iter_mut() {
        list.shown = list.rows.len().min(1);
    }
    let mut used: usize = lists.iter().map(|list| list.lines(list.shown)).sum();
    let mut grew = true;
    while grew {
        grew = false;
        for list in lists.iter_mut() {
            if let Some(more) = list.next().filter(|more| used + more <= lines) {
                list.shown += 1;
                used += more;
                grew = true;
            }
        }
    }
}

/// A blank at which no line ends.
const FIXED: char = '\u{a0}';

/// Items on one line, each of which stays in one piece.
pub(super) fn items(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| item.replace(' ', &FIXED.to_string())).collect();
    items.join(" · ")
}

/// What has been written.
pub(super) struct Page {
    pub(super) style: Style,
    pub(super) lines: Vec<String>,
}

impl Page {
    pub(super) fn ink(&self, ink: Ink, text: &str) -> String {
        let code = match ink {
            _ if !self.style.colour || text.is_empty() => return text.to_owned(),
            Ink::Bold => "1",
            Ink::Dim => "2",
            Ink::Good => "32",
            Ink::Bad => "31",
            Ink::Warn => "33",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// A text as lines of the page's width, behind something that stands before it on the first of them; the others begin with so many
    /// blanks. Words that are longer are broken; a [`FIXED`] blank does not end a word. What takes more than `most` lines is cut.
    pub(super) fn wrap(&self, before: &str, text: &str, indent: usize, most: usize) -> Vec<String> {
        let mut lines = vec![before.to_owned()];
        let mut used = before.chars().count();
        let mut begun = false;
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let mut word: Vec<char> = word.chars().map(|c| if c == FIXED { ' ' } else { c }).collect();
            if begun && used + 1 + word.len() > self.style.width {
                lines.push(" ".repeat(indent));
                used = indent;
            } else if begun {
                push(&mut lines, [' ']);
                used += 1;
            }
            while used + word.len() > self.style.width {
                let rest = word.split_off(self.style.width.saturating_sub(used));
                push(&mut lines, word);
                word = rest;
                lines.push(" ".repeat(indent));
                used = indent;
            }
            used += word.len();
            push(&mut lines, word);
            begun = true;
        }
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                *last = format!("{}…", last.chars().take(self.style.width - 1).collect::<String>().trim_end());
            }
        }
        lines
    }

    /// A title with an empty line above.
    pub(super) fn title(&self, text: &str) -> Vec<String> {
        vec![String::new(), self.ink(Ink::Bold, &cut(text, self.style.width))]
    }

    /// A table as the lines of a list: its head with an empty line above, and its rows set in. The first column takes what the others
    /// leave and is cut; the others are set to the right.
    pub(super) fn table(&self, head: &[&str], rows: Vec<Vec<Cell>>) -> List {
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.text.chars().count());
            cells.chain(head.get(column).map(|text| text.chars().count())).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (1..head.len()).map(width).collect();
        let others: usize = widths.iter().map(|width| width + 2).sum();
        // Further left than the page's edge where names are short: a table is easier to read when it is narrow.
        let first = width(0).max(24).min(self.style.width.saturating_sub(others + 2).max(8));
        let line = |cells: Vec<Cell>, set_in: usize| {
            let mut line = " ".repeat(set_in);
            for (column, cell) in cells.into_iter().enumerate() {
                let text = match column.checked_sub(1).and_then(|at| widths.get(at)) {
                    None => format!("{:<1$}", cut(&cell.text, first + 2 - set_in), first + 2 - set_in),
                    Some(width) => format!("  {:>width$}", cell.text),
                };
                line.push_str(&cell.ink.map_or(text.clone(), |ink| self.ink(ink, &text)));
            }
            line.trim_end().to_owned()
        };
        let title = line(head.iter().map(|text| Cell::from(*text)).collect(), 0);
        let rows = rows.into_iter().map(|cells| vec![line(cells, 2)]).collect();
        List::new(vec![String::new(), self.ink(Ink::Bold, &title)], rows)
    }

    /// Writes a list with the rows that it shows.
    pub(super) fn list(&mut self, list: List) {
        if list.rows.is_empty() {
            return;
        }
        let (all, shown) = (list.rows.len(), list.shown);
        self.lines.extend(list.head);
        self.lines.extend(list.rows.into_iter().take(shown).flatten());
        if all > shown {
            let more = self.ink(Ink::Dim, &format!("  … and {} more in the report", all - shown));
            self.lines.push(more);
        }
    }
}

fn push(lines: &mut [String], text: impl IntoIterator<Item = char>) {
    if let Some(line) = lines.last_mut() {
        line.extend(text);
    }
}

/// A text of at most so many characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(width: usize) -> Page {
        Page { style: Style { colour: false, width }, lines: vec![] }
    }

    #[test]
    fn text_is_wrapped_at_blanks_and_long_words_are_broken() {
        assert_eq!(page(10).wrap("", "one two three four", 2, 9), ["one two", "  three", "  four"]);
        assert_eq!(page(9).wrap("- ", "one two  three four", 2, 9), ["- one two", "  three", "  four"]);
        assert_eq!(page(8).wrap("", "a 0123456789 b", 2, 9), ["a", "  012345", "  6789 b"]);
        assert_eq!(page(10).wrap("", "one two three four", 2, 2), ["one two", "  three…"]);
        assert_eq!(page(7).wrap("", "one two three four", 2, 1), ["one tw…"]);
        assert_eq!(page(10).wrap("  ", "", 2, 1), ["  "]);
        let parts = items(&["a 1 %".to_owned(), "b 2 %".to_owned()]);
        assert_eq!(page(10).wrap("", &parts, 0, 9), ["a 1 % ·", "b 2 %"]);
    }

    #[test]
    fn a_table_is_as_wide_as_it_must_be_and_no_wider_than_the_page() {
        let rows = |name: &str| vec![vec![Cell::from(name), Cell::from("12"), Cell::from("1.5 s")]];
        let list = page(60).table(&["Steps", "ok", "median"], rows("load"));
        assert_eq!(list.head[1], format!("{:<26}  ok  median", "Steps"));
        assert_eq!(list.rows[0], [format!("  {:<24}  12   1.5 s", "load")]);
        let list = page(30).table(&["Steps", "ok", "median"], rows("a name that is longer than that"));
        assert_eq!(list.rows[0], ["  a name that is …  12   1.5 s"]);
    }

    #[test]
    fn lists_share_the_room_and_say_what_is_missing() {
        let list =
            |rows: usize| List::new(vec!["head".to_owned()], (0..rows).map(|n| vec![format!("row {n}")]).collect());
        let (mut a, mut b, mut c) = (list(9), list(2), list(0));
        share(&mut [&mut a, &mut b, &mut c], 10);
        assert_eq!((a.shown, b.shown, c.shown), (5, 2, 0), "7 and 3 lines");
        let mut page = page(60);
        [a, b, c].into_iter().for_each(|list| page.list(list));
        assert_eq!(page.lines.len(), 10, "{:?}", page.lines);
        assert_eq!(page.lines[6], "  … and 4 more in the report");
        let mut all = list(3);
        share(&mut [&mut all], 4);
        assert_eq!(all.shown, 3);
    }

    #[test]
    fn every_list_shows_its_first_row_however_little_room_there_is() {
        let mut list = List::new(vec![], vec![vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()]]);
        share(&mut [&mut list], 0);
        assert_eq!(list.shown, 1);
    }
}
