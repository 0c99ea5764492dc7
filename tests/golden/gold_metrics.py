"""metrics.json: PSNR and SSIM of pairs of gray and color images, by scikit-image (f64) and TensorFlow (f32)."""
from golden_io import f32, grid, write

import numpy as np
import tensorflow as tf
from skimage import data
from skimage.metrics import peak_signal_noise_ratio, structural_similarity


def scikit_image(x, y):
    return {
        "psnr": float(peak_signal_noise_ratio(x, y, data_range=1)),
        "ssim": float(structural_similarity(
            x, y, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1,
            channel_axis=-1 if x.ndim == 3 else None,
        )),
    }


def tensorflow(x, y):
    x, y = (tf.constant(f32(image if image.ndim == 3 else image[:, :, None])) for image in (x, y))
    return {
        "psnr": np.float32(tf.image.psnr(x, y, max_val=1)),
        "ssim": np.float32(tf.image.ssim(x, y, max_val=1)),
    }


def case(name, x, y):
    f64, single = scikit_image(x, y), tensorflow(x, y)
    for key, bound in (("psnr", 1e-5), ("ssim", 2e-5)):
        np.testing.assert_allclose(single[key], f64[key], rtol=1e-6, atol=bound, err_msg=name)
    return {"name": name, "x": x, "y": y, "scikit_image_f64": f64, "tensorflow_f32": single}


rng = np.random.default_rng(11)


def noisy(x, factor, rng=rng):
    return np.clip(np.round((x + factor * rng.standard_normal(x.shape)) * 64) / 64, 0, 1)


# A ring with soft edges on black, like an image of a digit.
row, column = np.mgrid[:28, :28] - 13.5
ring = np.round(np.clip(2 - np.abs(np.hypot(row, 1.5 * column) - 9), 0, 1) * 64) / 64
texture = grid(rng, (17, 23), 0, 1)

# An eye in NASA's portrait of an astronaut, in the public domain, with 16 levels of each color.
eye = np.round(data.astronaut()[97:111, 195:211] / 255 * 16) / 16
# A generator of its own: the gray cases keep their noise.
more = np.random.default_rng(12)
colors = grid(more, (13, 12, 3), 0, 1)

write("metrics.json", ["scikit-image", "tensorflow-cpu", "numpy", "scipy"], {"cases": [
    case("a_little_noise", ring, noisy(ring, 0.1)),
    case("much_noise", ring, noisy(ring, 0.5)),
    case("one_pixel", ring, np.where((row == 2.5) & (column == -3.5), 1 - ring, ring)),
    case("moved", ring, np.roll(ring, 2, axis=1)),
    case("inverted", ring, 1 - ring),
    case("black_and_white", np.zeros((12, 13)), np.ones((12, 13))),
    case("another_shape", texture, noisy(texture, 0.2)),
    case("one_window", texture[:11, :11], texture[6:, 12:]),
    case("color_little_noise", eye, noisy(eye, 0.1, more)),
    case("color_much_noise", eye, noisy(eye, 0.5, more)),
    case("color_of_its_luma", eye, np.repeat(np.round(eye.mean(axis=2, keepdims=True) * 16) / 16, 3, axis=2)),
    case("color_exchanged_channels", eye, eye[:, :, ::-1]),
    case("color_texture", colors, noisy(colors, 0.2, more)),
    case("color_one_window", colors[:11, :11], colors[2:, 1:]),
]})
