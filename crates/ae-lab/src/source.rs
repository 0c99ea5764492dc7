//! The scores of several sources of codes for one model.

use crate::{LabError, Reference, Sampler, SamplerKind, Scores};
use ae_tensor::Tensor;
use std::fmt;

/// The source of the codes that were decoded to scored images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// A sampler drew them.
    Sampler(SamplerKind),
    /// The encoder computed them from the held-out images. Their scores are the best that any
    /// sampler can reach with this decoder.
    HeldOut,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sampler(kind) => kind.fmt(f),
            Self::HeldOut => f.pad("test images, decoded"),
        }
    }
}

/// The scores of one source of codes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SourceScores {
    /// The source of the codes.
    pub source: Source,
    /// The scores against the held-out images.
    pub scores: Scores,
    /// The scores against the decoded held-out images, which exclude the decoder's errors. `None`
    /// for [`Source::HeldOut`] itself.
    pub decoded: Option<Scores>,
}

impl Reference<'_> {
    /// Scores the samplers of one model, in their order, and finally the codes of the held-out
    /// images.
    ///
    /// `held_out_codes`, `[m, latent]`, are the encoder's codes of the held-out images. `decode`
    /// turns codes, `[n, latent]`, into the features of the decoded images, `[n, d]`, in the same
    /// features as this reference's. Each sampler draws [`Reference::count`] codes with `seed`.
    ///
    /// # Errors
    /// As [`Reference::new`] and [`Reference::score`]: for instance too few held-out images, or a
    /// decoder that makes NaN.
    ///
    /// # Panics
    /// If `decode` returns features of another number of columns.
    pub fn score_samplers(
        &self,
        samplers: &[Sampler],
        held_out_codes: &Tensor,
        seed: u64,
        decode: impl Fn(&Tensor) -> Tensor,
    ) -> Result<Vec<SourceScores>, LabError> {
        let held_out = decode(held_out_codes);
        // With both sets decoded, both lack what the decoder cannot reproduce.
        let decoder_out = Reference::new(self.train(), &held_out, self.options())?;
        let mut all = Vec::with_capacity(samplers.len() + 1);
        for sampler in samplers {
            let generated = decode(&sampler.sample(self.count(), seed));
            all.push(SourceScores {
                source: Source::Sampler(sampler.kind()),
                scores: self.score(&generated)?,
                decoded: Some(decoder_out.score(&generated)?),
            });
        }
        let scores = self.score(&held_out)?;
        all.push(SourceScores { source: Source::HeldOut, scores, decoded: None });
        Ok(all)
    }
}
