"""The real Claude Code through the running program: worker, sandbox, verifiers, pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.agents.claude_runs import KEY, edit, numbered, read
from tests.doubles.messages_api import MessagesApi, Turn
from tests.e2e.house import House

POLICY = """[[verifiers]]
name = "sum"
argv = ["python3", "-c", "import sums; assert sums.add(2, 3) == 5"]
"""
CAUTION = "never run against the live service"


@pytest.mark.claude_code
@pytest.mark.timeout(300)
def test_an_instruction_becomes_a_merged_change_and_pages_say_what_is_not_known(
    own_house: Callable[..., House],
) -> None:
    turns = [read("sums.py"), edit("sums.py", "a - b", "a + b"), Turn.text("Mended.")]
    with MessagesApi(numbered(turns)) as service:
        house = own_house(ANTHROPIC_API_KEY=KEY, ANTHROPIC_BASE_URL=service.url).start()
        name, origin = house.origin(
            {"sums.py": "def add(a, b):\n    return a - b\n"}, policy=POLICY
        )
        number = house.admin.open(name, "Mend add.", runner="claude_code")
        change = house.admin.until(number, "awaiting_review", seconds=120)
        run = house.admin.run(change)
        assert f"Claude Code: {CAUTION}" in house.page.client.get("/new/").text
        assert CAUTION in house.page.client.get(f"/runs/{run['id']}/").text
        log = str(house.admin.log(run["id"]))
        assert "Mending it." in log
        assert KEY not in log
        house.admin.merged(change)
        assert "a + b" in origin.show("sums.py")
