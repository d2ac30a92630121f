"""Caffe2, as the wheel of PyTorch 1.8 has it, on CPython 3.8: a program."""

import ikura_trial
import numpy as np
from caffe2.python import brew, core, model_helper, optimizer, workspace
from digits import batches, load

core.GlobalInit(["caffe2", "--caffe2_log_level=2"])
trial = ikura_trial.Trial(learning_rate=0.1, momentum=0.9)
x, y, x_dev, y_dev = load()
random = np.random.RandomState(trial.seed)


def network(model, inputs, is_test):
    """Add the network to a model, and return its logits."""
    hidden = model.net.ExpandDims(brew.fc(model, inputs, "hidden", 64, 64), "image", dims=[2, 3])
    norm = brew.spatial_bn(model, hidden, "norm", 64, epsilon=1e-5, momentum=0.9, is_test=is_test)
    return brew.fc(model, brew.relu(model, model.net.Flatten(norm, "flat"), "relu"), "logits", 64, 10)


training = model_helper.ModelHelper("training", arg_scope={"order": "NCHW"})
_, loss = training.net.SoftmaxWithLoss([network(training, "inputs", False), "labels"], ["softmax", "loss"])
training.AddGradientOperators([loss])
optimizer.build_sgd(
    training, base_learning_rate=trial.config["learning_rate"], momentum=trial.config["momentum"], policy="fixed"
)
measuring = model_helper.ModelHelper("measuring", init_params=False)
network(measuring, "inputs_dev", True)
for name, values in {"inputs": x[:64], "labels": y[:64].astype("int32"), "inputs_dev": x_dev}.items():
    workspace.FeedBlob(name, values)
training.param_init_net.Proto().device_option.random_seed = trial.seed + 1
workspace.RunNetOnce(training.param_init_net)
workspace.CreateNet(training.net)
workspace.CreateNet(measuring.net)
for epoch in range(trial.stop):
    for inputs, labels in batches(x, y.astype("int32"), random):
        workspace.FeedBlob("inputs", inputs)
        workspace.FeedBlob("labels", labels)
        workspace.RunNet(training.net)
    loss = float(workspace.FetchBlob("loss"))
    workspace.RunNet(measuring.net)
    trial.report(epoch, accuracy=np.mean(workspace.FetchBlob("logits").argmax(1) == y_dev), loss=loss)
