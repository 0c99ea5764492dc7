//! Invalid data: one line that states the file, what was expected and what was found, status 3, and
//! no new files. `data_places.rs` tests missing data.
//!
//! `ae-idx` tests each check separately and for every cut and flipped byte; here the whole program
//! is tested.

use crate::common;
use crate::common::data::{
    self, TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS, gzip, images, labels, raw,
};
use crate::common::{DATA, DATA_ARGS, Sandbox, data_refused as refused};
use ae_idx::FILE_NAMES;
use std::fs;

/// Valid data except for one file with this content.
fn with(name: &str, content: &[u8]) -> Sandbox {
    let sandbox = Sandbox::with_data();
    fs::write(sandbox.path("data").join(name), content).unwrap();
    sandbox
}

/// A valid file of training images.
fn train_images() -> Vec<u8> {
    data::bytes(&images(&data::class_cycle(3 * data::TRAIN, 3), 0))
}

/// Replaces a file by its packed and then corrupted content.
fn with_packed(name: &str, corrupt: impl FnOnce(&mut Vec<u8>)) -> Sandbox {
    let sandbox = Sandbox::with_data();
    let path = sandbox.path("data").join(name);
    let mut packed = gzip(&fs::read(&path).unwrap());
    corrupt(&mut packed);
    fs::remove_file(&path).unwrap();
    fs::write(path.with_extension("gz"), packed).unwrap();
    sandbox
}

#[test]
fn case_00_sound_data_is_accepted_plain_and_packed() {
    // Without this, every error below might have another reason.
    let sandbox = Sandbox::with_data();
    let run = |out| sandbox.run(DATA_ARGS.iter().chain(&["-q", "--epochs", "1", "--out", out]));
    run("plain").assert_success();
    for name in FILE_NAMES {
        let path = sandbox.path("data").join(name);
        fs::write(path.with_extension("gz"), gzip(&fs::read(&path).unwrap())).unwrap();
        fs::remove_file(path).unwrap();
    }
    run("packed").assert_success();
    let (plain, packed) = (sandbox.run_files("plain"), sandbox.run_files("packed"));
    // Checksums are of the unpacked content.
    for name in ["config.toml", "reconstruction.png", "history.csv"] {
        assert!(plain[name] == packed[name], "{name}");
    }
}

#[test]
fn case_04_an_empty_file() {
    let message = |name| format!("error: data/{name}: expected an IDX header, found an empty file");
    assert_eq!(refused(&with(TEST_LABELS, b"")), message(TEST_LABELS));
    assert_eq!(refused(&with(TRAIN_IMAGES, &gzip(b""))), message(TRAIN_IMAGES));
}

#[test]
fn case_05_a_wrong_magic_number() {
    let mut content = train_images();
    content[0] = 1;
    assert_eq!(
        refused(&with(TRAIN_IMAGES, &content)),
        format!(
            "error: data/{TRAIN_IMAGES}: not an IDX file: expected it to start with 00 00, found 01 00 08 03"
        )
    );
    content[..3].copy_from_slice(&[0, 0, 0x0a]);
    assert_eq!(
        refused(&with(TRAIN_IMAGES, &content)),
        format!(
            "error: data/{TRAIN_IMAGES}: expected an element type of 08, 09, 0b, 0c, 0d or 0e, found 0a"
        )
    );
    // Sound IDX, but no images: floats that are not shares of white, another rank.
    let below_zero = (-1f32).to_be_bytes().repeat(60 * 64);
    assert_eq!(
        refused(&with(TRAIN_IMAGES, &raw(0x0d, &[60, 8, 8], &below_zero))),
        format!(
            "error: data/{TRAIN_IMAGES}: expected numbers from 0 to 1 or from 0 to 255 in {TRAIN_IMAGES}, found -1 at \
             position 0"
        )
    );
    assert_eq!(
        refused(&with(TEST_IMAGES, &raw(0x08, &[18, 64], &[0; 18 * 64]))),
        format!("error: data/{TEST_IMAGES}: expected images of rank 3, found rank 2")
    );
}

#[test]
fn case_06_an_html_page_saved_as_gz() {
    let sandbox = Sandbox::with_data();
    fs::remove_file(sandbox.path("data").join(TEST_LABELS)).unwrap();
    let name = format!("{TEST_LABELS}.gz");
    let page = "<!DOCTYPE html>\n<html><body>404 Not Found</body></html>\n";
    fs::write(sandbox.path("data").join(&name), page).unwrap();
    assert_eq!(
        refused(&sandbox),
        format!(
            "error: data/{name}: expected an IDX file, found an HTML page (did the download fail?)"
        )
    );
}

#[test]
fn case_07_images_and_labels_swapped() {
    let sandbox = Sandbox::with_data();
    let [images, labels] = [TRAIN_IMAGES, TRAIN_LABELS].map(|name| sandbox.path("data").join(name));
    fs::rename(&images, sandbox.path("aside")).unwrap();
    fs::rename(&labels, &images).unwrap();
    fs::rename(sandbox.path("aside"), &labels).unwrap();
    assert_eq!(
        refused(&sandbox),
        format!(
            "error: data/{TRAIN_IMAGES}: expected images (rank 3), found rank 1: \
             are the two files swapped?"
        )
    );
}

#[test]
fn case_08_dimensions_beyond_all_bounds() {
    assert_eq!(
        refused(&with(TRAIN_IMAGES, &raw(0x08, &[u32::MAX; 3], &[0; 64]))),
        format!(
            "error: data/{TRAIN_IMAGES}: bad dimensions in the header: the product of the dimensions \
             overflows 64 bits"
        )
    );
    let limit = 1u64 << 30;
    assert_eq!(
        refused(&with(TRAIN_LABELS, &raw(0x08, &[u32::MAX], &[0; 64]))),
        format!(
            "error: data/{TRAIN_LABELS}: expected at most {limit} bytes of numbers, found a header \
             that announces {}",
            u32::MAX
        )
    );
}

#[test]
fn case_09_no_images() {
    for (name, dims, axis) in
        [(TRAIN_IMAGES, &[0, 8, 8][..], 0), (TEST_IMAGES, &[18, 8, 0], 2), (TEST_LABELS, &[0], 0)]
    {
        assert_eq!(
            refused(&with(name, &raw(0x08, dims, &[]))),
            format!(
                "error: data/{name}: bad dimensions in the header: expected dimensions of at least 1, \
                 found 0 in dimension {axis}"
            )
        );
    }
}

#[test]
fn case_10_a_file_cut_short() {
    let content = train_images();
    for found in [content.len() - 1, 16, 9] {
        let message = format!("truncated: expected 3856 bytes of IDX content, found {found}");
        // Within the header the length is not known yet.
        let message = if found < 16 { message.replace("3856", "16") } else { message };
        assert_eq!(
            refused(&with(TRAIN_IMAGES, &content[..found])),
            format!("error: data/{TRAIN_IMAGES}: {message}")
        );
        assert_eq!(
            refused(&with(TRAIN_IMAGES, &gzip(&content[..found]))),
            format!("error: data/{TRAIN_IMAGES}: {message}")
        );
    }
}

#[test]
fn case_11_bytes_after_the_end() {
    let mut content = train_images();
    content.push(0);
    let message = format!(
        "error: data/{TRAIN_IMAGES}: trailing bytes: expected 3856 bytes of IDX content, found at least 3857"
    );
    assert_eq!(refused(&with(TRAIN_IMAGES, &content)), message);
    assert_eq!(refused(&with(TRAIN_IMAGES, &gzip(&content))), message);
    let line = refused(&with_packed(TRAIN_IMAGES, |packed| packed.extend(b"appended")));
    let ending =
        "bad gzip ending: expected a trailer with the content's CRC and then nothing, found: ";
    assert!(line.starts_with(&format!("error: data/{TRAIN_IMAGES}.gz: {ending}")), "{line}");
}

#[test]
fn case_12_not_as_many_labels_as_images() {
    for (images_name, labels_name, expected, found) in
        [(TRAIN_IMAGES, TRAIN_LABELS, 60, 59), (TEST_IMAGES, TEST_LABELS, 18, 19)]
    {
        let content = data::bytes(&labels(&data::class_cycle(found, 3)));
        assert_eq!(
            refused(&with(labels_name, &content)),
            format!(
                "error: data/{labels_name}: expected {expected} labels, one for each image in \
                 data/{images_name}, found {found}"
            )
        );
    }
}

#[test]
fn case_13_label_200() {
    let sandbox = Sandbox::with_data();
    let mut train = data::class_cycle(3 * data::TRAIN, 3);
    train[7] = 200;
    data::write(&sandbox.path("data"), &train, &data::class_cycle(3 * data::TEST, 3));
    assert_eq!(
        sandbox.assert_refused(["dense", "--data-dir", "data"], DATA),
        format!("error: data/{TRAIN_LABELS}: expected labels below 10, found 200 at position 7")
    );
    // In a user's own folder it is a class like any other, here one without test images.
    let classes = |classes| ["dense", "--dataset", "data", "--classes", classes];
    assert_eq!(
        sandbox.assert_refused(classes("0,200"), DATA),
        "error: data set data: expected images of class 200 among the test images, found those of 0, 1, 2"
    );
}

#[test]
fn case_14_a_corrupt_crc() {
    for (back, name) in [(8, TRAIN_IMAGES), (5, TEST_LABELS), (4, TRAIN_LABELS)] {
        let line = refused(&with_packed(name, |packed| {
            let position = packed.len() - back;
            packed[position] ^= 1;
        }));
        let start = format!(
            "error: data/{name}.gz: bad gzip ending: expected a trailer with the content's CRC and then \
             nothing, found: "
        );
        assert!(line.starts_with(&start), "{line}");
    }
    // A flipped bit in the packed content: the message depends on the bit.
    let line = refused(&with_packed(TRAIN_IMAGES, |packed| packed[40] ^= 0x10));
    assert!(line.starts_with(&format!("error: data/{TRAIN_IMAGES}.gz: ")), "{line}");
}

#[test]
fn case_15_a_cut_gzip_trailer() {
    for cut in [1, 4, 8] {
        let line = refused(&with_packed(TEST_IMAGES, |packed| packed.truncate(packed.len() - cut)));
        let start = format!("error: data/{TEST_IMAGES}.gz: bad gzip ending: expected a trailer");
        assert!(line.starts_with(&start), "{line}");
    }
    let line = refused(&with_packed(TEST_IMAGES, |packed| packed.truncate(packed.len() / 2)));
    let start = format!("error: data/{TEST_IMAGES}.gz: cut gzip data: expected more after ");
    assert!(line.starts_with(&start), "{line}");
}

#[test]
fn case_16_a_gzip_bomb() {
    let zeros = vec![0; 64 << 20];
    let bomb = gzip(&raw(0x08, &[60, 8, 8], &zeros));
    assert!(bomb.len() < 100_000);
    assert_eq!(
        refused(&with(TRAIN_IMAGES, &bomb)),
        format!(
            "error: data/{TRAIN_IMAGES}: trailing bytes: expected 3856 bytes of IDX content, found at \
             least 3857"
        )
    );
    // A header alone must not allocate memory: with 1 GiB declared and 1 GiB of addresses, the only
    // error must be the end of the content.
    #[cfg(target_os = "linux")]
    {
        let sandbox = with(TRAIN_IMAGES, &gzip(&raw(0x08, &[1 << 20, 32, 32], &[0; 1000])));
        let mut limited = std::process::Command::new("sh");
        sandbox.prepare(&mut limited);
        limited.args(["-c", "ulimit -v 1048576 && exec \"$@\"", "sh"]).arg(common::program());
        let line = common::Outcome::of(limited.args(DATA_ARGS)).assert_error(DATA);
        assert!(
            line.ends_with("truncated: expected 1073741840 bytes of IDX content, found 1016"),
            "{line}"
        );
    }
}

#[test]
fn case_26_training_and_test_images_of_different_sizes() {
    assert_eq!(
        refused(&with(TEST_IMAGES, &raw(0x08, &[18, 8, 7], &[0; 18 * 56]))),
        "error: data: expected test images of 8x8 pixels like the training images, found 8x7"
    );
}

#[test]
fn case_27_a_class_without_images() {
    let sandbox = Sandbox::with_data();
    // Class 1 is in neither part, and class 2 only in the training part.
    data::write(&sandbox.path("data"), &[0, 2, 3].repeat(20), &[0, 3].repeat(9));
    let refused = |classes: &str| {
        sandbox.assert_refused(["dense", "--dataset", "data", "--classes", classes], DATA)
    };
    assert_eq!(
        refused("1"),
        "error: data set data: expected images of class 1 among the training images, found those of 0, 2, 3"
    );
    assert_eq!(
        refused("0,2"),
        "error: data set data: expected images of class 2 among the test images, found those of 0, 3"
    );
    // "all" means the classes that have training images.
    data::write(&sandbox.path("data"), &[0, 2, 3].repeat(20), &[0, 2, 3].repeat(6));
    let outcome = sandbox.run(DATA_ARGS.iter().chain(&["--epochs", "1", "--out", "all"]));
    outcome.assert_success();
    assert!(outcome.stdout.contains("\nclasses    0, 2, 3\n"), "{outcome:#?}");
}
