//! The reference page of the language.
