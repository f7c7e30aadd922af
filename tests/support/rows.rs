//! What a test provoked, as a row of the table in `docs/guide/what-can-go-wrong.md`: `cargo test --test real -- --nocapture | grep '^ROW'`.

use hubmark::event::Failure;

/// Prints the row of a provoked failure.
#[expect(clippy::print_stdout, reason = "these rows are what the tests are asked for")]
pub(crate) fn row(provoked: &str, failure: &Failure) {
    let status = failure.status.map_or(String::new(), |status| format!(" (HTTP {status})"));
    println!("ROW | {provoked} | `{}` | {}{status} |", failure.outcome, failure.message.replace('|', "\\|"));
}
