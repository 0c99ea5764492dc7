//! "Did you mean": the most similar of the valid names, for names that clap does not know.

/// The minimum similarity of two words, from 0 to 1. clap uses 0.7 for its own suggestions. The
/// names here are shorter, and `elf` must not suggest `neuf`.
const ALIKE: f64 = 0.75;

/// Returns the end of a message about `wanted`, which is not among the `names` of this `kind`: `;
/// tip: a similar class exists: 'six'`, or nothing if no name is similar.
pub(crate) fn tip<'a>(
    kind: &str,
    wanted: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> String {
    let wanted = wanted.to_lowercase();
    let alike = |name: &str| strsim::jaro(&wanted, &name.to_lowercase());
    names
        .into_iter()
        .map(|name| (alike(name), name))
        .filter(|(alike, _)| *alike > ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| format!("; tip: a similar {kind} exists: '{name}'"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_the_one() {
        let names = ["mnist", "fashion-mnist"];
        assert_eq!(tip("data set", "minst", names), "; tip: a similar data set exists: 'mnist'");
        let tip_for = |wanted| tip("data set", wanted, names);
        assert_eq!(tip_for("Fashion_MNST"), "; tip: a similar data set exists: 'fashion-mnist'");
        assert_eq!(tip_for("cifar"), "");
        assert_eq!(tip("class", "elf", ["neuf"]), "");
        assert_eq!(tip("class", "x", []), "");
    }
}
