//! The tables "may import" of ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};

/// A line of a table: what may be imported, and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) may_import: BTreeSet<String>,
    /// Counted from 1.
    pub(crate) line: usize,
}

pub(crate) type Table = BTreeMap<String, Row>;

/// The table whose heading begins with `| <first> | may import |`. Names stand in backticks; other
/// words are for people.
pub(crate) fn parse(markdown: &str, first: &str) -> Result<Table, String> {
    let heading = format!("| {first} | may import |");
    let mut lines = markdown.lines().zip(1..).skip_while(|(line, _)| !line.starts_with(&heading));
    if lines.next().is_none() {
        return Err(format!("expected a table that begins with {heading:?}, found none"));
    }
    let mut table = Table::new();
    // The line below the heading is its rule.
    for (text, line) in lines.skip(1).take_while(|(text, _)| text.starts_with('|')) {
        let cells: Vec<&str> = text.split('|').map(str::trim).collect();
        let (names, may_import) = match cells[..] {
            [_, name, may_import, ..] => (names(name), names(may_import)),
            _ => return Err(format!("line {line}: expected two cells, found {text}")),
        };
        let [name] = &names[..] else {
            return Err(format!("line {line}: expected one name in the first cell, found {text}"));
        };
        let row = Row { may_import: may_import.into_iter().collect(), line };
        if table.insert(name.clone(), row).is_some() {
            return Err(format!("line {line}: a second row for {name}"));
        }
    }
    Ok(table)
}

/// The names in backticks.
fn names(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
