"""The lines of UTF-8 text that comes some bytes at a time."""

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from ikura.errors import DataError

LONGEST_LINE = 2**24

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def text_lines(blocks: Iterable[bytes | memoryview], path: Path) -> Iterator[str]:
    """Yield the lines with their ends, without the mark that editors on Windows write before the first.

    Raises:
        DataError: it is not UTF-8 text, or a line is longer than any row.
    """
    line, pending = 1, ""
    for text in _decoded(blocks, path):
        pending += text
        # A carriage return at the end may be half of a line's end.
        end = max(pending.rfind("\n"), pending.rfind("\r", 0, -1)) + 1 if text else len(pending)
        for found in _LINE.finditer(pending[:end]):
            line += 1
            yield found[0]
        pending = pending[end:]
        if len(pending) > LONGEST_LINE:
            raise DataError(f"{path}: line {line} has more than {LONGEST_LINE:,} signs; a row must be a line: mend it")


def _decoded(blocks: Iterable[bytes | memoryview], path: Path) -> Iterator[str]:
    """Yield the text, and an empty one at its end."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    line = 1
    for block in chain(blocks, [b""]):
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            line += error.object.count(b"\n", 0, error.start)
            raise DataError(
                f"{path}: byte {error.object[error.start]:#04x} in line {line} is not UTF-8; a table must be UTF-8 "
                "text: save it again as UTF-8"
            ) from None
        if "\0" in text:
            line += text.count("\n", 0, text.index("\0"))
            raise DataError(
                f"{path}: there is a zero byte in line {line}, so that this is no text; a table must be UTF-8 text: "
                "export it as CSV"
            )
        line += text.count("\n")
        if text or not block:  # the first bytes may be but a part of a sign
            yield text
