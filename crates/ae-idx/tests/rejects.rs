//! One test for each kind of file that must be refused: the error's variant and its message.

mod common;

use ae_files::ReadError;
use ae_idx::{
    Dataset, FILE_NAMES, IdxArray, IdxError, LabelledImages, Limits, MNIST, ShapeError, read,
    read_file,
};
use common::{assert_message, folder, gzip, idx, images, labels, put};
use std::fs;
use std::path::Path;

/// Writes the bytes both plain and as gzip, and returns both errors with the message checked.
fn refused(bytes: &[u8]) -> [IdxError; 2] {
    let folder = tempfile::tempdir().unwrap();
    [bytes.to_vec(), gzip(bytes)].map(|stored| {
        let path = put(&folder, "file", &stored);
        let error = read_file(&path, &Limits::default()).unwrap_err();
        assert_message(&error, &path);
        error
    })
}

fn refused_as_stored(bytes: &[u8]) -> IdxError {
    read(bytes, "file", &Limits::default()).unwrap_err()
}

fn load_with(name: &str, bytes: &[u8]) -> IdxError {
    let folder = folder();
    let path = put(&folder, name, bytes);
    let error = Dataset::load_folder(folder.path()).unwrap_err();
    assert_message(&error, &path);
    error
}

#[test]
fn case_01_path_absent() {
    let folder = folder();
    let path = folder.path().join("nowhere/file");
    let error = read_file(&path, &Limits::default()).unwrap_err();
    assert!(matches!(error, IdxError::Read(ReadError::NotFound { .. })));
    assert_message(&error, &path);

    fs::remove_file(folder.path().join(FILE_NAMES[3])).unwrap();
    let error = Dataset::load_folder(folder.path()).unwrap_err();
    assert!(matches!(&error, IdxError::FileMissing { file, .. } if file == FILE_NAMES[3]));
    assert_message(&error, folder.path());
}

#[test]
fn case_02_a_directory_given() {
    let folder = folder();
    let error = read_file(folder.path(), &Limits::default()).unwrap_err();
    assert!(matches!(error, IdxError::Read(ReadError::Directory { .. })));
    assert_message(&error, folder.path());

    // The same for one of the four files, if nothing else has its name.
    let path = folder.path().join(FILE_NAMES[0]);
    fs::rename(&path, folder.path().join("aside")).unwrap();
    fs::create_dir(&path).unwrap();
    let error = Dataset::load_folder(folder.path()).unwrap_err();
    assert!(matches!(error, IdxError::Read(ReadError::Directory { .. })));
    assert_message(&error, &path);
    // An archive was unpacked into a folder of its name, and the sound file is beside it.
    put(&folder, &format!("{}.gz", FILE_NAMES[0]), &gzip(&images(5)));
    assert_eq!(Dataset::load_folder(folder.path()).unwrap().train.count(), 5);
}

#[test]
#[cfg(unix)]
fn case_03_unreadable_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let path = folder.path().join(FILE_NAMES[0]);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_ok() {
        // The administrator can read everything; a path that runs through another *file* is refused
        // to everyone.
        let beneath = path.join("file");
        let error = read_file(&beneath, &Limits::default()).unwrap_err();
        assert!(matches!(error, IdxError::Read(ReadError::Unreadable { .. })), "{error}");
        assert_message(&error, &beneath);
        return;
    }
    let error = Dataset::load_folder(folder.path()).unwrap_err();
    assert!(matches!(error, IdxError::Read(ReadError::Unreadable { .. })), "{error}");
    assert_message(&error, &path);
}

#[test]
fn case_04_empty_file() {
    for error in refused(b"") {
        assert!(matches!(error, IdxError::Empty { .. }), "{error}");
    }
}

#[test]
fn case_05_wrong_magic() {
    for start in [[1, 0, 8, 3], [0, 1, 8, 3], *b"\x89PNX"] {
        for error in refused(&[&start[..], &[0; 64]].concat()) {
            assert!(matches!(error, IdxError::BadMagic { .. }), "{error}");
        }
    }
    // A single byte is enough to decide, and a lone gzip byte is not gzip.
    for start in [&b"h"[..], &[0x1f], &[0x1f, 0]] {
        let error = refused_as_stored(start);
        assert!(matches!(error, IdxError::BadMagic { .. }), "{error}");
    }
    assert_eq!(
        refused_as_stored(b"\x89PNX\r\n").to_string(),
        "file: not an IDX file: expected it to start with 00 00, found 89 50 4e 58"
    );
}

#[test]
fn case_05b_a_code_that_names_no_type() {
    for code in [0x00, 0x0A, 0x0F, 0xFF] {
        for error in refused(&idx(code, &[1], &[0; 8])) {
            assert!(matches!(error, IdxError::UnknownType { code: c, .. } if c == code));
        }
    }
}

#[test]
fn case_05c_a_type_that_is_no_image() {
    // Decided by the header alone: the missing payload would be the next error.
    let error = load_with(FILE_NAMES[0], &idx(0x0D, &[5, 2, 3], &[]));
    assert!(matches!(error, IdxError::WrongType { .. }), "{error}");
    let error = load_with(FILE_NAMES[1], &idx(0x09, &[5], &[]));
    assert!(matches!(error, IdxError::WrongType { .. }), "{error}");
}

#[test]
fn case_05d_a_rank_that_is_no_image() {
    for (name, dims) in [
        (FILE_NAMES[0], &[5, 6][..]),
        (FILE_NAMES[0], &[5, 2, 3, 1][..]),
        (FILE_NAMES[1], &[5, 6][..]),
    ] {
        let error = load_with(name, &idx(0x08, dims, &[0; 30]));
        assert!(matches!(error, IdxError::WrongRank { .. }), "{error}");
    }
}

#[test]
fn case_06_an_html_page_saved_as_gz() {
    for page in [
        "<!DOCTYPE html>\n<html><body>404 Not Found</body></html>",
        "\u{feff}\n  <HTML><head></head></HTML>",
        "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>",
    ] {
        let folder = folder();
        fs::remove_file(folder.path().join(FILE_NAMES[2])).unwrap();
        let path = put(&folder, &format!("{}.gz", FILE_NAMES[2]), page.as_bytes());
        let error = Dataset::load_folder(folder.path()).unwrap_err();
        assert!(matches!(error, IdxError::AnotherKind { .. }), "{error}");
        assert_message(&error, &path);
        for error in refused(page.as_bytes()) {
            assert!(matches!(error, IdxError::AnotherKind { .. }), "{error}");
        }
    }
}

#[test]
fn case_06b_a_file_of_another_kind_is_named() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    let utf16: Vec<u8> = "a table of labels".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 9912422\n";
    for (content, found) in [
        (&b"%PDF-1.7\n%..."[..], "a PDF file"),
        (png, "a PNG file"),
        (b"PK\x03\x04\x14\0\0\0", "a ZIP archive"),
        (lfs, "a Git LFS pointer (run 'git lfs pull')"),
        (&utf16, "a text file in UTF-16 (save it as UTF-8)"),
        // Two zeros at the beginning, as in IDX.
        (b"\0\0\0\x18ftypheic\0\0\0\0heic", "a HEIC file"),
    ] {
        for error in refused(content) {
            assert_eq!(
                error.to_string().split_once(": ").unwrap().1,
                format!("expected an IDX file, found {found}")
            );
        }
    }
    let twice = refused_as_stored(&gzip(&gzip(&images(5)))).to_string();
    let found = "gzip data within gzip data (unpack the file once)";
    assert_eq!(twice, format!("file: expected an IDX file, found {found}"));
}

#[test]
fn case_07_images_and_labels_swapped() {
    let error = load_with(FILE_NAMES[0], &labels(&[0; 5]));
    assert!(matches!(error, IdxError::Swapped { wanted, .. } if wanted == "images"));
    let error = load_with(FILE_NAMES[3], &images(2));
    assert!(matches!(error, IdxError::Swapped { wanted, .. } if wanted == "labels"));
    assert!(error.to_string().contains("are the two files swapped?"));

    let folder = folder();
    let [images, labels] = [0, 1].map(|i| folder.path().join(FILE_NAMES[i]));
    let limits = Limits::default();
    assert!(LabelledImages::read_files(&images, &labels, Some(3), &limits).is_ok());
    let error = LabelledImages::read_files(&labels, &images, None, &limits).unwrap_err();
    assert!(matches!(error, IdxError::Swapped { .. }), "{error}");
}

#[test]
fn case_08_huge_dimensions() {
    for error in refused(&idx(0x08, &[u32::MAX; 3], &[0; 16])) {
        let overflow =
            matches!(error, IdxError::BadDimensions { reason: ShapeError::Overflow, .. });
        assert!(overflow, "{error}");
    }
    // The number of elements fits in 64 bits, the number of bytes does not.
    for error in refused(&idx(0x0E, &[u32::MAX; 2], &[0; 16])) {
        assert!(matches!(error, IdxError::BadDimensions { .. }), "{error}");
    }
    for error in refused(&idx(0x08, &[u32::MAX, 28, 28], &[0; 16])) {
        assert!(matches!(error, IdxError::OverBudget { .. }), "{error}");
    }
}

#[test]
fn case_08b_the_budget_is_exact() {
    let bytes = images(5);
    let limits = |max_bytes| Limits { max_bytes };
    assert!(read(&bytes[..], "file", &limits(30)).is_ok());
    let error = read(&bytes[..], "file", &limits(29)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "file: expected at most 29 bytes of numbers, found a header that announces 30"
    );
}

#[test]
fn case_09_zero_images() {
    for dims in [[0, 28, 28], [5, 0, 28], [5, 28, 0]] {
        for error in refused(&idx(0x08, &dims, &[])) {
            assert!(matches!(error, IdxError::BadDimensions { .. }), "{error}");
        }
    }
}

#[test]
fn case_10_truncated_payload() {
    let whole = images(5);
    for end in 2..whole.len() {
        for error in refused(&whole[..end]) {
            // The expected length known at each point: four bytes, a header of three dimensions,
            // the whole file.
            let wanted = [4, 16, whole.len()].into_iter().find(|&len| len > end).expect("longer");
            let lens = (wanted as u64, end as u64);
            assert!(
                matches!(error, IdxError::Truncated { expected, found, .. } if (expected, found) == lens),
                "{end}: {error}"
            );
        }
    }
}

#[test]
fn case_10b_a_short_file_is_refused_before_memory_is_asked_for() {
    // No machine has this much: allocating first would give another error.
    let folder = tempfile::tempdir().unwrap();
    let path = put(&folder, "file", &idx(0x08, &[1 << 30, 1 << 30], &[0; 4]));
    let limits = Limits { max_bytes: u64::MAX };
    let error = read_file(&path, &limits).unwrap_err();
    assert!(matches!(error, IdxError::Truncated { found: 16, .. }), "{error}");
}

#[test]
fn case_11_trailing_bytes() {
    for error in refused(&[images(5), vec![0]].concat()) {
        let IdxError::TrailingBytes { expected, found, .. } = error else {
            panic!("{error}");
        };
        assert_eq!((expected, found), (46, 47));
    }
    // A file's length is known without reading it all.
    let [plain, packed] = refused(&[images(5), vec![0; 9]].concat());
    assert!(matches!(plain, IdxError::TrailingBytes { found: 55, .. }));
    assert!(matches!(packed, IdxError::TrailingBytes { found: 47, .. }));
    // A reader without a known length is checked as well.
    let error = refused_as_stored(&[images(5), vec![0; 9]].concat());
    assert!(matches!(error, IdxError::TrailingBytes { .. }), "{error}");
    // A second gzip stream counts as content like the first.
    let error = refused_as_stored(&[gzip(&images(5)), gzip(b"x")].concat());
    assert!(matches!(error, IdxError::TrailingBytes { .. }), "{error}");
}

#[test]
fn case_11b_garbage_after_the_gzip_stream() {
    for garbage in [&b"\0"[..], b"garbage after the trailer", &[0; 512]] {
        let error = refused_as_stored(&[&gzip(&images(5)), garbage].concat());
        assert!(matches!(error, IdxError::GzipEnding { .. }), "{error}");
    }
}

#[test]
fn case_12_counts_differ() {
    let error = load_with(FILE_NAMES[1], &labels(&[0; 4]));
    assert!(matches!(error, IdxError::CountsDiffer { images: 5, labels: 4, .. }), "{error}");
}

#[test]
fn case_13_label_200() {
    let folder = folder();
    let path = put(&folder, FILE_NAMES[1], &labels(&[0, 1, 200, 1, 0]));
    let error = Dataset::load_known(&MNIST, folder.path()).unwrap_err();
    assert_message(&error, &path);
    assert_eq!(
        error.to_string().rsplit(": ").next(),
        Some("expected labels below 10, found 200 at position 2")
    );
}

#[test]
fn case_13b_another_data_set_under_the_known_names() {
    let folder = folder();
    let error = Dataset::load_known(&MNIST, folder.path()).unwrap_err();
    assert!(matches!(error, IdxError::ChecksumMismatch { .. }), "{error}");
    assert_message(&error, &folder.path().join(FILE_NAMES[0]));
}

#[test]
fn case_14_corrupt_crc() {
    let mut packed = gzip(&images(5));
    let crc = packed.len() - 8;
    packed[crc] ^= 1;
    let error = refused_as_stored(&packed);
    assert!(matches!(error, IdxError::GzipEnding { .. }), "{error}");
}

#[test]
fn case_15_cut_gzip_trailer() {
    let packed = gzip(&images(5));
    for end in packed.len() - 8..packed.len() {
        let error = refused_as_stored(&packed[..end]);
        assert!(matches!(error, IdxError::GzipEnding { .. }), "{end}: {error}");
    }
    let error = refused_as_stored(&packed[..packed.len() - 12]);
    assert!(matches!(error, IdxError::CutGzip { .. }), "{error}");
}

#[test]
fn case_16_gzip_bomb() {
    // 64 MiB in 64 KiB. A small header stops it at the first extra byte, a large one at the limit,
    // before anything is unpacked.
    let zeros = vec![0; 64 << 20];
    let small = gzip(&idx(0x08, &[4], &zeros));
    assert!(small.len() < 100_000);
    let error = refused_as_stored(&small);
    assert!(matches!(error, IdxError::TrailingBytes { found: 13, .. }));

    let large = gzip(&idx(0x08, &[64 << 20], &zeros));
    let limits = Limits { max_bytes: 1 << 20 };
    let error = read(&large[..], "file", &limits).unwrap_err();
    assert!(matches!(error, IdxError::OverBudget { .. }), "{error}");
}

#[test]
fn case_16b_a_header_alone_gets_no_memory() {
    // Within the limit, but without content: refused for its content, not for its claimed size. The
    // stream is still unpacked, so this also covers a bomb that is smaller than it claims.
    let promise = gzip(&idx(0x0E, &[1 << 27], &[0; 100]));
    let error = refused_as_stored(&promise);
    assert!(matches!(error, IdxError::Truncated { found: 108, .. }), "{error}");
}

#[test]
fn case_26_train_and_test_images_of_different_sizes() {
    let folder = folder();
    put(&folder, FILE_NAMES[2], &idx(0x08, &[2, 3, 2], &[0; 12]));
    let error = Dataset::load_folder(folder.path()).unwrap_err();
    assert!(matches!(error, IdxError::SizesDiffer { train: (2, 3), test: (3, 2), .. }));
    assert_message(&error, folder.path());
}

#[test]
fn case_27_a_class_with_no_images() {
    let folder = folder();
    let data = Dataset::load_folder(folder.path()).unwrap();
    assert_eq!(data.classes, 3);
    assert_eq!(data.select(&[1]).unwrap().train.count(), 2);
    // Class 0 is in the training part only.
    let error = data.select(&[1, 0]).unwrap_err();
    assert!(matches!(&error, IdxError::NoImagesOfClass { part: "test", class: 0, .. }));
    assert!(error.to_string().ends_with("the test images, found those of 1, 2"), "{error}");
    let error = data.select(&[77]).unwrap_err();
    assert!(matches!(error, IdxError::NoImagesOfClass { class: 77, .. }));
    let error = data.select(&[]).unwrap_err();
    assert!(matches!(error, IdxError::NoClassGiven { .. }));
}

#[test]
#[cfg(unix)]
fn case_28_a_path_that_is_not_utf8() {
    use std::os::unix::ffi::OsStrExt;
    let path = Path::new(std::ffi::OsStr::from_bytes(b"no\xffsuch\nfile"));
    let error = read_file(path, &Limits::default()).unwrap_err();
    assert_eq!(error.to_string(), "no\u{fffd}such\\nfile: file not found");
    let long = "x".repeat(10_000);
    assert!(read_file(long, &Limits::default()).is_err());
}

#[test]
fn a_sound_folder_is_accepted_plain_or_packed_whatever_the_name_says() {
    let folder = folder();
    let plain = Dataset::load_folder(folder.path()).unwrap();
    for name in FILE_NAMES {
        let path = folder.path().join(name);
        let bytes = fs::read(&path).unwrap();
        // Packed under the plain name: the content decides.
        fs::write(&path, gzip(&bytes)).unwrap();
    }
    assert_eq!(Dataset::load_folder(folder.path()).unwrap(), plain);
    for name in FILE_NAMES {
        let path = folder.path().join(name);
        fs::rename(&path, folder.path().join(format!("{name}.gz"))).unwrap();
    }
    assert_eq!(Dataset::load_folder(folder.path()).unwrap(), plain);
    // If both names exist, the plain one is read.
    put(&folder, FILE_NAMES[3], &labels(&[0, 0]));
    let mixed = Dataset::load_folder(folder.path()).unwrap();
    assert_eq!(mixed.test.labels(), [0, 0]);
}

#[test]
fn the_classes_of_a_folder_have_their_numbers_for_names() {
    let folder = folder();
    let data = Dataset::load_folder(folder.path()).unwrap();
    assert_eq!(data.class_index("2"), Some(2));
    assert_eq!(data.class_index("3"), None);
    assert_eq!(data.class_names[2].english, "2");
}

#[test]
fn a_scalar_is_an_array_of_rank_zero() {
    let array: IdxArray = read(&[0, 0, 8, 0, 42][..], "file", &Limits::default()).unwrap();
    assert_eq!((array.rank(), array.as_u8()), (0, Some(&[42][..])));
}
