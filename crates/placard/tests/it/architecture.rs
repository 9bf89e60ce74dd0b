//! The map in `ARCHITECTURE.md`, held against the code.

#![expect(clippy::unwrap_used, reason = "what cannot be read fails its test")]

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use std::collections::{BTreeMap, BTreeSet};

/// Who may use whom. An arrow that is not here is a mistake; one that is here and unused is removed.
const MAY_USE: &[(&str, &[&str])] = &[
    ("placard-assets", &["placard-domain"]),
    ("placard-domain", &[]),
    ("placard-platforms", &["placard-domain"]),
    ("placard-sandbox", &[]),
    ("placard-store", &["placard-domain"]),
    ("placard-website", &[]),
    (
        "placard",
        &[
            "placard-assets",
            "placard-domain",
            "placard-platforms",
            "placard-sandbox",
            "placard-store",
            "placard-website",
        ],
    ),
];

/// Only these rooms know these libraries.
const BELONGS_TO: &[(&str, &[&str])] = &[
    ("sqlx", &["placard-store", "placard"]),
    ("axum", &["placard-sandbox", "placard"]),
    ("reqwest", &["placard-platforms", "placard-assets", "placard-website", "placard-sandbox", "placard"]),
    ("chacha20poly1305", &["placard-store"]),
    ("argon2", &["placard-store"]),
    ("html5ever", &["placard-website"]),
    ("clap", &["placard"]),
    ("image", &["placard-assets"]),
    ("object_store", &["placard-assets"]),
    ("parquet", &["placard"]),
];

/// Libraries that do I/O, read clocks or draw random numbers stay out of the domain.
const NOT_IN_DOMAIN: &[&str] = &["tokio", "reqwest", "sqlx", "rand", "axum", "tempfile", "rustix"];

const LICENSES: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "Unlicense",
    "0BSD",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "MIT-0",
    "BSL-1.0",
];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml"))
        .exec()
        .unwrap()
}

fn own(metadata: &Metadata) -> Vec<&Package> {
    metadata.workspace_packages()
}

fn uses(package: &Package) -> BTreeSet<String> {
    let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
    normal.map(|dependency| dependency.name.clone()).collect()
}

#[test]
fn crates_use_only_whom_the_map_allows() {
    let metadata = metadata();
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        MAY_USE.iter().map(|(name, others)| (*name, others.iter().copied().collect())).collect();
    for package in own(&metadata) {
        let allowed = allowed
            .get(package.name.as_str())
            .unwrap_or_else(|| panic!("{} is not on the map", package.name));
        let used: BTreeSet<String> =
            uses(package).into_iter().filter(|name| name.starts_with("placard")).collect();
        let used: BTreeSet<&str> = used.iter().map(String::as_str).collect();
        assert_eq!(&used, allowed, "{}", package.name);
    }
}

#[test]
fn libraries_stay_in_the_rooms_they_belong_to() {
    let metadata = metadata();
    for package in own(&metadata) {
        let used = uses(package);
        for (library, rooms) in BELONGS_TO {
            assert!(
                !used.contains(*library) || rooms.contains(&package.name.as_str()),
                "{} uses {library}",
                package.name
            );
        }
        if package.name.as_str() == "placard-domain" {
            let strangers: Vec<_> = NOT_IN_DOMAIN.iter().filter(|library| used.contains(**library)).collect();
            assert!(strangers.is_empty(), "the domain uses {strangers:?}");
        }
    }
}

#[test]
fn every_dependency_comes_from_the_registry_under_a_free_license() {
    let metadata = metadata();
    let members: BTreeSet<_> = metadata.workspace_members.iter().collect();
    let outside: Vec<_> = metadata.packages.iter().filter(|package| !members.contains(&package.id)).collect();
    assert!(outside.len() > 100);
    for package in outside {
        let source = package.source.as_ref().map(ToString::to_string).unwrap_or_default();
        assert!(source.starts_with("registry+"), "{} comes from {source:?}", package.name);
        let license = package.license.clone().unwrap_or_default().replace('/', " OR ");
        let free = |term: &str| LICENSES.contains(&term.trim().trim_matches(['(', ')']));
        let acceptable = license.split(" OR ").any(|choice| choice.split(" AND ").all(free))
            || license.split(" AND ").all(|part| part.trim_matches(['(', ')']).split(" OR ").any(free));
        assert!(acceptable, "{} is licensed as {license:?}", package.name);
    }
}

#[test]
fn only_the_store_contains_sql() {
    let crates = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut found = Vec::new();
    for room in [
        "placard-assets",
        "placard-domain",
        "placard-platforms",
        "placard-sandbox",
        "placard-website",
        "placard",
    ] {
        visit(std::path::Path::new(&format!("{crates}/{room}/src")), &mut |path, text| {
            // The private server makes its own database and role before the store can speak to it.
            if !path.contains("/postgres/") && text.contains("sqlx::query") {
                found.push(path.to_owned());
            }
        });
    }
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn files_are_of_a_size_that_one_can_hold_in_mind() {
    let crates = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut long = Vec::new();
    visit(std::path::Path::new(crates), &mut |path, text| {
        if path.contains("/src/") && text.lines().count() > 600 {
            long.push(path.to_owned());
        }
    });
    assert!(long.is_empty(), "is there a second idea inside? {long:?}");
}

fn visit(folder: &std::path::Path, look: &mut impl FnMut(&str, &str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, look);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            look(&path.to_string_lossy(), &std::fs::read_to_string(&path).unwrap());
        }
    }
}
