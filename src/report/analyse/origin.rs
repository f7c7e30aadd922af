//! What was run, where, and how to repeat it.

use super::Facts;
use crate::clock::rfc3339;
use crate::plan::Target;
use crate::report::gather::seconds;
use crate::report::summary::{FileLine, Generation, Header, Machine, Origin, RunState, TargetLine};
use std::collections::BTreeMap;

/// The header.
pub(super) fn header(facts: &Facts<'_>, invalid_because: Vec<String>) -> Header {
    let (manifest, gathered) = (facts.manifest, facts.gathered);
    let plan = &manifest.plan;
    let (state, ended_because) = ending(facts);
    Header {
        run: manifest.run.clone(),
        name: plan.name.clone(),
        about: plan.about.clone(),
        tags: plan.tags.clone(),
        started: rfc3339(manifest.started_wall_ns),
        length_s: seconds(gathered.last_ns),
        load_s: facts.load_s(),
        seed: plan.seed,
        hubmark: manifest.hubmark.clone(),
        segment: manifest.segment,
        targets: targets(facts),
        machine: Machine {
            line: machine_line(&manifest.environment_start.facts),
            facts: manifest.environment_start.facts.clone(),
        },
        simulated: manifest.simulated,
        state,
        ended_because,
        valid: invalid_because.is_empty(),
        invalid_because,
    }
}

fn ending(facts: &Facts<'_>) -> (RunState, Option<String>) {
    let stopped = facts.gathered.stop.as_ref().map(|(_, reason, _)| reason.clone());
    match &facts.gathered.end {
        None => (RunState::Open, None),
        Some(end) if end.error.is_some() => (RunState::Failed, end.error.clone()),
        Some(end) if end.aborted.is_some() => (RunState::Aborted, stopped),
        Some(end) if end.interrupted => (RunState::Interrupted, stopped),
        Some(_) => (RunState::Finished, None),
    }
}

fn targets(facts: &Facts<'_>) -> Vec<TargetLine> {
    let manifest = facts.manifest;
    let lines = manifest.plan.targets.iter().map(|(name, target)| TargetLine {
        name: name.clone(),
        kind: match target {
            Target::Hub(_) => "hub".to_owned(),
            Target::Server(_) => "server".to_owned(),
        },
        url: target.url().to_string(),
        version: manifest.targets.get(name).map(|facts| facts.version.clone()).unwrap_or_default(),
    });
    lines.collect()
}

fn machine_line(facts: &BTreeMap<String, String>) -> String {
    let cores = facts.get("host_processor_core_count").map(|count| format!("{count} processors"));
    let parts = [
        facts.get("host_processor_model_name").cloned(),
        cores,
        facts.get("host_memory_capacity").cloned(),
        facts.get("operating_system").cloned(),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Where it ran and how to repeat it.
pub(super) fn origin(facts: &Facts<'_>) -> Origin {
    let manifest = facts.manifest;
    let start = &manifest.environment_start.facts;
    let mut changed = BTreeMap::new();
    if let Some(end) = &manifest.environment_end {
        for (name, now) in &end.facts {
            let was = start.get(name).cloned().unwrap_or_default();
            if was != *now {
                changed.insert(name.clone(), (was, now.clone()));
            }
        }
    }
    let described = manifest.targets.iter().map(|(name, target)| {
        let mut facts = target.facts.clone();
        facts.insert("url".to_owned(), target.url.clone());
        facts.insert("version".to_owned(), target.version.clone());
        (name.clone(), facts)
    });
    Origin {
        scenario: manifest.scenario.clone(),
        command: manifest.command.clone(),
        repeat: repeat(facts),
        seed: manifest.plan.seed,
        params: manifest.plan.params.clone(),
        source_hash: manifest.source_hash.clone(),
        plan_hash: manifest.plan_hash.clone(),
        files: manifest
            .files
            .iter()
            .map(|file| FileLine { path: file.path.clone(), sha256: file.sha256.clone(), bytes: file.bytes })
            .collect(),
        generations: facts
            .gathered
            .generations
            .iter()
            .map(|(number, t_ns, plan_hash, source_hash)| Generation {
                number: *number,
                from_s: seconds(*t_ns),
                plan_hash: plan_hash.clone(),
                source_hash: source_hash.clone(),
            })
            .collect(),
        targets: described.collect(),
        environment_start: start.clone(),
        environment_changed: changed,
    }
}

/// The command line with the seed that was drawn, where it names none.
fn repeat(facts: &Facts<'_>) -> String {
    let words: Vec<String> = facts.manifest.command.iter().map(|word| quoted(word)).collect();
    let mut line = words.join(" ");
    if !words.iter().any(|word| word == "--seed" || word.starts_with("--seed=")) {
        line.push_str(&format!(" --seed {}", facts.manifest.plan.seed));
    }
    line.trim().to_owned()
}

/// A word as a POSIX shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_word_with_a_space_is_quoted_for_the_shell() {
        assert_eq!(quoted("users=4"), "users=4");
        assert_eq!(quoted("my file"), "'my file'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
    }
}
