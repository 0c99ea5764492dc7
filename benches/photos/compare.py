#!/usr/bin/env python3
"""Compares trained models of `photo-denoise` with other programs on photographs that none of them has seen.

    python benches/photos/compare.py --photos FOLDER --program target/release/ae-app --gray RUN [--color RUN]

FOLDER is what photos.py wrote. Gaussian noise of standard deviation 0.1, for pixels from 0 to 1, is added to the photographs
in test/; the result is clipped to [0, 1] and rounded to 8 bits. Every method gets these bytes, and is told the deviation if it
asks for one. Outputs are clipped to [0, 1]. PSNR and SSIM are those of scikit-image (SSIM with its 7 x 7 window).

Parameters that have no formula are tuned for the best mean PSNR on these same photographs, which favors the other programs:
the weight of total variation, and h of non-local means. For scikit-image's non-local means the settings of its documentation
are listed too.
"""

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

import bm3d
import cv2
import numpy as np
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from skimage.restoration import denoise_nl_means, denoise_tv_chambolle

SIGMA = 0.1


def psnr(clean, image):
    return peak_signal_noise_ratio(clean, image, data_range=1)


def ssim(clean, image):
    return structural_similarity(clean, image, data_range=1, channel_axis=-1 if clean.ndim == 3 else None)


def add_noise(clean, seed):
    noise = np.random.default_rng(seed).normal(0, SIGMA, clean.shape)
    return np.round(np.clip(clean + noise, 0, 1) * 255).astype(np.uint8)


def unit(image):
    return image.astype(np.float64) / 255


def axis(x):
    return -1 if x.ndim == 3 else None


def nl_means(h, fast, size=5, distance=6):
    return lambda y: denoise_nl_means(unit(y), patch_size=size, patch_distance=distance, h=h * SIGMA, sigma=SIGMA,
                                      fast_mode=fast, channel_axis=axis(y))


def total_variation(weight):
    return lambda y: denoise_tv_chambolle(unit(y), weight=weight, channel_axis=axis(y))


def opencv(h):
    def run(y):
        if y.ndim == 2:
            return unit(cv2.fastNlMeansDenoising(y, None, h, 7, 21))
        return unit(cv2.fastNlMeansDenoisingColored(y, None, h, h, 7, 21))
    return run


def by_bm3d(y):
    return (bm3d.bm3d_rgb if y.ndim == 3 else bm3d.bm3d)(unit(y), SIGMA)


# Name, the family of methods by a parameter, and the values among which it is tuned.
TUNED = [
    ("TV, Chambolle (scikit-image)", "weight", total_variation, [0.06, 0.08, 0.1, 0.12, 0.14, 0.16]),
    ("NL-means, fast (scikit-image)", "h / sigma", lambda h: nl_means(h, True), [0.4, 0.5, 0.6, 0.7, 0.8]),
    ("NL-means, slow (scikit-image)", "h / sigma", lambda h: nl_means(h, False), [0.8, 0.9, 1.0, 1.1, 1.2, 1.3]),
    ("NL-means (OpenCV)", "h", opencv, [10, 15, 20, 24, 28]),
]
FIXED = [
    ("NL-means, fast, h = 0.6 sigma (scikit-image's example)", nl_means(0.6, True)),
    ("NL-means, slow, h = 0.8 sigma (scikit-image's example)", nl_means(0.8, False)),
    ("BM3D", by_bm3d),
]


def clipped(method, noisy):
    return np.clip(method(noisy), 0, 1)


def load(path, gray):
    image = Image.open(path)
    if not gray and image.mode == "L":
        return None
    return np.asarray(image.convert("L" if gray else "RGB"))


def tune(clean, noisy, family, values):
    """Returns the value with the best mean PSNR."""
    best = {value: np.mean([psnr(clean[photo], clipped(family(value), noisy[photo])) for photo in clean]) for value in values}
    return max(best, key=best.get)


def ours(program, run, noisy, folder):
    """Removes the noise of all photographs with a trained model, by the program itself."""
    files = []
    for name, image in noisy.items():
        files.append(folder / f"{name}.png")
        Image.fromarray(image).save(files[-1])
    out = folder / "out"
    start = time.perf_counter()
    subprocess.run([program, "denoise-image", run, *files, "--out", out, "--quiet"], check=True)
    seconds = (time.perf_counter() - start) / len(files)
    outputs = {name: np.asarray(Image.open(out / f"{name}-denoised.png")) for name in noisy}
    return {name: unit(image) for name, image in outputs.items()}, seconds


def rows(clean, noisy):
    """Yields a name, the outputs by photograph, and the seconds of a photograph."""
    methods = list(FIXED)
    for name, parameter, family, values in TUNED:
        value = tune(clean, noisy, family, values)
        methods.append((f"{name}, {parameter} = {value:g}", family(value)))
    yield "noisy", {name: unit(image) for name, image in noisy.items()}, 0.0
    for name, method in methods:
        start = time.perf_counter()
        outputs = {photo: clipped(method, image) for photo, image in noisy.items()}
        yield name, outputs, (time.perf_counter() - start) / len(noisy)


def table(found, clean):
    photos = list(clean)
    lines = ["| method | " + " | ".join(photos) + " | mean PSNR | mean SSIM | seconds |", "| --- |" + " ---: |" * (len(photos) + 3)]
    for name, outputs, seconds in found:
        values = [psnr(clean[photo], outputs[photo]) for photo in photos]
        similar = np.mean([ssim(clean[photo], outputs[photo]) for photo in photos])
        cells = [f"{value:.2f}" for value in values]
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {np.mean(values):.2f} | {similar:.4f} | {seconds:.1f} |")
    return "\n".join(lines)


def picture(path, found, clean, photos, side=160):
    """Details of photographs, a row each: clean, then every method."""
    shown = [("clean", clean, 0.0), *found]
    sheet = Image.new("RGB", (len(shown) * (side + 4) - 4, len(photos) * (side + 4) - 4), "white")
    for row, photo in enumerate(photos):
        height, width = clean[photo].shape[:2]
        top, left = (height - side) // 2, (width - side) // 2
        for col, (_, images, _) in enumerate(shown):
            detail = np.round(images[photo][top:top + side, left:left + side] * 255).astype(np.uint8)
            sheet.paste(Image.fromarray(detail).convert("RGB"), (col * (side + 4), row * (side + 4)))
    sheet.save(path)


def compare(args, gray):
    run = args.gray if gray else args.color
    loaded = {path.stem: load(path, gray) for path in sorted((args.photos / "test").glob("*.png"))}
    clean = {name: unit(image) for name, image in loaded.items() if image is not None}
    noisy = {name: add_noise(image, seed) for seed, (name, image) in enumerate(clean.items())}
    found = list(rows(clean, noisy))
    if run:
        with tempfile.TemporaryDirectory() as folder:
            outputs, seconds = ours(args.program, run, noisy, Path(folder))
            found.append(("photo-denoise (ours)", outputs, seconds))
    kind = "gray" if gray else "color"
    print(f"\n{kind}, noise {SIGMA}, clipped and rounded to 8 bits\n\n{table(found, clean)}", flush=True)
    if args.picture:
        names = ("noisy", "TV, Chambolle", "NL-means, slow (", "BM3D", "photo-denoise")
        chosen = [next(row for row in found if row[0].startswith(name)) for name in names if any(row[0].startswith(name) for row in found)]
        picture(f"{args.picture}-{kind}.png", chosen, clean, [photo for photo in ("chelsea", "coffee", "china") if photo in clean])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--program", default="target/release/ae-app")
    parser.add_argument("--gray", help="a run of a gray model, or its model.safetensors")
    parser.add_argument("--color", help="a run of a color model")
    parser.add_argument("--kinds", default="gray,color")
    parser.add_argument("--picture", help="where details go: NAME-gray.png and NAME-color.png")
    args = parser.parse_args()
    for kind in args.kinds.split(","):
        compare(args, kind == "gray")


if __name__ == "__main__":
    main()
