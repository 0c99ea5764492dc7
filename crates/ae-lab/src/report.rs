//! The tables with what their numbers mean, and with pictures, as one page of Markdown.

use crate::{Against, FEATURES, ScoreTable};

/// The pictures of one model, by file name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelPictures {
    /// The model's name.
    pub model: String,
    /// Decoded samples, a row for each sampler.
    pub samples: String,
    /// Walks between images, in codes and in pixels.
    pub walks: String,
}

impl ScoreTable {
    /// A page of Markdown with both tables, what each score means, and the pictures.
    ///
    /// `title` names the data; `count` is how many images were compared
    /// ([`Reference::count`](crate::Reference::count)).
    #[must_use]
    pub fn report(&self, title: &str, count: usize, pictures: &[ModelPictures]) -> String {
        let seeds: Vec<String> = self.seeds().iter().map(ToString::to_string).collect();
        let mut text = format!(
            "# Generated images, {title}\n\n{count} images by each sampler against {count} test images, which no model has learnt from, by the \
             first {FEATURES} principal components of the training images. Means, least and most over trainings with seeds {}. Frechet distance: \
             0 is best. Coverage, precision and recall: 1 is best (coverage of two sets of one kind: 0.88). Nearest: the median distance to the \
             nearest training image, by that of the test images; near 0 for copies. Copies: the share of images as near to a \
             training image as the nearest 1 % of the test images.\n\n## Against the test images\n\n",
            seeds.join(", ")
        );
        text += &self.markdown(Against::HeldOut);
        text += "\nThe last row of each model is what it makes of the test images themselves: as good as any sampler can become with this \
                 decoder. Precision alone misleads: one blurred image in the middle of the cloud has all of it.\n\n\
                 ## Against the decoded test images\n\nThe decoder taken out: what the sampler does wrong.\n\n";
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
