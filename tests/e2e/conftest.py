"""Fixtures of whole installations; one is shared by a worker's tests, some have their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import modes
from tests.e2e.house import House


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The shared installation: running, with an administrator."""
    with modes.database() as name:
        made = House(tmp_path_factory.mktemp("house"), name).set_up().start()
        try:
            yield made
        finally:
            made.end()


@pytest.fixture
def own_house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Make installations that a test may break: `own_house(HONK_AGENTS="1")`, not started yet."""
    with ExitStack() as stack:

        def make(**settings: str) -> House:
            name = stack.enter_context(modes.database())
            made = House(tmp_path / "house", name, settings).set_up()
            stack.callback(made.end)
            return made

        yield make
