//! Checks first of all whether this CPU has the instructions that the program was compiled for.
//!
//! The standard library's `is_x86_feature_detected!` cannot tell: it takes for granted what the
//! program was compiled for. So the CPU itself is asked. The code here works with single integers
//! and constant texts: the compiler may use wide registers for anything larger, and the check
//! itself would end by SIGILL.

use crate::exit;
use std::process::ExitCode;

/// Prints an error and returns its status if the CPU lacks instructions that the program uses.
/// Without this check, the system would end the program by SIGILL, without a message.
///
/// Call this first, from a function that does nothing else: any other code may use those
/// instructions.
#[inline(never)]
#[must_use]
pub fn check() -> Option<ExitCode> {
    let missing = missing();
    if missing.is_empty() { None } else { Some(exit::other_cpu(missing)) }
}

/// Returns the first set of instructions that the program uses and the CPU lacks, or nothing.
#[cfg(not(target_arch = "x86_64"))]
fn missing() -> &'static str {
    // Every AArch64 has what the program uses.
    ""
}

/// Returns the first set of instructions that the program uses and the CPU lacks, or nothing.
///
/// The bits are those of the CPUID instruction: Intel 64 and IA-32 Architectures Software
/// Developer's Manual, volume 2, "CPUID"; for LZCNT, AMD64 Architecture Programmer's Manual, volume
/// 3, appendix E.
#[cfg(target_arch = "x86_64")]
fn missing() -> &'static str {
    use raw_cpuid::native_cpuid::cpuid_count;
    /// Returns the name if the compiler may use these instructions and the CPU lacks them.
    macro_rules! need {
        ($name:tt, $register:expr, $bit:expr) => {
            if cfg!(target_feature = $name) && $register >> $bit & 1 == 0 {
                return $name;
            }
        };
    }
    let basic = cpuid_count(1, 0).ecx;
    need!("sse3", basic, 0);
    need!("ssse3", basic, 9);
    need!("sse4.1", basic, 19);
    need!("sse4.2", basic, 20);
    need!("popcnt", basic, 23);
    need!("avx", basic, 28);
    need!("f16c", basic, 29);
    need!("fma", basic, 12);
    need!("movbe", basic, 22);
    need!("lzcnt", cpuid_count(0x8000_0001, 0).ecx, 5);
    // CPUs without this leaf have none of the sets below.
    let extended = if cpuid_count(0, 0).eax < 7 { 0 } else { cpuid_count(7, 0).ebx };
    need!("bmi1", extended, 3);
    need!("bmi2", extended, 8);
    need!("avx2", extended, 5);
    need!("avx512f", extended, 16);
    need!("avx512dq", extended, 17);
    need!("avx512cd", extended, 28);
    need!("avx512bw", extended, 30);
    need!("avx512vl", extended, 31);
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_missing_where_this_test_runs() {
        assert_eq!(missing(), "");
        assert!(check().is_none());
    }
}
