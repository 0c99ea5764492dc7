//! The values in a plan, as TOML has them and as they would be typed.

use std::collections::BTreeSet;
use std::fmt;
use toml::{Table, Value};

/// What is wrong with a plan: one line that begins with the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanError(pub(super) String);

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PlanError {}

pub(super) fn refused<T>(key: &str, why: impl fmt::Display) -> Result<T, PlanError> {
    Err(PlanError(format!("{key}: {why}")))
}

/// Reads `seeds`: a list, or a number N for 1, 2, .. N; without the key, the seed 1. There are at
/// most `most`.
pub(super) fn seeds(value: Option<&Value>, most: usize) -> Result<Vec<u64>, PlanError> {
    const EXPECTED: &str = "expected whole numbers from 0, or how many seeds from 1 on";
    let bad = |found: &Value| refused("seeds", format!("{EXPECTED}, found {}", short(found)));
    let too_many = |found: &dyn fmt::Display| {
        refused("seeds", format!("expected at most {most} runs, found {found} seeds"))
    };
    let values = match value {
        None => return Ok(vec![1]),
        Some(Value::Integer(count @ 1..)) => {
            let count = *count as u64;
            let few = usize::try_from(count).is_ok_and(|count| count <= most);
            return if few { Ok((1..=count).collect()) } else { too_many(&count) };
        }
        Some(Value::Array(values)) if values.len() > most => return too_many(&values.len()),
        Some(Value::Array(values)) if !values.is_empty() => values,
        Some(other) => return bad(other),
    };
    let (mut seeds, mut seen) = (Vec::new(), BTreeSet::new());
    for value in values {
        let seed = match value {
            Value::Integer(seed) => u64::try_from(*seed).ok(),
            Value::String(digits) => digits.parse().ok(),
            _ => None,
        };
        let Some(seed) = seed else { return bad(value) };
        if !seen.insert(seed) {
            return refused("seeds", format!("expected each seed once, found {seed} twice"));
        }
        seeds.push(seed);
    }
    Ok(seeds)
}

/// Returns the keys of a section, with `-` between their words.
pub(super) fn section(table: &Table, name: &str) -> Result<Vec<(String, Value)>, PlanError> {
    let section = match table.get(name) {
        None => return Ok(Vec::new()),
        Some(Value::Table(section)) => section,
        Some(other) => return refused(name, format!("expected a table, found {}", short(other))),
    };
    let mut found: Vec<(String, Value)> = Vec::new();
    for (key, value) in section {
        let option = key.replace('_', "-");
        if found.iter().any(|(other, _)| *other == option) {
            return refused(&format!("{name}.{key}"), "expected this option once, found it twice");
        }
        found.push((option, value.clone()));
    }
    Ok(found)
}

/// Returns the values of an option of the grid.
pub(super) fn values(key: &str, value: &Value) -> Result<Vec<String>, PlanError> {
    let list = match value {
        Value::Array(list) if list.is_empty() => {
            return refused(key, "expected values, found none");
        }
        Value::Array(list) => list,
        other => return refused(key, format!("expected a list of values, found {}", short(other))),
    };
    let mut seen = BTreeSet::new();
    let mut texts = Vec::new();
    for value in list {
        let text = match text_of(value) {
            Ok(text) => text,
            Err(found) => return refused(key, format!("expected a value, found {found}")),
        };
        if !seen.insert(text.clone()) {
            return refused(key, format!("expected each value once, found {text} twice"));
        }
        texts.push(text);
    }
    Ok(texts)
}

/// Formats a value as it would be typed. A list becomes its elements, separated by commas.
pub(super) fn text_of(value: &Value) -> Result<String, &'static str> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        // Not 1e30 with all its zeros, but 0.001 and not 1e-3.
        Value::Float(number) => {
            let [long, short] = [number.to_string(), format!("{number:e}")];
            Ok(if long.len() > short.len() + 3 { short } else { long })
        }
        Value::Boolean(switch) => Ok(switch.to_string()),
        Value::Array(values) => {
            Ok(values.iter().map(text_of).collect::<Result<Vec<_>, _>>()?.join(","))
        }
        Value::Table(_) => Err("a table"),
        Value::Datetime(_) => Err("a date"),
    }
}

/// Formats a value for an error's line: its beginning, if it is long.
pub(super) fn short(value: &Value) -> String {
    const MOST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text,
    }
}
