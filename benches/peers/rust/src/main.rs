//! Matrix products in f32 by other Rust libraries, with the shapes and the tab-separated form of
//! `ae-bench`'s `roofline`.
//!
//! ```text
//! cargo run --release [--features v4] -- LIBRARY [THREADS]
//! ```
//!
//! `LIBRARY` is `gemm`, `faer` or `matrixmultiply`; the last takes its number of threads from
//! `MATMUL_NUM_THREADS`, which must match. If it is built from within the repository, it is
//! compiled for the CPU it runs on (`.cargo/config.toml`).
//!
//! Unsafe code is needed because `gemm` and `matrixmultiply` have only raw-pointer interfaces; all
//! of it is in [`Product::run`].

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

/// `(m, k, n, A transposed, B transposed)`, as in `benches/src/products.rs`.
const SHAPES: [(usize, usize, usize, bool, bool); 13] = [
    (1024, 1024, 1024, false, false),
    (1024, 1024, 1024, true, true),
    (2048, 2048, 2048, false, false),
    (2048, 2048, 2048, true, true),
    (250, 784, 10, false, false),
    (250, 10, 784, false, false),
    (10, 250, 784, true, false),
    (250, 784, 10, false, true),
    (784, 250, 10, true, false),
    (892, 784, 10, false, false),
    (25_088, 288, 32, false, false),
    (6272, 288, 32, false, false),
    (288, 25_088, 32, true, false),
];

#[derive(Clone, Copy, PartialEq)]
enum Library {
    Gemm,
    Faer,
    Matrixmultiply,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}\nusage: ae-peers gemm|faer|matrixmultiply [THREADS]");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let library = match arguments.first().map(String::as_str) {
        Some("gemm") => Library::Gemm,
        Some("faer") => Library::Faer,
        Some("matrixmultiply") => Library::Matrixmultiply,
        _ => return Err("unknown library".to_owned()),
    };
    let threads = arguments.get(1).map_or("1", String::as_str);
    let told = std::env::var("MATMUL_NUM_THREADS");
    if library == Library::Matrixmultiply && told.as_deref() != Ok(threads) {
        return Err(format!("MATMUL_NUM_THREADS is not {threads}"));
    }
    let threads = threads
        .parse()
        .ok()
        .filter(|&n| n > 0)
        .ok_or("the number of threads must be at least 1")?;

    println!("name\tunit\tvalue\tshare");
    for (m, k, n, at, bt) in SHAPES {
        let (a, b) = (numbers(m * k, 17), numbers(k * n, 13));
        let product = Product { a: &a, b: &b, shape: [m, k, n], transposed: [at, bt] };
        let mut c = vec![0.0; m * n];
        let seconds = median_seconds(15, || product.run(library, threads, black_box(&mut c[..])));
        product.check(&c);
        let t = |transposed| if transposed { "T" } else { "" };
        let rate = 2.0 * (m * k * n) as f64 / seconds / 1e9;
        println!("products/{m}x{k}{} {k}x{n}{}\tGFLOP/s\t{rate:.4}\t-", t(at), t(bt));
    }
    Ok(())
}

/// `C = A B`, row-major; a matrix that is transposed is stored as its transpose.
struct Product<'a> {
    a: &'a [f32],
    b: &'a [f32],
    shape: [usize; 3],
    transposed: [bool; 2],
}

impl Product<'_> {
    /// The distances from row to row and from column to column, of A and of B.
    fn strides(&self) -> [[usize; 2]; 2] {
        let [m, k, n] = self.shape;
        let [at, bt] = self.transposed;
        [if at { [1, m] } else { [k, 1] }, if bt { [1, k] } else { [n, 1] }]
    }

    fn run(&self, library: Library, threads: usize, c: &mut [f32]) {
        let [m, k, n] = self.shape;
        assert!(self.a.len() == m * k && self.b.len() == k * n && c.len() == m * n);
        let (a, b, c) = (self.a.as_ptr(), self.b.as_ptr(), c.as_mut_ptr());
        let [[ars, acs], [brs, bcs]] = self.strides().map(|pair| pair.map(|s| s as isize));
        let crs = n as isize;
        // SAFETY: all three libraries require the same: every element
        // `row * row stride + column * column stride` of the matrices, in the given shapes, may be
        // read, or written in C. The strides are those of whole matrices, as just checked, and C,
        // being borrowed exclusively, overlaps with neither A nor B.
        unsafe {
            match library {
                Library::Gemm => {
                    let parallelism = match threads {
                        1 => gemm::Parallelism::None,
                        _ => gemm::Parallelism::Rayon(threads),
                    };
                    // C = 0 C + 1 A B, nothing conjugated.
                    gemm::gemm(
                        m,
                        n,
                        k,
                        c,
                        1,
                        crs,
                        false,
                        a,
                        acs,
                        ars,
                        b,
                        bcs,
                        brs,
                        0.0,
                        1.0,
                        false,
                        false,
                        false,
                        parallelism,
                    );
                }
                Library::Faer => {
                    let par = if threads == 1 { faer::Par::Seq } else { faer::Par::rayon(threads) };
                    let a = faer::MatRef::from_raw_parts(a, m, k, ars, acs);
                    let b = faer::MatRef::from_raw_parts(b, k, n, brs, bcs);
                    let c = faer::MatMut::from_raw_parts_mut(c, m, n, crs, 1);
                    faer::linalg::matmul::matmul(c, faer::Accum::Replace, a, b, 1.0f32, par);
                }
                Library::Matrixmultiply => {
                    matrixmultiply::sgemm(m, k, n, 1.0, a, ars, acs, b, brs, bcs, 0.0, c, crs, 1);
                }
            }
        }
    }

    /// Checks some elements against the definition: the speed of a wrong product is worthless.
    fn check(&self, c: &[f32]) {
        let [m, k, n] = self.shape;
        let [[ars, acs], [brs, bcs]] = self.strides();
        for (i, j) in [(0, 0), (m / 2, n / 3), (m - 1, n - 1)] {
            let term =
                |p| f64::from(self.a[i * ars + p * acs]) * f64::from(self.b[p * brs + j * bcs]);
            let expected: f64 = (0..k).map(term).sum();
            let found = f64::from(c[i * n + j]);
            assert!((expected - found).abs() < 1e-2, "[{i}, {j}] is {found}, not {expected}");
        }
    }
}

/// `len` numbers in [-0.5, 0.5) that repeat after `period`.
fn numbers(len: usize, period: usize) -> Vec<f32> {
    (0..len).map(|i| (i % period) as f32 / period as f32 - 0.5).collect()
}

/// As `ae_bench::stopwatch::median_seconds`.
fn median_seconds(rounds: usize, mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut calls = 0;
    while start.elapsed().as_secs_f64() < 0.3 || calls < 2 {
        work();
        calls += 1;
    }
    let once = start.elapsed().as_secs_f64() / f64::from(calls);
    let batch = ((0.02 / once) as usize).max(1);
    let mut times: Vec<f64> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            (0..batch).for_each(|_| work());
            start.elapsed().as_secs_f64() / batch as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
