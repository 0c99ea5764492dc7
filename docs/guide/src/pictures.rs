//! The pictures of the chapters, as the chapters' code makes them.

/// Declares the pictures by their names in `pictures/`.
macro_rules! pictures {
    ($($name:literal,)*) => {
        const PICTURES: &[(&str, &[u8])] =
            &[$(($name, include_bytes!(concat!("../pictures/", $name))),)*];
    };
}

pictures! {
    "anomalies.png",
    "clothes.png",
    "fives.png",
    "left-edges.png",
    "loss.png",
    "narrow-passage.png",
    "noise-removed.png",
    "noise.png",
    "principal-components.png",
    "random-codes.png",
    "reconstructions.png",
    "scores.png",
    "shoes-codes.png",
    "shoes-first.png",
    "shoes-ladder.png",
    "untrained.png",
    "variance.png",
}

/// The PNG file of this name.
pub(crate) fn find(name: &str) -> Option<&'static [u8]> {
    PICTURES.iter().find(|(known, _)| *known == name).map(|(_, bytes)| *bytes)
}

/// The width and height of a PNG file, which its first chunk, `IHDR`, begins with (PNG, third
/// edition, 11.2.1); `None` for what is not one.
pub(crate) fn size(png: &[u8]) -> Option<(u32, u32)> {
    let numbers = png.starts_with(b"\x89PNG\r\n\x1a\n").then(|| png.get(16..24))??;
    let (width, height) = numbers.split_at(4);
    Some((u32::from_be_bytes(width.try_into().ok()?), u32::from_be_bytes(height.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;
    use std::fs;

    #[test]
    fn every_picture_is_known_and_shown_in_each_language() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/pictures");
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut files: Vec<String> = files.map(|name| name.into_string().unwrap()).collect();
        files.sort_unstable();
        let known: Vec<&str> = PICTURES.iter().map(|(name, _)| *name).collect();
        assert_eq!(files, known, "pictures.rs lists what is in pictures/, in order");
        for name in known {
            let shown = format!("](../pictures/{name})");
            for language in Language::ALL {
                let mut chapters = language.chapters().iter();
                assert!(chapters.any(|(_, text)| text.contains(&shown)), "{language}: {name}");
            }
        }
    }

    #[test]
    fn a_png_file_says_how_large_it_is() {
        let (width, height) = size(find("loss.png").unwrap()).unwrap();
        assert!(width > height && height > 100, "{width} x {height}");
        assert_eq!(size(b"\x89PNG\r\n\x1a\nIHDR"), None);
        assert_eq!(size(b"GIF89a, and what else there may be in it"), None);
    }
}
