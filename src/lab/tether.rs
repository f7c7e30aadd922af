//! Starting children in a session of their own, tied to the life of the thread that starts them.

use rustix::process::{Signal, getpid, getppid, setsid};
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

/// What happens to a child when the thread that started it ends, or its process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tether {
    /// The kernel sends it SIGTERM. The thread must live as long as the child shall.
    Terminate,
    /// The kernel sends it SIGKILL.
    Kill,
    /// Nothing.
    None,
}

/// Starts a command in a new session, so that Ctrl-C and a closing terminal reach hubmark alone, which then stops things in order.
#[expect(unsafe_code, reason = "a death signal can be set in the child only, between fork and exec")]
pub(super) fn spawn(command: &mut Command, tether: Tether) -> io::Result<Child> {
    let parent = getpid();
    let signal = match tether {
        Tether::Terminate => Some(Signal::TERM),
        Tether::Kill => Some(Signal::KILL),
        Tether::None => None,
    };
    // SAFETY: between fork and exec only async-signal-safe functions may be called. These are plain system calls, and an error number
    // becomes an `io::Error` without an allocation.
    unsafe {
        command.pre_exec(move || {
            setsid()?;
            if signal.is_some() {
                set_death_signal(signal)?;
                // The parent may have died before the signal was set.
                if getppid() != Some(parent) {
                    return Err(io::Error::from_raw_os_error(rustix::io::Errno::SRCH.raw_os_error()));
                }
            }
            Ok(())
        });
    }
    command.spawn()
}

#[cfg(target_os = "linux")]
fn set_death_signal(signal: Option<Signal>) -> io::Result<()> {
    Ok(rustix::process::set_parent_process_death_signal(signal)?)
}

#[cfg(not(target_os = "linux"))]
fn set_death_signal(_: Option<Signal>) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::process::Stdio;

    #[test]
    fn a_child_ends_with_the_thread_that_started_it() {
        let start = || spawn(Command::new("sleep").arg("600").stdin(Stdio::null()), Tether::Terminate).unwrap();
        let mut child = std::thread::spawn(start).join().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(Signal::TERM.as_raw()));
    }

    #[test]
    fn an_untethered_child_outlives_it() {
        let start = || spawn(Command::new("cat").stdin(Stdio::piped()), Tether::None).unwrap();
        let mut child = std::thread::spawn(start).join().unwrap();
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
    }
}
