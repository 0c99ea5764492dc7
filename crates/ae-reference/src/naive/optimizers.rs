//! One optimizer step for one weight.

/// RMSprop: `a = rho a + (1 - rho) g^2`, then `p -= rate g / (sqrt(a) + epsilon)`, or with epsilon
/// inside the root.
pub fn rmsprop(p: &mut f64, a: &mut f64, g: f64, [rate, rho, epsilon]: [f64; 3], inside: bool) {
    *a = rho * *a + (1.0 - rho) * g * g;
    *p -= rate * g / if inside { (*a + epsilon).sqrt() } else { a.sqrt() + epsilon };
}

/// Adadelta: `a` as for RMSprop, `u = g sqrt(d + epsilon) / sqrt(a + epsilon)`, `p -= rate u`, and
/// then `d = rho d + (1 - rho) u^2`; `memory` is `[a, d]`.
pub fn adadelta(p: &mut f64, memory: &mut [f64; 2], g: f64, [rate, rho, epsilon]: [f64; 3]) {
    let [a, d] = memory;
    *a = rho * *a + (1.0 - rho) * g * g;
    let update = g * (*d + epsilon).sqrt() / (*a + epsilon).sqrt();
    *p -= rate * update;
    *d = rho * *d + (1.0 - rho) * update * update;
}

/// Adam in step `t`, counted from 1: `m = beta_1 m + (1 - beta_1) g`, `v` likewise for `g^2`, and
/// `p -= rate sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon)`; `memory` is `[m, v]`.
pub fn adam(
    p: &mut f64,
    memory: &mut [f64; 2],
    g: f64,
    t: i32,
    [rate, beta_1, beta_2, epsilon]: [f64; 4],
) {
    let [m, v] = memory;
    *m = beta_1 * *m + (1.0 - beta_1) * g;
    *v = beta_2 * *v + (1.0 - beta_2) * g * g;
    let corrected = rate * (1.0 - beta_2.powi(t)).sqrt() / (1.0 - beta_1.powi(t));
    *p -= corrected * *m / (v.sqrt() + epsilon);
}

/// Gradient descent with momentum: `v = momentum v - rate g`, then `p += v`, or with Nesterov's
/// look-ahead `p += momentum v - rate g`.
pub fn sgd(p: &mut f64, v: &mut f64, g: f64, [rate, momentum]: [f64; 2], nesterov: bool) {
    *v = momentum * *v - rate * g;
    *p += if nesterov { momentum * *v - rate * g } else { *v };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_with_a_pencil() {
        // The numbers are chosen so that the roots with epsilon are whole.
        let (mut p, mut a) = (1.0, 12.0);
        rmsprop(&mut p, &mut a, 4.0, [0.5, 0.5, 1.0], false); // a = 6 + 8 = 14
        assert_eq!((a, p), (14.0, 1.0 - 2.0 / (14f64.sqrt() + 1.0)));
        let (mut p, mut a) = (1.0, 14.0);
        rmsprop(&mut p, &mut a, 4.0, [0.5, 0.5, 1.0], true); // a = 15, a + 1 = 16
        assert_eq!((a, p), (15.0, 0.5));
        let (mut p, mut memory) = (1.0, [14.0, 3.0]);
        adadelta(&mut p, &mut memory, 4.0, [0.5, 0.5, 1.0]); // u = 4 * 2 / 4 = 2
        assert_eq!((p, memory), (0.0, [15.0, 3.5]));
        let (mut p, mut memory) = (1.0, [4.0, 10.0]);
        adam(&mut p, &mut memory, 4.0, 2, [0.5, 0.5, 0.5, 1.0]); // m = 4, v = 13; sqrt(3/4) / (3/4)
        assert_eq!(
            (p, memory),
            (1.0 - 0.5 * 0.75f64.sqrt() / 0.75 * 4.0 / (13f64.sqrt() + 1.0), [4.0, 13.0])
        );
        let (mut p, mut v) = (1.0, 2.0);
        sgd(&mut p, &mut v, 4.0, [0.25, 0.5], false); // v = 1 - 1
        assert_eq!((p, v), (1.0, 0.0));
        let (mut p, mut v) = (1.0, 4.0);
        sgd(&mut p, &mut v, 4.0, [0.25, 0.5], true); // v = 2 - 1, p + 0.5 - 1
        assert_eq!((p, v), (0.5, 1.0));
    }
}
