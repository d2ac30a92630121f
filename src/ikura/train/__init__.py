"""The engine: trains populations of networks as compiled programs."""

from ikura.train.devices import devices
from ikura.train.engine import Engine
from ikura.train.rows import Candidate, Trained

__all__ = ["Candidate", "Engine", "Trained", "devices"]
