//! The report of a run as a page: plain values in, HTML out.
//!
//! A [`Report`] knows neither runs nor files: texts, numbers and the bytes of pictures are given to
//! it. Everything is readable without scripts; the script adds numbers under the pointer, buttons
//! that copy commands, and a page that reads itself again.

mod chart;
mod markup;
mod moment;
mod number;
mod ticks;

#[cfg(test)]
mod tests;

pub use chart::{Chart, Series};
pub use moment::Moment;

use crate::Page;

/// The most bytes of pictures within a page. Base64 makes them a third longer.
pub const MAX_PICTURES: usize = 12 << 20;

/// Seconds between two readings of the page of a run in progress, by a browser without scripts.
const REFRESH: u32 = 5;

/// The report of a run. A part that is empty has no section in the page.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The heading of the page, and its title.
    pub title: String,
    /// How far the run came.
    pub status: Status,
    /// What was done, in some lines: a name and a text.
    pub summary: Vec<(String, String)>,
    /// The curves.
    pub charts: Vec<Chart>,
    /// The pictures, in the order of the page.
    pub pictures: Vec<Picture>,
    /// What was measured.
    pub measures: Vec<Table>,
    /// The settings, in groups.
    pub settings: Vec<Settings>,
    /// What to run next.
    pub commands: Vec<Command>,
    /// The files beside the page.
    pub files: Vec<File>,
}

/// How far a run came.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Status {
    /// A process works on it: the page reads itself again.
    Running {
        /// When this process began.
        since: Moment,
        /// When the page was written.
        written: Moment,
        /// How far the run is, for example "epoch 3 of 100".
        far: String,
        /// The seconds until the page is probably written again; for example the time of an epoch.
        next: f64,
        /// The command that continues the run if its process was killed.
        resume: Option<String>,
    },
    /// It is complete.
    #[default]
    Complete,
    /// It is complete, and a part of it has failed.
    PartlyFailed {
        /// What has failed, for example "1 run of 6 diverged".
        what: String,
    },
    /// A part of it is left to do, by others or by a later call.
    Partly {
        /// What is left, for example "3 runs of 6 left to do".
        left: String,
    },
    /// It was asked to stop; `how` says where. Its results so far are there.
    Stopped {
        /// A sentence without its full stop.
        how: String,
    },
    /// An error ended it.
    Failed {
        /// How far the run came, for example "after epoch 3 of 100".
        far: String,
    },
}

/// A picture and what it shows.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// The name of its file.
    pub name: String,
    /// What it shows: the caption, and the text for those who do not see it.
    pub caption: String,
    /// The PNG file.
    pub png: Vec<u8>,
}

/// A table. Cells that are numbers are rounded; the page holds their exact text as well.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// What the table holds.
    pub caption: String,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, with as many cells as there are columns.
    pub rows: Vec<Vec<String>>,
}

/// Some settings under a heading.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// What they are about, for example "training".
    pub heading: String,
    /// Names and values.
    pub values: Vec<(String, String)>,
}

/// A command to be pasted into a shell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Command {
    /// What it does.
    pub what: String,
    /// The line.
    pub line: String,
}

/// A file beside the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its size in bytes; `None` for a file that is still to be written.
    pub bytes: Option<u64>,
    /// What it holds.
    pub what: String,
}

impl Report {
    /// The page. Control characters in texts become U+FFFD, because HTML has none.
    ///
    /// # Panics
    /// If a series of a chart does not have a value for each place, or a row of a table a cell for
    /// each column.
    #[must_use]
    pub fn to_page(&self) -> Page {
        let page = Page::new("en", &markup::printable(&self.title))
            .style(include_str!("report.css"))
            .script(include_str!("report.js"))
            .body(markup::body(self));
        match self.status {
            Status::Running { .. } => page.refresh(REFRESH),
            _ => page,
        }
    }
}
