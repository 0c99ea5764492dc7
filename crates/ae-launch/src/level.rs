//! The levels that the program is built for, and whether this CPU has one.

/// A set of instructions that the compiler may use for one build of the program.
#[derive(Clone, Copy)]
pub(crate) struct Level {
    /// The compiler's name of it, as in `-C target-cpu=NAME`, and the end of the program's name.
    pub(crate) name: &'static str,
    /// Returns the first instructions that this CPU lacks, or the operating system does not
    /// support.
    pub(crate) lacks: fn() -> Option<&'static str>,
}

/// Returns the first of the instructions that this CPU lacks.
///
/// The standard library asks the CPU, and also the operating system, which must save the wide
/// registers of a program that it interrupts (XCR0; macOS enables those of AVX-512 on first use).
/// It takes for granted what the launcher itself was compiled for, so the launcher is compiled for
/// any x86-64.
#[cfg(target_arch = "x86_64")]
macro_rules! first_missing {
    ($($feature:tt)*) => {{
        $(if !std::arch::is_x86_feature_detected!($feature) {
            return Some($feature);
        })*
        None
    }};
}

/// The levels, the best one first. The last one is that of every CPU.
///
/// The names and their instructions are those of the System V psABI for AMD64, section 3.1.1. There
/// is no build for `x86-64-v2`: it has the same vectors of 16 bytes as `x86-64`.
#[cfg(target_arch = "x86_64")]
pub(crate) const LEVELS: &[Level] = &[
    Level { name: "x86-64-v4", lacks: lacks_v4 },
    Level { name: "x86-64-v3", lacks: lacks_v3 },
    Level { name: "x86-64", lacks: || None },
];

#[cfg(target_arch = "x86_64")]
fn lacks_v4() -> Option<&'static str> {
    lacks_v3().or_else(|| first_missing!("avx512f" "avx512bw" "avx512cd" "avx512dq" "avx512vl"))
}

#[cfg(target_arch = "x86_64")]
fn lacks_v3() -> Option<&'static str> {
    first_missing!(
        "sse3" "ssse3" "sse4.1" "sse4.2" "popcnt" "cmpxchg16b"
        "avx" "avx2" "bmi1" "bmi2" "f16c" "fma" "lzcnt" "movbe"
    )
}

/// Other processors have one level: every AArch64 has the NEON instructions that the program uses.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) const LEVELS: &[Level] = &[Level { name: std::env::consts::ARCH, lacks: || None }];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cpu_has_the_last_level_and_a_better_one_includes_the_worse() {
        let has: Vec<bool> = LEVELS.iter().map(|level| (level.lacks)().is_none()).collect();
        assert!(has.is_sorted() && has.ends_with(&[true]), "{has:?}");
    }
}
