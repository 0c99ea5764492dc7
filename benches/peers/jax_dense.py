"""The dense job in JAX as an expert writes it.

One compiled call is a whole epoch: shuffle, every batch (a `scan`; the last partial batch padded
and masked, so all have one shape), the update and the validation. The validation loss is read back
after each epoch, as Keras does, or with --one-call all epochs run inside one compiled call. Keras
2.2's rule: RMSprop with epsilon outside the root. Compiling is not measured.
"""
import os
import time

from common import dense_parser, images, report_dense

parser = dense_parser(__doc__)
parser.add_argument("--one-call", action="store_true", help="all epochs in one compiled call")
parser.add_argument("--one-thread", action="store_true", help="one thread on one core (Linux)")
args = parser.parse_args()
if args.one_thread:
    os.environ["XLA_FLAGS"] = (
        "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    )
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import jax  # noqa: E402  (reads its flags when imported)
import jax.numpy as jnp  # noqa: E402

train = jnp.asarray(images("train", args.digit))
test = jnp.asarray(images("t10k", args.digit))
count, batch = train.shape[0], args.batch
batches = -(-count // batch)
padding = batches * batch - count
weights = jnp.concatenate([jnp.ones(count), jnp.zeros(padding)]).reshape(batches, batch)


def forward(p, x):
    return jax.nn.relu(x @ p["w1"] + p["b1"]) @ p["w2"] + p["b2"]


def cross_entropy(z, x):
    return jnp.maximum(z, 0) - z * x + jnp.log1p(jnp.exp(-jnp.abs(z)))


def loss(p, x, weight):
    return (cross_entropy(forward(p, x), x).mean(1) * weight).sum() / weight.sum()


def epoch(carry, _=None):
    params, state, key = carry
    key, shuffle = jax.random.split(key)
    order = jax.random.permutation(shuffle, count)
    rows = jnp.resize(order, batches * batch).reshape(batches, batch)

    def step(carry, batch):
        params, state = carry
        index, weight = batch
        value, grads = jax.value_and_grad(loss)(params, train[index], weight)
        state = jax.tree.map(lambda s, g: 0.9 * s + 0.1 * g * g, state, grads)
        params = jax.tree.map(
            lambda p, g, s: p - 1e-3 * g / (jnp.sqrt(s) + 1e-7), params, grads, state
        )
        return (params, state), value * weight.sum() / count

    (params, state), values = jax.lax.scan(step, (params, state), (rows, weights))
    val_loss = cross_entropy(forward(params, test), test).mean()
    return (params, state, key), (values.sum(), val_loss)


k1, k2, key = jax.random.split(jax.random.key(args.seed), 3)
limit = (6 / (784 + args.latent)) ** 0.5
params = {
    "w1": jax.random.uniform(k1, (784, args.latent), minval=-limit, maxval=limit),
    "b1": jnp.zeros(args.latent),
    "w2": jax.random.uniform(k2, (args.latent, 784), minval=-limit, maxval=limit),
    "b2": jnp.zeros(784),
}
first = (params, jax.tree.map(jnp.zeros_like, params), key)

if args.one_call:
    run = jax.jit(lambda carry: jax.lax.scan(epoch, carry, None, length=args.epochs))
    run = run.lower(first).compile()
    before = time.perf_counter()
    _, (losses, val_losses) = jax.block_until_ready(run(first))
    seconds = time.perf_counter() - before
    train_loss, val_loss = float(losses[-1]), float(val_losses[-1])
else:
    one = jax.jit(epoch).lower(first).compile()
    carry = first
    before = time.perf_counter()
    for _ in range(args.epochs):
        carry, (train_loss, val_loss) = one(carry)
        train_loss, val_loss = float(train_loss), float(val_loss)
    seconds = time.perf_counter() - before

how = "one call" if args.one_call else "one call per epoch"
threads = "1 thread" if args.one_thread else f"{os.cpu_count()} threads"
report_dense(
    f"jax {jax.__version__}, {how}, {threads}", args.epochs, seconds, train_loss, val_loss
)
