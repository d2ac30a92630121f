"""Checks of a search as evidence and verdict, the question it was to answer, and the space to search next."""

from ikura.report.checks.check import Check, Verdict
from ikura.report.checks.judging import checks
from ikura.report.checks.next_space import NextSpace, next_space
from ikura.report.checks.question import Answer, Question, best_of_each, questions

__all__ = [
    "Answer",
    "Check",
    "NextSpace",
    "Question",
    "Verdict",
    "best_of_each",
    "checks",
    "next_space",
    "questions",
]
