"""Text that a user chose, made safe for plotly, which reads a subset of HTML in every label."""

import html
import unicodedata

LONGEST = 28


def label(text: object, longest: int = LONGEST) -> str:
    """Return one line of plain text: markup and entities shown as they are written, control characters left out."""
    line = " ".join(str(text).split())
    line = "".join(sign for sign in line if unicodedata.category(sign) not in {"Cc", "Cs"})
    if len(line) > longest:
        line = f"{line[: longest - 1]}…"
    return html.escape(line, quote=False)
