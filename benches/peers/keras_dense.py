"""The dense job in Keras 3, as a user of Keras writes it.

Dense(relu) -> Dense(784, sigmoid) on one digit of MNIST, optimizer "rmsprop" (Keras 3's rule:
epsilon inside the root), binary cross-entropy, shuffled, validation after each epoch. Measures the
wall time of one `fit`. Tracing and compiling are done before, in a fit of one epoch whose effect on
weights and optimizer is undone; their time is in parentheses.
"""
import os
import time

from common import dense_parser, images, report_dense

parser = dense_parser(__doc__)
parser.add_argument("--backend", choices=["tensorflow", "jax", "torch"], default="tensorflow")
args = parser.parse_args()

os.environ["KERAS_BACKEND"] = args.backend
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras  # noqa: E402  (reads the backend's name when imported)

train, test = images("train", args.digit), images("t10k", args.digit)
keras.utils.set_random_seed(args.seed)
encoder = keras.layers.Dense(args.latent, activation="relu")
decoder = keras.layers.Dense(784, activation="sigmoid")
model = keras.Sequential([keras.Input((784,)), encoder, decoder])
model.compile(optimizer="rmsprop", loss="binary_crossentropy")
model.optimizer.build(model.trainable_variables)
variables = model.variables + model.optimizer.variables
before = [keras.ops.convert_to_numpy(v).copy() for v in variables]


def fit(epochs):
    start = time.perf_counter()
    history = model.fit(
        train, train, epochs=epochs, batch_size=args.batch, shuffle=True,
        validation_data=(test, test), verbose=0,
    ).history
    return time.perf_counter() - start, history


warm_up, _ = fit(1)
for variable, value in zip(variables, before):
    variable.assign(value)
# Not seeded again: that would make TensorFlow forget what it has compiled.
seconds, history = fit(args.epochs)

latent = keras.Sequential([keras.Input((784,)), encoder]).predict(train, verbose=0)
dead = int((latent.max(0) == 0).sum())
report_dense(
    f"keras {keras.__version__} on {args.backend}", args.epochs, seconds,
    history["loss"][-1], history["val_loss"][-1],
    f", {dead} dead units (first epoch, with compiling: {warm_up:.2f} s)",
)
