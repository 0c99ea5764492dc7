//! Small text files: configurations, and descriptions of models.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The maximum size of a file: a hundred times the size of those that the program writes.
const MOST_BYTES: u64 = 1 << 18;

/// Returns the text, or the reason why it cannot be read. The caller adds the path.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    let cannot = |error| format!("cannot be read: {error}");
    let mut text = String::new();
    let file = File::open(path).map_err(cannot)?;
    file.take(MOST_BYTES + 1).read_to_string(&mut text).map_err(cannot)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(format!("expected at most {MOST_BYTES} bytes, found more"));
    }
    Ok(text)
}
