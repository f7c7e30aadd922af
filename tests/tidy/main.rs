//! Architecture and style as a test: reads the source text and fails on what `docs/ARCHITECTURE.md` forbids.

#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]

mod imports;
mod shape;
mod source;
mod words;
