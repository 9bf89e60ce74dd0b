//! The same commands against a server: the real binary here, a server as a process of its own there.

mod assets;
mod commands;
mod connections;
mod publishing;
mod sessions;
mod signing_in;
mod user;
