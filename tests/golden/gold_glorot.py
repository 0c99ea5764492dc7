"""glorot.json: the range of Keras's GlorotUniform."""
from golden_io import write

import keras
import numpy as np

cases = []
for shape in [(784, 10), (10, 784), (784, 25), (3, 3, 1, 32), (3, 3, 32, 32), (3, 3, 32, 1)]:
    field = int(np.prod(shape[:-2]))
    fan_in, fan_out = shape[-2] * field, shape[-1] * field
    limit = np.sqrt(6 / (fan_in + fan_out))
    w = keras.ops.convert_to_numpy(keras.initializers.GlorotUniform(seed=1)(shape))
    # The limit must be that of Keras: no draw is outside, and the outermost draws are close to it.
    assert np.abs(w).max() <= limit
    assert w.max() > 0.9 * limit and w.min() < -0.9 * limit
    cases.append({
        "shape": list(shape), "fan_in": fan_in, "fan_out": fan_out, "limit": limit,
        "keras_min": w.min(), "keras_max": w.max(),
        "keras_mean": w.mean(dtype=float), "keras_std": w.std(dtype=float),
    })
write("glorot.json", ["keras", "tensorflow-cpu", "numpy"], {"cases": cases})
