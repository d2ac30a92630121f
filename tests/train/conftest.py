"""What the tests of the engine share: all that they promise holds for the kernel and for XLA's programs."""

from collections.abc import Callable, Sequence

import pytest

from ikura.train import Worker, Workload
from ikura.train.native import core_workers
from ikura.train.xla import xla_workers

MakeWorkers = Callable[[Workload], Sequence[Worker]]
WORKERS: dict[str, MakeWorkers] = {"kernel": core_workers, "xla": xla_workers}


@pytest.fixture(scope="module", params=WORKERS)
def make_workers(request: pytest.FixtureRequest) -> MakeWorkers:
    return WORKERS[request.param]
