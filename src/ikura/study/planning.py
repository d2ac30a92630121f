"""What `tune` would train, without training it."""

from dataclasses import replace
from inspect import signature
from typing import TYPE_CHECKING, Any

from ikura.errors import SettingError
from ikura.report.words import beginning_in_words
from ikura.study.arguments import checked
from ikura.study.assembly import assemble_new
from ikura.study.beginning import earlier_studies
from ikura.study.code_subject import is_code
from ikura.study.prediction import Prediction
from ikura.study.tune import tune

if TYPE_CHECKING:
    from ikura.data import Source


def predict_search(data: "Source" = "digits", **named: Any) -> Prediction:
    """Return what `tune` with the same arguments would train, and for how long; the built-in network only.

    Raises:
        IkuraError: one line about a mistake in an argument, the data or the space; what `tune` would raise.
    """
    if is_code(data):
        raise SettingError(
            f"plan: {data} is training code, and how long it takes nobody knows; a plan is of data: `ikura tune` says "
            "how many epochs it plans"
        )
    asked = signature(tune).bind(data, **named)
    asked.apply_defaults()
    arguments = checked(asked.arguments)
    known = earlier_studies(arguments.prior, asked.arguments["store"])
    with assemble_new(data, arguments, known) as (assembly, settings):
        assembly.evaluator.close(done=False)
        prediction = assembly.prediction(settings, arguments.timeout)
    assert prediction is not None
    return replace(prediction, beginning=beginning_in_words(settings))
