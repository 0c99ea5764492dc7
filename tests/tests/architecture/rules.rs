//! Arrows between things that have names, and whether they are allowed.

use crate::table::Table;
use std::collections::{BTreeMap, BTreeSet};

/// An import, and its place in the source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrow {
    pub(crate) from: String,
    pub(crate) to: String,
    /// File and line.
    pub(crate) place: String,
}

/// Every way in which the arrows between `existing` things and the table do not agree. A row may
/// import only rows above it, so that the table allows no cycle.
pub(crate) fn violations(
    table: &Table,
    existing: &BTreeSet<String>,
    arrows: &[Arrow],
) -> Vec<String> {
    let mut found = Vec::new();
    for name in existing {
        if !table.contains_key(name) {
            found.push(format!("{name} has no row in ARCHITECTURE.md"));
        }
    }
    for (name, row) in table {
        let named = std::iter::once(name).chain(&row.may_import);
        for unknown in named.filter(|name| !existing.contains(*name)) {
            found.push(format!("ARCHITECTURE.md:{}: there is no {unknown}", row.line));
        }
    }
    for Arrow { from, to, place } in arrows {
        if table.get(from).is_some_and(|row| !row.may_import.contains(to)) {
            found.push(format!(
                "{place}: {from} imports {to}, which ARCHITECTURE.md does not allow"
            ));
        }
    }
    for (from, row) in table {
        for to in
            row.may_import.iter().filter(|to| table.get(*to).is_some_and(|to| to.line >= row.line))
        {
            found.push(format!(
                "ARCHITECTURE.md:{}: {from} may import {to}, which does not stand above it",
                row.line
            ));
        }
    }
    found
}

/// A cycle of the arrows, with the place of each, if there is one.
pub(crate) fn circle(arrows: &[Arrow]) -> Option<String> {
    let mut from: BTreeMap<&str, Vec<&Arrow>> = BTreeMap::new();
    for arrow in arrows {
        from.entry(&arrow.from).or_default().push(arrow);
    }
    let mut left = BTreeSet::new();
    from.keys().find_map(|start| search(start, &from, &mut Vec::new(), &mut left)).map(|circle| {
        let steps: Vec<String> = circle
            .iter()
            .map(|arrow| format!("{} imports {} ({})", arrow.from, arrow.to, arrow.place))
            .collect();
        format!("a circle: {}", steps.join("; "))
    })
}

/// Goes on from `at`, where `way` has led; `left` are those from which no circle is reached.
fn search<'a>(
    at: &'a str,
    from: &BTreeMap<&'a str, Vec<&'a Arrow>>,
    way: &mut Vec<&'a Arrow>,
    left: &mut BTreeSet<&'a str>,
) -> Option<Vec<&'a Arrow>> {
    if let Some(begin) = way.iter().position(|arrow| arrow.from == at) {
        return Some(way[begin..].to_vec());
    }
    if left.contains(at) {
        return None;
    }
    for arrow in from.get(at).into_iter().flatten() {
        way.push(arrow);
        if let Some(circle) = search(&arrow.to, from, way, left) {
            return Some(circle);
        }
        way.pop();
    }
    left.insert(at);
    None
}
