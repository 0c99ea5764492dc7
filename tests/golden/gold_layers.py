"""layers.json: every layer with its class and configuration in Keras, and Keras's result for an input, forward and backward, in f64.

A new layer needs rows in ROWS: its description, the shape of one sample, and the layer of Keras that computes the same outside of training.
"""
import zlib

from golden_io import grid, write

import keras
import numpy as np
import tensorflow as tf

keras.config.set_floatx("float64")


def window(name, size, strides, padding, **others):
    return {name: list(size), "strides": list(strides), "padding": padding, **others}


ROWS = [
    ("dense 3 linear", (5,), "Dense", {"units": 3, "activation": "linear"}),
    ("dense 4 relu", (3,), "Dense", {"units": 4, "activation": "relu"}),
    ("dense 4 sigmoid", (3,), "Dense", {"units": 4, "activation": "sigmoid"}),
    ("conv2d 3 3x2 stride 2x1 same relu", (5, 4, 2), "Conv2D",
     window("kernel_size", (3, 2), (2, 1), "same", filters=3, activation="relu")),
    ("conv2d 2 2x3 stride 1x2 valid linear", (4, 6, 3), "Conv2D",
     window("kernel_size", (2, 3), (1, 2), "valid", filters=2, activation="linear")),
    ("conv2d_transpose 3 3x2 stride 2x1 same relu", (3, 4, 2), "Conv2DTranspose",
     window("kernel_size", (3, 2), (2, 1), "same", filters=3, activation="relu")),
    ("conv2d_transpose 2 2x4 stride 1x2 same linear", (3, 2, 3), "Conv2DTranspose",
     window("kernel_size", (2, 4), (1, 2), "same", filters=2, activation="linear")),
    ("conv2d_transpose 2 3x2 stride 2x2 valid sigmoid", (2, 3, 2), "Conv2DTranspose",
     window("kernel_size", (3, 2), (2, 2), "valid", filters=2, activation="sigmoid")),
    ("conv2d_transpose 2 1x2 stride 2x3 valid linear", (2, 3, 2), "Conv2DTranspose",
     window("kernel_size", (1, 2), (2, 3), "valid", filters=2, activation="linear")),
    ("max_pooling2d 2x3 stride 2x2 same", (5, 4, 2), "MaxPooling2D", window("pool_size", (2, 3), (2, 2), "same")),
    ("max_pooling2d 2x2 stride 1x2 valid", (5, 4, 2), "MaxPooling2D", window("pool_size", (2, 2), (1, 2), "valid")),
    ("up_sampling2d 2x3", (2, 3, 2), "UpSampling2D", {"size": [2, 3]}),
    ("zero_padding2d 0 1 2 3", (2, 3, 2), "ZeroPadding2D", {"padding": [[0, 1], [2, 3]]}),
    ("cropping2d 1 0 1 2", (3, 5, 2), "Cropping2D", {"cropping": [[1, 0], [1, 2]]}),
    ("activation sigmoid", (2, 2, 1), "Activation", {"activation": "sigmoid"}),
    ("activation tanh", (4,), "Activation", {"activation": "tanh"}),
    ("dense 4 softplus", (3,), "Dense", {"units": 4, "activation": "softplus"}),
    ("dense 4 leaky_relu", (3,), "Dense", {"units": 4, "activation": "leaky_relu"}),
    ("dense 4 leaky_relu:0.1", (3,), "Dense",
     {"units": 4, "activation": {"module": "keras.layers", "class_name": "LeakyReLU", "config": {"negative_slope": 0.1}}}),
    ("activation elu", (5,), "Activation", {"activation": "elu"}),
    ("activation elu:0.5", (5,), "Activation", {"activation": {"module": "keras.layers", "class_name": "ELU", "config": {"alpha": 0.5}}}),
    ("flatten", (2, 3, 2), "Flatten", {}),
    ("reshape 3x2x2", (12,), "Reshape", {"target_shape": [3, 2, 2]}),
    ("activity_regularization 0.5", (5,), "ActivityRegularization", {"l1": 0.5}),
    ("dropout 0.2", (5,), "Dropout", {"rate": 0.2}),
    ("shortcut", (2, 3, 2), "Identity", {}),
    # A row of several layers is named after the last one.
    ("shortcut; dense 5 tanh; add", (5,), "Add", {}),
]


class Residual(keras.layers.Layer):
    """x + tanh(dense(x)), from Keras's own layers."""

    def __init__(self):
        super().__init__()
        self.inner, self.sum = keras.layers.Dense(5, activation="tanh"), keras.layers.Add()

    def build(self, shape):
        self.inner.build(shape)

    def call(self, x):
        return self.sum([x, self.inner(x)])


def case(words, input_shape, kind, config):
    # The seed depends only on the row: a new row does not change the others.
    rng = np.random.default_rng(zlib.crc32(words.encode()))
    layer = Residual() if kind == "Add" else getattr(keras.layers, kind)(**config)
    layer.build((None, *input_shape))
    layer.set_weights([grid(rng, w.shape, -1, 1) for w in layer.weights])
    # The numbers differ, so that no maximum is a tie.
    count = 2 * int(np.prod(input_shape))
    x = (rng.permutation(count) - count // 2).reshape(2, *input_shape) / 16
    with tf.GradientTape() as tape:
        input_tensor = tf.constant(x)
        tape.watch(input_tensor)
        y = layer(input_tensor, training=False)
    dy = grid(rng, y.shape, -1, 1)
    weights = [w.value for w in layer.trainable_weights]
    dx, dweights = tape.gradient(y, (input_tensor, weights), output_gradients=tf.constant(dy))
    return {
        "words": words, "input": list(input_shape), "class": kind, "config": config,
        "x": x, "weights": [w.numpy() for w in weights], "y": y.numpy(), "dy": dy,
        "dx": dx.numpy(), "dweights": [g.numpy() for g in dweights],
    }


write("layers.json", ["keras", "tensorflow-cpu", "numpy"], {"cases": [case(*row) for row in ROWS]})
