//! The run store from outside: live readers, killed writers, folders, newer formats.

#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]

mod folders;
mod killed;
mod samples;
mod writing;
