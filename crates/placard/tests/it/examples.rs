//! The specs that people begin with.

use anyhow::{Result, ensure};
use std::{fs, path::Path, process::Command};

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
