"""Caffe 1.0, with its Python interface: a program that writes prototxt."""

from pathlib import Path

import caffe
import ikura_trial
import numpy as np
from digits import batches, load

NET = """
layer { name: "data" type: "Input" top: "data" include { phase: TRAIN }
  input_param { shape { dim: 64 dim: 64 } } }
layer { name: "data" type: "Input" top: "data" include { phase: TEST }
  input_param { shape { dim: 450 dim: 64 } } }
layer { name: "label" type: "Input" top: "label" include { phase: TRAIN } input_param { shape { dim: 64 } } }
layer { name: "label" type: "Input" top: "label" include { phase: TEST } input_param { shape { dim: 450 } } }
layer { name: "hidden" type: "InnerProduct" bottom: "data" top: "hidden"
  inner_product_param { num_output: 64 bias_term: false weight_filler { type: "msra" } } }
layer { name: "norm" type: "BatchNorm" bottom: "hidden" top: "norm"
  batch_norm_param { moving_average_fraction: 0.9 } }
layer { name: "scale" type: "Scale" bottom: "norm" top: "scale" scale_param { bias_term: true } }
layer { name: "relu" type: "ReLU" bottom: "scale" top: "scale" }
layer { name: "logits" type: "InnerProduct" bottom: "scale" top: "logits"
  inner_product_param { num_output: 10 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "logits" bottom: "label" top: "loss" }
"""

SOLVER = """
net: "{net}" type: "SGD" lr_policy: "fixed" base_lr: {learning_rate} momentum: {momentum} random_seed: {seed}
max_iter: 1000000 test_iter: 1 test_interval: 1000000 test_initialization: false snapshot_after_train: false
solver_mode: CPU
"""

trial = ikura_trial.Trial(learning_rate=0.1, momentum=0.9)
net, settings = Path(trial.folder) / "net.prototxt", Path(trial.folder) / "solver.prototxt"
net.write_text(NET)
settings.write_text(SOLVER.format(net=net, seed=trial.seed + 1, **trial.config))
x, y, x_dev, y_dev = load()
random = np.random.RandomState(trial.seed)
solver = caffe.SGDSolver(str(settings))
training, measuring = solver.net, solver.test_nets[0]
measuring.share_with(training)
for epoch in range(trial.stop):
    for inputs, labels in batches(x, y, random):
        training.blobs["data"].data[...], training.blobs["label"].data[...] = inputs, labels
        solver.step(1)
    measuring.blobs["data"].data[...] = x_dev
    measuring.forward()
    accuracy = np.mean(measuring.blobs["logits"].data.argmax(1) == y_dev)
    trial.report(epoch, accuracy=accuracy, loss=float(training.blobs["loss"].data))
