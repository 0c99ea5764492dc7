"""Models of the workbench in Keras 3, with any backend."""

import keras


@keras.saving.register_keras_serializable("workbench")
class Sampling(keras.layers.Layer):
    """The code of a variational auto-encoder: of 2n numbers, the first n are means, the others log-variances.

    In training it draws from that normal distribution and adds its divergence from the standard normal distribution to the loss (D. P. Kingma and
    M. Welling, Auto-Encoding Variational Bayes, 2014, appendix B); otherwise it returns the means.
    """

    def __init__(self, kl_weight, **rest):
        super().__init__(**rest)
        self.kl_weight = kl_weight
        self.random = keras.random.SeedGenerator()

    def call(self, x, training=False):
        mean, log_variance = keras.ops.split(x, 2, axis=-1)
        if not training:
            return mean
        divergence = keras.ops.sum(keras.ops.exp(log_variance) + mean**2 - 1 - log_variance, axis=-1) / 2
        self.add_loss(self.kl_weight * keras.ops.mean(divergence))
        noise = keras.random.normal(keras.ops.shape(mean), seed=self.random)
        return mean + keras.ops.exp(log_variance / 2) * noise

    def compute_output_shape(self, shape):
        return (*shape[:-1], shape[-1] // 2)

    def get_config(self):
        return {**super().get_config(), "kl_weight": self.kl_weight}


def layer(spec):
    """Returns a layer in Keras. For options that the configuration does not name, Keras's defaults equal ours."""
    own = {"Sampling": Sampling}
    kind = own.get(spec.keras_class) or getattr(keras.layers, spec.keras_class)
    return kind(**spec.config, name=spec.name)


def build(architecture):
    """Returns a model of this architecture with random weights: a Sequential if it has no shortcuts."""
    if not any(spec.kind == "shortcut" for spec in architecture.layers):
        return keras.Sequential([keras.Input(architecture.input), *map(layer, architecture.layers)])
    x = inputs = keras.Input(architecture.input)
    kept = []
    for spec in architecture.layers:
        if spec.kind == "shortcut":
            kept.append(x)
        x = layer(spec)([kept.pop(), x] if spec.kind == "add" else x)
    return keras.Model(inputs, x)


def put(model, tensors):
    """Sets the model's weights. Keras's layouts equal ours, so they are not changed."""
    for layer in model.layers:
        if layer.weights:
            names = [f"{layer.name}/{weight.name}" for weight in layer.weights if f"{layer.name}/{weight.name}" in tensors]
            if names:
                layer.set_weights([tensors[name] for name in names])


def take(model):
    """Returns the model's weights by our names."""
    found = {}
    for layer in model.layers:
        for weight in layer.trainable_weights:
            found[f"{layer.name}/{weight.name}"] = keras.ops.convert_to_numpy(weight)
    return found
