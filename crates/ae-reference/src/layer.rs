//! A layer in f64, read from its words.

use crate::model::extents;
use crate::naive::{self, Curve, Window2d};
use crate::{Mode, State};

/// A layer, with the shapes of its place.
#[derive(Clone, Debug)]
pub struct Layer {
    /// The first word of its description.
    pub keyword: String,
    /// The shape of one output sample.
    pub output: Vec<usize>,
    /// How many products each of its outputs adds up: 1 for a layer that adds nothing.
    pub terms: usize,
    input: Vec<usize>,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Dense(usize, Curve),
    Conv(Window2d, usize, Curve),
    Spread(Window2d, usize, Curve),
    Pool(Window2d),
    Enlarge([usize; 2]),
    Pad([[usize; 2]; 2]),
    Crop([[usize; 2]; 2]),
    Activate(Curve),
    Same,
    Penalty(f64),
    Sampling(f64),
    Dropout(f64),
    Keep,
    Add,
}

impl Layer {
    /// `None` if there is no such layer, or it does not fit.
    pub(crate) fn read(words: &str, input: &[usize]) -> Option<Self> {
        let parts: Vec<&str> = words.split(' ').collect();
        let (keyword, rest) = parts.split_first()?;
        let (kind, output) = kind(keyword, rest, input)?;
        let terms = match kind {
            Kind::Dense(..) => input[0],
            Kind::Conv(window, ..) | Kind::Spread(window, ..) => {
                window.size[0] * window.size[1] * input[2]
            }
            _ => 1,
        };
        Some(Self { keyword: (*keyword).to_owned(), output, terms, input: input.to_vec(), kind })
    }

    /// The state after the layer. `weights` are its parameters in their order, `noise` the random
    /// numbers that it draws in this mode, and `outputs` the number of the model's outputs.
    ///
    /// # Panics
    /// If the numbers do not fit.
    #[must_use]
    pub fn step(
        &self,
        before: &State,
        weights: &[Vec<f64>],
        noise: &[f64],
        mode: Mode,
        outputs: usize,
    ) -> State {
        let mut after = State { x: Vec::new(), ..before.clone() };
        let (x, rows) = (&before.x, before.batch as f64);
        after.x = match &self.kind {
            Kind::Dense(units, curve) => {
                let product = naive::matmul(x, &weights[0], before.batch, self.input[0], *units);
                bend(&mut after, naive::add_bias(&product, &weights[1]), *curve)
            }
            Kind::Conv(window, filters, curve) => {
                let sums = naive::conv2d(x, &weights[0], *window, self.input[2], *filters);
                bend(&mut after, naive::add_bias(&sums, &weights[1]), *curve)
            }
            Kind::Spread(window, filters, curve) => {
                let sums =
                    naive::conv2d_transpose(x, &weights[0], *window, self.input[2], *filters);
                bend(&mut after, naive::add_bias(&sums, &weights[1]), *curve)
            }
            Kind::Pool(window) => {
                let (y, winners) = naive::max_pool2d(x, *window, self.input[2]);
                winners.iter().for_each(|&winner| after.took(winner as u64));
                y
            }
            Kind::Enlarge(factor) => naive::up_sample2d(x, self.image(), self.input[2], *factor),
            Kind::Pad(sides) => naive::zero_padding2d(x, self.image(), self.input[2], *sides),
            Kind::Crop(sides) => naive::cropping2d(x, self.image(), self.input[2], *sides),
            Kind::Activate(curve) => bend(&mut after, x.clone(), *curve),
            Kind::Same => x.clone(),
            Kind::Penalty(weight) => {
                if mode != Mode::Inference {
                    x.iter().for_each(|&x| after.took(u64::from(x > 0.0)));
                    let sum: f64 = x.iter().map(|x| x.abs()).sum();
                    after.penalties.push(weight * sum / rows);
                }
                x.clone()
            }
            Kind::Sampling(weight) => {
                let k = self.output[0];
                if mode != Mode::Inference {
                    let halves = x.chunks(2 * k).map(|row| row.split_at(k));
                    let pairs = halves.flat_map(|(m, l)| m.iter().zip(l));
                    let sum: f64 = pairs.map(|(m, l)| 0.5 * (m * m + l.exp() - 1.0 - l)).sum();
                    after.penalties.push(weight / outputs as f64 * sum / rows);
                }
                let code = |(i, row): (usize, &[f64])| -> Vec<f64> {
                    let draw = |j: usize| match mode {
                        Mode::Inference => 0.0,
                        _ => (row[k + j] / 2.0).exp() * noise[k * i + j],
                    };
                    (0..k).map(|j| row[j] + draw(j)).collect()
                };
                x.chunks(2 * k).enumerate().flat_map(code).collect()
            }
            Kind::Dropout(rate) if mode == Mode::Training => naive::dropout(x, noise, *rate),
            Kind::Dropout(_) => x.clone(),
            Kind::Keep => {
                after.kept.push(x.clone());
                x.clone()
            }
            Kind::Add => {
                let kept = after.kept.pop().expect("the description was read");
                kept.iter().zip(x).map(|(a, b)| a + b).collect()
            }
        };
        after
    }

    /// Whether it draws random numbers in this mode, one for each of its outputs.
    #[must_use]
    pub fn draws(&self, mode: Mode) -> bool {
        match self.kind {
            Kind::Sampling(_) => mode != Mode::Inference,
            Kind::Dropout(_) => mode == Mode::Training,
            _ => false,
        }
    }

    /// The layer without a sigmoid at its end: the logits that a cross-entropy takes.
    #[must_use]
    pub fn logits(&self) -> Option<Self> {
        let kind = match self.kind {
            Kind::Dense(units, Curve::Sigmoid) => Kind::Dense(units, Curve::Linear),
            Kind::Conv(window, filters, Curve::Sigmoid) => {
                Kind::Conv(window, filters, Curve::Linear)
            }
            Kind::Spread(window, filters, Curve::Sigmoid) => {
                Kind::Spread(window, filters, Curve::Linear)
            }
            Kind::Activate(Curve::Sigmoid) => Kind::Activate(Curve::Linear),
            _ => return None,
        };
        Some(Self { kind, ..self.clone() })
    }

    fn image(&self) -> [usize; 2] {
        [self.input[0], self.input[1]]
    }
}

/// Applies a curve and notes on which side of its bend each number lies.
fn bend(state: &mut State, z: Vec<f64>, curve: Curve) -> Vec<f64> {
    if curve.bends() {
        // 64 numbers to a word.
        for some in z.chunks(64) {
            state.took(some.iter().fold(1, |word, &z| word << 1 | u64::from(z > 0.0)));
        }
    }
    z.into_iter().map(|z| curve.value(z)).collect()
}

fn kind(keyword: &str, rest: &[&str], input: &[usize]) -> Option<(Kind, Vec<usize>)> {
    Some(match (keyword, rest, input) {
        ("dense", &[units, curve], &[_]) => {
            let units = units.parse().ok()?;
            (Kind::Dense(units, Curve::read(curve)?), vec![units])
        }
        ("conv2d", &[filters, size, "stride", stride, padding, curve], &[h, w, _]) => {
            let filters = filters.parse().ok()?;
            let window = window([h, w], size, stride, padding)?;
            let [h, w] = window.output;
            (Kind::Conv(window, filters, Curve::read(curve)?), vec![h, w, filters])
        }
        ("conv2d_transpose", &[filters, size, "stride", stride, padding, curve], &[h, w, _]) => {
            let filters = filters.parse().ok()?;
            let ([kh, kw], [sh, sw]) = (pair(size)?, pair(stride)?);
            let large = match padding {
                "same" => [h * sh, w * sw],
                _ => [(h - 1) * sh + kh.max(sh), (w - 1) * sw + kw.max(sw)],
            };
            let window = window(large, size, stride, padding)?;
            (Kind::Spread(window, filters, Curve::read(curve)?), vec![large[0], large[1], filters])
        }
        ("max_pooling2d", &[size, "stride", stride, padding], &[h, w, channels]) => {
            let window = window([h, w], size, stride, padding)?;
            let [h, w] = window.output;
            (Kind::Pool(window), vec![h, w, channels])
        }
        ("up_sampling2d", &[factor], &[h, w, channels]) => {
            let [fh, fw] = pair(factor)?;
            (Kind::Enlarge([fh, fw]), vec![h * fh, w * fw, channels])
        }
        ("zero_padding2d", sides, &[h, w, channels]) => {
            let [[top, bottom], [left, right]] = four(sides)?;
            let kind = Kind::Pad([[top, bottom], [left, right]]);
            (kind, vec![h + top + bottom, w + left + right, channels])
        }
        ("cropping2d", sides, &[h, w, channels]) => {
            let [[top, bottom], [left, right]] = four(sides)?;
            let kind = Kind::Crop([[top, bottom], [left, right]]);
            let h = h.checked_sub(top + bottom)?;
            (kind, vec![h, w.checked_sub(left + right)?, channels])
        }
        ("activation", &[curve], _) => (Kind::Activate(Curve::read(curve)?), input.to_vec()),
        ("flatten", &[], _) => (Kind::Same, vec![input.iter().product()]),
        ("reshape", &[shape], _) => (Kind::Same, extents(shape)?),
        ("activity_regularization", &[weight], _) => {
            (Kind::Penalty(number(weight)?), input.to_vec())
        }
        ("sampling", &[weight], &[numbers]) => (Kind::Sampling(number(weight)?), vec![numbers / 2]),
        ("dropout", &[rate], _) => (Kind::Dropout(number(rate)?), input.to_vec()),
        ("shortcut", &[], _) => (Kind::Keep, input.to_vec()),
        ("add", &[], _) => (Kind::Add, input.to_vec()),
        _ => return None,
    })
}

fn pair(word: &str) -> Option<[usize; 2]> {
    extents(word)?.try_into().ok()
}

fn four(words: &[&str]) -> Option<[[usize; 2]; 2]> {
    let numbers: Option<Vec<usize>> = words.iter().map(|word| word.parse().ok()).collect();
    let [top, bottom, left, right] = numbers?.try_into().ok()?;
    Some([[top, bottom], [left, right]])
}

/// The number that the fast code has: an f32.
fn number(word: &str) -> Option<f64> {
    word.parse::<f32>().ok().map(f64::from)
}

fn window(image: [usize; 2], size: &str, stride: &str, padding: &str) -> Option<Window2d> {
    let (size, stride) = (pair(size)?, pair(stride)?);
    match padding {
        "same" => Some(Window2d::same(image, size, stride)),
        "valid" => Window2d::valid(image, size, stride),
        _ => None,
    }
}
