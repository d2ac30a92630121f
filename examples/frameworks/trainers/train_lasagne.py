"""Lasagne 0.1 on Theano 1.0: a program. The layer for batch norm is this file's, as Lasagne had none yet."""

import sys
from types import ModuleType

import ikura_trial
import numpy as np
import theano
import theano.tensor as tt
from digits import batches, load
from theano.tensor.nnet.bn import batch_normalization_test, batch_normalization_train
from theano.tensor.signal import pool

# It imports what Theano 1.0 has no more.
downsample = ModuleType("theano.tensor.signal.downsample")
downsample.max_pool_2d = pool.pool_2d
sys.modules[downsample.__name__] = theano.tensor.signal.downsample = downsample

import lasagne  # noqa: E402
from lasagne.init import Constant, HeNormal  # noqa: E402
from lasagne.layers import DenseLayer, InputLayer, Layer, NonlinearityLayer  # noqa: E402
from lasagne.nonlinearities import rectify, softmax  # noqa: E402


class BatchNormLayer(Layer):
    """Batch norm; `updates` are those of its running averages, once it was trained."""

    def __init__(self, incoming):
        super().__init__(incoming)
        shape = self.input_shape[1:]
        self.scale, self.shift = self.add_param(Constant(1), shape), self.add_param(Constant(0), shape)
        self.mean = self.add_param(Constant(0), shape, trainable=False)
        self.variance = self.add_param(Constant(1), shape, trainable=False)

    def get_output_for(self, inputs, deterministic=False, **_):
        """Return the output; `deterministic` is Lasagne's word for measuring."""
        if deterministic:
            return batch_normalization_test(inputs, self.scale, self.shift, self.mean, self.variance)
        running = {"running_average_factor": 0.1, "running_mean": self.mean, "running_var": self.variance}
        output, _, _, mean, variance = batch_normalization_train(inputs, self.scale, self.shift, **running)
        self.updates = [(self.mean, mean), (self.variance, variance)]
        return output


trial = ikura_trial.Trial(learning_rate=0.1, momentum=0.9)
x, y, x_dev, y_dev = load()
random = np.random.RandomState(trial.seed)
np.random.seed(trial.seed)  # from which Lasagne draws
inputs, labels = tt.fmatrix(), tt.lvector()
norm = BatchNormLayer(DenseLayer(InputLayer((None, 64), inputs), 64, W=HeNormal(), b=None, nonlinearity=None))
net = DenseLayer(NonlinearityLayer(norm, rectify), 10, nonlinearity=softmax)
loss = lasagne.objectives.categorical_crossentropy(lasagne.layers.get_output(net), labels).mean()
params = lasagne.layers.get_all_params(net, trainable=True)
rate, momentum = np.float32([trial.config["learning_rate"], trial.config["momentum"]])
updates = lasagne.updates.momentum(loss, params, rate, momentum)
step = theano.function([inputs, labels], loss, updates=[*updates.items(), *norm.updates])
predict = theano.function([inputs], tt.argmax(lasagne.layers.get_output(net, deterministic=True), axis=1))
for epoch in range(trial.stop):
    for batch in batches(x, y, random):
        loss = step(*batch)
    trial.report(epoch, accuracy=np.mean(predict(x_dev) == y_dev), loss=float(loss))
