//! Files of accounts: one account a line, `name` or `name,token`.
//!
//! ```text
//! # people of the Monday course
//! name,token
//! ada,3f1c…
//! grace,9b02…
//! ```
//!
//! Empty lines and lines that begin with `#` are passed over, and so is a first line `name` or `name,token`, as spreadsheets write it. There are no quotes:
//! neither names nor tokens hold commas, semicolons or tabs. A line that does is refused: read as one column, it would make its token a name, and names
//! are printed.

use std::collections::BTreeSet;

/// One account of a file. It has no `Debug`, because of the token.
pub struct Line<'t> {
    /// Name of the account.
    pub name: &'t str,
    /// Its token, where the line has one.
    pub token: Option<&'t str>,
}

/// What is wrong with a file of accounts. It never holds what stands there: that may be a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} {why}")]
pub struct RosterError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Reads the accounts of a file, in its order.
///
/// # Errors
/// A line has no name or more than two columns, or a name stands twice.
pub fn parse(text: &str) -> Result<Vec<Line<'_>>, RosterError> {
    let mut accounts: Vec<Line<'_>> = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let wrong = |why| RosterError { line: index + 1, why };
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.contains([';', '\t']) {
            return Err(wrong("holds a semicolon or a tab: wanted name or name,token with a comma between them"));
        }
        let mut columns = line.split(',').map(str::trim);
        let (name, token) = (columns.next().unwrap_or_default(), columns.next().filter(|token| !token.is_empty()));
        if columns.next().is_some() {
            return Err(wrong("has more than two columns: wanted name or name,token"));
        }
        let is_header =
            name.eq_ignore_ascii_case("name") && token.is_none_or(|token| token.eq_ignore_ascii_case("token"));
        if is_header && accounts.is_empty() {
            continue;
        }
        if name.is_empty() {
            return Err(wrong("has no name before its comma"));
        }
        if !seen.insert(name) {
            return Err(wrong("names an account that stands above already"));
        }
        accounts.push(Line { name, token });
    }
    Ok(accounts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(&str, Option<&str>)>, RosterError> {
        parse(text).map(|lines| lines.into_iter().map(|line| (line.name, line.token)).collect())
    }

    #[test]
    fn names_come_with_or_without_a_token() {
        assert_eq!(
            read("\u{feff}name,token\r\nada, t1\r\n\n# nobody\ngrace,\n edsger \n").unwrap(),
            [("ada", Some("t1")), ("grace", None), ("edsger", None)]
        );
        assert_eq!(read("ada\nname\n").unwrap(), [("ada", None), ("name", None)], "a header comes first");
        assert_eq!(read("Name, Token\nada,t1\n").unwrap(), [("ada", Some("t1"))], "a header in any case of letters");
        assert_eq!(read("").unwrap(), []);
    }

    #[test]
    fn what_is_wrong_is_told_by_its_line_and_never_by_its_text() {
        let told = |text| read(text).unwrap_err().to_string();
        assert_eq!(told("ada,a,b"), "line 1 has more than two columns: wanted name or name,token");
        assert_eq!(told("ada\n,s3cret"), "line 2 has no name before its comma");
        let wanted = "holds a semicolon or a tab: wanted name or name,token with a comma between them";
        for line in ["ada;s3cret", "ada\ts3cret", "ada,s3;cret", "name;token", "name\ttoken"] {
            assert_eq!(told(line), format!("line 1 {wanted}"));
        }
        assert_eq!(told("ada\n\nada,x"), "line 3 names an account that stands above already");
    }
}
