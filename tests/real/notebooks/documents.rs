//! The notebooks that are compared.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// One notebook of `documents/`.
pub(super) struct Document {
    pub(super) name: &'static str,
    /// The kernel that it asks for.
    pub(super) kernel: &'static str,
    /// Its parameters as JSON and in Lua, for papermill and hubmark.
    parameters: Option<(&'static str, &'static str)>,
}

/// Has outputs that are larger than a copy keeps.
pub(super) const OVER_THE_LIMIT: &str = "over_the_limit";

const fn python(name: &'static str) -> Document {
    Document { name, kernel: "python3", parameters: None }
}

const fn on(kernel: &'static str, name: &'static str) -> Document {
    Document { name, kernel, parameters: None }
}

const fn with(kernel: &'static str, name: &'static str, json: &'static str, lua: &'static str) -> Document {
    Document { name, kernel, parameters: Some((json, lua)) }
}

pub(super) const DOCUMENTS: &[Document] = &[
    python("prints"),
    python("stderr"),
    python("large_stream"),
    python("large_result"),
    python(OVER_THE_LIMIT),
    python("widgets_slider"),
    python("widgets_output"),
    python("widgets_image"),
    python("widgets_progress"),
    python("png"),
    python("rich_bundles"),
    python("json_and_vega"),
    python("tables"),
    python("error"),
    python("syntax_error"),
    python("raises_exception"),
    python("tags"),
    python("magics"),
    python("display_updates"),
    python("clear_output"),
    python("unicode"),
    python("attachments"),
    python("format_4_0"),
    python("format_4_2"),
    python("format_4_4"),
    python("format_4_5_without_ids"),
    python("executed_before"),
    python("ansi"),
    python("carriage_returns"),
    python("threads"),
    python("asyncio_await"),
    python("input_refused"),
    python("history"),
    python("system_exit"),
    python("warnings"),
    on("bash", "bash"),
    on("bash", "bash_error"),
    on("ir", "r"),
    on("ir", "r_error"),
    // In the order of their names: Lua's tables have none, and hubmark takes this one.
    with(
        "python3",
        "parameters_python",
        r#"{"big": 9007199254740991, "flags": [true, false, null], "n": 3, "name": "it's \"x\" \\ \n", "nothing": null, "options": {"deep": {"list": [1, 2.5]}}, "rate": 0.25}"#,
        r#"{ big = 9007199254740991, flags = { true, false, hm.json.null }, n = 3, name = "it's \"x\" \\ \n", nothing = hm.json.null, options = { deep = { list = { 1, 2.5 } } }, rate = 0.25 }"#,
    ),
    with("python3", "parameters_unicode", r#"{"name": "ü \u2028 😀"}"#, "{ name = \"ü \\u{2028} 😀\" }"),
    with("python3", "parameters_without_cell", r#"{"n": 41}"#, "{ n = 41 }"),
    with("python3", "parameters_injected_before", r#"{"n": 3}"#, "{ n = 3 }"),
    with(
        "ir",
        "parameters_r",
        r#"{"flag": true, "items": [1, "two", [3]], "n": 3, "name": "it's \"x\"", "nothing": null}"#,
        r#"{ flag = true, items = { 1, "two", { 3 } }, n = 3, name = "it's \"x\"", nothing = hm.json.null }"#,
    ),
    with(
        "bash",
        "parameters_bash",
        r#"{"flag": true, "items": [1, "b c"], "n": 3, "name": "it's two words"}"#,
        r#"{ flag = true, items = { 1, "b c" }, n = 3, name = "it's two words" }"#,
    ),
];

impl Document {
    pub(super) fn file(&self) -> String {
        format!("{}.ipynb", self.name)
    }

    pub(super) fn path(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/notebooks/documents").join(self.file())
    }

    /// Who else executes it.
    pub(super) fn client(&self) -> &'static str {
        if self.parameters.is_some() { "papermill" } else { "nbclient" }
    }

    pub(super) fn parameters(&self) -> Value {
        self.parameters.map_or(Value::Null, |(json, _)| serde_json::from_str(json).unwrap())
    }
}

/// A scenario in which each document is executed once, by a user of its own.
pub(super) fn scenario(documents: &[Document], url: &str) -> String {
    let mut lines = [String::new(), String::new(), String::new()];
    for document in documents {
        let name = document.name;
        let params = document.parameters.map(|(_, lua)| format!(", params = {lua}")).unwrap_or_default();
        lines[0].push_str(&format!("    {name} = hm.notebook {{ \"{name}.ipynb\", timeout = \"2m\"{params} }},\n"));
        lines[1].push_str(&format!("    {name} = hm.user {{ mix = {{ {name} = 1 }}, think = \"10ms\" }},\n"));
        lines[2].push_str(&format!(
            "    {name} = hm.per_user_iterations {{ user = \"{name}\", users = 1, iterations = 1 }},\n"
        ));
    }
    let [notebooks, users, load] = lines;
    format!(
        "return hm.scenario {{\n  name = \"notebooks\",\n  keep = \"all\",\n  \
         farm = hm.farm {{ hubs = {{ plain = hm.server {{ url = \"{url}\", token = \"env:HUBMARK_SERVER_TOKEN\" }} }} }},\n  \
         notebooks = {{\n{notebooks}  }},\n  users = {{\n{users}  }},\n  load = {{\n{load}  }},\n}}\n"
    )
}

#[test]
fn every_document_is_compared() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/notebooks/documents");
    let mut files: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let mut listed: Vec<String> = DOCUMENTS.iter().map(Document::file).collect();
    files.sort();
    listed.sort();
    assert_eq!(files, listed);
    assert!(listed.len() >= 30);
}
