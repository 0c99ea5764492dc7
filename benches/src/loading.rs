//! From files to checked bytes: reading, unpacking, checksums.

use crate::report::Report;
use crate::stopwatch::median_seconds;
use ae_idx::{Dataset, Limits, MNIST, read_file};
use std::hint::black_box;
use std::path::{Path, PathBuf};

/// The repository's copy of MNIST.
#[must_use]
pub fn mnist() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/mnist")
}

/// Measures both, in GB/s of unpacked bytes, relative to a copy of the same size.
pub fn measure(report: &mut Report) {
    report.begin("loading", "        ms");
    let folder = mnist();
    let images = folder.join("train-images-idx3-ubyte.gz");
    let loaded = match Dataset::load_known(&MNIST, &folder) {
        Ok(loaded) => loaded,
        Err(error) => return report.left_out("all of it", &error.to_string()),
    };
    let train = loaded.train.images().len();
    let all = train + loaded.test.images().len() + loaded.train.count() + loaded.test.count();
    let mut line = |name: &str, bytes: usize, work: &mut dyn FnMut()| {
        let seconds = median_seconds(7, work);
        let speed = report.limits.bytes(bytes, seconds);
        report.line(name, speed, &format!("{:>10.1}", 1e3 * seconds));
    };
    line("training images, unpacked", train, &mut || {
        black_box(read_file(&images, &Limits::default()).expect("the file is valid"));
    });
    line("MNIST's files, with checksums", all, &mut || {
        black_box(Dataset::load_known(&MNIST, &folder).expect("the files are valid"));
    });
}
