//! `hubmark doctor`: is everything there that a scenario needs, and where will each metric of the specification come from? It touches nothing; with
//! `--ask-kernels` it opens one kernel for each node and removes it again.

mod clocks;
mod document;
mod hubs;
mod kernels;
mod metrics;
mod needs;
mod nodes;
mod text;

use super::Terminal;
use super::args::{DoctorArgs, Format};
use super::checkup::Level;
use super::error::{CliError, CliResult};
use super::exit::Exit;
use super::scenario::Scenario;
use crate::hub::versions;
use document::Document;
use std::path::Path;

/// Looks at everything that a scenario needs.
pub(crate) fn doctor(args: &DoctorArgs, runs_dir: &Path, terminal: Terminal) -> CliResult<Exit> {
    let scenario = Scenario::load(&args.scenario)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::caused(Exit::Internal, "failed to start the runtime", &error))?;
    let (targets, mut nodes) = runtime.block_on(async {
        let targets = hubs::look(&scenario).await;
        (targets, nodes::look(&scenario).await)
    });
    nodes::judge(&scenario.plan, &mut nodes);
    let metrics = metrics::metrics(&scenario.plan, &nodes);
    let mut document = Document {
        ready: false,
        tested: versions::range(),
        targets,
        nodes,
        kernels: None,
        needs: needs::of(&scenario),
        metrics,
    };
    if args.ask_kernels {
        document.kernels = Some(match document.ready() {
            true => runtime.block_on(kernels::look(&scenario, &document.needs, runs_dir, terminal))?,
            // On a hub that cannot be used there is nothing to open.
            false => vec![],
        });
    }
    document.ready = document.ready();
    match terminal.format {
        Format::Json => terminal.json(&document),
        Format::Text => terminal.result(&text::text(&document, terminal.out)),
    }
    Ok(if document.ready { Exit::Success } else { Exit::Environment })
}

impl Document {
    /// Whether nothing is missing that a run needs.
    fn ready(&self) -> bool {
        let of_kernels = self.kernels.iter().flatten().flat_map(|kernel| &kernel.findings);
        let of_nodes = self.nodes.iter().flat_map(|node| &node.findings);
        let mut findings = self.targets.values().flat_map(|target| &target.findings).chain(of_nodes).chain(of_kernels);
        findings.all(|finding| finding.level != Level::Fail)
    }
}
