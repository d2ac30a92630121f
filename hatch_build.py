"""Compiles the kernel (src/ikura/train/native) when Ikura is installed.

The compiler is Clang, from the `ziglang` package: so no machine needs one of its own, and all get the same.
"""

import platform
import subprocess
import sys
import sysconfig
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = Path("src/ikura/train/native")
LIBRARY = "kernels.so"
COMPILE = [sys.executable, "-m", "ziglang", "cc"]
FLAGS = ["-O3", "-std=gnu11", "-fPIC", "-fvisibility=hidden", "-fno-math-errno", "-fno-sanitize=undefined"]
WARNINGS = ["-Wall", "-Wextra", "-Werror"]
"""Where it is tested; another processor may give others, which are no reason not to install."""
LEVELS = {"v2": "x86_64_v2", "v3": "x86_64_v3", "v4": "x86_64_v4"}
"""The levels of instructions that dispatch.c chooses among on x86-64; elsewhere there is the one that all have."""


class Kernels(BuildHookInterface):
    """Builds the shared library beside its sources, and has it packed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Build the kernel before files are gathered, for editable installations as well."""
        folder = Path(self.root) / FOLDER
        build(folder, folder / LIBRARY)
        build_data["artifacts"].append(f"/{FOLDER}/{LIBRARY}")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"


def build(folder: Path, library: Path) -> None:
    """Compiles the sources in a folder into a shared library."""
    x86 = platform.machine().lower() in ("x86_64", "amd64")
    levels = LEVELS if x86 else {"any": "baseline"}
    commands = [
        ("training.c", f"training-{level}.o", [f"-mcpu={cpu}", "-mprefer-vector-width=512", f"-DNAMED(f)=f##_{level}"])
        for level, cpu in levels.items()
    ]
    commands.append(("dispatch.c", "dispatch.o", ["-mcpu=x86_64_v2"] if x86 else []))
    with tempfile.TemporaryDirectory() as objects:

        def compiled(command: tuple[str, str, list[str]]) -> str:
            source, made, flags = command
            path = str(Path(objects) / made)
            _run([*COMPILE, *FLAGS, *(WARNINGS if x86 else []), *flags, "-c", str(folder / source), "-o", path])
            return path

        with ThreadPoolExecutor() as pool:
            paths = list(pool.map(compiled, commands))
        unfinished = library.with_suffix(".unfinished")
        _run([*COMPILE, "-shared", *paths, "-o", str(unfinished)])
        unfinished.replace(library)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(
            f"{' '.join(command)}\n{done.stderr}\nIkura's kernel could not be compiled, for the reason above. The "
            "compiler needs a folder that it can write: HOME/.cache/zig, or what ZIG_GLOBAL_CACHE_DIR names."
        )
