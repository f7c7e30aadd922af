//! Which names a language lets a parameter have.

use super::language::Language;

/// Python's keywords (`keyword.kwlist`), and the one name that it lets nobody assign.
const PYTHON: &[&str] = &[
    "False",
    "None",
    "True",
    "__debug__",
    "and",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "try",
    "while",
    "with",
    "yield",
];

/// R's reserved words (`?Reserved`). `..1` and its like are found by their form.
const R: &[&str] = &[
    "...",
    "FALSE",
    "Inf",
    "NA",
    "NA_character_",
    "NA_complex_",
    "NA_integer_",
    "NA_real_",
    "NULL",
    "NaN",
    "TRUE",
    "break",
    "else",
    "for",
    "function",
    "if",
    "in",
    "next",
    "repeat",
    "while",
];

/// Julia's reserved words, of the chapter on keywords in its manual.
const JULIA: &[&str] = &[
    "baremodule",
    "begin",
    "break",
    "catch",
    "const",
    "continue",
    "do",
    "else",
    "elseif",
    "end",
    "export",
    "false",
    "finally",
    "for",
    "function",
    "global",
    "if",
    "import",
    "let",
    "local",
    "macro",
    "module",
    "quote",
    "return",
    "struct",
    "true",
    "try",
    "using",
    "while",
];

/// Variables that Bash sets by itself: it refuses to assign to them, or they do not hold what was assigned. Its reserved words are none of
/// them: `if=1` is an assignment.
const BASH: &[&str] = &[
    "BASHOPTS",
    "BASHPID",
    "BASH_ARGC",
    "BASH_ARGV",
    "BASH_LINENO",
    "BASH_SOURCE",
    "BASH_VERSINFO",
    "DIRSTACK",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "HISTCMD",
    "LINENO",
    "PPID",
    "RANDOM",
    "SECONDS",
    "SHELLOPTS",
    "SRANDOM",
    "UID",
    "_",
];

/// The variable that a parameter is assigned to, or why the language lets none have that name.
pub(super) fn variable(language: Language, name: &str) -> Result<&str, &'static str> {
    // R's names cannot begin with an underscore; papermill drops it too.
    let name = if language == Language::R { name.trim_start_matches('_') } else { name };
    let more = |c: char| match language {
        Language::R => c.is_alphanumeric() || c == '_' || c == '.',
        Language::Python | Language::Julia => c.is_alphanumeric() || c == '_',
        Language::Bash => c.is_ascii_alphanumeric() || c == '_',
    };
    let digit = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    // To R a dot and a digit begin a number.
    let begins =
        name.chars().next().is_some_and(|c| more(c) && !c.is_numeric()) && !name.strip_prefix('.').is_some_and(digit);
    if !begins || !name.chars().all(more) {
        return Err("it is not a name of a variable");
    }
    let is_argument = |n: &str| !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit());
    match language {
        Language::Bash if BASH.contains(&name) => Err("the shell itself sets the variable of that name"),
        Language::Python if PYTHON.contains(&name) => Err(RESERVED),
        Language::Julia if JULIA.contains(&name) => Err(RESERVED),
        Language::R if R.contains(&name) || name.strip_prefix("..").is_some_and(is_argument) => Err(RESERVED),
        _ => Ok(name),
    }
}

const RESERVED: &str = "it is a reserved word of the language";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_language() {
        assert_eq!(variable(Language::R, "_learning.rate"), Ok("learning.rate"));
        for (language, name) in [
            (Language::Python, "größe"),
            (Language::Python, "_a1"),
            (Language::Python, "match"),
            (Language::Python, "print"),
            (Language::R, ".a"),
            (Language::R, "...b"),
            (Language::R, "T"),
            (Language::Bash, "if"),
            (Language::Julia, "in"),
        ] {
            assert_eq!(variable(language, name), Ok(name));
        }
        for (language, name) in [
            (Language::Python, "a b"),
            (Language::Python, "1a"),
            (Language::Python, ""),
            (Language::Bash, "größe"),
            (Language::R, "_"),
            (Language::R, ".1a"),
        ] {
            assert_eq!(variable(language, name), Err("it is not a name of a variable"), "{name}");
        }
    }

    #[test]
    fn words_that_the_language_keeps_for_itself_are_refused() {
        for (language, words) in
            [(Language::Python, PYTHON), (Language::R, R), (Language::R, &["..1", "..23"]), (Language::Julia, JULIA)]
        {
            for word in words {
                assert_eq!(variable(language, word), Err(RESERVED), "{word}");
            }
        }
        for word in BASH {
            assert!(variable(Language::Bash, word).unwrap_err().contains("shell"), "{word}");
        }
    }
}
