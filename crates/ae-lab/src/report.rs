//! The tables with explanations and pictures, as one page of Markdown.

use crate::{Against, FEATURES, ScoreTable};

/// The pictures of one model, by file name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelPictures {
    /// The model's name.
    pub model: String,
    /// Decoded samples, one row per sampler.
    pub samples: String,
    /// Walks between images, in codes and in pixels.
    pub walks: String,
}

impl ScoreTable {
    /// A page of Markdown with both tables, the meaning of each score, and the pictures.
    ///
    /// `title` names the data; `count` is the number of images that were compared
    /// ([`Reference::count`](crate::Reference::count)).
    #[must_use]
    pub fn report(&self, title: &str, count: usize, pictures: &[ModelPictures]) -> String {
        let seeds: Vec<String> = self.seeds().iter().map(ToString::to_string).collect();
        let mut text = format!(
            "# Generated images, {title}\n\n{count} images by each sampler are compared with {count} test images, which no model was trained on, by the \
             first {FEATURES} principal components of the training images. Mean (minimum to maximum) over trainings with seeds {}. Frechet distance: \
             0 is best. Coverage, precision and recall: 1 is best (coverage of two sets of one distribution: 0.88). Nearest: the median distance to the \
             nearest training image, divided by that of the test images; near 0 for copies. Copies: the share of images as near to a \
             training image as the nearest 1 % of the test images.\n\n## Against the test images\n\n",
            seeds.join(", ")
        );
        text += &self.markdown(Against::HeldOut);
        text += "\nThe last row of each model is its reconstruction of the test images: the best result that any sampler can reach with this \
                 decoder. Precision alone misleads: one blurred image in the middle of the cloud has precision 1.\n\n\
                 ## Against the decoded test images\n\nWithout the effect of the decoder: the errors of the sampler alone.\n\n";
        text += &self.markdown(Against::Decoded);
        for ModelPictures { model, samples, walks } in pictures {
            text += &format!(
                "\n## {model}\n\n![A row of images for each sampler]({samples})\n\nWalks between test images, in codes and in pixels:\n\n\
                 ![Walks and cross-fades]({walks})\n"
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_both_tables_and_each_picture() {
        let pictures = ["a", "b"].map(|model| ModelPictures {
            model: model.into(),
            samples: format!("samples-{model}.png"),
            walks: format!("walk-{model}.png"),
        });
        let table = ScoreTable::new();
        let text = table.report("fives", 892, &pictures);
        assert!(
            text.starts_with("# Generated images, fives\n\n892 images by each sampler"),
            "{text}"
        );
        assert_eq!(text.matches(&table.markdown(Against::HeldOut)).count(), 2, "{text}");
        let of_b = "\n## b\n\n![A row of images for each sampler](samples-b.png)\n\n";
        let (_, after) = text.split_once(of_b).expect("a part of b");
        assert!(after.ends_with("![Walks and cross-fades](walk-b.png)\n"), "{after}");
    }
}
