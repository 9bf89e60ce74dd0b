//! Publishing with the real binary, a real PostgreSQL and a sandbox of the platform.

mod crash;
