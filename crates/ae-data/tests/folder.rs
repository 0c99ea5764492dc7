//! Folders of images, sound and odd.

use ae_data::{
    Channels, Dataset, Extents, InMemory, Limits, Loading, Options, Resize, StoredRows, Summary,
    decode_image, recognize, thumbnails,
};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const MOST: u64 = 1 << 20;

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images").join(name)).unwrap()
}

/// A PNG file of one color.
fn png(
    width: u32,
    height: u32,
    color: png::ColorType,
    depth: png::BitDepth,
    pixel: &[u8],
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixel.repeat((width * height) as usize)).unwrap();
    writer.finish().unwrap();
    bytes
}

fn gray(value: u8) -> Vec<u8> {
    png(4, 4, png::ColorType::Grayscale, png::BitDepth::Eight, &[value])
}

/// Checks that images in a file are those in memory, and that all else is the same.
fn same_images(stored: &Dataset, memory: &Dataset) {
    for (stored, memory) in [(&stored.train, &memory.train), (&stored.test, &memory.test)] {
        assert_eq!((stored.in_memory(), stored.labels()), (None, memory.labels()));
        let images = (0..stored.count()).flat_map(|i| stored.image(i).into_owned());
        assert_eq!((images.collect::<Vec<_>>(), stored.fault()), (memory.images().to_vec(), None));
    }
    let [train, test] = [&memory.train, &memory.test].map(Clone::clone);
    assert_eq!(&Dataset { train, test, ..stored.clone() }, memory);
    assert_eq!(Summary::of(stored), Summary::of(memory));
    assert_eq!(thumbnails(&stored.train, 2, 3), thumbnails(&memory.train, 2, 3));
}

/// Files in a new folder.
struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, Vec<u8>)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        files.iter().for_each(|(name, bytes)| folder.put(name, bytes));
        folder
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("set")
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn load(&self, options: &Options) -> Result<Dataset, String> {
        let source = recognize(&self.path()).map_err(|error| error.to_string())?;
        let cache = self.0.path().join("cache");
        let loading = Loading { cache: Some(&cache), ..Loading::new(options) };
        let dataset = source.load(&loading).map_err(|error| error.to_string())?;
        // What identifies the data is found without decoding.
        assert_eq!(source.checksums().unwrap(), dataset.checksums);
        // From the cache everything is the same.
        assert_eq!(source.load(&loading).unwrap(), dataset);
        // And so it is where the images stay in the cache, which exists or not.
        let limits = Limits { in_memory: InMemory::Never.most_bytes(), ..loading.limits };
        for cache in [cache.clone(), self.0.path().join("new")] {
            let stored = Loading { cache: Some(&cache), limits, ..loading };
            same_images(&source.load(&stored).unwrap(), &dataset);
            same_images(&source.load(&stored).unwrap(), &dataset);
        }
        fs::remove_dir_all(self.0.path().join("new")).unwrap();
        Ok(dataset)
    }

    fn sound(&self) -> Dataset {
        self.load(&Options::default()).unwrap()
    }

    #[track_caller]
    fn refused(&self, expected: &str) {
        let error = self.load(&Options::default()).unwrap_err();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

/// Two classes in two parts; the gray level tells which file it was.
fn classes() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("train/cat/2.png", gray(12)),
        ("train/cat/1.png", gray(11)),
        ("train/ant/3.png", gray(13)),
        ("test/cat/1.png", gray(21)),
        ("test/ant/2.png", gray(22)),
    ]
}

fn levels(images: &ae_data::ImageSet) -> Vec<u8> {
    (0..images.count()).map(|i| images.image(i)[0]).collect()
}

#[test]
fn folders_are_classes_and_parts_in_the_order_of_file_names() {
    let set = Folder::new(&classes()).sound();
    let names: Vec<_> = set.class_names.iter().map(|name| name.english.to_string()).collect();
    assert_eq!(names, ["ant", "cat"]);
    assert_eq!((levels(&set.train), set.train.labels()), (vec![11, 12, 13], Some(&[1, 1, 0][..])));
    assert_eq!((levels(&set.test), set.test.labels()), (vec![21, 22], Some(&[1, 0][..])));
    assert_eq!((set.extents(), set.name.as_str()), (Extents::gray(4, 4), "set"));
    assert!(set.skipped.is_empty() && set.remarks.is_empty());
}

#[test]
fn without_parts_some_images_of_each_class_are_for_testing() {
    let all: Vec<(String, Vec<u8>)> = (0..40u8)
        .map(|i| (format!("{}/{i:02}.png", ["a", "b"][usize::from(i % 2)]), gray(i)))
        .collect();
    let folder = Folder::new(
        &all.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect::<Vec<_>>(),
    );
    let set = folder.sound();
    assert_eq!((set.train.count(), set.test.class_counts()), (36, vec![2, 2]));
    let half = Options { test_share: "0.5".parse().ok(), ..Options::default() };
    assert_eq!(folder.load(&half).unwrap().test.count(), 20);
    // The choice depends on the contents, not on the names.
    let renamed: Vec<(String, Vec<u8>)> =
        all.iter().map(|(name, bytes)| (name.replace(".png", "-x.png"), bytes.clone())).collect();
    let other = Folder::new(
        &renamed.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect::<Vec<_>>(),
    );
    assert_eq!(levels(&other.sound().test), levels(&set.test));
    assert_ne!(other.sound().checksums, set.checksums);
}

#[test]
fn flat_images_have_no_labels() {
    let set = Folder::new(&[("a.png", gray(1)), ("b", gray(2)), ("c.jpg", gray(3))]).sound();
    assert!(!set.labelled());
    // Recognized by content: neither the missing nor the wrong ending matters.
    assert_eq!(
        (set.train.count() + set.test.count(), set.class_names[0].english.as_ref()),
        (3, "unlabelled")
    );
}

#[test]
fn numbered_folders_are_their_numbers_and_a_file_names_them() {
    let files =
        [("train/3/a.png", gray(3)), ("train/10/b.png", gray(10)), ("test/3/c.png", gray(4))];
    let folder = Folder::new(&files);
    let set = folder.sound();
    assert_eq!((set.classes(), set.train.labels()), (11, Some(&[3, 10][..])));
    let names: Vec<String> = (0..11).map(|i| format!("name {i}")).collect();
    folder.put("classes.txt", names.join("\n").as_bytes());
    let named = folder.sound();
    assert_eq!(named.class_names[10].english, "name 10");
    assert_ne!(named.checksums, set.checksums);
    folder.put("classes.txt", b"one\ntwo\n");
    folder.refused("classes.txt: expected names of 11 classes, found 2");
    let given = Options { class_names: names, ..Options::default() };
    assert_eq!(folder.load(&given).unwrap().class_names[3].english, "name 3");
}

#[test]
fn what_is_not_an_image_is_listed() {
    let folder = Folder::new(&classes());
    folder.put("train/cat/notes.txt", b"text");
    folder.put("train/readme.md", b"text");
    folder.put("train/cat/.hidden", b"text");
    folder.put("train/cat/Thumbs.db", b"text");
    let set = folder.sound();
    let listed: Vec<_> =
        set.skipped.iter().map(|file| (file.path.to_str().unwrap(), file.lost)).collect();
    assert_eq!(listed, [("train/readme.md", false), ("train/cat/notes.txt", false)]);
    assert_eq!(set.train.count(), 3);
}

#[test]
fn damaged_images_are_skipped_up_to_a_share() {
    let folder = Folder::new(&classes());
    let sound = gray(9);
    folder.put("train/cat/9.png", &sound[..sound.len() - 28]);
    folder.put("train/cat/8.png", b"not an image");
    folder.refused(
        "expected at most a share of 0.05 of the images to be unreadable, found 1 of 7, first",
    );
    let more = Options { skip_share: "0.5".parse().ok(), ..Options::default() };
    let set = folder.load(&more).unwrap();
    assert_eq!((set.train.count(), set.skipped.len()), (3, 2));
    assert!(set.skipped.iter().all(|file| file.lost && !file.reason.contains('\n')));
    assert!(set.remarks[0].contains("skipped train/cat/8.png"), "{:?}", set.remarks);
}

#[test]
fn images_of_other_sizes_need_a_size() {
    let folder = Folder::new(&classes());
    folder.put(
        "train/cat/9.png",
        &png(8, 2, png::ColorType::Grayscale, png::BitDepth::Eight, &[200]),
    );
    folder.refused(
        "expected images of one size, found 4x4 (5), 8x2 (1); --size WIDTHxHEIGHT resizes them",
    );
    let options = |resize| Options { size: Some([4, 4]), resize, ..Options::default() };
    let last = |resize| folder.load(&options(resize)).unwrap().train.image(3).to_vec();
    assert_eq!(last(Resize::Fit), [[0; 4], [200; 4], [0; 4], [0; 4]].concat());
    assert_eq!(last(Resize::Fill), [200; 16]);
    assert_eq!(last(Resize::Stretch), [200; 16]);
}

#[test]
fn gray_among_color_becomes_color_and_says_so() {
    let folder = Folder::new(&classes());
    let red = png(4, 4, png::ColorType::Rgb, png::BitDepth::Eight, &[255, 0, 0]);
    folder.put("train/cat/9.png", &red);
    let set = folder.sound();
    assert_eq!(
        (set.extents(), &set.train.image(0)[..3]),
        (Extents::color(4, 4), &[11, 11, 11][..])
    );
    assert!(set.remarks[0].contains("gray images: 5 of 6"), "{:?}", set.remarks);
    let options = Options { channels: Some(Channels::Gray), ..Options::default() };
    let gray = folder.load(&options).unwrap();
    // The luma of red, 0.2126 of 255.
    assert_eq!((gray.extents(), levels(&gray.train)), (Extents::gray(4, 4), vec![11, 12, 13, 54]));
}

#[test]
fn sixteen_bits_and_transparency_become_bytes_on_black() {
    let one = |bytes: &[u8]| decode_image(bytes, MOST).unwrap().1;
    let deep = png(1, 1, png::ColorType::Grayscale, png::BitDepth::Sixteen, &[0x80, 0x80]);
    assert_eq!(one(&deep), [0x80]);
    let up = png(1, 1, png::ColorType::Grayscale, png::BitDepth::Sixteen, &[0x00, 0xff]);
    assert_eq!(one(&up), [1]);
    let clear = png(1, 1, png::ColorType::Rgba, png::BitDepth::Eight, &[200, 100, 50, 128]);
    assert_eq!(one(&clear), [100, 50, 25]);
    let clear = png(1, 1, png::ColorType::GrayscaleAlpha, png::BitDepth::Eight, &[200, 0]);
    assert_eq!(one(&clear), [0]);
}

#[test]
fn every_kind_of_jpeg_is_the_same_picture() {
    let close = |a: &[u8], b: [u8; 3], by: u8| a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= by);
    for (name, by) in
        [("rgb.jpg", 4), ("progressive.jpg", 4), ("cmyk.jpg", 8), ("subsampled.jpg", 40)]
    {
        let (extents, values) = decode_image(&fixture(name), MOST).unwrap();
        assert_eq!(extents, Extents::color(16, 24), "{name}");
        let pixel = |x: usize, y: usize| &values[(y * 24 + x) * 3..][..3];
        assert!(close(pixel(2, 2), [255, 255, 255], by), "{name} {:?}", pixel(2, 2));
        assert!(close(pixel(3, 13), [200, 30, 30], by), "{name} {:?}", pixel(3, 13));
        assert!(close(pixel(20, 8), [30, 30, 200], by), "{name} {:?}", pixel(20, 8));
    }
    let (extents, values) = decode_image(&fixture("gray.jpg"), MOST).unwrap();
    assert_eq!((extents, values[0] > 250), (Extents::gray(16, 24), true));
    // Turned clockwise: the white corner is at the upper right, red above blue.
    let (extents, values) = decode_image(&fixture("turned.jpg"), MOST).unwrap();
    assert_eq!(extents, Extents::color(24, 16));
    let pixel = |x: usize, y: usize| &values[(y * 16 + x) * 3..][..3];
    assert!(close(pixel(13, 2), [255, 255, 255], 4) && close(pixel(8, 20), [30, 30, 200], 4));
    let error = decode_image(&fixture("cut.jpg"), MOST).unwrap_err();
    assert!(error.starts_with("a damaged JPEG image: "), "{error}");
    let error = decode_image(&fixture("rgb.jpg"), 383).unwrap_err();
    assert_eq!(error, "expected 1 to 383 pixels, found 24x16");
}

#[test]
fn classes_that_differ_in_case_alone_are_refused() {
    let folder = Folder::new(&classes());
    folder.put("train/Cat/1.png", &gray(1));
    if fs::read_dir(folder.path().join("train")).unwrap().count() == 3 {
        folder.refused("found Cat and cat: rename or join them");
    }
}

#[test]
fn an_empty_class_is_left_out_and_named() {
    let folder = Folder::new(&classes());
    fs::create_dir(folder.path().join("train/bee")).unwrap();
    let set = folder.sound();
    assert_eq!((set.classes(), set.train.labels()), (2, Some(&[1, 1, 0][..])));
    assert!(set.remarks[0].contains("class bee"), "{:?}", set.remarks);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_folder_above_is_not_followed() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new(&classes());
    symlink("..", folder.path().join("train/cat/loop")).unwrap();
    symlink("nothing", folder.path().join("train/cat/0.png")).unwrap();
    let set = folder.sound();
    assert_eq!(set.train.count(), 3);
    let reasons: Vec<_> = set.skipped.iter().map(|file| file.reason.as_str()).collect();
    assert!(reasons.contains(&"a link to a folder above it"), "{reasons:?}");
    assert!(reasons.contains(&"a link to nothing"), "{reasons:?}");
}

#[cfg(unix)]
#[test]
fn names_need_not_be_utf8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new(&classes());
    let path = folder.path().join("train").join(OsStr::from_bytes(b"d\xffg"));
    if fs::create_dir(&path).is_err() {
        return; // A file system that wants its names in UTF-8, as on a Mac.
    }
    fs::write(path.join(OsStr::from_bytes(b"\xfe.png")), gray(7)).unwrap();
    let set = folder.sound();
    assert_eq!((set.classes(), set.train.count()), (3, 4));
    assert_eq!(set.class_names[2].english, "d\u{fffd}g");
    // Two such names look the same, but are two classes.
    let other = folder.path().join("train").join(OsStr::from_bytes(b"d\xfeg"));
    fs::create_dir(&other).unwrap();
    fs::write(other.join("1.png"), gray(8)).unwrap();
    folder.refused("names differ in characters of UTF-8, found d\u{fffd}g twice: rename or join");
}

/// The name of a class is printed in a line of a table, and drawn in pictures.
#[cfg(unix)]
#[test]
fn a_line_break_in_the_name_of_a_class_is_escaped() {
    let folder = Folder::new(&[("a\nb/1.png", gray(1)), ("a\nb/2.png", gray(2))]);
    assert_eq!(folder.sound().class_names[0].english, r"a\nb");
}

#[test]
fn a_change_of_any_file_is_another_data_set() {
    let folder = Folder::new(&classes());
    let before = folder.sound();
    folder.put("test/ant/2.png", &gray(99));
    let after = folder.sound();
    assert_ne!(before.checksums, after.checksums);
    assert_eq!(levels(&after.test), [21, 99]);
}

#[test]
fn a_place_without_images_is_refused() {
    let folder = Folder::new(&[("notes.txt", b"text".to_vec())]);
    folder.refused(
        "expected IDX files, PNG or JPEG images, .npz, .npy, .csv or CIFAR's binary files",
    );
    let folder = Folder::new(&[("data_batch_1", b"\x80\x02}q".to_vec())]);
    folder.refused("Python pickles such as");
}

#[test]
fn images_in_a_file_have_no_limit_in_memory_and_a_disk_that_is_full_is_an_error() {
    let files: Vec<(String, Vec<u8>)> = (0..9).map(|i| (format!("{i}.png"), gray(i))).collect();
    let files: Vec<(&str, Vec<u8>)> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let folder = Folder::new(&files);
    let cache = folder.0.path().join("cache");
    let options = Options::default();
    let load = |max_bytes, in_memory: InMemory, cache| {
        let limits = Limits { max_bytes, in_memory: in_memory.most_bytes(), ..Limits::default() };
        let loading = Loading { cache, limits, ..Loading::new(&options) };
        recognize(&folder.path()).unwrap().load(&loading).map_err(|error| error.to_string())
    };
    assert!(load(144, InMemory::Always, Some(&*cache)).unwrap().train.in_memory().is_some());
    let error = load(143, InMemory::Always, Some(&*cache)).unwrap_err();
    assert!(error.contains("at most 143 bytes of images in memory, found 144"), "{error}");
    assert_eq!(load(143, InMemory::Never, Some(&*cache)).unwrap().train.in_memory(), None);
    // Without a cache there is no file.
    assert!(load(143, InMemory::Never, None).is_err());
    assert!(load(144, InMemory::Never, None).unwrap().train.in_memory().is_some());
    // A place where nothing can be written.
    let nowhere = folder.path().join("0.png").join("cache");
    let error = load(143, InMemory::Never, Some(&*nowhere)).unwrap_err();
    assert!(error.contains("0.png") && !error.contains('\n'), "{error}");
}
