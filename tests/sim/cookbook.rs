//! Every recipe of the cookbook loads, works in a simulated world, and stands in the guide as it stands in its file.

use crate::checks::check;
use crate::world::{Beside, Ended, simulate};
use hubmark::event::{EventKind, Outcome};
use hubmark::script::{Counting, LoadRequest, load};
use hubmark::sim::Faults;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn recipes() -> Vec<PathBuf> {
    let files = std::fs::read_dir(root().join("scenarios/cookbook")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "lua")).collect();
    files.sort();
    files
}

/// Ten simulated minutes of a recipe.
fn ten_minutes(path: &Path, faults: Faults) -> Ended {
    let mut request = LoadRequest::new(path);
    request.limits.counting = Counting::Ticks;
    request.set = vec![("length".to_owned(), "10m".to_owned())];
    let loaded = load(&request).unwrap_or_else(|error| panic!("{error}"));
    let users = loaded.users(0).unwrap_or_else(|error| panic!("{error}"));
    let seed = loaded.plan.seed;
    simulate(&loaded.plan, seed, &Beside { users: Some(users), faults, ..Beside::default() })
}

#[test]
fn every_recipe_works_for_ten_simulated_minutes() {
    assert_eq!(recipes().len(), 10);
    for path in recipes() {
        let ended = ten_minutes(&path, Faults::default());
        check(&ended);
        let mut done = 0;
        for event in &ended.events {
            match &event.kind {
                EventKind::IterationEnded { outcome, .. } => {
                    assert!(matches!(outcome, Outcome::Ok | Outcome::Interrupted), "{}: {outcome}", path.display());
                    done += u32::from(outcome.is_ok());
                }
                EventKind::UserCodeFailed { failure, .. } => panic!("{}: {failure}", path.display()),
                EventKind::Checked { name, ok } => assert!(ok, "{}: {name}", path.display()),
                EventKind::Degraded { text, .. } => panic!("{}: {text}", path.display()),
                _ => {}
            }
        }
        assert!(done >= 10, "{}: {done} iterations", path.display());
        assert!(ended.hub.leftovers().accounts.is_empty(), "{}", path.display());
    }
}

#[test]
fn every_recipe_stands_a_hub_that_fails() {
    let faults = Faults {
        spawn_failed: 0.1,
        spawn_throttled: 0.3,
        cell_error: 0.05,
        kernel_died: 0.05,
        server_culled: 0.03,
        ..Faults::default()
    };
    for path in recipes() {
        let ended = ten_minutes(&path, faults);
        check(&ended);
        for event in &ended.events {
            if let EventKind::UserCodeFailed { failure, .. } = &event.kind {
                assert_ne!(failure.outcome, Outcome::ScriptError, "{}: {failure}", path.display());
            }
        }
    }
}

#[test]
fn the_guide_shows_the_recipes_as_they_are() {
    let guide = std::fs::read_to_string(root().join("docs/guide/cookbook.md")).unwrap();
    let texts: Vec<(String, String)> = recipes()
        .iter()
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap()))
        .collect();
    for (name, _) in &texts {
        assert!(guide.contains(&format!("](../../scenarios/cookbook/{name})")), "the guide does not link {name}");
    }
    let blocks: Vec<&str> =
        guide.split("```lua\n").skip(1).map(|rest| rest.split("```").next().unwrap().trim_end()).collect();
    assert!(blocks.len() >= texts.len(), "{} blocks for {} recipes", blocks.len(), texts.len());
    for block in blocks {
        assert!(texts.iter().any(|(_, text)| text.contains(block)), "this stands in no recipe:\n{block}");
    }
}
