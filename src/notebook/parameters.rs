//! Typed values written as assignments of the notebook's language, as papermill's translators do.

use super::document::NotebookError;
use serde_json::{Map, Value};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Python,
    R,
    Julia,
    Bash,
}

impl Language {
    fn of(name: &str) -> Result<Self, NotebookError> {
        Ok(match name {
            "python" | "python3" | "ipython" => Language::Python,
            "r" => Language::R,
            "julia" => Language::Julia,
            "bash" | "sh" => Language::Bash,
            other => return Err(NotebookError::Language(other.to_owned())),
        })
    }

    fn name(self) -> &'static str {
        match self {
            Language::Python => "python",
            Language::R => "r",
            Language::Julia => "julia",
            Language::Bash => "bash",
        }
    }

    fn value(self, value: &Value) -> Result<String, String> {
        Ok(match (self, value) {
            (Language::Python, Value::Null) => "None".to_owned(),
            (Language::R, Value::Null) => "NULL".to_owned(),
            (Language::Julia, Value::Null) => "nothing".to_owned(),
            (Language::Bash, Value::Null) => String::new(),
            (Language::Python, Value::Bool(flag)) => if *flag { "True" } else { "False" }.to_owned(),
            (Language::R, Value::Bool(flag)) => if *flag { "TRUE" } else { "FALSE" }.to_owned(),
            (_, Value::Bool(flag)) => flag.to_string(),
            // Lua's numbers are doubles: whole ones are meant as integers.
            (_, Value::Number(number)) => match number.as_f64() {
                Some(float) if float.fract() == 0.0 && float.abs() < 9e15 => format!("{float:.0}"),
                _ => number.to_string(),
            },
            (Language::Bash, Value::String(text)) => format!("'{}'", text.replace('\'', r"'\''")),
            (language, Value::String(text)) => quoted(text, language == Language::Julia),
            (Language::Bash, _) => return Err("bash has no lists and tables".to_owned()),
            (language, Value::Array(items)) => {
                let items: Vec<String> = items.iter().map(|item| language.value(item)).collect::<Result<_, _>>()?;
                let items = items.join(", ");
                if language == Language::R { format!("list({items})") } else { format!("[{items}]") }
            }
            (language, Value::Object(map)) => {
                let items: Vec<String> = map
                    .iter()
                    .map(|(key, item)| {
                        let (key, item) = (quoted(key, language == Language::Julia), language.value(item)?);
                        Ok(match language {
                            Language::R => format!("{key} = {item}"),
                            Language::Julia => format!("{key} => {item}"),
                            _ => format!("{key}: {item}"),
                        })
                    })
                    .collect::<Result<_, String>>()?;
                let items = items.join(", ");
                match language {
                    Language::R => format!("list({items})"),
                    Language::Julia => format!("Dict({items})"),
                    _ => format!("{{{items}}}"),
                }
            }
        })
    }
}

/// A double-quoted string with backslash escapes, which Python, R and Julia read alike (Julia also wants `$` escaped).
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

/// The source of the injected cell: a comment, then one assignment a line, in the order of the values.
pub(super) fn assignments(language: &str, values: &Map<String, Value>) -> Result<String, NotebookError> {
    let language = Language::of(language)?;
    let mut source = String::from("# Parameters\n");
    for (name, value) in values {
        let fault =
            |why: String| NotebookError::Parameter { name: name.clone(), language: language.name().to_owned(), why };
        let mut chars = name.chars();
        let head = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        if !head || !chars.all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(fault("it is not a name of a variable".to_owned()));
        }
        let value = language.value(value).map_err(fault)?;
        source.push_str(&match language {
            Language::Bash => format!("{name}={value}\n"),
            _ => format!("{name} = {value}\n"),
        });
    }
    Ok(source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_language_gets_its_own_literals() {
        let values = json!({"a": 1.0, "b": [true, null], "c": {"k": "v$"}});
        let values = values.as_object().unwrap();
        assert_eq!(
            assignments("python", values).unwrap(),
            "# Parameters\na = 1\nb = [True, None]\nc = {\"k\": \"v$\"}\n"
        );
        assert_eq!(
            assignments("r", values).unwrap(),
            "# Parameters\na = 1\nb = list(TRUE, NULL)\nc = list(\"k\" = \"v$\")\n"
        );
        assert_eq!(
            assignments("julia", values).unwrap(),
            "# Parameters\na = 1\nb = [true, nothing]\nc = Dict(\"k\" => \"v\\$\")\n"
        );
        assert_eq!(
            assignments("bash", json!({"s": "it's"}).as_object().unwrap()).unwrap(),
            "# Parameters\ns='it'\\''s'\n"
        );
        assert!(assignments("bash", values).is_err());
        assert!(assignments("cobol", values).is_err());
        assert!(assignments("python", json!({"not a name": 1}).as_object().unwrap()).is_err());
    }
}
