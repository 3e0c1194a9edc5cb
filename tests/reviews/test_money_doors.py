"""Who may set caps, and what an instruction may say of model, effort and cap, at every door."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from agents import policy
from reviews.errors import NotAllowed, NotThere, Refused
from reviews.models import AuditEntry, Change, Installation, Repository
from reviews.services import caps, instruct, options, people
from reviews.states import ChangeStatus, Role
from tests import factories as f

pytestmark = pytest.mark.django_db(transaction=True)
S = ChangeStatus
CLAUDE = "anthropic_api"
USD = Decimal


@pytest.fixture
def store() -> Repository:
    return f.repository("store")


# --- who sets caps --------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.READER, Role.AUTHOR, Role.REVIEWER])
def test_only_maintainers_set_a_repositorys_caps(store: Repository, role: Role) -> None:
    with pytest.raises(NotAllowed):
        caps.set_repository_caps(f.actor(f.member(store, role)), store, "1", "2")
    with pytest.raises(NotThere):
        caps.set_repository_caps(f.actor(f.person()), store, "1", "2")


def test_caps_are_kept_audited_and_taken_away_again(store: Repository) -> None:
    keeper = f.actor(f.member(store, Role.MAINTAINER))
    caps.set_repository_caps(keeper, store, "2.50", "$100")
    store.refresh_from_db()
    assert (store.cap_run, store.cap_day) == (USD("2.50"), USD(100))
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.data) == ("set_caps", {"run": "2.50", "day": "100.00"})
    caps.set_repository_caps(keeper, store, "", " ")
    store.refresh_from_db()
    assert (store.cap_run, store.cap_day) == (None, None)


@pytest.mark.parametrize(
    "given",
    ["0", "-1", "abc", "NaN", "Infinity", "1.005", "1e9", "1,5", "５", "2.５0", "1_0", "+5", "٣"],
)
def test_an_amount_that_is_none_is_refused_with_a_sentence(store: Repository, given: str) -> None:
    keeper = f.actor(f.member(store, Role.MAINTAINER))
    with pytest.raises(Refused, match=r"dollars and cents between 0\.01"):
        caps.set_repository_caps(keeper, store, given, "")


def test_the_repositorys_page_keeps_caps_and_says_what_is_wrong(
    store: Repository, client: Client
) -> None:
    client.force_login(f.member(store, Role.MAINTAINER))
    answer = client.post("/repositories/store/caps/", {"cap_run": "2", "cap_day": "lots"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "The cap of a day must be dollars" in page
    assert 'value="lots"' in page
    client.post("/repositories/store/caps/", {"cap_run": "2", "cap_day": "20"})
    store.refresh_from_db()
    assert (store.cap_run, store.cap_day) == (USD(2), USD(20))


def test_the_money_page_lets_administrators_cap_the_day(client: Client) -> None:
    client.force_login(f.administrator())
    assert client.post("/money/cap/", {"cap_day": "x"}).status_code == 422
    assert client.post("/money/cap/", {"cap_day": "50"}).status_code == 302
    assert Installation.objects.get(pk=1).cap_day == 50
    assert "of $50.00" in client.get("/money/").content.decode()


# --- what an instruction may say --------------------------------------------------------------------


def test_an_instruction_names_model_effort_and_cap_at_every_door(
    store: Repository, client: Client
) -> None:
    author = f.member(store, Role.AUTHOR)
    told = {"model": "claude-sonnet-5", "effort": "high", "cap_usd": "2.5"}
    given = {"repository": "store", "instruction": "Do it", "runner": CLAUDE, **told}
    token = people.create_token(author)
    answer = client.post(
        "/api/v1/changes", {**given, "cap_usd": 2.5}, content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert answer.status_code == 201, answer.content
    kept = {"model": "claude-sonnet-5", "effort": "high", "cap_usd": "2.50"}
    assert Change.objects.get().options == kept


@pytest.mark.parametrize(
    ("runner", "options", "sentence"),
    [
        (CLAUDE, {"effort": "huge"}, "effort is one of low"),
        (CLAUDE, {"model": "--rm -rf"}, "model's name has letters"),
        (CLAUDE, {"cap_usd": "0"}, "cap must be dollars"),
        ("scripted", {"model": "claude-opus-5-5"}, "scripted takes no model"),
        ("tool", {"cap_usd": "1"}, "tool takes no cap. What it costs is neither"),
        ("tool", {"effort": "low"}, "tool takes no effort"),
    ],
)
def test_what_a_runner_does_not_take_is_refused(
    runner: str, options: dict[str, Any], sentence: str
) -> None:
    policy = {"runners": [{"name": "tool", "argv": ["tool"]}]}
    made = f.repository(policy=policy)
    actor = f.actor(f.member(made, Role.AUTHOR))
    with pytest.raises(Refused, match=sentence.replace(".", r"\.")):
        instruct.open_change(actor, made, "Do it", runner=runner, **options)
    assert not Change.objects.exists()


@pytest.mark.parametrize(
    ("runner", "model", "is_taken"),
    [
        ("aider", "anthropic/claude-sonnet-5-5", True), ("aider", "anthropic/claude-of-tomorrow", False),
        ("aider", "", False), ("dear", "", True), ("dear", "openai/gpt-9", False),
        ("opencode", "openai/gpt-9", True), ("codex", "claude-opus-5-5", False),
    ],
)  # fmt: skip
def test_a_cap_is_taken_where_the_cost_is_told_or_seen(
    runner: str, model: str, is_taken: bool
) -> None:
    found = policy.parse(
        b"[runners.aider]\n[runners.opencode]\n[runners.codex]\n"
        b"[runners.dear]\npreset = 'aider'\nmodel = 'anthropic/claude-opus-5-5'"
    )
    assert options.taken_by(runner, found, model).cap is is_taken


def test_the_new_page_says_what_each_runner_takes(client: Client, settings: Any) -> None:
    settings.HONK_AGENT_KEY = "a-key-for-a-test"
    made = f.repository("mixed", policy={"runners": [{"name": "tool", "argv": ["tool"]}]})
    client.force_login(f.member(made, Role.AUTHOR))
    page = client.get("/new/").content.decode()
    assert 'value="anthropic_api" data-repository="mixed" data-takes="model effort cap"' in page
    assert 'value="tool" data-repository="mixed" data-takes=""' in page
