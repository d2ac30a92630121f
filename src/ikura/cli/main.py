"""Where the command `ikura` begins: what it imports itself, nobody can interrupt quietly."""

import signal
import sys

from ikura.cli.stops import Stopped, end_with_status, leave_on_stop
from ikura.cli.streams import Unprintable, give_up_stdout, open_streams
from ikura.errors import IkuraError

UNPRINTED = 1
"""The status of a command that did what it should, and could not print what there is to say of it."""


def run() -> None:
    """Run the command line; a user's mistake ends in one line and status 2."""
    end_with_status()
    leave_on_stop()
    open_streams()
    from ikura.cli.app import app, complain

    try:
        app()
    except IkuraError as error:
        complain(error)
        sys.exit(2)
    except Unprintable as error:
        give_up_stdout()
        if error.nobody_reads:
            sys.exit(Stopped(signal.SIGPIPE).exit_code)
        complain(error)
        sys.exit(UNPRINTED)
    except Stopped as stopped:
        sys.exit(stopped.exit_code)
