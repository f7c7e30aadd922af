//! A run's own page of metrics: `hubmark run --metrics`.

use super::Terminal;
use super::error::{CliError, CliResult};
use super::exit::Exit;
use crate::control::{Board, Watched};
use crate::engine::World;
use crate::http::{Access, Server};
use crate::plan::Plan;
use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

/// The server of the page, if one is wanted.
pub(crate) async fn bind(address: Option<SocketAddr>) -> CliResult<Option<Server>> {
    let Some(address) = address else { return Ok(None) };
    if !address.ip().is_loopback() {
        let heading = format!("--metrics {address} is open to others: a run shows its metrics on this machine only");
        return Err(CliError::new(Exit::Usage, heading)
            .hint("--metrics 127.0.0.1:9478, with a Prometheus on this machine or a proxy that asks who is there"));
    }
    let server = Server::bind(address, Access::default()).await;
    server.map(Some).map_err(|error| {
        CliError::caused(Exit::Environment, "the run's metrics cannot be shown", &error)
            .hint("--metrics 127.0.0.1:0 takes any free port")
    })
}

/// The world with a board in front of its store, and what answers with it until dropped. That never ends.
pub(crate) fn show(
    server: Option<Server>,
    world: World,
    run: &str,
    plan: &Plan,
    terminal: Terminal,
) -> (World, impl Future<Output = ()> + use<>) {
    let board = Rc::new(RefCell::new(Board::new(run, plan)));
    let world = match &server {
        None => world,
        Some(server) => {
            terminal.say(&format!("metrics of the run: http://{}/metrics", server.address()));
            World { sink: Box::new(Watched::new(world.sink, Rc::clone(&board))), ..world }
        }
    };
    let answering = async move {
        match server {
            Some(server) => server.run(|path| board.borrow().page(path)).await,
            None => std::future::pending().await,
        }
    };
    (world, answering)
}
