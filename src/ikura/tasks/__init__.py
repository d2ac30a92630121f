"""What is learned: targets, losses, metrics, and the judgement of a network."""

from ikura.tasks.catalogue import task_named
from ikura.tasks.classification import CLASSIFICATION
from ikura.tasks.own_code import OWN_CODE
from ikura.tasks.protocol import Task

__all__ = ["CLASSIFICATION", "OWN_CODE", "Task", "task_named"]
