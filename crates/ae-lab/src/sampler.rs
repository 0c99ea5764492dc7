//! The samplers, which draw new latent codes.

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

/// The maximum number of Gaussians of [`SamplerKind::Mixture`]: the number of digits.
pub const MIXTURE_COMPONENTS: usize = 10;

/// The maximum number of codes that a mixture is fitted to: if there are more, this many are chosen
/// at random.
pub const MIXTURE_ROWS: usize = 20_000;

/// A Gaussian in d dimensions needs more than d points; with fewer than this many times d for each
/// there are fewer Gaussians.
const ROWS_PER_DIMENSION: usize = 10;

/// A component whose variance is at most this fraction of the largest counts as constant. The limit
/// is well above the rounding of f32 (about 4e-15).
const DEAD: f64 = 1e-12;

/// The ways to draw latent codes.
///
/// The names are those of the command line; [`SamplerKind::from_str`] reads the names that
/// [`fmt::Display`] writes.
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
    /// Each latent number uniform in [`NAIVE_RANGE`], independent of the codes.
    Uniform,
    /// Each principal component uniform in [`PCA_RANGE`], independent of its variance. All
    /// components are drawn, even those of units that never fire.
    PcaUniform,
    /// Each component normal, with its own variance: the Gaussian with the codes' mean and
    /// covariance.
    PcaGaussian,
    /// Each component taken from a real code, which is drawn separately for each component.
    PcaEmpirical,
    /// A mixture of Gaussians, fitted in whitened components.
    Mixture,
    /// Each latent number standard normal, independent of the codes: the distribution that a
    /// variational auto-encoder is trained for.
    Prior,
}

impl SamplerKind {
    /// All kinds, the naive one first.
    pub const ALL: [Self; 6] = [
        Self::Uniform,
        Self::PcaUniform,
        Self::PcaGaussian,
        Self::PcaEmpirical,
        Self::Mixture,
        Self::Prior,
    ];

    /// The name on the command line.
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
/// Each kind has its own random streams ([`Purpose::Generation`](ae_tensor::random::Purpose)), so
/// that two kinds with the same seed draw different numbers.
///
/// A sample is not always a code that the encoder could compute: after a ReLU all codes are 0 or
/// more, but a sample may contain negative numbers.
#[derive(Clone, Debug)]
pub struct Sampler {
    kind: SamplerKind,
    latent: usize,
    /// The coordinates of the codes; `None` for samplers that do not use codes.
    pca: Option<Pca>,
    coordinates: Coordinates,
}

/// The distribution that is drawn from, in latent numbers or in principal components.
#[derive(Clone, Debug)]
enum Coordinates {
    Uniform(f32, f32, Draw),
    Normal(Draw),
    /// The components of the codes, `[n, components]`.
    Empirical(Tensor),
    Mixture(GaussianMixture),
}

impl Sampler {
    /// Fits a sampler to `codes`, `[count, latent]`. The seed determines the start of the mixture's
    /// fit; other kinds do not use it.
    ///
    /// `uniform` and `prior` only count the columns. Of the others, all but `pca-uniform` leave out
    /// components without variance, such as those of units that never fire: these are 0 in their
    /// samples, as in the codes.
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

    /// Fits several samplers to the same `codes`, in the order of `kinds`, each once. The samplers
    /// are the same as by [`Sampler::fit`], but the principal components are computed only once.
    ///
    /// # Errors
    /// As [`Sampler::fit`], for the first sampler that cannot be fitted.
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

    /// The kind of this sampler.
    #[must_use]
    pub fn kind(&self) -> SamplerKind {
        self.kind
    }

    /// The length of a code.
    #[must_use]
    pub fn latent(&self) -> usize {
        self.latent
    }

    /// The principal components in which it draws; `None` for [`SamplerKind::Uniform`] and
    /// [`SamplerKind::Prior`], which do not use the codes. [`SamplerKind::PcaUniform`] has all
    /// components.
    #[must_use]
    pub fn pca(&self) -> Option<&Pca> {
        self.pca.as_ref()
    }

    /// The mixture of a [`SamplerKind::Mixture`], in whitened principal components.
    #[must_use]
    pub fn mixture(&self) -> Option<&GaussianMixture> {
        match &self.coordinates {
            Coordinates::Mixture(mixture) => Some(mixture),
            _ => None,
        }
    }

    /// Draws `count` codes, `[count, latent]`. Code `i` depends only on the seed and on `i`: a
    /// larger set begins with the same codes.
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

/// Codes, `[count, latent]`, and their principal components, which are computed on first use.
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

    /// The components along which the codes vary; one component if they are constant.
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

/// Fits a mixture in whitened components. All of them have the variance 1, so that the floor is the
/// same fraction of each, and k-means treats them equally.
fn fit_mixture(pca: &Pca, codes: &Tensor, seed: u64) -> Result<GaussianMixture, LabError> {
    let x = pca.transform(&subsample(codes, MIXTURE_ROWS, seed, Draw::Codes));
    let (n, d) = x.shape().matrix("Sampler::fit");
    let components = (n / (ROWS_PER_DIMENSION * d)).clamp(1, MIXTURE_COMPONENTS);
    Ok(GaussianMixture::fit(&x, components, seed, &EmOptions::default())?.mixture)
}
