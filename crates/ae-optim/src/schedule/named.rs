//! Schedules by name, for a command line or a file.

use super::{Cadence, Constant, CosineDecay, ReduceOnPlateau, Schedule, Step, StepDecay, Warmup};
use std::fmt;
use std::str::FromStr;

/// The notations accepted, for error messages.
const EXPECTED: &str = "constant, step:EPOCHS:FACTOR, cosine[:ALPHA], \
                        plateau[:PATIENCE[:FACTOR[:MIN_DELTA[:COOLDOWN[:MIN_RATE]]]]], or one of these after warmup:EPOCHS+";

/// A schedule of this crate, with a text form.
///
/// | notation | what it does |
/// | --- | --- |
/// | `constant` | [`Constant`] |
/// | `step:10:0.5` | [`StepDecay`]: half the rate after every 10 epochs |
/// | `cosine`, `cosine:0.01` | [`CosineDecay`], down to 0 or to a hundredth of the rate |
/// | `plateau`, `plateau:5:0.5` | [`ReduceOnPlateau`]: half the rate after 5 epochs in vain; `min_delta`, `cooldown` and `min_rate` may follow |
/// | `warmup:3+cosine` | [`Warmup`] for 3 epochs, then one of the others |
///
/// ```
/// use ae_optim::{CosineDecay, Decay, NamedSchedule};
/// let schedule: NamedSchedule = "warmup:3+cosine:0.01".parse()?;
/// let decay = Decay::Cosine(CosineDecay { alpha: 0.01 });
/// assert_eq!(schedule, NamedSchedule { warmup_epochs: 3, decay });
/// assert_eq!(schedule.to_string(), "warmup:3+cosine:0.01");
/// # Ok::<(), ae_optim::ScheduleError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NamedSchedule {
    /// The number of warm-up epochs; 0 without a warm-up.
    pub warmup_epochs: usize,
    /// The schedule after the warm-up.
    pub decay: Decay,
}

/// The part of a [`NamedSchedule`] after the warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Decay {
    /// The rate is constant.
    #[default]
    Constant,
    /// The rate falls after a number of epochs.
    Step(StepDecay),
    /// The rate falls along half a cosine.
    Cosine(CosineDecay),
    /// The rate falls when the validation loss does not.
    Plateau(ReduceOnPlateau),
}

impl Decay {
    fn schedule(&self) -> &dyn Schedule {
        match self {
            Self::Constant => &Constant,
            Self::Step(schedule) => schedule,
            Self::Cosine(schedule) => schedule,
            Self::Plateau(schedule) => schedule,
        }
    }
}

impl Schedule for Decay {
    fn learning_rate(&self, step: &Step<'_>) -> f64 {
        self.schedule().learning_rate(step)
    }

    fn cadence(&self) -> Cadence {
        self.schedule().cadence()
    }
}

impl NamedSchedule {
    /// Returns whether the rate of a step depends on the total number of epochs. Then a run of more
    /// epochs has different rates from its first step on.
    #[must_use]
    pub fn depends_on_epochs(self) -> bool {
        match self.decay {
            Decay::Cosine(_) => true,
            Decay::Constant | Decay::Step(_) | Decay::Plateau(_) => false,
        }
    }

    fn schedule(self) -> Warmup<Decay> {
        Warmup { epochs: self.warmup_epochs, then: self.decay }
    }
}

impl Schedule for NamedSchedule {
    fn learning_rate(&self, step: &Step<'_>) -> f64 {
        self.schedule().learning_rate(step)
    }

    fn cadence(&self) -> Cadence {
        self.schedule().cadence()
    }
}

/// A text that does not name a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleError {
    /// The expected text.
    pub expected: &'static str,
    /// The text found.
    pub found: String,
}

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {:?}", self.expected, self.found)
    }
}

impl std::error::Error for ScheduleError {}

impl fmt::Display for NamedSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.warmup_epochs > 0 {
            write!(f, "warmup:{}+", self.warmup_epochs)?;
        }
        match self.decay {
            Decay::Constant => f.write_str("constant"),
            Decay::Step(StepDecay { every, factor }) => write!(f, "step:{every}:{factor}"),
            Decay::Cosine(CosineDecay { alpha: 0.0 }) => f.write_str("cosine"),
            Decay::Cosine(CosineDecay { alpha }) => write!(f, "cosine:{alpha}"),
            Decay::Plateau(plateau) => {
                let ReduceOnPlateau { patience, factor, min_delta, cooldown, min_rate } = plateau;
                write!(f, "plateau:{patience}:{factor}")?;
                let usual = ReduceOnPlateau { patience, factor, ..ReduceOnPlateau::default() };
                match plateau == usual {
                    true => Ok(()),
                    false => write!(f, ":{min_delta}:{cooldown}:{min_rate}"),
                }
            }
        }
    }
}

impl FromStr for NamedSchedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some(rest) = text.strip_prefix("warmup:") else {
            return Ok(Self { warmup_epochs: 0, decay: decay(text)? });
        };
        let (epochs, rest) = rest.split_once('+').ok_or_else(|| error(EXPECTED, text))?;
        let warmup_epochs = Fields::of(epochs).whole("a warm-up of at least 1 epoch", 1)?;
        Ok(Self { warmup_epochs, decay: decay(rest)? })
    }
}

fn error(expected: &'static str, found: &str) -> ScheduleError {
    ScheduleError { expected, found: found.into() }
}

fn decay(text: &str) -> Result<Decay, ScheduleError> {
    let (name, fields) =
        text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
    let mut fields = Fields(fields);
    let decay = match name {
        "constant" => Decay::Constant,
        "step" => Decay::Step(StepDecay {
            every: fields.whole("a number of epochs of at least 1", 1)?,
            factor: fields.number("a factor above 0", |factor| factor > 0.0)?,
        }),
        "cosine" => {
            let mut cosine = CosineDecay::default();
            fields.number_if("an alpha from 0 to 1", &mut cosine.alpha, |a| {
                (0.0..=1.0).contains(&a)
            })?;
            Decay::Cosine(cosine)
        }
        "plateau" => Decay::Plateau(plateau(&mut fields)?),
        _ => return Err(error(EXPECTED, text)),
    };
    fields.end()?;
    Ok(decay)
}

fn plateau(fields: &mut Fields<'_>) -> Result<ReduceOnPlateau, ScheduleError> {
    let mut plateau = ReduceOnPlateau::default();
    if !fields.at_end() {
        plateau.patience = fields.whole("a patience of at least 1 epoch", 1)?;
    }
    let below_one = |factor| 0.0 < factor && factor < 1.0;
    fields.number_if("a factor between 0 and 1", &mut plateau.factor, below_one)?;
    fields.number_if("a min_delta of at least 0", &mut plateau.min_delta, |delta| delta >= 0.0)?;
    if !fields.at_end() {
        plateau.cooldown = fields.whole("a cooldown of at least 0 epochs", 0)?;
    }
    fields.number_if("a minimum rate of at least 0", &mut plateau.min_rate, |rate| rate >= 0.0)?;
    Ok(plateau)
}

/// The fields after a name, each preceded by a colon.
struct Fields<'a>(Option<&'a str>);

impl<'a> Fields<'a> {
    fn of(text: &'a str) -> Self {
        Self(Some(text))
    }

    fn next(&mut self) -> &'a str {
        let rest = self.0.take().unwrap_or_default();
        let (field, rest) =
            rest.split_once(':').map_or((rest, None), |(field, rest)| (field, Some(rest)));
        self.0 = rest;
        field
    }

    fn at_end(&self) -> bool {
        self.0.is_none()
    }

    fn end(&self) -> Result<(), ScheduleError> {
        self.0.map_or(Ok(()), |rest| Err(error("the end of the schedule", rest)))
    }

    fn whole(&mut self, expected: &'static str, least: usize) -> Result<usize, ScheduleError> {
        let field = self.next();
        let number = field.parse().ok().filter(|&number| number >= least);
        number.ok_or_else(|| error(expected, field))
    }

    fn number(
        &mut self,
        expected: &'static str,
        accepted: impl Fn(f64) -> bool,
    ) -> Result<f64, ScheduleError> {
        let field = self.next();
        let number = field.parse().ok().filter(|&x: &f64| x.is_finite() && accepted(x));
        number.ok_or_else(|| error(expected, field))
    }

    /// The next number, if there is one.
    fn number_if(
        &mut self,
        expected: &'static str,
        number: &mut f64,
        accepted: impl Fn(f64) -> bool,
    ) -> Result<(), ScheduleError> {
        if !self.at_end() {
            *number = self.number(expected, accepted)?;
        }
        Ok(())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for NamedSchedule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for NamedSchedule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
