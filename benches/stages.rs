//! What the pure stages cost.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a bench stops at the first surprise")]

mod publish;
mod serve;

fn main() {
    divan::main();
}
