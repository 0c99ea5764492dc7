"""schedules.json: learning rates of CosineDecay and ReduceLROnPlateau."""
from types import SimpleNamespace

from golden_io import f32, write

import keras
import numpy as np

# Four epochs of five steps.
EPOCHS, BATCHES = 4, 5


def cosine(rate, alpha):
    schedule = keras.optimizers.schedules.CosineDecay(rate, EPOCHS * BATCHES, alpha=alpha)
    ours = [
        rate * ((1 - alpha) * (1 + np.cos(np.pi * step / (EPOCHS * BATCHES))) / 2 + alpha)
        for step in range(EPOCHS * BATCHES)
    ]
    theirs = f32([schedule(step) for step in range(EPOCHS * BATCHES)])
    np.testing.assert_allclose(theirs, ours, rtol=1e-5, atol=1e-8)
    return {"rate": rate, "alpha": alpha, "keras_f32": theirs}


def plateau(rate, losses, patience, factor, min_delta, cooldown, min_rate):
    """The rate of each epoch and of the epoch after the last."""
    callback = keras.callbacks.ReduceLROnPlateau(
        patience=patience, factor=factor, min_delta=min_delta, cooldown=cooldown, min_lr=min_rate
    )
    callback.set_model(SimpleNamespace(optimizer=keras.optimizers.SGD(rate)))
    callback.on_train_begin()
    rates = []
    for epoch, loss in enumerate([*losses, None]):
        rates.append(float(keras.ops.convert_to_numpy(callback.model.optimizer.learning_rate)))
        if loss is not None:
            callback.on_epoch_end(epoch, {"val_loss": loss})
    return {
        "rate": rate, "losses": np.array(losses), "patience": patience, "factor": factor,
        "min_delta": min_delta, "cooldown": cooldown, "min_rate": min_rate, "keras_f32": f32(rates),
    }


rng = np.random.default_rng(11)
# Falling and noisy, on a grid of 1/64, so that equal losses occur.
noisy = np.round(64 * (2.0 ** -np.arange(0, 4, 0.1) + rng.uniform(-0.05, 0.05, 40))) / 64
flat = np.full(12, 0.5)
write("schedules.json", ["keras", "tensorflow-cpu", "numpy"], {
    "epochs": EPOCHS, "batches": BATCHES,
    "cosine": [cosine(0.5, 0.0), cosine(0.001, 0.1), cosine(1.0, 1.0)],
    "plateau": [
        plateau(8.0, flat, 2, 0.5, 0.0, 0, 0.0),
        plateau(8.0, flat, 1, 0.5, 0.0, 2, 0.0),
        plateau(8.0, flat, 1, 0.5, 0.0, 0, 3.0),
        plateau(0.5, noisy, 2, 0.5, 0.0, 0, 0.0),
        plateau(0.5, noisy, 3, 0.25, 0.03125, 2, 0.015625),
        plateau(0.5, noisy, 1, 0.75, 0.015625, 1, 0.0),
        plateau(0.5, noisy, 0, 0.5, 0.0, 0, 0.0),
    ],
})
