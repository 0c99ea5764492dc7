#!/usr/bin/env python3
"""Checks that onnxruntime, Keras and, if it is installed, PyTorch compute the same as ae-app, on the test images of finished
runs.

    python tools/check_ecosystem.py --program target/debug/ae-app RUN [RUN ...]

Every line states the largest difference from ae-app's numbers. The limit is 1e-5: absolute where numbers are at most 1, else
relative.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

import convert
import model_file
import keras  # after convert, which selects Keras's backend

try:
    import torch
except ModuleNotFoundError:
    torch = None

MOST = 1e-5
BATCH = 250

# One model of MNIST's images with all layers, odd sides, even windows, uneven padding and strides.
EVERY_LAYER = {
    "--encoder": "conv2d 4 2x3 stride 2x3 same linear; max_pooling2d 3x2 stride 2x1 same; shortcut; conv2d 4 3x3 stride 1x1 same tanh; add; conv2d 3 3x2 stride 1x2 valid tanh; "
                 "activation elu; max_pooling2d 2x2 stride 1x1 valid; dropout 0.1",
    "--decoder": "flatten; dense 49 softplus; reshape 7x7x1; up_sampling2d 2x4; conv2d 2 4x4 stride 1x1 same elu:0.5; activity_regularization 0.001; "
                 "conv2d_transpose 3 3x2 stride 2x1 same leaky_relu:0.1; zero_padding2d 0 1 2 3; "
                 "conv2d 1 3x3 stride 1x1 same linear; cropping2d 0 1 2 3; activation sigmoid",
}

failures = 0


def compare(what, found, expected):
    global failures
    if found.shape != expected.shape:
        difference = float("inf")
    else:
        difference = float(np.max(np.abs(found - expected) / np.maximum(1, np.abs(expected)), initial=0))
    # NaN does not pass as a small difference.
    fine = difference <= MOST
    failures += not fine
    print(f"  {what:<44} {difference:.1e}{'' if fine else '   TOO LARGE'}", flush=True)


def batches(x):
    return (x[i:i + BATCH] for i in range(0, len(x), BATCH))


def by_onnx(path, x):
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(["output"], {"input": batch})[0] for batch in batches(x)])


def by_torch(model, x):
    model.eval()
    with torch.inference_mode():
        return np.concatenate([model(torch.tensor(batch)).numpy() for batch in batches(x)])


def train_torch(model, x):
    model.train()
    optimizer = torch.optim.Adam(model.parameters())
    for batch in batches(x):
        batch = torch.tensor(batch)
        optimizer.zero_grad()
        torch.nn.functional.binary_cross_entropy(model(batch), batch).backward()
        optimizer.step()


def check(program, model, folder):
    """Runs all checks of one model, given as a file or the folder of a run. Output files are written to the folder."""
    def export(model, *args):
        subprocess.run([program, "export", model, "--quiet", "--force", *args], check=True)

    npz, file = folder / "ours.npz", Path(model)
    file = file / "model.safetensors" if file.is_dir() else file
    export(model, "--npz", npz, "--onnx", folder / "model.onnx")
    ours = dict(np.load(npz))
    x, y = ours["test_inputs"], ours["test_reconstructions"]
    deviation = y.std(0).mean()
    print(f"{model}: {len(x)} test images, which come out with a deviation of {deviation:.2f} from one another")
    if deviation < 0.05:
        sys.exit(f"{model}: makes nearly the same of all images, which any program could")
    compare("onnxruntime", by_onnx(folder / "model.onnx", x), y)
    if "test_codes" in ours:
        export(model, "--onnx", folder / "model.onnx", "--part", "all")
        codes = ours["test_codes"]
        compare("onnxruntime, encoder", by_onnx(folder / "model-encoder.onnx", x), codes)
        compare("onnxruntime, decoder", by_onnx(folder / "model-decoder.onnx", codes), y)
    if "pca_mean" in ours:
        codes = ours["train_codes"].astype("f8")
        compare("NumPy, mean of the codes", codes.mean(0), ours["pca_mean"])
        variances = np.linalg.eigvalsh(np.cov(codes.T))[::-1]
        compare("NumPy, eigenvalues of their covariance", variances, ours["pca_explained_variance"])

    check_keras(export, file, folder, x, y)
    if torch is not None:
        check_torch(export, file, folder, x, y)


def check_keras(export, file, folder, x, y):
    """Export to Keras and import: first unchanged, then after an epoch of training there."""
    convert.to_keras(file, folder / "model.keras")
    there = keras.saving.load_model(folder / "model.keras")
    compare("Keras", there.predict(x, BATCH, verbose=0), y)
    there.compile("adam", "binary_crossentropy")
    there.fit(x, x, batch_size=BATCH, epochs=1, shuffle=False, verbose=0)
    there.save(folder / "trained.keras")
    convert.from_keras(folder / "trained.keras", folder / "model.safetensors", file)
    trained(export, folder, "Keras", there.predict(x, BATCH, verbose=0), y)


def check_torch(export, file, folder, x, y):
    """There and back with PyTorch, like Keras above."""
    convert.to_torch(file, folder / "model.pt")
    there = convert.load_torch(folder / "model.pt")
    compare("PyTorch", by_torch(there, x), y)
    train_torch(there, x)
    description = model_file.read(file)[1]["description"]
    torch.save({"description": description, "state_dict": there.state_dict()}, folder / "trained.pt")
    convert.from_torch(folder / "trained.pt", folder / "model.safetensors", file)
    trained(export, folder, "PyTorch", by_torch(there, x), y)


def trained(export, folder, where, theirs, before):
    """Checks that ae-app computes the same after an epoch of training in another framework, and that training changed something."""
    export(folder / "model.safetensors", "--npz", folder / "trained.npz")
    ours = np.load(folder / "trained.npz")["test_reconstructions"]
    compare(f"{where}, trained there and brought back", theirs, ours)
    if np.abs(ours - before).max() < 100 * MOST:
        sys.exit(f"{where}: an epoch of training has changed nothing")


def every_layer(program, folder):
    """Makes a run of a model with all layers and replaces its weights by random ones."""
    options = [word for option in EVERY_LAYER.items() for word in option]
    run = folder / "every-layer"
    subprocess.run([program, "denoise", "--limit", "40", "--epochs", "1", "--batch", "20", "--quiet", "--out", run, *options], check=True)
    tensors, metadata = model_file.read(run / "model.safetensors")
    random = np.random.default_rng(2)

    def weights(shape):
        # Larger than initial weights, or the output would hardly depend on the input.
        return random.normal(0, 3 / np.sqrt(np.prod(shape[:-1])) if len(shape) > 1 else 0.1, shape)

    path = folder / "every-layer.safetensors"
    model_file.write(path, {name: weights(tensors[name].shape) for name in sorted(tensors)}, metadata)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="ae-app")
    parser.add_argument("runs", nargs="+", metavar="RUN")
    args = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        models = [*args.runs, every_layer(args.program, folder)]
        for number, model in enumerate(models):
            place = folder / str(number)
            place.mkdir()
            check(args.program, model, place)
    pytorch = "not installed: left out" if torch is None else torch.__version__
    print(f"{time.monotonic() - start:.0f} seconds with onnxruntime {onnxruntime.__version__}, Keras {keras.__version__} on "
          f"{keras.backend.backend()}, PyTorch {pytorch}")
    if failures:
        sys.exit(f"error: {failures} differences above {MOST}")


if __name__ == "__main__":
    main()
