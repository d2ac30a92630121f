"""Bad input by the hundred: either a result or one line, never another exception, a hang, or memory without bounds.

`IKURA_FUZZ=10000 python -m pytest tests/fuzz` tries so many inputs a test.
"""

import copy
import os
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from ikura.errors import IkuraError
from tests.processes import PATIENCE

settings.register_profile(
    "fuzz",
    max_examples=int(os.environ.get("IKURA_FUZZ", "40")),
    deadline=timedelta(seconds=PATIENCE),
    suppress_health_check=list(HealthCheck),
    # Making a bad input as small as can be takes minutes; what it is made of can be read as it is.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    derandomize="IKURA_FUZZ" not in os.environ,
    database=None,
)

MOST = 48 * 2**20
"""Bytes that reading a file of some kilobytes may take, the first time with the modules that it imports."""


@pytest.fixture(scope="session")
def attempt() -> Callable[[Callable[[], Any]], Any]:
    """Calls, and returns what came of it: a result, or None for a mistake that was told in one line."""

    def call(function: Callable[[], Any]) -> Any:
        tracemalloc.start(1)
        try:
            return function()
        except IkuraError as error:
            mistake = str(error)
        finally:
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert most < MOST
        assert mistake.strip()
        assert mistake.isprintable()
        return None

    return call


@pytest.fixture(scope="session")
def mutations() -> Callable[[bytes], st.SearchStrategy[bytes]]:
    """Strategies for a file with a few places changed."""

    def mutated(whole: bytes) -> st.SearchStrategy[bytes]:
        place = st.integers(0, len(whole))
        edit = st.one_of(
            st.tuples(place, st.integers(0, 8), st.binary(max_size=8)),
            st.tuples(
                place, st.just(1), st.sampled_from([b"\x00", b"\xff", b"\n", b'"', b"9" * 5000, b"-", b"[" * 3000])
            ),
            st.tuples(place, st.just(len(whole)), st.just(b"")),
        )

        def apply(edits: list[tuple[int, int, bytes]]) -> bytes:
            content = whole
            for start, length, inserted in edits:
                content = content[:start] + inserted + content[start + length :]
            return content

        return st.lists(edit, min_size=1, max_size=4).map(apply)

    return mutated


@pytest.fixture(scope="session")
def places() -> Callable[..., Iterator[tuple[Any, ...]]]:
    """Every place in a document of JSON, as the keys that lead there."""

    def every(values: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        yield path
        if isinstance(values, dict | list):
            for key in values if isinstance(values, dict) else range(len(values)):
                yield from every(values[key], (*path, key))

    return every


@pytest.fixture(scope="session")
def put() -> Callable[[Any, tuple[Any, ...], Any], Any]:
    """The document with another value at a place; with `...`, without what is there."""

    def changed(values: Any, path: tuple[Any, ...], value: Any) -> Any:
        if not path:
            return value
        copied = copy.deepcopy(values)
        inside = copied
        for key in path[:-1]:
            inside = inside[key]
        if value is ...:
            del inside[path[-1]]
        else:
            inside[path[-1]] = value
        return copied

    return changed
