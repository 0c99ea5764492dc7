//! A user's own data set: its name, and the checksums that distinguish it from others.

mod common;

use ae_idx::{Dataset, FILE_NAMES};
use std::fs;

#[test]
fn a_folder_has_its_name_and_each_file_the_checksum_of_its_content() {
    let source = common::folder();
    let parent = tempfile::tempdir().unwrap();
    let shoes = parent.path().join("shoes");
    fs::create_dir(&shoes).unwrap();
    for name in FILE_NAMES {
        fs::copy(source.path().join(name), shoes.join(name)).unwrap();
    }
    let plain = Dataset::load_folder(&shoes).unwrap();
    assert_eq!(plain.name, "shoes");
    assert!(plain.checksums.keys().map(String::as_str).eq({
        let mut names = FILE_NAMES;
        names.sort_unstable();
        names
    }));
    let sums: Vec<&String> = plain.checksums.values().collect();
    assert!(sums.iter().all(|sum| sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_hexdigit())));
    assert!(sums.iter().enumerate().all(|(i, sum)| !sums[..i].contains(sum)));

    // Packed or not, the content is the same; a different pixel changes one checksum.
    let images = shoes.join(FILE_NAMES[0]);
    let mut bytes = fs::read(&images).unwrap();
    fs::remove_file(&images).unwrap();
    let packed = shoes.join(format!("{}.gz", FILE_NAMES[0]));
    fs::write(&packed, common::gzip(&bytes)).unwrap();
    assert_eq!(Dataset::load_folder(&shoes).unwrap().checksums, plain.checksums);
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&packed, common::gzip(&bytes)).unwrap();
    let other = Dataset::load_folder(&shoes).unwrap().checksums;
    let differing = FILE_NAMES.iter().filter(|name| other[**name] != plain.checksums[**name]);
    assert!(differing.eq([&FILE_NAMES[0]]));
}
