"""The table by which the preset `anomaly` was chosen, on training images alone.

For each of four digits (1, 2, 5, 8) and four kinds of clothes (0, 4, 6, 8) a data set is written:
five sixths of the class's training images to train on, and to be scored the other sixth and 3,000
training images of the other classes, drawn at random. No test image is read. Each model is trained
once a class with the program's defaults (a tenth of the training images is held out for the
threshold); a number is the mean of the areas under the ROC curve over the four classes.
"""
import argparse
import subprocess
import tempfile
import tomllib
from pathlib import Path

import common
import numpy as np
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

CLASSES = {"mnist": [1, 2, 5, 8], "fashion-mnist": [0, 4, 6, 8]}
DECODER = ["--decoder", "dense {pixels} sigmoid"]
# Of each model: its options, and the scores that the table has.
MODELS = {
    "anomaly": ([], ["patch", "mse", "mahalanobis"]),
    "anomaly, windows of 7": (["--patch", "7"], ["patch"]),
    "relu 64": (["--encoder", "dense 64 relu"] + DECODER, ["patch", "mse"]),
    "relu 128": (["--encoder", "dense 128 relu"] + DECODER, ["patch", "mse"]),
    "128 units, code 32": (
        [
            "--encoder", "dense 128 relu; dense 32 linear",
            "--decoder", "dense 128 relu; dense {pixels} sigmoid",
        ],
        ["patch", "mse"],
    ),
    "conv-latent 64, 4 epochs": (
        ["--model", "conv-latent", "--latent", "64", "--epochs", "4"],
        ["patch", "mse", "mahalanobis"],
    ),
}
# What a description on the command line does not say: the preset's own way of training.
TRAINING = ["--optimizer", "adam", "--epochs", "20", "--batch", "128", "--schedule", "cosine"]


def write_idx(path, array):
    """An array of bytes in MNIST's format."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, dtype=">u4").tobytes()
    path.write_bytes(header + array.tobytes())


def split(dataset, normal, folder):
    """Writes the data set of one class, and returns its images as vectors, with labels."""
    common.MNIST = common.REPOSITORY / "datasets" / dataset
    images, labels = (common.idx(f"train-{name}") for name in ("images-idx3-ubyte", "labels-idx1-ubyte"))
    draw = np.random.default_rng(normal)
    own = draw.permutation(np.flatnonzero(labels == normal))
    others = draw.permutation(np.flatnonzero(labels != normal))[:3000]
    begin = len(own) * 5 // 6
    parts = {"train": own[:begin], "t10k": np.concatenate([own[begin:], others])}
    for part, chosen in parts.items():
        write_idx(folder / f"{part}-images-idx3-ubyte", images[chosen])
        write_idx(folder / f"{part}-labels-idx1-ubyte", labels[chosen])
    as_vectors = {part: images[at].reshape(len(at), -1) / 255 for part, at in parts.items()}
    return as_vectors["train"], as_vectors["t10k"], labels[parts["t10k"]] != normal


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--program", default="../../target/debug/ae-app")
    arguments = parser.parse_args()
    program = Path(arguments.program).resolve()
    areas = {}
    for dataset, classes in CLASSES.items():
        for normal in classes:
            with tempfile.TemporaryDirectory() as folder:
                folder = Path(folder)
                data = folder / "data"
                data.mkdir()
                train, test, is_other = split(dataset, normal, data)
                pca = PCA(30, svd_solver="full").fit(train)
                errors = ((pca.inverse_transform(pca.transform(test)) - test) ** 2).mean(axis=1)
                area = roc_auc_score(is_other, errors)
                areas.setdefault(("PCA, 30 components", "mse"), {}).setdefault(dataset, []).append(area)
                for number, (name, (options, scores)) in enumerate(MODELS.items()):
                    extra = [] if "--epochs" in options else TRAINING
                    out = folder / str(number)
                    command = [program, "anomaly", "--dataset", data, "--classes", str(normal)]
                    command += [*options, *extra, "--quiet", "--out", out]
                    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                    measured = tomllib.loads((out / "metrics.toml").read_text())["scores"]
                    for score in scores:
                        of = areas.setdefault((name, score), {}).setdefault(dataset, [])
                        of.append(measured[score]["auroc"])
    print("| model | score | digits | clothes |\n| --- | --- | ---: | ---: |")
    for (name, score), of in areas.items():
        print(f"| {name} | {score} | " + " | ".join(f"{np.mean(of[d]):.3f}" for d in CLASSES) + " |")


if __name__ == "__main__":
    main()
