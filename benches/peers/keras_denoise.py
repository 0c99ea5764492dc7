"""The denoising job in Keras 3, as a user of Keras writes it.

Five convolutions of 3x3, two halvings, two doublings, on noisy images of MNIST; noise is drawn
once. Adadelta with a learning rate of 1, binary cross-entropy, shuffled, validation on noisy test
images after each epoch. The rate counts `fit`'s training only: from each epoch's begin to the end
of its last step. Tracing and compiling are done before, in a fit of ten batches (and a last,
smaller one if the data end with it) whose effect on weights and optimizer is undone; its time is in
parentheses.
"""
import os
import time

from common import denoise_data, denoise_parser, report_denoise, report_epoch

parser = denoise_parser(__doc__)
parser.add_argument("--backend", choices=["tensorflow", "jax", "torch"], default="tensorflow")
args = parser.parse_args()

os.environ["KERAS_BACKEND"] = args.backend
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras  # noqa: E402  (reads the backend's name when imported)
from keras.layers import Conv2D, MaxPooling2D, UpSampling2D  # noqa: E402

(noisy, clean), (noisy_test, clean_test) = denoise_data(args)
who = f"keras {keras.__version__} on {args.backend}"
keras.utils.set_random_seed(args.seed)
model = keras.Sequential([
    keras.Input((28, 28, 1)),
    Conv2D(32, (3, 3), activation="relu", padding="same"),
    MaxPooling2D((2, 2), padding="same"),
    Conv2D(32, (3, 3), activation="relu", padding="same"),
    MaxPooling2D((2, 2), padding="same"),
    Conv2D(32, (3, 3), activation="relu", padding="same"),
    UpSampling2D((2, 2)),
    Conv2D(32, (3, 3), activation="relu", padding="same"),
    UpSampling2D((2, 2)),
    Conv2D(1, (3, 3), activation="sigmoid", padding="same"),
])
model.compile(
    optimizer=keras.optimizers.Adadelta(learning_rate=1.0, rho=0.95, epsilon=1e-7),
    loss="binary_crossentropy",
)
model.optimizer.build(model.trainable_variables)
variables = model.variables + model.optimizer.variables
before = [keras.ops.convert_to_numpy(v).copy() for v in variables]


class Watch(keras.callbacks.Callback):
    """Times the training part of each epoch, and prints a line after it.

    Between an epoch's last step and its validation Keras copies the test images: the end is where the
    last step's loss has come. JAX only queues its steps; with `async_safe`, Keras calls
    `on_train_batch_end` from a thread that waits for the loss, and training goes on meanwhile.
    """

    async_safe = True

    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.steps_done = []
        self.start = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self.steps_done.append(time.perf_counter())

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(max(self.steps_done) - self.start)
        rate = len(clean) / self.seconds[-1]
        report_epoch(who, epoch + 1, rate, logs["loss"], logs["val_loss"])


def fit(train, test, epochs, callbacks=()):
    start = time.perf_counter()
    history = model.fit(
        *train, epochs=epochs, batch_size=args.batch, shuffle=True, validation_data=test,
        verbose=0, callbacks=list(callbacks),
    ).history
    return time.perf_counter() - start, history


def few(pair, batches):
    """The first images: some whole batches, and a smaller one if all the images end with one."""
    count = len(pair[0])
    end = min(count, batches * args.batch + count % args.batch)
    return tuple(images[:end] for images in pair)


warm_up, _ = fit(few((noisy, clean), 10), few((noisy_test, clean_test), 1), 1)
for variable, value in zip(variables, before):
    variable.assign(value)
# Not seeded again: that would make TensorFlow forget what it has compiled.
watch = Watch()
seconds, history = fit((noisy, clean), (noisy_test, clean_test), args.epochs, [watch])
report_denoise(
    who, seconds, args.epochs * len(clean) / sum(watch.seconds),
    list(zip(history["loss"], history["val_loss"])),
    f" (ten batches before that, with compiling: {warm_up:.2f} s)",
)
