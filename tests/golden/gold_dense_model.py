"""dense_model.json: one batch through Dense(relu) -> Dense(sigmoid), loss and gradients."""
from golden_io import f32, grid, write

import keras
import numpy as np
import tensorflow as tf
import torch

rng = np.random.default_rng(1)
x = grid(rng, (7, 12), 0, 1)
x[0, :3], x[1, :2] = 0, 1
w1, b1 = grid(rng, (12, 4), -0.75, 0.75), grid(rng, 4, -0.25, 0.25)
w2, b2 = grid(rng, (4, 12), -0.75, 0.75), grid(rng, 12, -0.25, 0.25)
weights = {"w1": w1, "b1": b1, "w2": w2, "b2": b2}

encoder, decoder = keras.layers.Dense(4, "relu"), keras.layers.Dense(12, "sigmoid")
model = keras.Sequential([keras.Input((12,)), encoder, decoder])
model.set_weights([f32(w) for w in weights.values()])
with tf.GradientTape() as tape:
    latent = encoder(f32(x))
    output = decoder(latent)
    loss = tf.reduce_mean(keras.losses.binary_crossentropy(f32(x), output))
grads = tape.gradient(loss, [v.value for v in model.trainable_variables])
in_keras = {
    "latent": latent.numpy(), "output": output.numpy(), "loss": loss.numpy(),
    "grads": {name: g.numpy() for name, g in zip(weights, grads)},
}

p = {name: torch.tensor(w, requires_grad=True) for name, w in weights.items()}
t = torch.tensor(x)
hidden = torch.relu(t @ p["w1"] + p["b1"])
logits = hidden @ p["w2"] + p["b2"]
cost = torch.nn.functional.binary_cross_entropy_with_logits(logits, t)
cost.backward()
in_torch = {
    "latent": hidden.detach().numpy(), "logits": logits.detach().numpy(),
    "output": torch.sigmoid(logits).detach().numpy(), "loss": cost.item(),
    "grads": {name: w.grad.numpy() for name, w in p.items()},
}
fired = in_torch["latent"] > 0
assert fired.any(0).all() and not fired.all(), "the ReLU must both pass and stop something"
for name, g in in_torch["grads"].items():
    np.testing.assert_allclose(in_keras["grads"][name], g, rtol=1e-4, atol=1e-8)

write("dense_model.json", ["keras", "tensorflow-cpu", "torch", "numpy"], {
    "x": x, "weights": weights, "keras_f32": in_keras, "torch_f64": in_torch,
})
