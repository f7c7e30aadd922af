//! Whether the measurement can be trusted. `docs/reference/validity.md` lists these checks with their reasons.

mod books;
mod limits;
mod machine;
mod placement;
mod record;
mod settled;

use super::Facts;
use crate::report::gather::seconds;
use crate::report::summary::{Check, Figure, Finding, Quality, Trouble};

/// The section, and why the run is invalid.
pub(super) fn quality(facts: &Facts<'_>) -> (Quality, Vec<String>) {
    let gathered = facts.gathered;
    let identities = books::identities(facts);
    let mut checks = machine::checks(facts);
    checks.extend(record::checks(facts, &identities));
    checks.extend(placement::placement(facts));
    let invalid = checks.iter().filter(|c| c.finding == Finding::Invalid).map(|c| c.says.clone()).collect();
    let quality = Quality {
        checks,
        identities,
        steady: settled::steady(facts),
        evenness: settled::evenness(facts),
        censored_tasks: gathered.tasks.censored,
        degraded: gathered.troubles.components.iter().map(|(name, count)| (name.clone(), *count)).collect(),
        troubles: troubles(facts),
        troubles_left_out: gathered.troubles.texts_left_out,
        left_behind: gathered.end.as_ref().map_or(0, |end| end.left_behind),
    };
    (quality, invalid)
}

fn troubles(facts: &Facts<'_>) -> Vec<Trouble> {
    let said = facts.gathered.troubles.texts.iter();
    let mut rows: Vec<Trouble> = said
        .map(|((component, _), said)| Trouble {
            component: component.clone(),
            text: said.text.clone(),
            count: said.count,
            first_s: seconds(said.first_ns),
        })
        .collect();
    rows.sort_by(|a, b| a.first_s.total_cmp(&b.first_s));
    rows
}

/// What is said where there is nothing to look at.
const UNKNOWN: &str = "nothing was recorded to tell";

/// One check of a value against a limit, by hand of what it says when it is over.
struct Limit<'l> {
    key: &'l str,
    name: &'l str,
    limit: String,
    over: Finding,
    good: &'l str,
    /// What is said without a measured value.
    unknown: &'l str,
    bad: String,
}

fn check(limit: Limit<'_>, measured: Figure, is_over: bool) -> Check {
    let (finding, says) = match measured.value {
        None => (Finding::Unknown, limit.unknown.to_owned()),
        Some(_) if is_over => (limit.over, limit.bad),
        Some(_) => (Finding::Good, limit.good.to_owned()),
    };
    Check { key: limit.key.to_owned(), name: limit.name.to_owned(), measured, limit: limit.limit, finding, says }
}
