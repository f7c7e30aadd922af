//! Which names the cell tagged `parameters` assigns: enough of each language to tell a mistyped parameter.

use super::language::Language;
use std::collections::BTreeSet;

/// Names that are assigned on lines of their own, at the outermost level.
pub(super) fn names(language: Language, source: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for statement in source.lines().flat_map(|line| outermost(language, line)) {
        match language {
            Language::Bash => names.extend(shell(statement)),
            _ => names.extend(assigned(language, statement)),
        }
    }
    names
}

/// The statements of a line. Indented lines belong to something else, such as a call over several lines.
fn outermost(language: Language, line: &str) -> impl Iterator<Item = &str> {
    let belongs = language == Language::Python && line.starts_with([' ', '\t']);
    let line = if belongs || line.trim_start().starts_with('#') { "" } else { line };
    line.split(';').map(str::trim)
}

/// `a = …`, `a, b = …`, `a = b = …`, `a: int = …`, `a <- …`, `const a::Int = …`.
fn assigned(language: Language, statement: &str) -> Vec<&str> {
    let statement = statement.strip_prefix("const ").or_else(|| statement.strip_prefix("global ")).unwrap_or(statement);
    let mut names = Vec::new();
    let mut rest = statement;
    while let Some((targets, value)) = split(language, rest) {
        let of = |target: &str| targets_name(language, target).map(str::len);
        let found: Vec<&str> =
            targets.split(',').filter_map(|target| of(target).map(|length| &target.trim()[..length])).collect();
        // `f(a = 1)` assigns nothing, and nothing behind it does.
        if found.is_empty() {
            break;
        }
        names.extend(found);
        rest = value;
    }
    names
}

/// What stands before and behind the first assignment.
fn split(language: Language, text: &str) -> Option<(&str, &str)> {
    if language == Language::R
        && let Some((targets, value)) = text.split_once("<<-").or_else(|| text.split_once("<-"))
    {
        return Some((targets, value));
    }
    let at = text.find('=')?;
    let is_comparison =
        text[at + 1..].starts_with('=') || text[..at].ends_with(['=', '!', '<', '>', '+', '-', '*', '/']);
    (!is_comparison).then(|| (&text[..at], &text[at + 1..]))
}

/// The name of a target, without its type.
fn targets_name(language: Language, target: &str) -> Option<&str> {
    let target = target.trim();
    let end = target
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || (language == Language::R && c == '.')))
        .unwrap_or(target.len());
    let (name, more) = (&target[..end], target[end..].trim_start());
    (!name.is_empty() && (more.is_empty() || more.starts_with(':'))).then_some(name)
}

/// `a=…`, `export a=…`, `declare -i a=…`, `: "${a:=…}"`.
fn shell(statement: &str) -> Option<&str> {
    if let Some(at) = statement.find("${").filter(|_| statement.starts_with(':')) {
        let name = &statement[at + 2..];
        return name.find([':', '=']).map(|end| &name[..end]);
    }
    let word = statement
        .split_whitespace()
        .find(|word| !word.starts_with('-') && !["export", "declare", "readonly", "local", "typeset"].contains(word))?;
    let name = &word[..word.find('=')?];
    (!name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(language: Language, source: &str) -> Vec<&str> {
        names(language, source).into_iter().collect()
    }

    #[test]
    fn python_assigns_in_many_ways() {
        let source = "# a comment = 1\nepochs = 3  # how many\nrate: float = 0.1\na, b = 1, 2\nc = d = 0; e = 1\n\
            options = dict(\n    inner = 1,\n)\nprint(x == 1)\nf(y=2)\ncount += 1\n";
        assert_eq!(found(Language::Python, source), ["a", "b", "c", "d", "e", "epochs", "options", "rate"]);
    }

    #[test]
    fn r_julia_and_bash_have_forms_of_their_own() {
        assert_eq!(found(Language::R, "a <- 1\nb.c = 2\nd <<- 3\nif (x == 1) 2"), ["a", "b.c", "d"]);
        assert_eq!(found(Language::Julia, "const a = 1\nb::Int = 2\nx == 1"), ["a", "b"]);
        assert_eq!(
            found(Language::Bash, "a=1; b='x y'\nexport c=2\ndeclare -i d=3\n: \"${e:=4}\"\necho f=1\n[ $x = 1 ]"),
            ["a", "b", "c", "d", "e"]
        );
    }
}
