//! The vector instructions that the kernels use.

/// Returns the vector instructions that this program was compiled to use, by the compiler's names.
/// The kernels use them, and they determine how sums are rounded, so results depend on them.
///
/// They are fixed at compile time, by `target-cpu` or `target-feature`; the actual CPU may have
/// more.
#[must_use]
pub fn cpu_features() -> Vec<&'static str> {
    let all = [
        (cfg!(target_feature = "sse2"), "sse2"),
        (cfg!(target_feature = "sse4.2"), "sse4.2"),
        (cfg!(target_feature = "avx"), "avx"),
        (cfg!(target_feature = "avx2"), "avx2"),
        (cfg!(target_feature = "fma"), "fma"),
        (cfg!(target_feature = "avx512f"), "avx512f"),
        (cfg!(target_feature = "neon"), "neon"),
    ];
    all.into_iter().filter(|(has, _)| *has).map(|(_, name)| name).collect()
}

/// Returns which of the vector instructions known to [`cpu_features`] the actual CPU has, whether
/// they are used or not.
#[cfg(target_arch = "x86_64")]
#[must_use]
pub fn detected_cpu_features() -> Vec<&'static str> {
    let all = [
        (is_x86_feature_detected!("sse2"), "sse2"),
        (is_x86_feature_detected!("sse4.2"), "sse4.2"),
        (is_x86_feature_detected!("avx"), "avx"),
        (is_x86_feature_detected!("avx2"), "avx2"),
        (is_x86_feature_detected!("fma"), "fma"),
        (is_x86_feature_detected!("avx512f"), "avx512f"),
    ];
    all.into_iter().filter(|(has, _)| *has).map(|(_, name)| name).collect()
}

/// Returns which of the vector instructions known to [`cpu_features`] the actual CPU has: the same
/// ones that are used, since every AArch64 has NEON.
#[cfg(not(target_arch = "x86_64"))]
#[must_use]
pub fn detected_cpu_features() -> Vec<&'static str> {
    cpu_features()
}

/// Returns which of the vector instructions known to [`cpu_features`] this CPU has, but this
/// program was not compiled to use.
///
/// If the list contains `avx2`, the kernels take 3 to 7 times as long as they could; with `avx512f`
/// alone, up to twice as long. A program that trains can say so once, at its start:
///
/// ```
/// let unused = ae_tensor::unused_cpu_features();
/// if !unused.is_empty() {
///     eprintln!(
///         "note: compiled without {}, which this CPU has: it is faster with \
///          RUSTFLAGS=\"-C target-cpu=native\"",
///         unused.join(" ")
///     );
/// }
/// ```
#[must_use]
pub fn unused_cpu_features() -> Vec<&'static str> {
    let used = cpu_features();
    detected_cpu_features().into_iter().filter(|name| !used.contains(name)).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn features_are_those_of_the_target() {
        let features = super::cpu_features();
        // Every x86-64 has SSE2 and every AArch64 has NEON.
        assert_eq!(features.contains(&"sse2"), cfg!(target_arch = "x86_64"));
        assert_eq!(features.contains(&"neon"), cfg!(target_arch = "aarch64"));
        assert!(!features.contains(&"avx2") || features.contains(&"avx"));
        // This program runs, so the CPU has every instruction it uses.
        let detected = super::detected_cpu_features();
        assert!(features.iter().all(|feature| detected.contains(feature)));
        // A feature is either used or not.
        let unused = super::unused_cpu_features();
        assert_eq!(features.len() + unused.len(), detected.len());
        assert!(!unused.iter().any(|feature| features.contains(feature)));
    }
}
