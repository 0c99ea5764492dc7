//! The program's inputs: data, descriptions of models, images and small text files. Plain values go
//! in, checked values come out.

mod classes;
mod data;
mod dataset;
mod decoded;
mod image;
mod image_file;
mod masks;
mod model;
mod negative;
mod suggest;
mod text_file;
mod treatment;

pub(crate) use data::{Data, check_read};
pub(crate) use dataset::{Finding, Wanted, load_data, recorded_files, search};
pub(crate) use image::{OwnImage, OwnRows, Taking, check_sources, result_stem, unit_levels};
pub(crate) use masks::FoundMasks;
pub(crate) use model::{SelectedModel, select_model, which_fits};
pub(crate) use negative::{learned_dark_on_light, prefers, warn_of_negative};
pub(crate) use suggest::tip;
pub(crate) use text_file::read as read_text;
pub(crate) use treatment::{KeepColor, Treatment};
