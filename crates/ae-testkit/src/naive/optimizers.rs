//! One step of one weight.

/// RMSprop: `a = rho a + (1 - rho) g^2`, then `p -= rate g / (sqrt(a) + epsilon)`, or with epsilon inside the root.
pub fn rmsprop(p: &mut f64, a: &mut f64, g: f64, [rate, rho, epsilon]: [f64; 3], inside: bool) {
    *a = rho * *a + (1.0 - rho) * g * g;
    *p -= rate * g / if inside { (*a + epsilon).sqrt() } else { a.sqrt() + epsilon };
}

/// Adadelta: `a` as for RMSprop, `u = g sqrt(d + epsilon) / sqrt(a + epsilon)`, `p -= rate u`, and then
/// `d = rho d + (1 - rho) u^2`; `memory` is `[a, d]`.
pub fn adadelta(p: &mut f64, memory: &mut [f64; 2], g: f64, [rate, rho, epsilon]: [f64; 3]) {
    let [a, d] = memory;
    *a = rho * *a + (1.0 - rho) * g * g;
    let update = g * (*d + epsilon).sqrt() / (*a + epsilon).sqrt();
    *p -= rate * update;
    *d = rho * *d + (1.0 - rho) * update * update;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_with_a_pencil() {
        // Numbers chosen so that the roots with epsilon are whole.
        let (mut p, mut a) = (1.0, 12.0);
        rmsprop(&mut p, &mut a, 4.0, [0.5, 0.5, 1.0], false); // a = 6 + 8 = 14
        assert_eq!((a, p), (14.0, 1.0 - 2.0 / (14f64.sqrt() + 1.0)));
        let (mut p, mut a) = (1.0, 14.0);
        rmsprop(&mut p, &mut a, 4.0, [0.5, 0.5, 1.0], true); // a = 15, a + 1 = 16
        assert_eq!((a, p), (15.0, 0.5));
        let (mut p, mut memory) = (1.0, [14.0, 3.0]);
        adadelta(&mut p, &mut memory, 4.0, [0.5, 0.5, 1.0]); // u = 4 * 2 / 4 = 2
        assert_eq!((p, memory), (0.0, [15.0, 3.5]));
    }
}
