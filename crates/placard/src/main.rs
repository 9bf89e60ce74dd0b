//! The `placard` binary.
fn main() {}
