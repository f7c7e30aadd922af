//! Architecture and style as a test: reads the source text and fails on what `docs/ARCHITECTURE.md` forbids.

mod imports;
mod shape;
mod source;
mod words;
