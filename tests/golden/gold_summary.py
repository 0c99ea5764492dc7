"""summary.txt: what Keras prints for the notebook's dense model."""
from golden_io import HERE

import keras

model = keras.Sequential([
    keras.Input((784,)), keras.layers.Dense(10, "relu"), keras.layers.Dense(784, "sigmoid"),
])
lines = []
model.summary(line_length=66, print_fn=lambda text, line_break=False: lines.append(text))
text = "\n".join(line.rstrip() for line in "\n".join(lines).splitlines()).strip("\n") + "\n"
assert "16,474" in text
(HERE / "summary.txt").write_text(text)
print(f"summary.txt: {len(text.encode()):,} bytes")
