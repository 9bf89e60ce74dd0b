//! What kind of file an upload is.

/// The media type of a picture or video that goes out under `file_name`, whose ending an adapter chose itself.
pub(crate) fn mime(file_name: &str) -> &'static str {
    match file_name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("png") => "image/png",
        Some("mp4") => "video/mp4",
        Some("mov") => "video/quicktime",
        _ => "image/jpeg",
    }
}
