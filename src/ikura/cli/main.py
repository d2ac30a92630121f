"""Where the command `ikura` begins: what it imports itself, nobody can interrupt quietly."""

import sys

from ikura.cli.stops import Stopped, leave_on_stop
from ikura.errors import IkuraError


def run() -> None:
    """Run the command line; a user's mistake ends in one line and status 2."""
    leave_on_stop()
    from ikura.cli.app import app, complain

    try:
        app()
    except IkuraError as error:
        complain(error)
        sys.exit(2)
    except Stopped as stopped:
        sys.exit(stopped.exit_code)
