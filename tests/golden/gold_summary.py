"""summary.txt, summary_conv.txt: Keras's summaries of the notebook's dense and denoising models."""
from golden_io import HERE, denoising_model

import keras


def save(name, model, params, width):
    assert model.count_params() == params
    lines = []
    model.summary(line_length=width, print_fn=lambda text, line_break=False: lines.append(text))
    text = "\n".join(line.rstrip() for line in "\n".join(lines).splitlines()).strip("\n") + "\n"
    (HERE / name).write_text(text)
    print(f"{name}: {len(text.encode()):,} bytes")


dense = keras.Sequential([
    keras.Input((784,)), keras.layers.Dense(10, "relu"), keras.layers.Dense(784, "sigmoid"),
])
save("summary.txt", dense, 16_474, 66)
# Wide enough for a name and its class on one line.
save("summary_conv.txt", denoising_model(32), 28_353, 80)
