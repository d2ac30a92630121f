"""`ikura tune --from STUDY --next`: search what a study proposes, as it searched itself."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from ikura.errors import SettingError
from ikura.store import open_store, read_whole

BELONGS = {
    "metric": ("direction",),
    "sampler": ("rounds",),
    "schedule": ("reduction", "min_epochs"),
    "epochs": ("min_epochs",),
}
"""What goes with another argument, and is not kept where that is another one."""


def next_arguments(
    context: typer.Context, prior: Sequence[str] | None, space: Path | None, store: str | None, given: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments of `tune`: those with which the study began, those on the command line, and its next space.

    Args:
        context: of the command, which knows what was on the command line.
        prior: the study, and no other.
        space: what is given instead, which is a mistake.
        store: where the study is.
        given: all arguments as the command line has them; without data the study's is meant.

    Raises:
        SettingError: there is not one study, or it proposes nothing.
    """
    if not prior or len(prior) > 1:
        many = f"{len(prior)} studies are given" if prior else "no study is given"
        raise SettingError(f"next: {many}; the next space is that of one study: say which, as --from STUDY")
    if space is not None:
        raise SettingError(f"space: {str(space)!r} is given, and --next as well; a search has one space: leave one out")
    with open_store(store, must_exist=True) as database:
        record, _, history = read_whole(database, prior[0])
    from ikura.study import arguments_again, next_space_of

    after = next_space_of(record, history).space
    if given["data"] is not None:
        return {**given, "space": after}
    again = arguments_again(record)
    sources = {name: context.get_parameter_source(name) for name in given}
    # The type is Click's or Typer's own, by Typer's version.
    typed = [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]
    for name in typed:
        for other in BELONGS.get(name, ()):
            again.pop(other, None)
    return {**given, **again, **{name: given[name] for name in typed}, "space": after}
