//! What the page shows besides the folder's files.

use ae_page::report::{Command, Status};
use ae_train::EpochLosses;

/// What the page shows of a folder, besides what is in its files.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The command, the data and the classes.
    pub(crate) title: String,
    pub(crate) status: Status,
    /// The content of `config.toml`, if this is a run.
    pub(crate) config: Option<toml::Table>,
    /// The losses of the epochs so far.
    pub(crate) history: Vec<EpochLosses>,
    /// The digest of `SHA256SUMS`, which is written after the page.
    pub(crate) digest: Option<String>,
    /// The file that is written after the page, and ends the work.
    pub(crate) last: Option<&'static str>,
    pub(crate) commands: Vec<Command>,
}
