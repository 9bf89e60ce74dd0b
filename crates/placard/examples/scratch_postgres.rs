//! Runs a throw-away PostgreSQL cluster: `scratch_postgres cargo nextest run`, or alone until its input closes.

fn main() -> std::process::ExitCode {
    placard::postgres::scratch::main()
}
