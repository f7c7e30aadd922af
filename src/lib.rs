//! hubmark
