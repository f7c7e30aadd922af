//! Typed values written as assignments of the notebook's language, as papermill's translators do.

use super::error::NotebookError;
use super::language::Language;
use super::names::variable;
use serde_json::{Map, Number, Value, json};

/// Key of the object that stands for a number that JSON has not.
const NUMBER: &str = "$number";

/// A parameter that is infinite or no number. JSON has no such numbers, so an object stands for it: `{"$number": "inf"}`, `-inf` or `nan`.
#[must_use]
pub fn non_finite(value: f64) -> Value {
    let name = match value {
        f64::INFINITY => "inf",
        f64::NEG_INFINITY => "-inf",
        _ => "nan",
    };
    json!({NUMBER: name})
}

/// The source of the injected cell: a comment, then one assignment a line, in the order of the values.
pub(super) fn assignments(language: Language, values: &Map<String, Value>) -> Result<String, NotebookError> {
    let mut source = String::from("# Parameters\n");
    for (name, value) in values {
        let fault =
            |why: String| NotebookError::Parameter { name: name.clone(), language: language.name().to_owned(), why };
        let variable = variable(language, name).map_err(|why| fault(why.to_owned()))?;
        let literal = literal(language, value).map_err(fault)?;
        let equals = if language == Language::Bash { "=" } else { " = " };
        source.push_str(&format!("{variable}{equals}{literal}\n"));
    }
    Ok(source)
}

fn literal(language: Language, value: &Value) -> Result<String, String> {
    match value {
        Value::Null => Ok(null(language).to_owned()),
        Value::Bool(flag) => Ok(boolean(language, *flag).to_owned()),
        Value::Number(value) => Ok(number(value)),
        Value::String(text) => string(language, text),
        Value::Array(items) => list(language, items),
        Value::Object(map) => match map.get(NUMBER).and_then(Value::as_str).filter(|_| map.len() == 1) {
            Some(name) => Ok(endless(language, name)),
            None => table(language, map),
        },
    }
}

fn endless(language: Language, name: &str) -> String {
    match (language, name) {
        (Language::Python, name) => format!("float('{name}')"),
        (Language::R | Language::Julia, "inf") => "Inf".to_owned(),
        (Language::R | Language::Julia, "-inf") => "-Inf".to_owned(),
        (Language::R | Language::Julia, _) => "NaN".to_owned(),
        (Language::Bash, name) => name.to_owned(),
    }
}

fn null(language: Language) -> &'static str {
    match language {
        Language::Python => "None",
        Language::R => "NULL",
        Language::Julia => "nothing",
        Language::Bash => "",
    }
}

fn boolean(language: Language, flag: bool) -> &'static str {
    match (language, flag) {
        (Language::Python, true) => "True",
        (Language::Python, false) => "False",
        (Language::R, true) => "TRUE",
        (Language::R, false) => "FALSE",
        (_, true) => "true",
        (_, false) => "false",
    }
}

/// Lua's numbers are doubles: whole ones are meant as integers as far as doubles tell integers apart.
fn number(value: &Number) -> String {
    match value.as_f64() {
        Some(float) if !value.is_i64() && !value.is_u64() && float.fract() == 0.0 && float.abs() < 9e15 => {
            format!("{float:.0}")
        }
        _ => value.to_string(),
    }
}

fn string(language: Language, text: &str) -> Result<String, String> {
    if text.contains('\0') && matches!(language, Language::R | Language::Bash) {
        return Err("its texts cannot hold a NUL".to_owned());
    }
    Ok(if language == Language::Bash { shell_word(text) } else { quoted(text, language == Language::Julia) })
}

fn list(language: Language, items: &[Value]) -> Result<String, String> {
    let is_nested = |item: &Value| item.is_array() || (item.is_object() && item.get(NUMBER).is_none());
    if language == Language::Bash && items.iter().any(is_nested) {
        return Err("its lists hold no lists or tables".to_owned());
    }
    let word = |item: &Value| match item {
        // In a list nothing at all would be no element.
        Value::Null if language == Language::Bash => Ok("''".to_owned()),
        item => literal(language, item),
    };
    let items: Vec<String> = items.iter().map(word).collect::<Result<_, _>>()?;
    Ok(match language {
        Language::R => format!("list({})", items.join(", ")),
        Language::Bash => format!("({})", items.join(" ")),
        Language::Python | Language::Julia => format!("[{}]", items.join(", ")),
    })
}

fn table(language: Language, map: &Map<String, Value>) -> Result<String, String> {
    let (open, between, close) = match language {
        Language::Python => ("{", ": ", "}"),
        Language::R => ("list(", " = ", ")"),
        Language::Julia => ("Dict(", " => ", ")"),
        Language::Bash => return Err("it has no tables".to_owned()),
    };
    let entry =
        |(key, item): (&String, &Value)| Ok(format!("{}{between}{}", string(language, key)?, literal(language, item)?));
    let entries: Vec<String> = map.iter().map(entry).collect::<Result<_, String>>()?;
    Ok(format!("{open}{}{close}", entries.join(", ")))
}

/// A double-quoted string with backslash escapes, which Python, R and Julia read alike (Julia also wants `$` escaped). Letters of other
/// scripts stay as they are: papermill's `\xe4` is another text in R than in Python.
fn quoted(text: &str, escape_dollar: bool) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' if escape_dollar => out.push_str("\\$"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// One word of a shell, quoted as Python's `shlex.quote` does. Control characters are written as escapes, because Bash's kernel types the
/// cell into a terminal, where a tab completes.
fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if text.chars().any(char::is_control) {
        let escaped: String = text
            .chars()
            .map(|c| match c {
                '\\' => "\\\\".to_owned(),
                '\'' => "\\'".to_owned(),
                c if c.is_control() => format!("\\u{:04x}", c as u32),
                c => c.to_string(),
            })
            .collect();
        return format!("$'{escaped}'");
    }
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r#"'"'"'"#)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(language: Language, values: Value) -> Result<String, String> {
        let source = assignments(language, values.as_object().unwrap()).map_err(|error| error.to_string())?;
        Ok(source.strip_prefix("# Parameters\n").unwrap().to_owned())
    }

    #[test]
    fn each_language_gets_its_own_literals() {
        let values = || json!({"a": 1.0, "b": [true, null], "c": {"k": "v$"}, "d": {"e": [{"f": []}]}});
        assert_eq!(
            source(Language::Python, values()).unwrap(),
            "a = 1\nb = [True, None]\nc = {\"k\": \"v$\"}\nd = {\"e\": [{\"f\": []}]}\n"
        );
        assert_eq!(
            source(Language::R, values()).unwrap(),
            "a = 1\nb = list(TRUE, NULL)\nc = list(\"k\" = \"v$\")\nd = list(\"e\" = list(list(\"f\" = list())))\n"
        );
        assert_eq!(
            source(Language::Julia, values()).unwrap(),
            "a = 1\nb = [true, nothing]\nc = Dict(\"k\" => \"v\\$\")\nd = Dict(\"e\" => [Dict(\"f\" => [])])\n"
        );
    }

    #[test]
    fn bash_gets_words_and_flat_lists() {
        let values =
            json!({"a": "plain", "b": "it's", "c": "", "d": null, "e": [1, "two words", null, true], "f": "a\tb\\'"});
        assert_eq!(
            source(Language::Bash, values).unwrap(),
            "a=plain\nb='it'\"'\"'s'\nc=''\nd=\ne=(1 'two words' '' true)\nf=$'a\\u0009b\\\\\\''\n"
        );
        assert!(source(Language::Bash, json!({"a": {"b": 1}})).unwrap_err().ends_with("it has no tables"));
        assert!(source(Language::Bash, json!({"a": [[1]]})).unwrap_err().ends_with("no lists or tables"));
    }

    #[test]
    fn numbers_are_written_as_given() {
        let values = json!({"a": 9_007_199_254_740_993_i64, "b": u64::MAX, "c": 0.1, "d": -3.0, "e": 1e300, "f": 1e16});
        assert_eq!(
            source(Language::Python, values).unwrap(),
            "a = 9007199254740993\nb = 18446744073709551615\nc = 0.1\nd = -3\ne = 1e+300\nf = 1e+16\n"
        );
    }

    #[test]
    fn numbers_that_json_has_not_are_written_too() {
        let values =
            || json!({"a": non_finite(f64::INFINITY), "b": [non_finite(f64::NEG_INFINITY)], "c": non_finite(f64::NAN)});
        let python = "a = float('inf')\nb = [float('-inf')]\nc = float('nan')\n";
        assert_eq!(source(Language::Python, values()).unwrap(), python);
        assert_eq!(source(Language::R, values()).unwrap(), "a = Inf\nb = list(-Inf)\nc = NaN\n");
        assert_eq!(source(Language::Julia, values()).unwrap(), "a = Inf\nb = [-Inf]\nc = NaN\n");
        assert_eq!(source(Language::Bash, values()).unwrap(), "a=inf\nb=(-inf)\nc=nan\n");
    }

    #[test]
    fn texts_keep_every_character() {
        let values = json!({"a": "ü \u{1F600} \" \\ \n\t\u{1}"});
        let literal = "a = \"ü \u{1F600} \\\" \\\\ \\n\\t\\u0001\"\n";
        for language in [Language::Python, Language::R, Language::Julia] {
            assert_eq!(source(language, values.clone()).unwrap(), literal);
        }
        assert!(source(Language::R, json!({"a": "\0"})).unwrap_err().ends_with("cannot hold a NUL"));
    }

    #[test]
    fn a_name_that_the_language_does_not_let_have_is_named() {
        assert_eq!(source(Language::R, json!({"_learning.rate": 1})).unwrap(), "learning.rate = 1\n");
        for (name, why) in
            [("a b", "it is not a name of a variable"), ("lambda", "it is a reserved word of the language")]
        {
            let error = source(Language::Python, json!({name: 1})).unwrap_err();
            assert_eq!(error, format!("parameter {name:?} cannot be written in python: {why}"));
        }
    }
}
