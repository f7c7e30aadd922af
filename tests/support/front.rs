//! A TCP proxy in front of something real, which cuts connections, keeps new ones out, or lets those there are fall silent.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// The proxy. It ends with the process.
pub(crate) struct Front {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    closed: AtomicBool,
    /// New connections that are still to be kept out.
    refused: AtomicUsize,
    pairs: Mutex<Vec<Pair>>,
}

/// One connection and the one behind it.
struct Pair {
    client: TcpStream,
    server: TcpStream,
    silent: Arc<AtomicBool>,
}

impl Front {
    /// Before a port of this machine.
    pub(crate) fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let front = Self { port: listener.local_addr().unwrap().port(), state: Arc::default() };
        let state = Arc::clone(&front.state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A client that is kept out sees what a proxy without a backend shows: the connection ends at once.
                let refused =
                    state.refused.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
                if refused.is_err() && !state.closed.load(Ordering::SeqCst) {
                    state.pass(client, port);
                }
            }
        });
        front
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends all connections that there are.
    pub(crate) fn cut(&self) {
        for pair in self.state.pairs.lock().unwrap().drain(..) {
            // Either may be over already.
            let _ = pair.client.shutdown(Shutdown::Both);
            let _ = pair.server.shutdown(Shutdown::Both);
        }
    }

    /// Lets the connections that there are fall silent: they stay open, and what goes in does not come out.
    pub(crate) fn silence(&self) {
        for pair in self.state.pairs.lock().unwrap().iter() {
            pair.silent.store(true, Ordering::SeqCst);
        }
    }

    /// Keeps as many new connections out.
    pub(crate) fn refuse(&self, connections: usize) {
        self.state.refused.store(connections, Ordering::SeqCst);
    }

    /// Keeps new connections out, or lets them in again.
    pub(crate) fn close(&self, closed: bool) {
        self.state.closed.store(closed, Ordering::SeqCst);
    }
}

impl State {
    fn pass(&self, client: TcpStream, port: u16) {
        let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { return };
        let silent = Arc::new(AtomicBool::new(false));
        let copy = |from: &TcpStream, to: &TcpStream| {
            let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            let silent = Arc::clone(&silent);
            thread::spawn(move || {
                let mut buffer = [0; 16 << 10];
                while let Ok(length @ 1..) = from.read(&mut buffer) {
                    if !silent.load(Ordering::SeqCst) && to.write_all(&buffer[..length]).is_err() {
                        break;
                    }
                }
                if !silent.load(Ordering::SeqCst) {
                    let _ = to.shutdown(Shutdown::Both);
                }
            });
        };
        copy(&client, &server);
        copy(&server, &client);
        self.pairs.lock().unwrap().push(Pair { client, server, silent });
    }
}

/// Answers each connection with the beginning of an answer, then with a byte ten times a second, or not at all.
pub(crate) fn slow_server(trickles: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n";
                let asked = stream.read(&mut [0; 4096]).is_ok_and(|length| length > 0);
                let mut goes_on = asked && (!trickles || stream.write_all(head).is_ok());
                while goes_on {
                    thread::sleep(Duration::from_millis(100));
                    // Silence ends when the client goes.
                    goes_on = if trickles {
                        stream.write_all(b" ").is_ok()
                    } else {
                        stream.read(&mut [0; 4096]).is_ok_and(|n| n > 0)
                    };
                }
            });
        }
    });
    url
}

/// Answers the first request of each connection with this, whatever it is.
pub(crate) fn always(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // A client may go before it has its answer.
            let _ = stream.read(&mut [0; 4096]).and_then(|_| stream.write_all(answer.as_bytes()));
        }
    });
    url
}
