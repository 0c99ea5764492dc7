//! The page: its assets and a bundle, put together.

use crate::bundle::{Bundle, Images};
use ae_page::Page;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use maud::PreEscaped;

/// The text of a file among the assets.
macro_rules! asset {
    ($name:literal) => {
        include_str!(concat!("assets/", $name))
    };
}

/// The page's script, in parts which share one scope. The last one starts the page.
const SCRIPTS: [&str; 27] = [
    asset!("engine.js"),
    asset!("base.js"),
    asset!("data.js"),
    asset!("canvas.js"),
    asset!("signed.js"),
    asset!("curve.js"),
    asset!("overview.js"),
    asset!("space.js"),
    asset!("map.js"),
    asset!("morph.js"),
    asset!("latent.js"),
    asset!("pad.js"),
    asset!("draw.js"),
    asset!("train-words.js"),
    asset!("train-form.js"),
    asset!("train.js"),
    asset!("maps.js"),
    asset!("choices.js"),
    asset!("filter.js"),
    asset!("unit.js"),
    asset!("gradient.js"),
    asset!("inspect-words.js"),
    asset!("inspect.js"),
    asset!("lessons-one.js"),
    asset!("lessons-two.js"),
    asset!("lessons.js"),
    asset!("main.js"),
];

/// The script of the worker that trains.
const WORKER: [&str; 2] = [asset!("engine.js"), asset!("worker.js")];

/// The engine for WebAssembly, as gzip.
const ENGINE: &[u8] = include_bytes!("assets/engine.wasm.gz");

/// The most bytes of a page.
const MOST: usize = 20_000_000;
/// The most bytes of the images in a page, unless more are asked for.
const USUAL: usize = 2_000_000;
/// How many images a page has at least, if there are as many, even if it becomes larger than
/// [`MOST`].
const LEAST: usize = 10;

/// How many images were taken, if not all that were offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The number of training images.
    pub train: usize,
    /// The number of test images.
    pub test: usize,
    /// The size that the page would have exceeded with all of them, in bytes.
    pub most: usize,
}

/// Returns the page as HTML. If it would exceed 20 MB, or its images the usual 2 MB, it takes fewer
/// of the bundle's images, and says so: the others leave the bundle. With `many`, only the size of
/// the page counts.
#[must_use]
pub fn explore(bundle: &mut Bundle, many: bool) -> (String, Option<Taken>) {
    let taken = limit(bundle, many, MOST, USUAL);
    // A batch is at most all the images of the page.
    bundle.training.batch = bundle.training.batch.min(bundle.train.count()).max(1);
    (assemble(bundle), taken)
}

/// Drops images of the bundle until the limits hold.
fn limit(bundle: &mut Bundle, many: bool, most: usize, usual: usize) -> Option<Taken> {
    let size = |bundle: &Bundle| bundle.train.written_len() + bundle.test.written_len();
    let before = [bundle.train.count(), bundle.test.count()];
    let none = Images::none(bundle.image);
    let rest = assemble(&Bundle { train: none.clone(), test: none, ..bundle.clone() }).len();
    let room = most.saturating_sub(rest);
    let room = if many { room } else { room.min(usual) };
    loop {
        let (found, counts) = (size(bundle), [bundle.train.count(), bundle.test.count()]);
        if found <= room || counts.iter().all(|&count| count <= LEAST) {
            break;
        }
        // A little less than the share, because images differ in size.
        let kept = |count: usize| (count * (room / 100 * 98) / found).min(count - 1).max(LEAST);
        bundle.train.truncate(if counts[0] > LEAST { kept(counts[0]) } else { counts[0] });
        bundle.test.truncate(if counts[1] > LEAST { kept(counts[1]) } else { counts[1] });
    }
    let [train, test] = [bundle.train.count(), bundle.test.count()];
    let most = if room < usual || many { most } else { rest + usual };
    ([train, test] != before).then_some(Taken { train, test, most })
}

fn assemble(bundle: &Bundle) -> String {
    let title = match &bundle.run {
        Some(run) => format!("{}: auto-encoder", run.name),
        None => "Auto-encoder".into(),
    };
    Page::new("en", &title)
        .style(asset!("colors.css"))
        .style(asset!("style.css"))
        .style(asset!("overview.css"))
        .style(asset!("latent.css"))
        .style(asset!("panels.css"))
        .body(PreEscaped(asset!("page.html").into()))
        .data("bundle", "application/json", &bundle.to_json())
        .data("engine", "text/plain", &STANDARD.encode(ENGINE))
        .data("worker-code", "text/plain", &WORKER.join("\n"))
        .script(&SCRIPTS.join("\n"))
        .computes()
        .to_html()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Extent;
    use crate::bundle::tests::bundle;

    /// A bundle with this many images of noise, which gzip does not shorten.
    fn noisy(train: usize, test: usize) -> Bundle {
        let mut state = 1u32;
        let mut byte = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let image = Extent { height: 10, width: 10, channels: 1 };
        let mut images =
            |count| Images::new(image, vec![0; count], (0..100 * count).map(|_| byte()).collect());
        Bundle { image, train: images(train), test: images(test), ..bundle("5") }
    }

    #[test]
    fn a_page_that_is_small_enough_keeps_all() {
        let mut all = noisy(100, 20);
        assert_eq!(limit(&mut all, false, usize::MAX, usize::MAX), None);
        assert_eq!((all.train.count(), all.test.count()), (100, 20));
    }

    #[test]
    fn a_page_takes_fewer_images_rather_than_exceed_its_limit() {
        let small = assemble(&noisy(0, 0)).len();
        let mut all = noisy(500, 200);
        let taken = limit(&mut all, true, small + 40_000, 20_000).unwrap();
        assert_eq!((taken.train, taken.test), (all.train.count(), all.test.count()));
        // 100 bytes, a third more in base64, and some for the label.
        assert!((200..300).contains(&(taken.train + taken.test)), "{taken:?}");
        assert!(assemble(&all).len() <= small + 40_000);
        let usual = limit(&mut noisy(500, 200), false, small + 40_000, 20_000).unwrap();
        assert!((100..200).contains(&(usual.train + usual.test)), "{usual:?}");
    }

    #[test]
    fn a_large_model_leaves_some_images() {
        let mut all = noisy(500, 5);
        let taken = limit(&mut all, true, 10, 20_000).unwrap();
        assert_eq!((taken.train, taken.test), (LEAST, 5));
    }

    #[test]
    fn every_asset_is_in_the_page() {
        let (source, _) = include_str!("page.rs").split_once("#[cfg(test)]").unwrap();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/assets");
        let mut found = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            if [".js", ".css", ".html"].iter().any(|end| name.ends_with(end)) {
                assert!(source.contains(&format!("asset!(\"{name}\")")), "{name}");
                found += 1;
            }
        }
        assert!(found > 10, "{found}");
    }

    #[test]
    fn scripts_load_nothing() {
        for script in SCRIPTS.iter().chain(&WORKER) {
            for line in script.lines() {
                let word = line.split_whitespace().next().unwrap_or_default();
                assert!(word != "import" && word != "export", "{line}");
            }
            for call in ["fetch(", "XMLHttpRequest", "importScripts", "eval(", ".innerHTML"] {
                assert!(!script.contains(call), "{call}");
            }
        }
    }
}
