//! What the pure stages cost.

fn main() {
    divan::main();
}
