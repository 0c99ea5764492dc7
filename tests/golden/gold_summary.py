"""summary.txt, summary_conv.txt: what Keras prints for the notebook's dense and denoising models.

summary_conv_keras2.txt: the latter in the form of Keras 2.2, which cannot be installed beside the
others. Its columns end at 45%, 85% and all of 65; what is too long is cut off one place before
(Keras 2.2, utils/layer_utils.py).
"""
from golden_io import HERE, denoising_model

import re

import keras


def save(name, text):
    (HERE / name).write_text(text)
    print(f"{name}: {len(text.encode()):,} bytes")


def keras3(model):
    lines = []
    model.summary(line_length=66, print_fn=lambda text, line_break=False: lines.append(text))
    return "\n".join(line.rstrip() for line in "\n".join(lines).splitlines()).strip("\n") + "\n"


def keras2(model):
    def row(name, shape, count):
        return f"{name[:28]:28} {shape[:25]:25} {count}".rstrip()

    rows, counts = [], {}
    for layer in model.layers:
        kind = type(layer).__name__
        counts[kind] = counts.get(kind, 0) + 1
        # Keras 3 counts from conv2d, conv2d_1, Keras 2.2 from conv2d_1.
        name = f"{re.sub('_[0-9]+$', '', layer.name)}_{counts[kind]} ({kind})"
        rows.append(row(name, str(layer.output.shape), str(layer.count_params())))
    total = f"{model.count_params():,}"
    return "\n".join([
        65 * "_", row("Layer (type)", "Output Shape", "Param #"), 65 * "=",
        ("\n" + 65 * "_" + "\n").join(rows),
        65 * "=",
        f"Total params: {total}", f"Trainable params: {total}", "Non-trainable params: 0",
        65 * "_", "",
    ])


dense = keras.Sequential([
    keras.Input((784,)), keras.layers.Dense(10, "relu"), keras.layers.Dense(784, "sigmoid"),
])
assert dense.count_params() == 16_474
save("summary.txt", keras3(dense))
conv = denoising_model(32)
assert conv.count_params() == 28_353
save("summary_conv.txt", keras3(conv))
save("summary_conv_keras2.txt", keras2(conv))
