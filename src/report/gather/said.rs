//! What an error says apart from where in the author's files it happened.

/// A message of the script: its own words, and the author's file and line where it names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::report) struct Said<'t> {
    pub(in crate::report) words: &'t str,
    /// `file:line`, as the author knows it.
    pub(in crate::report) place: Option<&'t str>,
}

/// Takes a rendered error apart. Its place stands on the first line that begins with an arrow; the code frame below is left out.
pub(in crate::report) fn said(message: &str) -> Said<'_> {
    let mut end = 0;
    for line in message.split_inclusive('\n') {
        if let Some(place) = line.trim_start().strip_prefix("--> ") {
            return Said { words: message[..end].trim_end(), place: Some(place.trim()).filter(|p| !p.is_empty()) };
        }
        end += line.len();
    }
    Said { words: message.trim_end(), place: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_stands_apart_and_the_code_frame_is_left_out() {
        let message = "users.u.iterate: error: no room\n --> lib/a b.lua:30\n   |\n30 | error(\"no room\")\n";
        assert_eq!(said(message), Said { words: "users.u.iterate: error: no room", place: Some("lib/a b.lua:30") });
        assert_eq!(said("only words\n"), Said { words: "only words", place: None });
    }
}
