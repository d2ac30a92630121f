"""Bad input by the hundred: either a result or one line, never another exception, a hang, or memory without bounds.

`IKURA_FUZZ=10000 python -m pytest tests/fuzz` tries so many inputs a test.
"""

import os
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from ikura.errors import IkuraError

settings.register_profile(
    "fuzz",
    max_examples=int(os.environ.get("IKURA_FUZZ", "40")),
    deadline=timedelta(seconds=20),
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
