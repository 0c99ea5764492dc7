//! Where new latent codes come from.

use crate::draws::{Draw, normal_rows, rows, subsample, uniform_rows, units};
use crate::error::checked;
use crate::{EmOptions, GaussianMixture, LabError};
use ae_pca::Pca;
use ae_tensor::Tensor;
use std::fmt;
use std::str::FromStr;

/// The interval of the notebook's naive generation: latent numbers uniform in [0, 5).
pub const NAIVE_RANGE: (f32, f32) = (0.0, 5.0);

/// The interval of the notebook's generation through PCA: components uniform in [-7.5, 7.5).
pub const PCA_RANGE: (f32, f32) = (-7.5, 7.5);

/// The most Gaussians that [`SamplerKind::Mixture`] takes; as many as there are digits.
pub const MIXTURE_COMPONENTS: usize = 10;

/// The most codes that a mixture is fitted to: of more, this many are chosen at random.
pub const MIXTURE_ROWS: usize = 20_000;

/// A Gaussian in d dimensions needs more than d points; with fewer than this many times d for each
/// there are fewer Gaussians.
const ROWS_PER_DIMENSION: usize = 10;

/// A component whose variance is this part of the largest, or less, counts as without variance:
/// what an f32 cannot tell from rounding (about 4e-15), and a good deal more.
const DEAD: f64 = 1e-12;

/// The ways to draw latent codes.
///
/// The names are those of the command line; [`SamplerKind::from_str`] reads what [`SamplerKind`]
/// displays.
///
/// ```
/// use ae_lab::SamplerKind;
/// assert_eq!("pca-gaussian".parse::<SamplerKind>()?, SamplerKind::PcaGaussian);
/// assert_eq!(SamplerKind::ALL.map(|kind| kind.to_string()).join(" "),
///     "uniform pca-uniform pca-gaussian pca-empirical mixture prior");
/// # Ok::<(), ae_lab::LabError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SamplerKind {
    /// Each latent number uniform in [`NAIVE_RANGE`], whatever the codes are.
    Uniform,
    /// Each principal component uniform in [`PCA_RANGE`], whatever its variance is. All components,
    /// also those of units that never fire.
    PcaUniform,
    /// Each component normal, with its own variance: the Gaussian with the codes' mean and
    /// covariance.
    PcaGaussian,
    /// Each component that of a real code, drawn for each component by itself.
    PcaEmpirical,
    /// A mixture of Gaussians, fitted in whitened components.
    Mixture,
    /// Each latent number standard normal, whatever the codes are: what a variational auto-encoder
    /// is trained for.
    Prior,
}

impl SamplerKind {
    /// All of them, the naive one first.
    pub const ALL: [Self; 6] = [
        Self::Uniform,
        Self::PcaUniform,
        Self::PcaGaussian,
        Self::PcaEmpirical,
        Self::Mixture,
        Self::Prior,
    ];

    /// The name at the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::PcaUniform => "pca-uniform",
            Self::PcaGaussian => "pca-gaussian",
            Self::PcaEmpirical => "pca-empirical",
            Self::Mixture => "mixture",
            Self::Prior => "prior",
        }
    }
}

impl fmt::Display for SamplerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for SamplerKind {
    type Err = LabError;

    fn from_str(name: &str) -> Result<Self, LabError> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
            let expected = Self::ALL.map(Self::name).join(", ");
            LabError::UnknownSampler { found: name.into(), expected }
        })
    }
}

/// A source of latent codes, fitted to those of the training images.
///
/// Each kind draws from random streams of its own
/// ([`Purpose::Generation`](ae_tensor::random::Purpose)), so that two kinds with the same seed do
/// not draw the same numbers.
///
/// Samples need not be codes that the encoder could make: after a ReLU all codes are 0 or more, a
/// sample may hold negative numbers.
#[derive(Clone, Debug)]
pub struct Sampler {
    kind: SamplerKind,
    latent: usize,
    /// The coordinates of the codes; none for samplers that do not look at codes.
    pca: Option<Pca>,
    coordinates: Coordinates,
}

/// What is drawn, in latent numbers or in principal components.
#[derive(Clone, Debug)]
enum Coordinates {
    Uniform(f32, f32, Draw),
    Normal(Draw),
    /// `[n, components]`, those of the codes.
    Empirical(Tensor),
    Mixture(GaussianMixture),
}

impl Sampler {
    /// Fits a sampler to `codes`, `[count, latent]`. The seed decides where the mixture's fit
    /// starts; the others do not need it.
    ///
    /// `uniform` and `prior` only count the columns. Of the others, all but `pca-uniform` leave out
    /// components without variance, such as those of units that never fire: their samples have them
    /// at 0, as the codes do.
    ///
    /// # Errors
    /// [`LabError::NoColumns`]; [`LabError::NotFinite`] for NaN or infinity in the codes;
    /// [`LabError::TooFewRows`] for fewer than two codes where there is something to fit;
    /// [`LabError::Pca`] and [`LabError::NotPositiveDefinite`], which no known codes cause.
    ///
    /// # Panics
    /// If `codes` is not a matrix.
    pub fn fit(kind: SamplerKind, codes: &Tensor, seed: u64) -> Result<Self, LabError> {
        Self::fit_to(kind, &mut Codes::new(codes), seed)
    }

    /// Fits several samplers to the same `codes`, in the order of `kinds`, each once. They are
    /// those of [`Sampler::fit`]; only the principal components are computed once for all.
    ///
    /// # Errors
    /// As [`Sampler::fit`], for the first that cannot be fitted.
    ///
    /// # Panics
    /// If `codes` is not a matrix.
    pub fn fit_all(
        kinds: &[SamplerKind],
        codes: &Tensor,
        seed: u64,
    ) -> Result<Vec<Self>, LabError> {
        let mut codes = Codes::new(codes);
        kinds.iter().map(|&kind| Self::fit_to(kind, &mut codes, seed)).collect()
    }

    fn fit_to(kind: SamplerKind, codes: &mut Codes<'_>, seed: u64) -> Result<Self, LabError> {
        let looks = !matches!(kind, SamplerKind::Uniform | SamplerKind::Prior);
        let (_, latent) = checked(codes.all, "codes", if looks { 2 } else { 0 })?;
        let (pca, coordinates) = match kind {
            SamplerKind::Uniform => {
                (None, Coordinates::Uniform(NAIVE_RANGE.0, NAIVE_RANGE.1, Draw::Uniform))
            }
            SamplerKind::PcaUniform => {
                let coordinates = Coordinates::Uniform(PCA_RANGE.0, PCA_RANGE.1, Draw::PcaUniform);
                (Some(codes.components()?.clone()), coordinates)
            }
            SamplerKind::PcaGaussian => {
                let pca = codes.living_components()?.with_whitening(true);
                (Some(pca), Coordinates::Normal(Draw::PcaGaussian))
            }
            SamplerKind::PcaEmpirical => {
                let pca = codes.living_components()?;
                let coordinates = pca.transform(codes.all);
                (Some(pca), Coordinates::Empirical(coordinates))
            }
            SamplerKind::Mixture => {
                let pca = codes.living_components()?.with_whitening(true);
                let mixture = fit_mixture(&pca, codes.all, seed)?;
                (Some(pca), Coordinates::Mixture(mixture))
            }
            SamplerKind::Prior => (None, Coordinates::Normal(Draw::Prior)),
        };
        Ok(Self { kind, latent, pca, coordinates })
    }

    /// Which one it is.
    #[must_use]
    pub fn kind(&self) -> SamplerKind {
        self.kind
    }

    /// How many numbers a code has.
    #[must_use]
    pub fn latent(&self) -> usize {
        self.latent
    }

    /// The principal components in which it draws; none for [`SamplerKind::Uniform`] and
    /// [`SamplerKind::Prior`], which do not look at the codes. Those of [`SamplerKind::PcaUniform`]
    /// are all there are.
    #[must_use]
    pub fn pca(&self) -> Option<&Pca> {
        self.pca.as_ref()
    }

    /// The mixture of a sampler of that kind, in whitened principal components.
    #[must_use]
    pub fn mixture(&self) -> Option<&GaussianMixture> {
        match &self.coordinates {
            Coordinates::Mixture(mixture) => Some(mixture),
            _ => None,
        }
    }

    /// `count` codes, `[count, latent]`. Code `i` depends on the seed and on `i` alone: more codes
    /// begin with the same ones.
    #[must_use]
    pub fn sample(&self, count: usize, seed: u64) -> Tensor {
        let shape = [count, self.pca.as_ref().map_or(self.latent, Pca::n_components)];
        let coordinates = match &self.coordinates {
            &Coordinates::Uniform(low, high, draw) => uniform_rows(shape, (low, high), seed, draw),
            &Coordinates::Normal(draw) => normal_rows(shape, seed, draw),
            Coordinates::Empirical(codes) => {
                let n = codes.shape().dims()[0];
                rows(shape, |i, out| {
                    let mut unit = units(seed, Draw::PcaEmpirical, i);
                    for (j, x) in out.iter_mut().enumerate() {
                        *x = codes.row((unit() * n as f64) as usize)[j];
                    }
                })
            }
            Coordinates::Mixture(mixture) => mixture.sample(count, seed),
        };
        match &self.pca {
            Some(pca) => pca.inverse_transform(&coordinates),
            None => coordinates,
        }
    }
}

/// Codes, `[count, latent]`, and their principal components once something has asked for them.
struct Codes<'a> {
    all: &'a Tensor,
    pca: Option<Pca>,
}

impl<'a> Codes<'a> {
    fn new(all: &'a Tensor) -> Self {
        Self { all, pca: None }
    }

    /// All components.
    fn components(&mut self) -> Result<&Pca, LabError> {
        let pca = match self.pca.take() {
            Some(pca) => pca,
            None => Pca::fit(self.all, None)?,
        };
        Ok(self.pca.insert(pca))
    }

    /// The components along which the codes vary at all; one if they do not.
    fn living_components(&mut self) -> Result<Pca, LabError> {
        let all = self.components()?.clone();
        let variances = all.explained_variance();
        let living = variances.iter().filter(|&&v| v > DEAD * variances[0]).count();
        if living == variances.len() {
            Ok(all)
        } else {
            Ok(Pca::fit(self.all, Some(living.max(1)))?)
        }
    }
}

/// Whitened, all components have the variance 1, so that the floor of variances is the same part of
/// each, and k-means takes none for more important than another.
fn fit_mixture(pca: &Pca, codes: &Tensor, seed: u64) -> Result<GaussianMixture, LabError> {
    let x = pca.transform(&subsample(codes, MIXTURE_ROWS, seed, Draw::Codes));
    let (n, d) = x.shape().matrix("Sampler::fit");
    let components = (n / (ROWS_PER_DIMENSION * d)).clamp(1, MIXTURE_COMPONENTS);
    Ok(GaussianMixture::fit(&x, components, seed, &EmOptions::default())?.mixture)
}
