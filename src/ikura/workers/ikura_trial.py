"""A trial of Ikura's, in a program: copy this file beside yours. It needs Python 3.6 or newer, and nothing else.

trial = ikura_trial.Trial(learning_rate=0.1)          # by hand these hold, and IKURA_EPOCHS; Ikura gives others
for epoch in range(trial.epochs):                     # or from where what was saved in trial.folder stands
    ...
    trial.report(epoch, loss=loss, accuracy=accuracy)
    if trial.should_stop:
        break
"""

import json
import os


class Trial:
    """One configuration on its way through training.

    `config` holds the hyperparameters, `number`, `seed`, `epochs` and `folder` are the trial's own; `start` epochs were
    reported before, by an earlier run for the same trial, and this one is to train to `stop`.
    """

    def __init__(self, **config):
        """Take what Ikura says; without Ikura, these hyperparameters."""
        epochs = int(os.environ.get("IKURA_EPOCHS", 1))
        told = {"config": config, "number": 0, "seed": 0, "start": 0, "stop": epochs, "epochs": epochs, "folder": "."}
        told.update(reports=None, control=None)
        if "IKURA_CONFIG" in os.environ:
            with open(os.environ["IKURA_CONFIG"], encoding="utf-8") as file:
                told = json.load(file)
        self.config = dict(config, **told["config"])
        self.number, self.seed, self.folder = told["number"], told["seed"], told["folder"]
        self.start, self.stop, self.epochs = told["start"], told["stop"], told["epochs"]
        self._reports, self._control = told["reports"], told["control"]
        self._read = self._reported = 0
        self._told_to_stop = False

    def report(self, epoch, **metrics):
        """Tell what was measured after an epoch, which counts from 0 as `range` does."""
        line = json.dumps(dict(metrics, epoch=epoch)) + "\n"
        self._reported = epoch + 1
        if self._reports is None:
            print(line, end="")
            return
        # In one go: whoever reads meanwhile finds whole lines.
        file = os.open(self._reports, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)

    @property
    def should_stop(self):
        """Whether training is to end now."""
        self._listen()
        return self._told_to_stop or (self.epochs > 1 and self._reported >= self.stop)

    def _listen(self):
        if self._control is None:
            return
        with open(self._control, encoding="utf-8") as file:
            lines = [line for line in file if line.endswith("\n")]
        for line in lines[self._read :]:
            said = json.loads(line)
            self._told_to_stop = self._told_to_stop or bool(said.get("stop"))
            self.stop = said.get("continue", self.stop)
            self.config.update(said.get("set", {}))
        self._read = len(lines)
