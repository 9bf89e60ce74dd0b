//! Private PostgreSQL clusters, on real servers.
