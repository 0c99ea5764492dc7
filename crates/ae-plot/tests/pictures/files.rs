//! Writing pictures to disk: the same bytes every time, atomically, with errors that name the path.

use ae_plot::{Chart, Gallery, LineChart, PlotError, latent_pca};
use std::fs;

#[test]
fn the_same_input_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let tiles: Vec<f32> = (0..7840).map(|i| (i % 97) as f32 / 96.0).collect();
    let write = |name: &str| {
        let paths = ["gallery", "loss", "latent"].map(|p| folder.path().join(format!("{p}{name}")));
        Gallery::new(28, 28).row("inputs", &tiles).write_png(&paths[0]).unwrap();
        LineChart::loss().series("loss", &tiles[..50]).write_png(&paths[1]).unwrap();
        let classes = [0u8, 1, 0];
        latent_pca(&[0.7, 0.3], &tiles[..3], &tiles[3..6], &classes, &["a", "b"])
            .unwrap()
            .write_png(&paths[2])
            .unwrap();
        paths.map(|p| fs::read(p).unwrap())
    };
    let (first, second) = (write("1.png"), write("2.png"));
    assert!(first == second, "two runs differ");
    // Only the chunks that a picture needs: a time or a program name would be in another chunk.
    for bytes in &first {
        for unwanted in [&b"tIME"[..], b"tEXt", b"zTXt", b"iTXt", b"eXIf"] {
            assert!(!bytes.windows(4).any(|w| w == unwanted), "{unwanted:?}");
        }
    }
}

#[test]
fn the_file_holds_the_image_and_replaces_an_older_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("loss.png");
    fs::write(&path, "an older picture").unwrap();
    let image = LineChart::loss().series("loss", &[3.0, 2.0, 1.0]).to_image().unwrap();
    image.write_png(&path).unwrap();
    let read = crate::decoded::decode(&fs::read(&path).unwrap());
    assert_eq!((read.width, read.height), (image.width(), image.height()));
    assert_eq!(read.samples, image.rgb());
    // No temporary file is left.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn an_unwritable_path_is_named_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let tile = [0.5f32];
    let gallery = Gallery::new(1, 1).row("", &tile);

    let missing = folder.path().join("no-such-folder").join("digits.png");
    let error = gallery.write_png(&missing).unwrap_err();
    assert!(matches!(&error, PlotError::Write(error) if error.path == missing));
    assert!(error.to_string().contains("digits.png"), "{error}");

    // The rename fails because a folder is in the way: the temporary file must go.
    let blocked = folder.path().join("blocked.png");
    fs::create_dir(&blocked).unwrap();
    fs::write(blocked.join("inside"), "x").unwrap();
    let error = gallery.write_png(&blocked).unwrap_err();
    assert!(matches!(&error, PlotError::Write(error) if error.path == blocked));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    let nameless = gallery.write_png("..").unwrap_err();
    assert!(matches!(nameless, PlotError::Write(_)));
}

#[test]
fn a_refused_picture_does_not_touch_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("loss.png");
    fs::write(&path, "kept").unwrap();
    LineChart::loss().series("loss", &[f64::NAN]).write_png(&path).unwrap_err();
    assert_eq!(fs::read_to_string(&path).unwrap(), "kept");
}

#[test]
fn a_gray_picture_keeps_its_pixels() {
    let pixels: Vec<u8> = (0..=255).chain([7; 44]).collect();
    let image = ae_plot::Image::from_gray(20, 15, &pixels).unwrap();
    let png = image.encode_png().unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut found = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut found).unwrap();
    assert_eq!((frame.width, frame.height, frame.color_type), (20, 15, png::ColorType::Grayscale));
    assert_eq!(found, pixels);

    let refused = |width, height| ae_plot::Image::from_gray(width, height, &pixels).unwrap_err();
    assert!(matches!(refused(20, 16), PlotError::Length { expected: 320, found: 300, .. }));
    assert!(matches!(refused(0, 15), PlotError::TooLarge { .. }));
    assert!(matches!(refused(20_000, 1), PlotError::TooLarge { .. }));
}
