"""The commands of `ikura`."""

from typing import Annotated

import typer

from ikura.cli.checking import check_program, helper
from ikura.cli.exporting import export
from ikura.cli.layout import show, stderr_console, unbroken
from ikura.cli.planning import plan
from ikura.cli.predicting import predict
from ikura.cli.spaces import space
from ikura.cli.studies import delete, import_study, list_studies, report, show_study, stop
from ikura.cli.tuning import resume, tune
from ikura.cli.wording import plain

app = typer.Typer(
    name="ikura", add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"ikura {version('ikura')}")
        raise typer.Exit


@app.callback()
def ikura(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Tune deep networks by training the whole population of candidates in compiled code."""


app.command()(tune)
app.command()(plan)
app.command()(space)
app.command()(resume)
app.command()(stop)
app.command("list")(list_studies)
app.command("show")(show_study)
app.command()(report)
app.command()(export)
app.command("import")(import_study)
app.command()(delete)
app.command()(predict)
app.command("check-program")(check_program)
app.command()(helper)


def complain(error: Exception) -> None:
    """Say in one line what the user can mend."""
    show(stderr_console(), [unbroken(f"ikura: {plain(error)}")])
