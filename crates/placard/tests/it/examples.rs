//! The specs that people begin with.

use anyhow::{Result, ensure};
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

#[test]
fn every_example_is_a_campaign_that_its_platforms_take() -> Result<()> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut specs = 0;
    for entry in fs::read_dir(examples)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        specs += 1;
        let validated = Command::new(env!("CARGO_BIN_EXE_placard")).arg("validate").arg(&path).output()?;
        let said = String::from_utf8_lossy(&validated.stderr).into_owned();
        ensure!(validated.status.success(), "{}: {said}", path.display());
    }
    ensure!(specs >= 3, "only {specs} examples were found");
    Ok(())
}

#[test]
fn a_command_ends_without_a_word_when_its_reader_has_seen_enough() -> Result<()> {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/spring-sale.yaml");
    let mut validate = Command::new(env!("CARGO_BIN_EXE_placard"));
    validate.args(["validate", "--json"]).arg(example).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = validate.spawn()?;
    drop(child.stdout.take());
    let ended = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    ensure!(!ended.status.success(), "it did not notice that nobody reads");
    ensure!(!said.contains("panicked") && !said.contains("pipe"), "{said}");
    Ok(())
}
