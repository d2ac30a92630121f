"""JAX with Optax: a function."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from digits import batches, load


def logits(params, x, mean, variance):
    """Return the logits [example, class] of a network whose hidden layer has these statistics."""
    normed = (x @ params["hidden"] - mean) * jax.lax.rsqrt(variance + 1e-5)
    return jax.nn.relu(normed * params["scale"] + params["shift"]) @ params["out"] + params["bias"]


def train(trial):
    """Train the network as a trial says."""
    x, y, x_dev, y_dev = load()
    first, last = jax.random.split(jax.random.key(trial.seed))
    he = jax.nn.initializers.he_normal()
    params = {"hidden": he(first, (64, 64)), "scale": jnp.ones(64), "shift": jnp.zeros(64)}
    params |= {"out": he(last, (64, 10)), "bias": jnp.zeros(10)}
    optimizer = optax.sgd(trial.config["learning_rate"], momentum=trial.config["momentum"])

    @jax.jit
    def step(params, running, state, inputs, labels):
        def loss_of(params):
            hidden = inputs @ params["hidden"]
            statistics = hidden.mean(0), hidden.var(0)
            losses = optax.softmax_cross_entropy_with_integer_labels(logits(params, inputs, *statistics), labels)
            return losses.mean(), statistics

        (loss, statistics), gradient = jax.value_and_grad(loss_of, has_aux=True)(params)
        updates, state = optimizer.update(gradient, state)
        running = jax.tree.map(lambda old, new: 0.9 * old + 0.1 * new, running, statistics)
        return optax.apply_updates(params, updates), running, state, loss

    running, state = (jnp.zeros(64), jnp.ones(64)), optimizer.init(params)
    random = np.random.default_rng(trial.seed)
    for epoch in range(trial.stop):
        for inputs, labels in batches(x, y, random):
            params, running, state, loss = step(params, running, state, inputs, labels)
        accuracy = (logits(params, x_dev, *running).argmax(1) == y_dev).mean()
        trial.report(epoch, accuracy=accuracy, loss=loss)
