#!/usr/bin/env python3
"""Makes the photographs on which `photo-denoise` is trained and measured, from packages of Debian and PyPI.

    python benches/photos/photos.py --packages FOLDER --out FOLDER

FOLDER of --packages has the unpacked Debian packages: for each of mate-backgrounds (1.26.0-1), lomiri-wallpapers-16.04
(20.04.0-2), lomiri-wallpapers-20.04 (20.04.0-2) and plasma-workspace-wallpapers (5.27.5-2)

    apt-get download PACKAGE && dpkg-deb -x PACKAGE_*.deb FOLDER/PACKAGE

Their licenses are CC BY 4.0, CC BY-SA 4.0, CC0 and GPL-2+, photograph by photograph in usr/share/doc/PACKAGE/copyright. The
photographs of the test come from scikit-image and scikit-learn (CC0, public domain, CC BY 2.0). No photograph, and no place,
is in two of the three parts.

It writes, as PNG files in color: `squares/train/` and `squares/val/`, 256 x 256 pixels cut from photographs that were made smaller;
`test/`, whole photographs, in sizes up to 640 x 480; and `idx/`, the squares in gray as four IDX files named as MNIST's.
"""

import argparse
import gzip
import struct
from pathlib import Path

import numpy as np
import skimage.data
import sklearn.datasets
from PIL import Image

SIDE = 256
# The longer sides of a photograph after it was made smaller: noise and blur of the camera, and traces of JPEG, become small.
# In several sizes the same photograph has coarse and fine details.
LONGER = [1100, 780, 560]

LOMIRI = "lomiri-wallpapers-{0}/usr/share/backgrounds/{1}.jpg"
MATE = "mate-backgrounds/usr/share/backgrounds/mate/nature/{0}.jpg"
PLASMA = "plasma-workspace-wallpapers/usr/share/wallpapers/{0}/contents/images/2560x1600.jpg"

TRAIN = [
    *(LOMIRI.format("16.04", name) for name in (
        "Bridge_by_Sander_Klootwijk", "Dragonfly_by_Bolly", "Picture_0B_by_freespace", "Picture_1A_by_freespace",
        "Wine_by_Jakkub_Mede", "aitzgorri_by_Aitzol_Berasategi", "friends_by_Aitzol_Berasategi", "greentock_by_Peter_Nerlich",
        "life_by_Aitzol_Berasategi", "seeding_by_Clements_Engelhardt", "sunset_by_Aitzol_Berasategi")),
    LOMIRI.format("20.04", "Kleiber_by_Lukas_Baubkus"),
    *(MATE.format(name) for name in ("Dune", "FreshFlower", "Garden", "GreenMeadow", "LadyBird", "RainDrops", "Storm", "YellowFlower")),
    *(PLASMA.format(name) for name in ("BytheWater", "ColorfulCups", "FallenLeaf", "Grey", "Kite", "OneStandsOut", "Path")),
]
VAL = [LOMIRI.format("16.04", "picosdeeuropa_by_Aitzol_Berasategi"), MATE.format("TwoWings"), PLASMA.format("EveningGlow")]


def smaller(image, longer):
    scale = longer / max(image.size)
    return image.resize([round(side * scale) for side in image.size], Image.LANCZOS) if scale < 1 else image


def squares(image):
    """Squares that cover the photograph evenly, without overlap."""
    for top in starts(image.height):
        for left in starts(image.width):
            yield image.crop((left, top, left + SIDE, top + SIDE))


def starts(extent):
    count = extent // SIDE
    return [round((extent - SIDE) * (i + 0.5) / count) if count == 1 else round((extent - SIDE) * i / (count - 1)) for i in range(count)]


def test_photographs():
    """Whole photographs by name, in color; `camera` is gray."""
    bundled = {name: getattr(skimage.data, name)() for name in ("astronaut", "camera", "chelsea", "coffee", "rocket")}
    shipped = dict(zip(("china", "flower"), sklearn.datasets.load_sample_images().images))
    return {name: Image.fromarray(pixels) for name, pixels in {**bundled, **shipped}.items()}


def write_idx(path, array):
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 6, file, 0) as packed:
        packed.write(header + array.astype(np.uint8).tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    for part in ("squares/train", "squares/val", "test", "idx"):
        (args.out / part).mkdir(parents=True, exist_ok=True)
    for part, idx, names in (("train", "train", TRAIN), ("val", "t10k", VAL)):
        gray = []
        for name in names:
            image = Image.open(args.packages / name).convert("RGB")
            stem = Path(name).stem if "plasma" not in name else Path(name).parts[4]
            sizes = [smaller(image, longer) for longer in LONGER]
            for number, square in enumerate(square for size in sizes for square in squares(size)):
                square.save(args.out / "squares" / part / f"{stem.split('_by_')[0].lower()}-{number}.png")
                gray.append(np.asarray(square.convert("L")))
        write_idx(args.out / "idx" / f"{idx}-images-idx3-ubyte.gz", np.stack(gray))
        write_idx(args.out / "idx" / f"{idx}-labels-idx1-ubyte.gz", np.zeros(len(gray), np.uint8))
        print(f"{part}: {len(gray)} squares of {SIDE} x {SIDE} from {len(names)} photographs")
    for name, image in test_photographs().items():
        image = smaller(image, 640)
        image.save(args.out / "test" / f"{name}.png")
        print(f"test: {name} {image.width} x {image.height} {image.mode}")


if __name__ == "__main__":
    main()
