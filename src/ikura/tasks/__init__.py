"""What is learned: losses, metrics, and the judgement of a network. The losses need JAX, and are in `losses`."""

from ikura.tasks.catalogue import TASKS, task_named, task_of
from ikura.tasks.classification import CLASSIFICATION
from ikura.tasks.ensemble import Said, mean_said, outputs_saying, select_members
from ikura.tasks.heads import LOSSES, Head, Loss, heads_of, number_loss, outputs_of
from ikura.tasks.own_code import OWN_CODE
from ikura.tasks.parts import part
from ikura.tasks.predictions import predictions_of, truths_of
from ikura.tasks.problem import PARAMETERS, ClassWeights, OwnMetric, Problem, make_problem
from ikura.tasks.protocol import Task, TestLine
from ikura.tasks.threshold import called
from ikura.tasks.worst import worst_mistakes

__all__ = [
    "CLASSIFICATION",
    "LOSSES",
    "OWN_CODE",
    "PARAMETERS",
    "TASKS",
    "ClassWeights",
    "Head",
    "Loss",
    "OwnMetric",
    "Problem",
    "Said",
    "Task",
    "TestLine",
    "called",
    "heads_of",
    "make_problem",
    "mean_said",
    "number_loss",
    "outputs_of",
    "outputs_saying",
    "part",
    "predictions_of",
    "select_members",
    "task_named",
    "task_of",
    "truths_of",
    "worst_mistakes",
]
