//! Sums, means, losses, and pieces of values along an axis.

use super::{Case, Draw, Entry, extents};
use ae_tensor::Tensor;
use ae_testkit::naive;

pub(super) const ROWS: &[Entry] = &[
    ("sum", |draw| {
        let shape = [draw.extent(30), draw.extent(80)];
        Some(Case::new(
            &[&shape],
            |tape, v| tape.sum(v[0]),
            |p| vec![p[0].iter().sum()],
            |p, dy| vec![vec![dy[0]; p[0].len()]],
        ))
    }),
    ("mean", |draw| {
        let shape = [draw.extent(30), draw.extent(80)];
        let case = Case::new(
            &[&shape],
            |tape, v| tape.mean(v[0]),
            |p| vec![p[0].iter().sum::<f64>() / p[0].len() as f64],
            |p, dy| vec![vec![dy[0] / p[0].len() as f64; p[0].len()]],
        );
        Some(case.within([1e-7, 0.0]))
    }),
    ("sum_axis", |draw| {
        let (dims, axis, extents) = draw.axis();
        Some(Case::new(
            &[&dims],
            move |tape, v| tape.sum_axis(v[0], axis),
            move |p| naive::sum_axis(&p[0], extents),
            move |_, dy| vec![naive::sum_axis_backward(dy, extents)],
        ))
    }),
    ("mean_axis", |draw| {
        let (dims, axis, extents) = draw.axis();
        let mean = move |x: Vec<f64>| x.iter().map(|x| x / extents[1] as f64).collect::<Vec<_>>();
        let case = Case::new(
            &[&dims],
            move |tape, v| tape.mean_axis(v[0], axis),
            move |p| mean(naive::sum_axis(&p[0], extents)),
            move |_, dy| vec![mean(naive::sum_axis_backward(dy, extents))],
        );
        Some(case.within([2e-7, 0.0]))
    }),
    ("concat", concat),
    ("slice", |draw| {
        let (dims, axis, [outer, len, inner]) = draw.axis();
        let start = draw.below(len + 1);
        let count = draw.below(len - start + 1);
        Some(Case::new(
            &[&dims],
            move |tape, v| tape.slice(v[0], axis, start..start + count),
            move |p| naive::slice(&p[0], [outer, len, inner], start, count),
            move |_, dy| {
                let (before, behind) = ([outer, start, inner], [outer, len - start - count, inner]);
                let zeros = |extents: [usize; 3]| vec![0.0; extents.iter().product()];
                let parts = [&zeros(before)[..], dy, &zeros(behind)];
                vec![naive::concat(&parts, outer, &[start, count, len - start - count], inner)]
            },
        ))
    }),
    ("mse", |draw| {
        let shape = [draw.extent(30), draw.extent(80)];
        let case = Case::new(
            &[&shape, &shape],
            |tape, v| tape.mse(v[0], v[1]),
            |p| vec![naive::mean_squared_error(&p[0], &p[1])],
            |p, dy| {
                let by = |a: &[f64], b: &[f64]| -> Vec<f64> {
                    a.iter().zip(b).map(|(a, b)| dy[0] * 2.0 * (a - b) / a_len(p)).collect()
                };
                vec![by(&p[0], &p[1]), by(&p[1], &p[0])]
            },
        );
        Some(case.within([2e-7, 0.0]))
    }),
    ("bce", |draw| {
        let shape = [draw.extent(30), draw.extent(80)];
        let targets = draw.uniform(shape[0] * shape[1], 0.0, 1.0);
        let (t, t_backward) = (naive::widen(&targets), naive::widen(&targets));
        let targets = Tensor::new(shape, targets);
        let case = Case::new(
            &[&shape],
            move |tape, v| {
                let targets = tape.constant(targets.clone());
                tape.bce_with_logits(v[0], targets)
            },
            move |p| vec![naive::mean_bce_with_logits(&p[0], &t)],
            move |p, dy| {
                let pairs = p[0].iter().zip(&t_backward);
                vec![pairs.map(|(&z, t)| dy[0] * (naive::sigmoid(z) - t) / a_len(p)).collect()]
            },
        );
        Some(case.within([1e-6, 1e-7]))
    }),
    ("l1", |draw| {
        let shape = [draw.extent(30), draw.extent(80)];
        let rows = shape[0] as f64;
        let case = Case::new(
            &[&shape],
            |tape, v| tape.l1(v[0]),
            move |p| vec![p[0].iter().map(|x| x.abs()).sum::<f64>() / rows],
            move |p, dy| {
                let slope = |x: &f64| if *x == 0.0 { 0.0 } else { x.signum() };
                vec![p[0].iter().map(|x| dy[0] * slope(x) / rows).collect()]
            },
        );
        Some(case.within([2e-7, 0.0]))
    }),
];

fn a_len(p: &[Vec<f64>]) -> f64 {
    p[0].len() as f64
}

/// One to three parts, followed by the first again.
fn concat(draw: &mut Draw) -> Option<Case> {
    let (mut dims, axis, _) = draw.axis();
    let count = 1 + draw.below(3);
    let mut shapes = Vec::new();
    for _ in 0..count {
        dims[axis] = draw.extent(9);
        shapes.push(dims.clone());
    }
    let [outer, _, inner] = extents(&dims, axis);
    let mut lens: Vec<usize> = shapes.iter().map(|dims| dims[axis]).collect();
    lens.push(lens[0]);
    let lens_backward = lens.clone();
    let total: usize = lens.iter().sum();
    let shapes: Vec<&[usize]> = shapes.iter().map(|dims| &dims[..]).collect();
    Some(Case::new(
        &shapes,
        move |tape, v| {
            let parts = [v, &v[..1]].concat();
            tape.concat(&parts, axis)
        },
        move |p| {
            let mut parts: Vec<&[f64]> = p.iter().map(|x| &x[..]).collect();
            parts.push(&p[0]);
            naive::concat(&parts, outer, &lens, inner)
        },
        move |_, dy| {
            let mut start = 0;
            let mut pieces: Vec<Vec<f64>> = Vec::new();
            for &len in &lens_backward {
                pieces.push(naive::slice(dy, [outer, total, inner], start, len));
                start += len;
            }
            let again = pieces.pop().expect("the first once more");
            pieces[0].iter_mut().zip(again).for_each(|(sum, again)| *sum += again);
            pieces
        },
    ))
}
