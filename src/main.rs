//! The binary: everything is in the library.

fn main() -> std::process::ExitCode {
    hubmark::cli::main()
}
