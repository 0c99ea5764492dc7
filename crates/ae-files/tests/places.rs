//! Only plain files are replaced, and one file is recognized under several names.

use ae_files::{check_replaceable, is_same_place, replace};
use std::fs;
use std::path::Path;

#[test]
fn a_plain_file_and_a_free_name_may_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    check_replaceable(&path).unwrap();
    fs::write(&path, "old").unwrap();
    check_replaceable(&path).unwrap();
    let error = check_replaceable(folder.path()).unwrap_err().to_string();
    assert!(error.ends_with(": expected a plain file or nothing, found a folder"), "{error}");
    let error = check_replaceable("/").unwrap_err().to_string();
    assert_eq!(error, "cannot write /: the path does not name a file");
}

#[test]
#[cfg(unix)]
fn links_pipes_and_devices_are_not_replaced() {
    use std::os::unix::fs::FileTypeExt;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("real"), "mine").unwrap();
    for (target, link) in [("real", "link"), ("nothing", "dangling"), ("link", "second")] {
        std::os::unix::fs::symlink(at(target), at(link)).unwrap();
        let error = replace(at(link), b"new").unwrap_err().to_string();
        assert!(error.ends_with("expected a plain file or nothing, found a symbolic link"));
        assert_eq!(fs::read_link(at(link)).unwrap(), at(target));
    }
    assert_eq!(fs::read_to_string(at("real")).unwrap(), "mine");
    assert!(!at("nothing").exists());
    let made = std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
    assert!(made.success());
    let error = replace(at("pipe"), b"new").unwrap_err().to_string();
    assert!(error.ends_with("found a named pipe"), "{error}");
    assert!(fs::symlink_metadata(at("pipe")).unwrap().file_type().is_fifo());
    let error = check_replaceable("/dev/null").unwrap_err().to_string();
    assert_eq!(error, "cannot write /dev/null: expected a plain file or nothing, found a device");
    // No partial file is left.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5);
}

#[test]
fn one_file_is_known_under_each_of_its_names() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("sub")).unwrap();
    let at = |name: &str| folder.path().join(name);
    // Before and after it exists.
    for exists in [false, true] {
        if exists {
            fs::write(at("a"), "").unwrap();
            fs::write(at("b"), "").unwrap();
        }
        assert!(is_same_place(at("a"), at("sub/../a")));
        assert!(is_same_place(at("a"), at("./a")));
        assert!(!is_same_place(at("a"), at("b")));
        assert!(!is_same_place(at("a"), at("sub/a")));
    }
    #[cfg(unix)]
    {
        fs::hard_link(at("a"), at("other")).unwrap();
        assert!(is_same_place(at("a"), at("other")));
        std::os::unix::fs::symlink(at("a"), at("link")).unwrap();
        assert!(is_same_place(at("link"), at("other")));
    }
    // A folder that does not exist is compared by its spelling.
    assert!(is_same_place(Path::new("nowhere/a"), Path::new("nowhere/a")));
    assert!(!is_same_place(Path::new("nowhere/a"), Path::new("nowhere/b")));
}
