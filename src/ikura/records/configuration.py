"""Values of hyperparameters."""

from collections.abc import Mapping
from typing import TypeAlias

Value: TypeAlias = float | int | str | bool
Config: TypeAlias = Mapping[str, Value]
"""One value for each hyperparameter that exists under its conditions."""
