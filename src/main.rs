//! Arguments and exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    vestnik::cli::main(std::env::args_os())
}
