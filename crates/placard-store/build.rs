//! Rebuilds the crate when a migration is added; those that it knows are watched already.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
