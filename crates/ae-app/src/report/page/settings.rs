//! `config.toml` as names and values in groups.

use ae_page::report::Settings;
use toml::{Table, Value};

/// The groups of a configuration: first the keys without a table, then each table, and those within
/// it.
pub(super) fn of(config: &Table) -> Vec<Settings> {
    let mut groups = Vec::new();
    add("run", config, &mut groups);
    groups
}

fn add(heading: &str, table: &Table, groups: &mut Vec<Settings>) {
    let (tables, values): (Vec<_>, Vec<_>) = table.iter().partition(|(_, value)| value.is_table());
    let values = values.into_iter().map(|(key, value)| (key.clone(), text(value)));
    let values: Vec<_> = values.collect();
    if !values.is_empty() {
        groups.push(Settings { heading: heading.into(), values });
    }
    for (key, value) in tables {
        let heading = if heading == "run" { key.clone() } else { format!("{heading}, {key}") };
        if let Value::Table(table) = value {
            add(&heading, table, groups);
        }
    }
}

/// A value without TOML's quotes.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_within_tables_are_groups_of_their_own() {
        let config =
            "seed = 1\n[data]\nclasses = [\"5\", \"7\"]\n[data.sha256]\na = \"<b>\"\n[model]\n";
        let groups = of(&config.parse().unwrap());
        let group = |heading: &str, key: &str, value: &str| Settings {
            heading: heading.into(),
            values: vec![(key.into(), value.into())],
        };
        let expected = [
            group("run", "seed", "1"),
            group("data", "classes", "5, 7"),
            group("data, sha256", "a", "<b>"),
        ];
        assert_eq!(groups, expected);
    }
}
