"""PaddlePaddle: a function."""

import numpy as np
import paddle
from digits import load
from paddle import nn
from paddle.io import DataLoader, TensorDataset


def train(trial):
    """Train the network as a trial says."""
    paddle.seed(trial.seed)
    np.random.seed(trial.seed)  # from which the loader draws its order
    x, y, x_dev, y_dev = map(paddle.to_tensor, load())
    loader = DataLoader(TensorDataset([x, y]), batch_size=64, shuffle=True, drop_last=True)
    # Its momentum of batch norm weighs the old average: 0.9 is 0.1 in PyTorch.
    norm = nn.BatchNorm1D(64, momentum=0.9)
    net = nn.Sequential(nn.Linear(64, 64, bias_attr=False), norm, nn.ReLU(), nn.Linear(64, 10))
    rate, momentum = trial.config["learning_rate"], trial.config["momentum"]
    optimizer = paddle.optimizer.Momentum(rate, momentum, parameters=net.parameters())
    for epoch in range(trial.stop):
        net.train()
        for inputs, labels in loader:
            loss = nn.functional.cross_entropy(net(inputs), labels)
            loss.backward()
            optimizer.step()
            optimizer.clear_grad()
        net.eval()
        with paddle.no_grad():
            accuracy = (net(x_dev).argmax(1) == y_dev).astype("float32").mean()
        trial.report(epoch, accuracy=accuracy.item(), loss=loss.item())
