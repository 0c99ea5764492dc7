//! Data that is missing or has an unusual name: one line that states what was expected, and where.

use crate::common::data::{TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS};
use crate::common::{DATA, DATA_ARGS, Sandbox, USAGE, data_refused as refused};
use ae_idx::FILE_NAMES;
use std::fs;

#[test]
fn case_01_a_path_that_is_absent() {
    let sandbox = Sandbox::with_data();
    let line = sandbox.assert_refused(["dense", "--dataset", "nowhere/data"], DATA);
    let expected = "expected a folder or file of images, found nothing there";
    assert_eq!(line, format!("error: nowhere/data: {expected}"));
    // A single word may also be a misspelled name.
    let line = sandbox.assert_refused(["dense", "--dataset", "nowhere"], USAGE);
    assert_eq!(
        line,
        "error: --dataset nowhere: neither a known data set (mnist, fashion-mnist) nor a folder or file"
    );
    for name in FILE_NAMES {
        let sandbox = Sandbox::with_data();
        fs::remove_file(sandbox.path("data").join(name)).unwrap();
        assert_eq!(
            refused(&sandbox),
            format!("error: data: expected {name} or {name}.gz in this folder, found neither")
        );
    }
}

#[test]
fn case_01b_a_data_dir_without_the_data() {
    let sandbox = Sandbox::with_data();
    let all = FILE_NAMES.join(", ");
    // The folder itself holds files of these names: they are not MNIST's, but they are there.
    for (name, folder) in [("mnist", "nowhere"), ("fashion-mnist", "runs")] {
        let line = sandbox.assert_refused(["dense", "--dataset", name, "--data-dir", folder], DATA);
        assert_eq!(
            line,
            format!(
                "error: data set {name} not found: expected {all} (each may end in .gz) in one \
                 folder, looked in {folder}/{name}, {folder}"
            )
        );
    }
    fs::remove_file(sandbox.path("data").join(TEST_LABELS)).unwrap();
    let line = sandbox.assert_refused(["dense", "--data-dir", "data"], DATA);
    assert_eq!(
        line,
        format!(
            "error: data set mnist not found: expected {TEST_LABELS} (each may end in .gz) in one \
             folder, looked in data"
        )
    );
}

#[test]
fn case_01c_files_that_are_not_the_published_ones() {
    let sandbox = Sandbox::with_data();
    let line = sandbox.assert_refused(["dense", "--data-dir", "data"], DATA);
    let (start, end) = line.split_once(" (unpacked), found ").expect(&line);
    let expected = ae_idx::MNIST.files[0].sha256;
    assert_eq!(
        start,
        format!(
            "error: data/{TRAIN_IMAGES}: not the published mnist file: expected SHA-256 {expected}"
        )
    );
    assert!(end.len() == 64 && end != expected, "{line}");
}

#[test]
fn case_02_a_directory_where_a_file_was_expected() {
    let sandbox = Sandbox::with_data();
    let path = sandbox.path("data").join(TRAIN_LABELS);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(
        refused(&sandbox),
        format!("error: data/{TRAIN_LABELS}: expected a file, found a directory")
    );
}

#[test]
fn case_02b_a_file_where_a_folder_was_expected() {
    let sandbox = Sandbox::with_data();
    let file = format!("data/{TRAIN_IMAGES}");
    fs::write(sandbox.path("notes"), "<html>no data</html>").unwrap();
    let line = sandbox.assert_refused(["dense", "--dataset", "./notes"], DATA);
    let expected =
        "expected a folder of images, .npz, .npy, .csv, IDX or CIFAR's binary files, found";
    assert!(line.starts_with(&format!("error: ./notes: {expected} ")), "{line}");
    let line = sandbox.assert_refused(["dense", "--data-dir", &file], DATA);
    assert!(line.contains(&file), "{line}");
}

#[test]
#[cfg(unix)]
fn case_03_a_file_that_cannot_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::with_data();
    let path = sandbox.path("data").join(TEST_IMAGES);
    // The administrator can read files regardless of permissions, but nobody can read a link to
    // itself.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_err() {
        let line = refused(&sandbox);
        assert!(line.starts_with(&format!("error: data/{TEST_IMAGES}: cannot read: ")), "{line}");
    }
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(TEST_IMAGES, &path).unwrap();
    let line = refused(&sandbox);
    assert!(line.starts_with(&format!("error: data/{TEST_IMAGES}: cannot read: ")), "{line}");
}

#[test]
#[cfg(unix)]
fn case_28_a_data_path_that_is_not_utf8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let name = OsStr::from_bytes(b"d\xffta");
    let args = |dataset: &OsStr| {
        let mut args: Vec<_> = DATA_ARGS.iter().map(OsStr::new).collect();
        args[2] = dataset;
        args.into_iter().map(OsStr::to_owned).collect::<Vec<_>>()
    };
    let sandbox = Sandbox::with_data();
    assert_eq!(
        sandbox.assert_refused(args(name), USAGE),
        "error: --dataset d\u{fffd}ta: neither a known data set (mnist, fashion-mnist) nor a folder or file"
    );
    if fs::rename(sandbox.path("data"), sandbox.path(name)).is_err() {
        return; // A file system that wants its names in UTF-8, as on a Mac.
    }
    let more = ["--epochs", "1", "--out", "run"].map(Into::into);
    let outcome = sandbox.run(args(name).into_iter().chain(more));
    outcome.assert_success();
    sandbox.assert_whole_run("run");
    let config = String::from_utf8(sandbox.run_files("run")["config.toml"].clone()).unwrap();
    assert!(config.contains("dataset = \"d\u{fffd}ta\""), "{config}");

    fs::write(sandbox.path(name).join(TEST_LABELS), "").unwrap();
    assert_eq!(
        sandbox.assert_refused(args(name), DATA),
        format!("error: d\u{fffd}ta/{TEST_LABELS}: expected an IDX header, found an empty file")
    );
}

#[test]
fn case_28b_a_very_long_data_path() {
    let sandbox = Sandbox::with_data();
    let long = format!("data/{}", "x".repeat(5000));
    for option in ["--dataset", "--data-dir"] {
        let line = sandbox.assert_refused(["dense", option, &long], DATA);
        assert!(line.contains(&long), "{line}");
    }
}
