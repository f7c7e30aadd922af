//! The differences that there may be, each with its reason. The reference page shows this table.

use super::compare::Difference;

/// A difference that there may be.
#[derive(Clone, Copy)]
pub(super) struct Explained {
    /// Whose copy differs.
    client: &'static str,
    /// Where: `*` is any one step of the path, `**` at the end any further ones.
    pub(super) place: &'static str,
    /// In which documents; empty for all.
    documents: &'static [&'static str],
    what: &'static str,
    why: &'static str,
}

const fn row(client: &'static str, place: &'static str, what: &'static str, why: &'static str) -> Explained {
    Explained { client, place, documents: &[], what, why }
}

impl Explained {
    const fn only_in(self, documents: &'static [&'static str]) -> Self {
        Self { documents, ..self }
    }
}

const WITHOUT_ENGINE: &str = "what papermill calls itself, where its files are, and what it knows of other engines";

pub(super) const EXPLAINED: &[Explained] = &[
    row("nbclient", "/cells/*/metadata/papermill", "has papermill's times", "tools that read them find them; nbclient has only the kernel's"),
    row("nbclient", "/metadata/papermill", "has papermill's times", "the same"),
    row("nbclient", "/cells/*/id", "numbers missing ids: `cell-3`", "nbformat draws them by chance; two copies of one notebook should have the same")
        .only_in(&["format_4_5_without_ids"]),
    row("nbclient", "/cells/*/outputs", "is empty where a cell was not executed", "nbclient leaves what an earlier execution left, and nobody can tell it from this one's; papermill empties it too")
        .only_in(&["executed_before"]),
    row("nbclient", "/cells/*/execution_count", "is `null` where a cell was not executed", "the same").only_in(&["executed_before"]),
    row("nbclient", "/metadata/widgets", "has no state of widgets that nothing shows any more", "the same").only_in(&["executed_before"]),
    row("nbclient", "/cells/*/outputs", "lacks what is over a limit, and says so", "users share the memory of one process").only_in(&["over_the_limit"]),
    row("nbclient", "/metadata/hubmark", "counts what is over a limit", "the same").only_in(&["over_the_limit"]),
    row("papermill", "/cells/*/metadata/tags", "has no tags where there were none", "papermill adds an empty list to every cell; the copy keeps what it does not know as it was"),
    row("papermill", "/cells/*/metadata/papermill", "has times on code cells that are executed", "papermill has them on texts too, where they say nothing")
        .only_in(&["parameters_python"]),
    row("papermill", "/cells/*/id", "calls the injected cell `hubmark-parameters`, in format 4.5 alone", "papermill draws an id by chance, and raises older documents to 4.5"),
    row("papermill", "/nbformat_minor", "stays what it was", "papermill raises it to 5; nothing that hubmark writes needs that")
        .only_in(&["parameters_without_cell"]),
    row("papermill", "/cells/*/source", "writes letters of other scripts as they are", "papermill writes `\\xfc`, which R reads as another text")
        .only_in(&["parameters_unicode"]),
    row("papermill", "/metadata/papermill/version", "`hubmark` and its version", "who wrote it"),
    row("papermill", "/metadata/papermill/default_parameters", "is absent", WITHOUT_ENGINE),
    row("papermill", "/metadata/papermill/environment_variables", "is absent", WITHOUT_ENGINE),
    row("papermill", "/metadata/papermill/input_path", "is absent", WITHOUT_ENGINE),
    row("papermill", "/metadata/papermill/output_path", "is absent", WITHOUT_ENGINE),
];

impl Explained {
    pub(super) fn covers(&self, difference: &Difference) -> bool {
        let is_document = self.documents.is_empty() || self.documents.contains(&difference.document);
        self.client == difference.client && is_document && matches(self.place, &difference.place)
    }
}

fn matches(pattern: &str, place: &str) -> bool {
    let (mut pattern, mut place) = (pattern.split('/'), place.split('/'));
    loop {
        match (pattern.next(), place.next()) {
            (None, None) | (Some("**"), Some(_)) => return true,
            (Some(wanted), Some(step)) if wanted == "*" || wanted == step => {}
            _ => return false,
        }
    }
}

pub(super) fn is_explained(difference: &Difference) -> bool {
    EXPLAINED.iter().any(|row| row.covers(difference))
}

/// The table of the reference page.
pub(super) fn table() -> String {
    let mut text = String::from("| compared with | where | hubmark's copy | why |\n| --- | --- | --- | --- |\n");
    for Explained { client, place, what, why, .. } in EXPLAINED {
        text.push_str(&format!("| {client} | `{}` | {what} | {why} |\n", place.replace("~1", "/")));
    }
    text
}

#[test]
fn a_place_is_matched_step_by_step() {
    assert!(matches("/cells/*/id", "/cells/3/id") && matches("/metadata/papermill/**", "/metadata/papermill/a/b"));
    assert!(!matches("/cells/*/id", "/cells/3/id/x") && !matches("/cells/*", "/metadata/x") && !matches("/a/**", "/a"));
}
