//! What is told of the adapters' tables is what they hold.

use placard_platforms::mapping;

#[test]
fn the_published_tables_are_those_of_the_adapters() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/mapping.md");
    let expected = mapping::document();
    if std::env::var_os("PLACARD_UPDATE_MAPPING").is_some() {
        std::fs::write(path, &expected).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(path).unwrap(),
        expected,
        "run with PLACARD_UPDATE_MAPPING=1 to renew it"
    );
}
