#![doc = include_str!("../README.md")]

mod canvas;
mod chart;
mod deviations;
mod error;
mod frame;
mod gallery;
mod heat;
mod histogram;
mod image;
mod intervals;
mod latent;
mod line_chart;
mod rates;
mod scatter;
mod series;
mod text;
mod theme;
mod ticks;
mod variance;

pub use chart::{Chart, Labels};
pub use deviations::DeviationChart;
pub use error::PlotError;
pub use gallery::{Gallery, GalleryLayout, Shades, largest_magnitude};
pub use heat::heat_color;
pub use histogram::HistogramChart;
pub use image::Image;
pub use intervals::IntervalChart;
pub use latent::latent_pca;
pub use line_chart::LineChart;
pub use rates::RateChart;
pub use scatter::ScatterChart;
pub use series::SeriesChart;
pub use theme::{CLASS_COLORS, MAX_CLASSES, Rgb, SERIES_COLORS};
pub use ticks::nice_ticks;
pub use variance::VarianceChart;
