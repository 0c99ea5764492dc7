//! Tensors on one page: fits a straight line to noisy points with the normal equations:
//! `cargo run -p ae-tensor --example tensors`.

use ae_tensor::random::{Purpose, stream};
use ae_tensor::{Tensor, with_threads};

/// Intercept and slope of the line through points `x` `[n, 2]` (a column of ones, and the
/// abscissae) and `y` `[n, 1]`: the solution of X^T X w = X^T y, here two equations.
fn line(x: &Tensor, y: &Tensor) -> [f32; 2] {
    let transposed = x.transposed();
    let (left, right) = (transposed.matmul(x), transposed.matmul(y));
    let &[a, b, c, d] = left.data() else { unreachable!("a 2 x 2 matrix") };
    let &[e, f] = right.data() else { unreachable!("two numbers") };
    let determinant = a * d - b * c;
    [(d * e - b * f) / determinant, (a * f - c * e) / determinant]
}

fn main() -> std::io::Result<()> {
    // The same seed gives the same numbers; another purpose, epoch or index gives others.
    let mut rng = stream(1, Purpose::Generation, 0, 0);
    let n = 10_000;
    let noise = Tensor::standard_normal([n, 1], &mut rng);
    let at = |i: usize| i as f32 / n as f32;
    let x = Tensor::from_fn([n, 2], |i| if i % 2 == 0 { 1.0 } else { at(i / 2) });
    let y = Tensor::from_fn([n, 1], |i| 2.0 - 3.0 * at(i) + 0.1 * noise.data()[i]);
    println!("X is {}, y is {}", x.shape(), y.shape());

    let one = with_threads(1, || line(&x, &y))?;
    let three = with_threads(3, || line(&x, &y))?;
    println!("y = {:.2} {:+.2} x", one[0], one[1]);
    println!("the same bits on three threads: {}", one == three);
    Ok(())
}
