//! The reference pages are what the program says. `HUBMARK_BLESS=1 cargo test --test cli` writes them.

use crate::root;
use hubmark::cli;

fn compare(name: &str, page: &str) {
    let path = root().join("docs/reference").join(name);
    if std::env::var_os("HUBMARK_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, page).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == page, "docs/reference/{name} is not what the program says: HUBMARK_BLESS=1 cargo test --test cli");
}

#[test]
fn the_page_of_the_command_line_is_true() {
    compare("cli.md", &cli::command_line());
}

#[test]
fn the_page_of_metrics_is_true() {
    compare("metrics.md", &cli::metrics());
}

#[test]
fn the_page_of_outcomes_is_true_and_whole() {
    compare("outcomes.md", &cli::outcomes());
}

#[test]
fn the_page_of_csv_is_true() {
    compare("csv.md", &cli::csv());
}

#[test]
fn the_page_of_exit_codes_is_true() {
    compare("exit-codes.md", &cli::Exit::reference());
}

#[test]
fn the_page_of_the_language_is_true() {
    compare("lua.md", &cli::lua());
}

#[test]
fn the_readmes_scenario_is_a_scenario() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let lua = readme.split("```lua\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("notebooks")).unwrap();
    let notebook = std::fs::read(root().join("scenarios/quickstart/notebooks/text.ipynb")).unwrap();
    for name in ["lecture", "exercise"] {
        std::fs::write(folder.path().join(format!("notebooks/{name}.ipynb")), &notebook).unwrap();
    }
    std::fs::write(folder.path().join("scenario.lua"), lua).unwrap();
    let output = crate::hubmark(folder.path(), &["check", "scenario.lua"]);
    assert_eq!(output.status.code(), Some(0), "{}", crate::err(&output));
}

#[test]
fn the_farm_of_the_guide_is_a_scenario_and_its_commands_are_commands() {
    let guide = std::fs::read_to_string(root().join("docs/guide/preparing-a-farm.md")).unwrap();
    let lua = guide.split("```lua\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("farm.lua"), lua).unwrap();
    std::fs::copy(root().join("tests/lua/n.ipynb"), folder.path().join("train.ipynb")).unwrap();
    let output = crate::hubmark(folder.path(), &["check", "farm.lua"]);
    assert_eq!(output.status.code(), Some(0), "{}", crate::err(&output));
    assert!(crate::out(&output).contains("microserver  16"), "{}", crate::out(&output));
    let blocks = guide.split("```").skip(1).step_by(2);
    let commands: Vec<&str> = blocks.flat_map(str::lines).filter_map(|line| line.strip_prefix("hubmark ")).collect();
    assert!(commands.len() >= 7, "{commands:?}");
    for command in commands {
        // A comment and where the output goes are the shell's. Asked for its help, a command has read its flags and does nothing.
        let words = command.split(['#', '>']).next().unwrap().split_whitespace();
        let arguments: Vec<&str> = words.chain(["--help"]).collect();
        let output = crate::hubmark(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(0), "{command}: {}", crate::err(&output));
    }
}
