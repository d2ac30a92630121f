"""Every error that Ikura raises on purpose.

IkuraError
├── SpaceError       a search space or a configuration breaks a rule
├── DataError        a data set cannot be read, or cannot be learned from
├── SettingError     an argument or an option has an unusable value
├── StudyStopped     somebody asked for the study to stop
├── StoreError       the database cannot be reached, read or written
│   ├── UnknownStore there is no database at that place
│   ├── StudyExists  the name is taken
│   └── UnknownStudy there is no study of that name
└── ModelError       a model file is damaged, or does not fit its data

KeyboardInterrupt
└── StudyInterrupted Ctrl-C stopped a study, which is stored

Each message is one line: what is wrong, the value, the rule, the remedy. The command line prints it and exits with 2.
"""


def printable(text: str) -> str:
    """Return the text in one line that moves no cursor: what cannot be printed is written as Python escapes it."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


class IkuraError(Exception):
    """A mistake that its user can mend; never a bug of Ikura's.

    Args:
        message: kept in one line: names and paths in it may hold anything.
    """

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


class SpaceError(IkuraError, ValueError):
    """A search space or a configuration breaks a rule."""


class DataError(IkuraError, ValueError):
    """A data set cannot be read, or cannot be learned from."""


class SettingError(IkuraError, ValueError):
    """An argument or an option has an unusable value."""


class StudyStopped(IkuraError):
    """Somebody asked for the study to stop; it can be resumed."""


class StudyInterrupted(KeyboardInterrupt):
    """Ctrl-C stopped a study; its message says how to go on. No IkuraError, which a program may catch to go on."""


class StoreError(IkuraError):
    """The database cannot be reached, read or written."""


class UnknownStore(StoreError):
    """There is no database at that place."""


class StudyExists(StoreError):
    """The name of the new study is taken."""


class UnknownStudy(StoreError, KeyError):
    """There is no study of that name."""

    def __str__(self) -> str:
        return str(self.args[0])


class ModelError(IkuraError, ValueError):
    """A model file is damaged, or does not fit its data."""
