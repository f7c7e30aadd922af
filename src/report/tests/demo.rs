//! Reports to look at, under `target/report-demo/`.

use super::{Made, World, iterations};
use crate::report::*;
use std::path::{Path, PathBuf};

fn write(name: &str, made: &Made) -> Summary {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/report-demo");
    std::fs::create_dir_all(&folder).unwrap();
    let summary = analyse(made).unwrap();
    std::fs::write(folder.join(format!("{name}.html")), html(&summary)).unwrap();
    std::fs::write(folder.join(format!("{name}.md")), markdown(&summary)).unwrap();
    std::fs::write(folder.join(format!("{name}.txt")), text(&summary, Style::default())).unwrap();
    std::fs::write(folder.join(format!("{name}.json")), json(&summary).unwrap()).unwrap();
    summary
}

#[test]
fn every_kind_of_run_has_a_report_in_every_form() {
    let healthy = World::default();
    let small = World { users: 4, load_s: 90.0, ramp_s: 0.0, failing: 0.0, ..World::default() };
    write("healthy", &healthy.run());
    write("small", &small.run());
    write("failing", &World { failing: 0.07, host_cpu: 0.94, ..World::default() }.run());
    write("simulated", &World { simulated: true, load_s: 3600.0, users: 45, ..World::default() }.run());
    write("invalid", &World { lateness_s: 0.2, ..World::default() }.run());
    let own = World { failing: 0.12, simulated: true, ..World::default() };
    write("own", &iterations::by_own_users(&own, false));
    write("own-and-tasks", &iterations::by_own_users(&own, true));
    write("killed", &World::default().run().killed(200.0));
    write("nothing", &World::default().run().killed(0.0));
}
