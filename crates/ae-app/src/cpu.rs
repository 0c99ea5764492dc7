//! A check before anything else: has this CPU the instructions that the program was compiled for?
//!
//! The standard library's `is_x86_feature_detected!` cannot tell: it takes for granted what the
//! program was compiled for. So the CPU itself is asked, through `raw-cpuid`.

use crate::exit;
use std::process::ExitCode;

/// Prints an error and returns its status if the CPU lacks instructions that the program uses.
/// Without this check, the system would end the program by SIGILL, without a word.
pub(crate) fn check() -> Result<(), ExitCode> {
    match missing() {
        "" => Ok(()),
        missing => Err(exit::other_cpu(missing)),
    }
}

/// Returns the first set of instructions that the program uses and the CPU lacks, or nothing.
#[cfg(not(target_arch = "x86_64"))]
fn missing() -> &'static str {
    // Every AArch64 has what the program uses.
    ""
}

/// Returns the first set of instructions that the program uses and the CPU lacks, or nothing.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
fn missing() -> &'static str {
    let cpu = raw_cpuid::CpuId::new();
    first_missing(|name| has(&cpu, name))
}

/// Returns the first set of instructions that the program was compiled for, and for which `has` is
/// false. Older sets come first.
#[cfg(target_arch = "x86_64")]
fn first_missing(has: impl Fn(&str) -> bool) -> &'static str {
    /// A row for each set of instructions: its name and whether the compiler may use it.
    macro_rules! compiled {
        ($($name:tt),*) => { [$(($name, cfg!(target_feature = $name))),*] };
    }
    let sets = compiled![
        "sse3", "ssse3", "sse4.1", "sse4.2", "popcnt", "avx", "f16c", "fma", "bmi1", "bmi2",
        "lzcnt", "movbe", "avx2", "avx512f", "avx512cd", "avx512dq", "avx512bw", "avx512vl"
    ];
    let missing = sets.into_iter().find(|&(name, used)| used && !has(name));
    missing.map_or("", |(name, _)| name)
}

/// Returns whether the CPU has this set of instructions.
#[cfg(target_arch = "x86_64")]
fn has(cpu: &raw_cpuid::CpuId<impl raw_cpuid::CpuIdReader>, name: &str) -> bool {
    let Some(basic) = cpu.get_feature_info() else { return false };
    let extended = cpu.get_extended_feature_info();
    let extended =
        |has: fn(&raw_cpuid::ExtendedFeatures) -> bool| extended.as_ref().is_some_and(has);
    match name {
        "sse3" => basic.has_sse3(),
        "ssse3" => basic.has_ssse3(),
        "sse4.1" => basic.has_sse41(),
        "sse4.2" => basic.has_sse42(),
        "popcnt" => basic.has_popcnt(),
        // The system must save the wide registers, too.
        "avx" => basic.has_avx() && basic.has_oxsave(),
        "f16c" => basic.has_f16c(),
        "fma" => basic.has_fma(),
        "movbe" => basic.has_movbe(),
        "lzcnt" => {
            cpu.get_extended_processor_and_feature_identifiers().is_some_and(|amd| amd.has_lzcnt())
        }
        "bmi1" => extended(|info| info.has_bmi1()),
        "bmi2" => extended(|info| info.has_bmi2()),
        "avx2" => extended(|info| info.has_avx2()),
        "avx512f" => extended(|info| info.has_avx512f()),
        "avx512cd" => extended(|info| info.has_avx512cd()),
        "avx512dq" => extended(|info| info.has_avx512dq()),
        "avx512bw" => extended(|info| info.has_avx512bw()),
        "avx512vl" => extended(|info| info.has_avx512vl()),
        _ => false,
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_uses_and_the_cpu_lacks_is_named() {
        // This test runs, so nothing is missing here.
        assert_eq!(missing(), "");
        let expected = if cfg!(target_feature = "avx2") { "avx2" } else { "" };
        assert_eq!(first_missing(|name| name != "avx2"), expected);
        let first = if cfg!(target_feature = "sse3") { "sse3" } else { "" };
        assert_eq!(first_missing(|_| false), first);
    }
}
