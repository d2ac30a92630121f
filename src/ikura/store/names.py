"""What may be the name of a study, and what to say of a name that is not there."""

from collections.abc import Sequence

from ikura.errors import SettingError, UnknownStudy
from ikura.wording import suggestion

LONGEST_NAME = 100


def check_name(name: str) -> None:
    """Raise SettingError unless the name can be printed, typed and kept."""
    if not name.strip():
        raise SettingError(f"name: {name!r} is empty; a study needs a name: give --name, or leave it out")
    if len(name) > LONGEST_NAME:
        raise SettingError(
            f"name: {name[:20]!r}... has {len(name)} characters; at most {LONGEST_NAME} are kept: shorten it"
        )
    if any("\ud800" <= sign <= "\udfff" for sign in name):
        raise SettingError(
            f"name: {name!r} is not text in the encoding of this locale; only text is kept: choose a locale of UTF-8, "
            "such as LANG=C.UTF-8, or another name"
        )
    if not name.isprintable() or name != name.strip():
        raise SettingError(
            f"name: {name!r} has a control character, or a space at an end; only printable characters are kept: "
            "take it out"
        )


def unknown_study(name: str, names: Sequence[str], url: str) -> UnknownStudy:
    """Make the error that says which names are close."""
    if not names:
        return UnknownStudy(f"study: there is no {name!r} in {url}, which holds no studies yet: check --store")
    hint = suggestion(name, names, most=3) or "`ikura list` shows the names there are"
    return UnknownStudy(f"study: there is no {name!r} in {url}; {hint}")
