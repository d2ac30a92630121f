"""What all tests share."""

import jax
import pytest

from ikura.train import devices

# Before any test starts JAX: the promises are about one device and several.
jax.config.update("jax_num_cpu_devices", 2)
devices()


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory, monkeypatch):
    """Keeps studies out of the home of whoever runs the tests."""
    monkeypatch.setenv("IKURA_HOME", str(tmp_path_factory.mktemp("home")))
