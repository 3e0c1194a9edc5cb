"""One web process and one helper process for all tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import modes
from tests.live.hand import Hand
from tests.live.server import Web, prepare


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A running web process on a database of its own."""
    folder = tmp_path_factory.mktemp("live") / "data"
    with modes.database() as name:
        own = modes.clean_environment() | modes.mode_environment(folder, name)
        server = Web(prepare(own))
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="module")
def hand(web: Web) -> Iterator[Hand]:
    """A process that writes rows into the web process's database."""
    helper = Hand(web.environment)
    yield helper
    helper.close()
