"""Makes the JPEG files of this folder, and copies some as seeds of the fuzz target: python3 make.py. Made with Pillow 13.0."""

import pathlib
import shutil

from PIL import Image

HERE = pathlib.Path(__file__).parent
SEEDS = HERE.parents[3] / "fuzz/seeds/jpeg_image"

# 24 wide, 16 high: the left half is red, the right half is blue; the upper left corner is white.
picture = Image.new("RGB", (24, 16), (200, 30, 30))
picture.paste((30, 30, 200), (12, 0, 24, 16))
picture.paste((255, 255, 255), (0, 0, 8, 8))
lossless = {"quality": 100, "subsampling": 0}
picture.save(HERE / "rgb.jpg", **lossless)
picture.save(HERE / "progressive.jpg", progressive=True, **lossless)
picture.save(HERE / "subsampled.jpg", quality=75)
picture.convert("L").save(HERE / "gray.jpg", quality=100)
# Pillow writes CMYK inverted and with Adobe's mark, as Photoshop does.
picture.convert("CMYK").save(HERE / "cmyk.jpg", quality=100)
exif = Image.Exif()
exif[0x0112] = 6
picture.save(HERE / "turned.jpg", exif=exif, **lossless)
whole = (HERE / "rgb.jpg").read_bytes()
(HERE / "cut.jpg").write_bytes(whole[: len(whole) - 60])
SEEDS.mkdir(parents=True, exist_ok=True)
for path in HERE.glob("*.jpg"):
    shutil.copy(path, SEEDS / path.stem)
