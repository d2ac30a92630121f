"""Theano 1.0: a program."""

import ikura_trial
import numpy as np
import theano
import theano.tensor as tt
from digits import batches, load
from theano.tensor.nnet.bn import batch_normalization_test, batch_normalization_train

trial = ikura_trial.Trial(learning_rate=0.1, momentum=0.9)
x, y, x_dev, y_dev = load()
random = np.random.RandomState(trial.seed)


def shared(values):
    """Return a variable that holds its values from one call to the next."""
    return theano.shared(np.asarray(values, "float32"))


hidden, out = shared(random.normal(0, (2 / 64) ** 0.5, (64, 64))), shared(random.normal(0, 64**-0.5, (64, 10)))
scale, shift, bias = shared(np.ones(64)), shared(np.zeros(64)), shared(np.zeros(10))
mean, variance = shared(np.zeros(64)), shared(np.ones(64))
inputs, labels = tt.fmatrix(), tt.lvector()


def probabilities(normed):
    """Return the softmax of what batch norm gives."""
    return tt.nnet.softmax(tt.dot(tt.nnet.relu(normed), out) + bias)


normed, _, _, new_mean, new_variance = batch_normalization_train(
    tt.dot(inputs, hidden), scale, shift, running_average_factor=0.1, running_mean=mean, running_var=variance
)
loss = tt.nnet.categorical_crossentropy(probabilities(normed), labels).mean()
rate, momentum = np.float32([trial.config["learning_rate"], trial.config["momentum"]])
params = [hidden, scale, shift, out, bias]
updates = [(mean, new_mean), (variance, new_variance)]
for param, gradient in zip(params, tt.grad(loss, params), strict=True):
    velocity = shared(np.zeros(param.get_value().shape))
    changed = momentum * velocity - rate * gradient
    updates += [(velocity, changed), (param, param + changed)]
step = theano.function([inputs, labels], loss, updates=updates)
measured = batch_normalization_test(tt.dot(inputs, hidden), scale, shift, mean, variance)
predict = theano.function([inputs], tt.argmax(probabilities(measured), axis=1))
for epoch in range(trial.stop):
    for batch in batches(x, y, random):
        loss = step(*batch)
    trial.report(epoch, accuracy=np.mean(predict(x_dev) == y_dev), loss=float(loss))
