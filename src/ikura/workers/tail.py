"""What is appended to a file, line by line."""

from pathlib import Path


class Tail:
    """What is appended to a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._begin = self._place = 0
        self._rest = b""

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return self.path.stat().st_size if self.path.exists() else 0

    def skip(self, place: int) -> None:
        """Pass over so many bytes of what is there already."""
        self._begin = self._place = place
        self._rest = b""

    def empty(self) -> None:
        """Put what is there aside, in a file that is called the same and ends in `.old`."""
        if self.path.exists():
            self.path.replace(self.path.with_name(f"{self.path.name}.old"))
        self._begin, self._place, self._rest = 0, 0, b""

    def whole(self) -> str:
        """Return all that was written since the beginning, or what was passed over."""
        with self.path.open("rb") as file:
            file.seek(self._begin)
            return file.read().decode(errors="replace")

    def lines(self, *, whole: bool = False) -> list[tuple[str, bool]]:
        """Return the lines that are new, and whether they lack their end: at the end of all, `whole`, the last may."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self._place)
            new = file.read()
        self._place += len(new)
        # Progress bars end their lines otherwise.
        *lines, self._rest = (self._rest + new.replace(b"\r", b"\n")).split(b"\n")
        found = [(line.decode(errors="replace"), False) for line in lines]
        if whole and self._rest:
            found.append((self._rest.decode(errors="replace"), True))
            self._rest = b""
        return found
