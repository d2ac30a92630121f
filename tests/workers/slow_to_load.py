"""Training code whose import takes a while."""

import time

time.sleep(0.5)


def train(trial):
    return 1.0
