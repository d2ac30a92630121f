"""CNTK 2.7, on CPython 3.6: a program."""

import cntk as C  # noqa: N812
import ikura_trial
import numpy as np
from digits import batches, load

trial = ikura_trial.Trial(learning_rate=0.1, momentum=0.9)
C.cntk_py.set_fixed_random_seed(trial.seed + 1)
C.device.try_set_default_device(C.device.cpu())
x, y, x_dev, y_dev = load()
y = np.eye(10, dtype="float32")[y]
random = np.random.RandomState(trial.seed)
inputs, labels = C.input_variable(64), C.input_variable(10)
layers = C.layers
hidden = layers.Dense(64, activation=None, bias=False, init=C.he_normal())
norm = layers.BatchNormalization(map_rank=1)
net = layers.Sequential([hidden, norm, C.relu, layers.Dense(10, activation=None)])(inputs)
loss = C.cross_entropy_with_softmax(net, labels)
rate = C.learning_parameter_schedule(trial.config["learning_rate"], minibatch_size=64)
momentum = C.momentum_schedule(trial.config["momentum"], minibatch_size=64)
# Momentum as all others understand it: with unit_gain the gradient would be weighed by 1 - momentum.
learner = C.momentum_sgd(net.parameters, rate, momentum, unit_gain=False)
trainer = C.Trainer(net, (loss, C.classification_error(net, labels)), [learner])
for epoch in range(trial.stop):
    for some, theirs in batches(x, y, random):
        trainer.train_minibatch({inputs: some, labels: theirs})
    accuracy = np.mean(net.eval({inputs: x_dev}).argmax(1) == y_dev)
    trial.report(epoch, accuracy=accuracy, loss=float(trainer.previous_minibatch_loss_average))
