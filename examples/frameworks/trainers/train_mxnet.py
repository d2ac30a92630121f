"""MXNet 1.9, with Gluon: a program."""

import ikura_trial
import numpy as np

np.bool = bool  # which MXNet reads, and NumPy has no more

import mxnet as mx  # noqa: E402
from digits import load  # noqa: E402
from mxnet import autograd, gluon, nd  # noqa: E402

trial = ikura_trial.Trial(learning_rate=0.1, momentum=0.9)
mx.random.seed(trial.seed)
np.random.seed(trial.seed)  # from which the loader draws its order
x, y, x_dev, y_dev = load()
data = gluon.data.ArrayDataset(x, y.astype("float32"))
loader = gluon.data.DataLoader(data, batch_size=64, shuffle=True, last_batch="discard")
net = gluon.nn.HybridSequential()
net.add(gluon.nn.Dense(64, use_bias=False), gluon.nn.BatchNorm(), gluon.nn.Activation("relu"), gluon.nn.Dense(10))
net.initialize(mx.init.Xavier())
net.hybridize()
settings = {"learning_rate": trial.config["learning_rate"], "momentum": trial.config["momentum"]}
trainer = gluon.Trainer(net.collect_params(), "sgd", settings)
loss_of = gluon.loss.SoftmaxCrossEntropyLoss()
for epoch in range(trial.stop):
    for inputs, labels in loader:
        with autograd.record():
            loss = loss_of(net(inputs), labels)
        loss.backward()
        trainer.step(64)
    accuracy = np.mean(net(nd.array(x_dev)).asnumpy().argmax(1) == y_dev)
    trial.report(epoch, accuracy=accuracy, loss=float(loss.mean().asscalar()))
