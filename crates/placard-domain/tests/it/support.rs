use chrono::NaiveDate;
use placard_domain::spec::{self, Campaign, Diagnostics, ImageFacts, ImageFormat, Images, MediaProblem};

pub const SPRING_SALE: &str = include_str!("../../../../examples/spring-sale.yaml");

pub fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 20).unwrap()
}

pub fn image(width: u32) -> ImageFacts {
    ImageFacts {
        sha256: format!("{width:064x}"),
        width,
        height: 1080,
        bytes: 40_000,
        format: ImageFormat::Png,
    }
}

/// Every image that the example names, and some that are wrong.
pub fn images() -> Images {
    let good = ["images/forest.png", "images/morning.png", "images/city.png", "images/lake.png", "image.png"];
    let mut images: Images = good.iter().map(|path| ((*path).to_owned(), Ok(image(1080)))).collect();
    images.insert("images/small.png".into(), Ok(image(320)));
    images.insert("images/nowhere.png".into(), Err(MediaProblem::Missing));
    images.insert("images/notes.txt".into(), Err(MediaProblem::NotAnImage));
    images.insert("asset:lake".into(), Ok(image(1080)));
    images.insert("asset:lke".into(), Err(MediaProblem::NoAsset { closest: Some("lake".into()) }));
    images.insert("asset:aside".into(), Err(MediaProblem::PutAside));
    images
}

/// The campaign, or everything wrong with it as `line:column path: message (help)`.
pub fn check(text: &str) -> Result<Campaign, Vec<String>> {
    let document = spec::read(text).map_err(lines)?;
    spec::check(&document, &images().into(), today()).map(|(campaign, _)| campaign).map_err(lines)
}

fn lines(findings: Diagnostics) -> Vec<String> {
    let line = |finding: spec::Diagnostic| {
        let place = finding.position.map_or_else(|| "-".into(), |at| format!("{}:{}", at.line, at.column));
        let help = finding.help.map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{place} {}: {}{help}", finding.path, finding.message)
    };
    findings.0.into_iter().map(line).collect()
}
