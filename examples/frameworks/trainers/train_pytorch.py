"""PyTorch: a function."""

import torch
from digits import load
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def train(trial):
    """Train the network as a trial says."""
    torch.manual_seed(trial.seed)
    x, y, x_dev, y_dev = map(torch.from_numpy, load())
    loader = DataLoader(TensorDataset(x, y), batch_size=64, shuffle=True, drop_last=True)
    net = nn.Sequential(nn.Linear(64, 64, bias=False), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = torch.optim.SGD(net.parameters(), lr=trial.config["learning_rate"], momentum=trial.config["momentum"])
    for epoch in range(trial.stop):
        net.train()
        for inputs, labels in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(inputs), labels)
            loss.backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            accuracy = (net(x_dev).argmax(1) == y_dev).float().mean()
        trial.report(epoch, accuracy=accuracy.item(), loss=loss.item())
