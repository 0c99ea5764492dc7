//! The name of a run's folder: its point of the grid and its seed, as a file system can hold them.

use ae_checkpoint::sha256;

/// The maximum length. File systems allow 255 bytes, and paths of some systems 260 in all.
const MOST: usize = 120;
/// The number of digits of a checksum, which tells names apart that would be the same.
const DIGITS: usize = 8;

/// Returns `latent=5,lr=0.001,seed=2`, or `seed=2` for the point of a plan without a grid.
///
/// Only small letters, digits and `-_.+` stay in an option and its value, and the point has at most
/// 120 bytes. If that changes it, a checksum of the point is added. So the name depends on this
/// point alone, whatever else the plan holds; and no two names are equal, not even where a file
/// system ignores case.
pub(super) fn of(point: &[(String, String)], seed: u64) -> String {
    let exact: Vec<String> = point.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let exact = exact.join(",");
    let kept = |c: char| {
        if c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.+".contains(c) { c } else { '-' }
    };
    let kept = |text: &str| text.chars().map(kept).collect::<String>();
    // A plan is read before its options are checked, so there may be none of this name.
    let values = point.iter().map(|(key, value)| format!("{}={}", kept(key), kept(value)));
    let mut name = values.collect::<Vec<_>>().join(",");
    if name != exact || name.len() > MOST {
        name.truncate(MOST);
        let whole = point.iter().map(|(key, value)| format!("{key}={value:?}"));
        let sum = sha256(whole.collect::<Vec<_>>().join(",").as_bytes());
        name += &format!("~{}", &sum[..DIGITS]);
    }
    let comma = if name.is_empty() { "" } else { "," };
    format!("{name}{comma}seed={seed}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(point: &[(&str, &str)], seed: u64) -> String {
        let point: Vec<_> = point.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        of(&point, seed)
    }

    #[test]
    fn a_name_says_the_point() {
        assert_eq!(name(&[("latent", "5"), ("lr", "0.001")], 2), "latent=5,lr=0.001,seed=2");
        assert_eq!(name(&[("pad", "true")], 1), "pad=true,seed=1");
        assert_eq!(name(&[], 3), "seed=3");
    }

    #[test]
    fn what_a_file_system_cannot_hold_is_replaced_and_told_apart() {
        let values = ["a/b", "a\\b", "a-b", "A-b", "a,b", "../b", "é", "a\u{0}b", "b,c=d", "-"];
        let names = values.map(|value| name(&[("model", value)], 1));
        for name in &names {
            assert!(!name.contains(['/', '\\', '\u{0}', 'A', 'é']) && name.is_ascii(), "{name}");
            assert!(!name.starts_with('.'), "{name}");
        }
        assert_eq!(names[2], "model=a-b,seed=1");
        let mut different = names.to_vec();
        different.sort_unstable();
        different.dedup();
        assert_eq!(different.len(), names.len(), "{names:?}");
    }

    #[test]
    fn an_option_that_does_not_exist_is_treated_like_a_value() {
        for key in ["../é", &format!("a{}", "é".repeat(60))] {
            let name = name(&[(key, "1")], 1);
            assert!(name.is_ascii() && !name.contains('/'), "{name}");
        }
    }

    #[test]
    fn long_values_are_cut_and_told_apart() {
        let layers = "dense 64 relu; ".repeat(40);
        let [one, other] = ["1", "2"].map(|end| name(&[("encoder", &(layers.clone() + end))], 1));
        assert!(one != other && one.len() < 200, "{one}\n{other}");
    }
}
