"""PyTensor, Theano's living descendant: a function."""

import numpy as np
import pytensor
import pytensor.tensor as pt
from digits import batches, load


def train(trial):
    """Train the network as a trial says."""
    x, y, x_dev, y_dev = load()
    random = np.random.default_rng(trial.seed)

    def shared(values):
        return pytensor.shared(np.asarray(values, "float32"))

    hidden, out = shared(random.normal(0, (2 / 64) ** 0.5, (64, 64))), shared(random.normal(0, 64**-0.5, (64, 10)))
    scale, shift, bias = shared(np.ones(64)), shared(np.zeros(64)), shared(np.zeros(10))
    running = shared(np.zeros(64)), shared(np.ones(64))
    inputs, labels = pt.fmatrix(), pt.lvector()

    def logits(mean, variance):
        normed = (inputs @ hidden - mean) / pt.sqrt(variance + np.float32(1e-5))
        return pt.maximum(normed * scale + shift, np.float32(0)) @ out + bias

    statistics = (inputs @ hidden).mean(0), (inputs @ hidden).var(0)
    chosen = pt.special.log_softmax(logits(*statistics), axis=1)[pt.arange(labels.shape[0]), labels]
    loss = -chosen.mean()
    params = [hidden, scale, shift, out, bias]
    # Shared as well: were they constants, PyTensor would compile anew for each trial.
    rate, momentum = shared(trial.config["learning_rate"]), shared(trial.config["momentum"])
    keep, take = np.float32([0.9, 0.1])
    updates = {old: keep * old + take * new for old, new in zip(running, statistics, strict=True)}
    for param, gradient in zip(params, pytensor.grad(loss, params), strict=True):
        velocity = shared(np.zeros(param.get_value().shape))
        updates[velocity] = momentum * velocity - rate * gradient
        updates[param] = param + updates[velocity]
    updates = {old: new.astype("float32") for old, new in updates.items()}
    step = pytensor.function([inputs, labels], loss, updates=updates)
    predict = pytensor.function([inputs], logits(*running).argmax(1))
    for epoch in range(trial.stop):
        losses = [step(*batch) for batch in batches(x, y, random)]
        trial.report(epoch, accuracy=np.mean(predict(x_dev) == y_dev), loss=losses[-1])
