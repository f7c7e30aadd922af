//! Making the environment.
