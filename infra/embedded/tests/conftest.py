"""Roots for real servers, always taken down and deleted again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.embedded import stack


@pytest.fixture(scope="session")
def make_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Path]]:
    """Gives a new folder for services. Below pytest's 0700 folder: as root the data goes to the shelf."""
    made: list[Path] = []

    def make(name: str) -> Path:
        made.append(tmp_path_factory.mktemp(name) / "services")
        return made[-1]

    yield make
    for root in made:
        stack.destroy(root)


@pytest.fixture(scope="session")
def running_root(make_root: Callable[[str], Path]) -> Path:
    """One set of services for every test that leaves it running."""
    root = make_root("shared")
    stack.start(root, durable=False, environ={})
    return root
