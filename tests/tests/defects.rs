//! Defects of woven cloth are found, and the heat map of the error says where they are.

use ae_tests::surfaces::{Defect, SIDE, Surface};
use autoencoder::lab::anomaly::{RocCurve, error_maps, patch_maps, worst_patches};
use autoencoder::models::Preset;
use autoencoder::{Adam, AutoEncoder, Fit, Samples, Tensor};

const GOOD: u64 = 400;
const TESTED: u64 = 30;
const PIXELS: usize = SIDE * SIDE;

/// The surfaces of the numbers, one after another.
fn draw(numbers: std::ops::Range<u64>, defect: Option<Defect>) -> Vec<Surface> {
    numbers.map(|number| Surface::draw(7, number, defect)).collect()
}

fn pixels(surfaces: &[Surface]) -> Vec<u8> {
    surfaces.iter().flat_map(|surface| surface.pixels.iter().copied()).collect()
}

/// The preset `anomaly`, trained on good cloth.
fn trained() -> AutoEncoder {
    let images = pixels(&draw(0..GOOD, None));
    let train = Samples::new(&images, [PIXELS]);
    let recipe = Preset::find("anomaly").unwrap().recipe();
    let architecture = recipe.architecture([SIDE, SIDE], Some(24)).unwrap();
    let mut model = AutoEncoder::from_architecture(architecture, 1).unwrap();
    let fit = Fit::new(&train).epochs(30).batch(20).seed(1);
    fit.run(&mut model, &mut Adam::new(0.003)).unwrap();
    model
}

/// Images, reconstructions and the heat maps of patches of 5 x 5 pixels.
fn examined(model: &AutoEncoder, surfaces: &[Surface]) -> (Tensor, Tensor, Tensor) {
    let images = pixels(surfaces);
    let samples = Samples::new(&images, [PIXELS]);
    let outputs = model.reconstruct(&samples);
    let maps = error_maps(&samples.all(), &outputs, [SIDE, SIDE, 1]);
    (outputs, patch_maps(&maps, [SIDE, SIDE], 5), maps)
}

#[test]
fn defects_are_found_and_located() {
    let model = trained();
    let good = draw(GOOD..GOOD + 2 * TESTED, None);
    let (_, _, good_maps) = examined(&model, &good);
    for (defect, image_bound, pixel_bound) in
        [(Defect::Scratch, 0.98, 0.97), (Defect::Stain, 0.98, 0.97), (Defect::Missing, 0.98, 0.97)]
    {
        let bad = draw(1000..1000 + TESTED, Some(defect));
        let (_, heat, maps) = examined(&model, &bad);
        let mut scores = worst_patches(&good_maps, [SIDE, SIDE], 9);
        let mut anomalous = vec![false; scores.len()];
        scores.extend(worst_patches(&maps, [SIDE, SIDE], 9));
        anomalous.resize(scores.len(), true);
        let image = RocCurve::new(&scores, &anomalous).unwrap().auroc;
        let of_pixels: Vec<f64> = heat.data().iter().map(|&x| f64::from(x)).collect();
        let truth: Vec<bool> = bad.iter().flat_map(|surface| surface.mask.clone()).collect();
        let pixel = RocCurve::new(&of_pixels, &truth).unwrap().auroc;
        println!("{}: images {image:.4}, pixels {pixel:.4}", defect.name());
        assert!(image > image_bound, "{}: images {image}", defect.name());
        assert!(pixel > pixel_bound, "{}: pixels {pixel}", defect.name());
    }
}

/// The masks mark what differs from the same cloth without the defect.
#[test]
fn masks_are_where_the_defects_are() {
    for defect in Defect::ALL {
        let (good, bad) = (Surface::draw(3, 5, None), Surface::draw(3, 5, Some(defect)));
        let marked = bad.mask.iter().filter(|&&marked| marked).count();
        assert!((30..600).contains(&marked), "{}: {marked}", defect.name());
        let far = |inside: bool| {
            let pairs = good.pixels.iter().zip(&bad.pixels).zip(&bad.mask);
            pairs.filter(|&((a, b), &m)| m == inside && a.abs_diff(*b) > 12).count()
        };
        // A pixel at the edge of a defect is changed a little.
        assert!(far(true) > marked / 4, "{}", defect.name());
        assert!(far(false) < marked, "{}", defect.name());
    }
    assert!(Surface::draw(3, 5, None).mask.iter().all(|&marked| !marked));
}

/// Draws `docs/pictures/defects.png`: image, reconstruction, heat map and mask of each defect.
#[test]
#[ignore = "writes a picture: cargo test -p ae-tests --test defects -- --ignored"]
fn the_picture_of_the_defects() {
    const GAP: usize = 6;
    const ZOOM: usize = 2;
    let model = trained();
    let rows: Vec<Surface> =
        Defect::ALL.iter().map(|&defect| Surface::draw(7, 1002, Some(defect))).collect();
    let (outputs, heat, _) = examined(&model, &rows);
    let hottest = heat.data().iter().copied().fold(0.0, f32::max);
    let cell = SIDE * ZOOM + GAP;
    let (width, height) = (4 * cell + GAP, rows.len() * cell + GAP);
    let mut picture = vec![255; width * height * 3];
    for (row, surface) in rows.iter().enumerate() {
        for (place, &level) in surface.pixels.iter().enumerate() {
            let made = (outputs.data()[row * PIXELS + place] * 255.0).round() as u8;
            // From black over red and yellow to white.
            let hot = heat.data()[row * PIXELS + place] / hottest;
            let warm = |from: f32| ((hot * 3.0 - from).clamp(0.0, 1.0) * 255.0) as u8;
            let colors = [
                [level; 3],
                [made; 3],
                [warm(0.0), warm(1.0), warm(2.0)],
                [surface.mask_levels()[place]; 3],
            ];
            for (column, color) in colors.iter().enumerate() {
                for dot in 0..ZOOM * ZOOM {
                    let x = GAP + column * cell + place % SIDE * ZOOM + dot % ZOOM;
                    let y = GAP + row * cell + place / SIDE * ZOOM + dot / ZOOM;
                    picture[(y * width + x) * 3..][..3].copy_from_slice(color);
                }
            }
        }
    }
    let raster = ae_image::Raster::new(height, width, ae_image::Channels::Rgb, picture);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/pictures/defects.png");
    std::fs::write(path, raster.to_png()).unwrap();
}
