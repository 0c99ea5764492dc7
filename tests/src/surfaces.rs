//! Pictures of woven cloth, sound and with defects, and the masks that say where the defects are.
//!
//! Each image is drawn from a stream keyed by the seed and its number, so an image does not depend
//! on how many others are drawn. Light, brightness and the position of the weave differ from image
//! to image: a detector has to accept all of this, and nothing else.

use ae_image::{Channels, Raster};
use ae_tensor::random::{Purpose, standard_normal, stream, uniform};
use std::f32::consts::{PI, TAU};
use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;

/// The side of an image in pixels.
pub const SIDE: usize = 64;

/// The distance of one thread from the next, in pixels.
const THREAD: f32 = 8.0;
/// Half the difference between the top of a thread and the gap beside it.
const RELIEF: f32 = 0.14;
/// The standard deviation of the camera's noise. No model can predict it.
const NOISE: f32 = 0.02;

const CLOTH: Purpose = Purpose::custom("ae-tests/cloth");
const DEFECT: Purpose = Purpose::custom("ae-tests/defect");

/// What can be wrong with a piece of cloth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// A thin line across the cloth, brighter or darker than it.
    Scratch,
    /// A dark spot with a soft edge, through which the weave is still seen.
    Stain,
    /// A patch without threads. Its brightness is that of the cloth around it, on average: only the
    /// pattern is missing.
    Missing,
}

impl Defect {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Scratch, Self::Stain, Self::Missing];

    /// Its name, as that of a folder.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scratch => "scratch",
            Self::Stain => "stain",
            Self::Missing => "missing",
        }
    }
}

/// One image with the truth about it.
#[derive(Clone, Debug)]
pub struct Surface {
    /// Gray levels by rows, `SIDE * SIDE`.
    pub pixels: Vec<u8>,
    /// Which pixels are part of a defect.
    pub mask: Vec<bool>,
}

impl Surface {
    /// Draws the cloth with this number, with a defect or without.
    #[must_use]
    pub fn draw(seed: u64, number: u64, defect: Option<Defect>) -> Self {
        let mut rng = stream(seed, CLOTH, 0, number);
        let mut between = |low, high| uniform(&mut rng, low, high);
        let phases = [between(0.0, TAU), between(0.0, TAU)];
        let light = [between(-0.06, 0.06), between(-0.06, 0.06), between(0.45, 0.55)];
        let weave = |[x, y]: [f32; 2]| {
            let [along, across] = [x / THREAD * TAU + phases[0], y / THREAD * TAU + phases[1]];
            RELIEF * (along.sin() * across.sin() + 0.5 * (along.cos() + across.cos()))
        };
        let mark = defect.map(|defect| Mark::draw(seed, number, defect));
        let (mut pixels, mut mask) = (Vec::new(), Vec::new());
        for place in 0..SIDE * SIDE {
            let at = [(place % SIDE) as f32, (place / SIDE) as f32];
            // From -1 to 1 over the image.
            let [u, v] = at.map(|x| 2.0 * x / (SIDE - 1) as f32 - 1.0);
            let flat = light[2] + light[0] * u + light[1] * v;
            let (share, value) = mark.as_ref().map_or((0.0, 0.0), |mark| mark.at(at));
            let threads = weave(at);
            let level = match mark.as_ref().map(|mark| mark.defect) {
                Some(Defect::Missing) => flat + (1.0 - share) * threads,
                _ => flat + threads + share * value,
            };
            let seen = level + NOISE * standard_normal(&mut rng);
            pixels.push((seen.clamp(0.0, 1.0) * 255.0).round() as u8);
            mask.push(share > 0.5);
        }
        Self { pixels, mask }
    }

    /// The mask as gray levels: 255 where the defect is, as in MVTec's data sets.
    #[must_use]
    pub fn mask_levels(&self) -> Vec<u8> {
        self.mask.iter().map(|&defect| if defect { 255 } else { 0 }).collect()
    }
}

/// Writes a set of cloth in the layout of MVTec's sets: `train/good`, `test/good`, and `test/NAME`
/// and `ground_truth/NAME` for each defect. There are `good` images to train on, `tested` sound
/// ones in the test part, and half as many of each defect.
///
/// # Errors
/// If a file cannot be written.
pub fn write_set(folder: &Path, good: u64, tested: u64) -> io::Result<()> {
    const SEED: u64 = 7;
    // No cloth is drawn twice.
    let defective = good + tested..good + tested + tested / 2;
    write_images(&folder.join("train/good"), None, SEED, 0..good)?;
    write_images(&folder.join("test/good"), None, SEED, good..good + tested)?;
    for defect in Defect::ALL {
        let part = folder.join("test").join(defect.name());
        write_images(&part, Some(defect), SEED, defective.clone())?;
        let masks = folder.join("ground_truth").join(defect.name());
        fs::create_dir_all(&masks)?;
        for number in defective.clone() {
            let mask = Surface::draw(SEED, number, Some(defect)).mask_levels();
            write_png(&masks.join(format!("{number:04}_mask.png")), mask)?;
        }
    }
    Ok(())
}

fn write_images(
    folder: &Path,
    defect: Option<Defect>,
    seed: u64,
    numbers: Range<u64>,
) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for number in numbers {
        let pixels = Surface::draw(seed, number, defect).pixels;
        write_png(&folder.join(format!("{number:04}.png")), pixels)?;
    }
    Ok(())
}

fn write_png(path: &Path, levels: Vec<u8>) -> io::Result<()> {
    fs::write(path, Raster::new(SIDE, SIDE, Channels::Gray, levels).to_png())
}

/// Where a defect is and how strong.
struct Mark {
    defect: Defect,
    center: [f32; 2],
    /// Of the scratch, in radians.
    angle: f32,
    /// Half the length of a scratch; half the side of a patch; the radius of a stain.
    extent: f32,
    /// How much brighter the pixels become.
    change: f32,
}

impl Mark {
    fn draw(seed: u64, number: u64, defect: Defect) -> Self {
        let mut rng = stream(seed, DEFECT, defect as u64, number);
        let mut between = |low, high| uniform(&mut rng, low, high);
        let edge = SIDE as f32;
        let center = [between(0.25 * edge, 0.75 * edge), between(0.25 * edge, 0.75 * edge)];
        let angle = between(0.0, PI);
        let brighter = between(-1.0, 1.0) > 0.0;
        let (extent, change) = match defect {
            Defect::Scratch => (between(12.0, 24.0), if brighter { 0.25 } else { -0.25 }),
            Defect::Stain => (between(5.0, 9.0), between(-0.22, -0.14)),
            Defect::Missing => (between(6.0, 10.0), 0.0),
        };
        Self { defect, center, angle, extent, change }
    }

    /// How much of the pixel is defective, from 0 to 1, and how much brighter it becomes.
    fn at(&self, [x, y]: [f32; 2]) -> (f32, f32) {
        let [dx, dy] = [x - self.center[0], y - self.center[1]];
        let share = match self.defect {
            Defect::Scratch => {
                let (sin, cos) = self.angle.sin_cos();
                let [along, across] = [dx * cos + dy * sin, dy * cos - dx * sin];
                let inside = along.abs() <= self.extent;
                if inside { (1.8 - across.abs()).clamp(0.0, 1.0) } else { 0.0 }
            }
            Defect::Stain => ((self.extent + 1.5 - dx.hypot(dy)) / 3.0).clamp(0.0, 1.0),
            Defect::Missing => (self.extent + 0.5 - dx.abs().max(dy.abs())).clamp(0.0, 1.0),
        };
        (share, self.change)
    }
}
