//! The guide in French. Its code is the English chapters' code, byte for byte, which runs there.

use crate::en;

pub(crate) const CHAPTERS: &[(&str, &str)] = en::CHAPTERS;
