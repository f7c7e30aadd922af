//! The run store from outside: live readers, killed writers, folders, newer formats.

mod folders;
mod killed;
mod samples;
mod writing;
