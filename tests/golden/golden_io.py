"""Code that the golden scripts share: reproducible inputs and compact JSON files.

An array is written as {"shape": [..], "data": [..]}, row-major. Every number is the shortest
decimal that reads back as the same value in its type: at most 9 significant digits for f32, 17 for
f64.
"""
import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

# One thread, no GPU: the sums of a float32 kernel then do not depend on the number of cores.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_NUM_INTRAOP_THREADS"] = "1"
os.environ["TF_NUM_INTEROP_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

# PyTorch's optimizers load Triton where it is installed; its LLVM and TensorFlow's cannot live in
# one process. Nothing here needs it.
sys.modules["triton"] = None

import numpy as np  # noqa: E402  (the settings above must come first)

HERE = Path(__file__).resolve().parent


def grid(rng, shape, low, high, step=64):
    """Uniform values on the grid of multiples of 1/step: exact in f32 and short in decimal."""
    return rng.integers(round(low * step), round(high * step), shape, endpoint=True) / step


def f32(x):
    return np.asarray(x, np.float32)


def number(x):
    """A NumPy scalar as the shortest decimal that reads back as the same value."""
    if not np.isfinite(x):
        raise ValueError(f"a golden value is not finite: {x}")
    if x == 0:
        return "-0.0" if np.signbit(x) else "0.0"
    if isinstance(x, np.float32):
        text = np.format_float_scientific(x, unique=True, trim="0")
        # A reader that uses f64 must get the same f32.
        assert np.float32(float(text)) == x and len(text.lstrip("-").split("e")[0]) <= 10
        return repr(float(text))
    return repr(float(x))


def encode(value):
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{encode(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",\n".join(encode(v) for v in value) + "]"
    if isinstance(value, np.ndarray):
        if value.dtype not in (np.float32, np.float64):
            raise TypeError(f"array of {value.dtype}")
        data = ",".join(number(x) for x in np.ascontiguousarray(value).reshape(-1))
        return f'{{"shape":{json.dumps(list(value.shape))},"data":[{data}]}}'
    if isinstance(value, (float, np.floating)):
        return number(value)
    if isinstance(value, (int, str)):
        return json.dumps(value)
    raise TypeError(type(value))


def denoising_model(filters):
    """The notebook's convolutional auto-encoder, which has 32 filters there."""
    from keras import Input, Sequential, layers

    def conv(n, activation):
        return layers.Conv2D(n, (3, 3), activation=activation, padding="same")

    return Sequential([
        Input((28, 28, 1)),
        conv(filters, "relu"), layers.MaxPooling2D((2, 2), padding="same"),
        conv(filters, "relu"), layers.MaxPooling2D((2, 2), padding="same"),
        conv(filters, "relu"), layers.UpSampling2D((2, 2)),
        conv(filters, "relu"), layers.UpSampling2D((2, 2)),
        conv(1, "sigmoid"),
    ])


def write(name, packages, content):
    """Writes one golden file: the versions first, then one line per top-level key."""
    versions = {"python": platform.python_version()} | {p: version(p) for p in packages}
    content = {"versions": versions} | content
    lines = (f"{json.dumps(key)}:{encode(value)}" for key, value in content.items())
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    json.loads(text, parse_constant=lambda c: (_ for _ in ()).throw(ValueError(c)))
    (HERE / name).write_text(text)
    print(f"{name}: {len(text):,} bytes")
