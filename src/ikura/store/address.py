"""The address of a database, as it may be shown."""

import re


def without_password(address: str) -> str:
    """Return the address as it may be shown."""
    address = re.sub(r"(?<=://)([^:/?@]*):.*@", r"\1@", address)
    return re.sub(r"([?&])password=[^&]*&?", r"\1", address).rstrip("?&")
