"""What to say of a study that another program changed."""

from ikura.errors import StoreError


def damaged(name: str, wrong: object) -> StoreError:
    """Return the error that says what is wrong with the study."""
    return StoreError(f"study {name!r}: {wrong}; it was changed outside of Ikura: restore the database from a copy")
