//! The colors and sizes of all pictures.

/// A color as red, green and blue, 0 to 255 each.
pub type Rgb = [u8; 3];

/// The colors of the classes of a scatter plot; class `i` has color `i % 10`.
///
/// The ten-color sequence of M. A. Petroff, "Accessible Color Sequences for Data Visualization"
/// (2021, arXiv:2107.02270), which was optimized for people with color-vision deficiencies.
pub const CLASS_COLORS: [Rgb; 10] = [
    [0x3f, 0x90, 0xda],
    [0xff, 0xa9, 0x0e],
    [0xbd, 0x1f, 0x01],
    [0x94, 0xa4, 0xa2],
    [0x83, 0x2d, 0xb6],
    [0xa9, 0x6b, 0x59],
    [0xe7, 0x63, 0x00],
    [0xb9, 0xac, 0x70],
    [0x71, 0x75, 0x81],
    [0x92, 0xda, 0xdd],
];

/// The colors of the lines of a chart; series `i` has color `i % 6`.
///
/// From M. Okabe and K. Ito, "Color Universal Design" (2008), without their black, which is used
/// for the axes, and their yellow, which is too faint for a thin line on white paper.
pub const SERIES_COLORS: [Rgb; 6] = [
    [0x00, 0x72, 0xb2],
    [0xd5, 0x5e, 0x00],
    [0x00, 0x9e, 0x73],
    [0xcc, 0x79, 0xa7],
    [0xe6, 0x9f, 0x00],
    [0x56, 0xb4, 0xe9],
];

/// Dash patterns of the lines (pixels on, pixels off, ...), so that series can be distinguished in
/// a black-and-white print too. Series `i` has pattern `i % 4`.
pub(crate) const DASHES: [&[f32]; 4] = [&[], &[14.0, 7.0], &[4.0, 6.0], &[16.0, 6.0, 4.0, 6.0]];

/// The maximum number of series in a chart: the period after which both color and dashes repeat.
pub(crate) const MAX_SERIES: usize = 12;
/// The maximum number of classes in a scatter plot: ten colors times four marker shapes.
pub const MAX_CLASSES: usize = 40;

/// The color of the page.
pub(crate) const PAPER: Rgb = [0xff; 3];
/// The color of axis lines and text. It is gray, so that a gallery with captions stays a gray
/// picture.
pub(crate) const INK: Rgb = [0x2b; 3];
/// Grid lines.
pub(crate) const GRID: Rgb = [0xe4; 3];
/// The hairline around a gallery tile.
pub(crate) const HAIRLINE: Rgb = [0xc4; 3];

/// Text sizes in pixels per em.
pub(crate) const TITLE_SIZE: f32 = 28.0;
pub(crate) const LABEL_SIZE: f32 = 23.0;
pub(crate) const TICK_SIZE: f32 = 21.0;
pub(crate) const GALLERY_TITLE_SIZE: f32 = 24.0;
pub(crate) const CAPTION_SIZE: f32 = 18.0;
