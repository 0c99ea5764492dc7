"""noise.json: the noise of small images as scikit-image's estimate_sigma estimates it, by channel."""
from golden_io import write

import numpy as np
from skimage import data
from skimage.restoration import estimate_sigma

rng = np.random.default_rng(13)

# A part of NASA's portrait of an astronaut, in the public domain.
photo = data.astronaut()[80:107, 190:219] / 255


def case(name, clean, factor):
    """An image with noise, in steps of 1/256 as a file would have it, which are exact in f32."""
    image = np.round(np.clip(clean + factor * rng.standard_normal(clean.shape), 0, 1) * 256) / 256
    channels = image if image.ndim == 3 else image[:, :, None]
    sigma = estimate_sigma(channels, average_sigmas=False, channel_axis=-1)
    if image.ndim == 3:
        np.testing.assert_allclose(np.mean(sigma), estimate_sigma(image, average_sigmas=True, channel_axis=-1))
    return {"name": name, "image": channels, "sigma": np.array(sigma)}


gray = photo.mean(axis=2)
write("noise.json", ["scikit-image", "PyWavelets", "numpy", "scipy"], {"cases": [
    case("color_little", photo, 0.02),
    case("color_much", photo, np.array([0.05, 0.1, 0.2])),
    case("gray", gray, 0.1),
    case("odd_rows", gray[:26], 0.05),
    case("odd_columns", gray[:, :28], 0.05),
    case("odd_both", gray[:11, :13], 0.05),
    case("three_by_five", gray[:3, :5], 0.05),
    case("two_by_two", gray[:2, :2], 0.05),
    case("nearly_black", gray * 0.05, 0.1),
]})
