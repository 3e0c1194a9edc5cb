"""What everybody is to be answered at every route and socket, in the order of `cast.WHO`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reviews.models import Message, Run
from reviews.services import people
from reviews.states import ChangeStatus
from tests import factories as f
from tests.cast import Cast

SIGN_IN = "in"  # sent to the sign-in page
APPROVE = {"verdict": "approve", "round": 1, "head": f.HEAD}
# in the order of WHO: anonymous outsider reader author reviewer maintainer administrator
ALL = "in 200 200 200 200 200 200"
MEMBERS = "in 404 200 200 200 200 200"
NEVER = "in 405 405 405 405 405 405"
BOSS = "in 403 403 403 403 403 302"
DONE = "in 404 204 204 204 204 204"
REVIEWERS = "in 404 403 403 302 302 302"
API_MEMBERS = "401 404 200 200 200 200 200"
API_NEVER = "405 405 405 405 405 405 405"

Body = dict[str, Any] | Callable[[Cast, str], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Row:
    """What a route answers. at: its path with real numbers; set_up: what a POST needs first.

    get, post: answers in the order of WHO: a status code, or `in` for the way to sign in.
    """

    get: str
    post: str = NEVER
    at: str | Callable[[Cast, str], str] = ""
    body: Body | None = None
    set_up: Callable[[Cast], None] | None = None
    takes: tuple[str, ...] = ()  # methods besides that it answers, tested where they belong


def failed_merge(cast: Cast) -> None:
    cast.set_status(ChangeStatus.FAILED, failed_stage="merging")


def running(cast: Cast) -> None:
    cast.set_status(ChangeStatus.RUNNING)


def at_work(cast: Cast) -> None:
    """The author's change with an agent at work on it."""
    running(cast)
    Run.objects.filter(pk=cast.run.pk).update(status="running", worker="somebody")


def paused(cast: Cast) -> None:
    """The author's change with an agent that stands still."""
    cast.set_status(ChangeStatus.NEEDS_INPUT)
    parked = {"status": "waiting", "worker": "", "waits_for": "pause", "resume": {}}
    Run.objects.filter(pk=cast.run.pk).update(**parked)


def judged(cast: Cast) -> None:
    """The author's change, passed by an advisory judge."""
    round_ = cast.change.rounds.get()
    round_.policy = {"judge": {"mode": "advisory"}}
    round_.save(update_fields=["policy"])
    f.run(round_, kind="judge", name="judge", commit=round_.head, options=round_.policy["judge"])


def suggested(cast: Cast) -> None:
    """What the thread's comment says as a suggestion."""
    cast.thread.comments.update(suggestion="drei")


def cancelled(cast: Cast) -> None:
    cast.set_status(ChangeStatus.CANCELLED)


def on_change(rest: str = "") -> Callable[[Cast, str], str]:
    return lambda cast, _who: f"/changes/{cast.change.pk}/{rest}"


def on_api_change(rest: str = "") -> Callable[[Cast, str], str]:
    return lambda cast, _who: f"/api/v1/changes/{cast.change.pk}{rest}"


def on_run(rest: str = "") -> Callable[[Cast, str], str]:
    return lambda cast, _who: f"/runs/{cast.run.pk}/{rest}"


def on_reader(rest: str) -> Callable[[Cast, str], str]:
    return lambda cast, _who: f"/people/{cast.people['reader'].pk}/{rest}/"  # type: ignore[union-attr]


def own_draft(cast: Cast, who: str) -> str:
    draft = cast.draft(who if cast.people[who] else "reviewer")
    return f"/changes/{cast.change.pk}/comments/{draft.pk}/discard/"


def own_message(rest: str, before: str = "/changes") -> Callable[[Cast, str], str]:
    """A message of the asker's that waits for the agent; the reviewer's for strangers."""

    def at(cast: Cast, who: str) -> str:
        author = cast.people[who] or cast.people["reviewer"]
        said = Message.objects.create(change=cast.change, author=author, text="Go on")
        return f"{before}/{cast.change.pk}/messages/{said.pk}{rest}"

    return at


def fresh_link(cast: Cast, _who: str) -> str:
    return "/" + people.sign_in_link(cast.people["reader"] or "").split("/", 3)[3]


ROUND = "rounds/<int:round_number>"
NUMBER = "changes/<int:number>"
OWN = "in 200 200 200 200 200 200"  # pages of one's own account
ON = "in 302 302 302 302 302 302"
KEY = "/accounts/2fa/webauthn/keys/1"
# 302: to prove who one is once more, or to what has to be set up before
NO_KEY = "in 404 404 404 404 404 404"

PAGES: dict[str, Row] = {
    "healthz": Row("200 200 200 200 200 200 200", API_NEVER),
    "readyz": Row("503 503 503 503 503 503 503", API_NEVER),
    "static/<path:path>": Row(
        "302 302 302 302 302 302 302", API_NEVER, at="/static/css/base.css", takes=("HEAD",)
    ),
    "": Row(ALL),
    "new/": Row(
        ALL, "in 422 422 302 302 302 302", body={"repository": "store", "instruction": "Do it"}
    ),
    f"{NUMBER}/": Row(MEMBERS, at=on_change()),
    f"{NUMBER}/verdict/": Row(NEVER, REVIEWERS, on_change("verdict/"), APPROVE),
    f"{NUMBER}/guard/": Row(NEVER, REVIEWERS, on_change("guard/"), {"round": 1}),
    f"{NUMBER}/judge/": Row(NEVER, REVIEWERS, on_change("judge/"), {"round": 1}, judged),
    f"{NUMBER}/messages/": Row(
        NEVER, "in 404 403 302 302 302 302", on_change("messages/"), {"message": "Go on"}, running
    ),
    f"{NUMBER}/messages/<int:message_id>/edit/": Row(
        NEVER, "in 404 403 302 302 302 302", own_message("/edit/"), {"text": "Wait"}, running
    ),
    f"{NUMBER}/messages/<int:message_id>/cancel/": Row(
        NEVER, "in 404 403 302 302 302 302", own_message("/cancel/"), set_up=running
    ),
    f"{NUMBER}/pause/": Row(
        NEVER, "in 404 403 302 302 302 302", on_change("pause/"), set_up=at_work
    ),
    f"{NUMBER}/stop/": Row(NEVER, "in 404 403 302 302 302 302", on_change("stop/"), set_up=at_work),
    f"{NUMBER}/go-on/": Row(
        NEVER, "in 404 403 302 302 302 302", on_change("go-on/"), set_up=paused
    ),
    f"{NUMBER}/cancel/": Row(NEVER, "in 404 403 302 403 302 302", on_change("cancel/")),
    f"{NUMBER}/retry/": Row(
        NEVER, "in 404 403 302 302 302 302", on_change("retry/"), set_up=cancelled
    ),
    f"{NUMBER}/give-up/": Row(
        NEVER, "in 404 403 403 403 302 302", on_change("give-up/"), set_up=failed_merge
    ),
    f"{NUMBER}/comments/": Row(
        NEVER,
        "in 404 403 403 200 200 200",
        on_change("comments/"),
        {"round": 1, "file": 0, "line": 1, "body": "Why?"},
    ),
    f"{NUMBER}/publish/": Row(NEVER, REVIEWERS, on_change("publish/")),
    f"{NUMBER}/comments/<int:comment_id>/discard/": Row(NEVER, REVIEWERS, own_draft),
    f"{NUMBER}/threads/<int:thread_id>/resolve/": Row(
        NEVER, REVIEWERS, lambda c, _w: f"/changes/{c.change.pk}/threads/{c.thread.pk}/resolve/"
    ),
    f"{NUMBER}/threads/<int:thread_id>/apply/": Row(
        NEVER,
        "in 404 403 302 302 302 302",
        lambda c, _w: f"/changes/{c.change.pk}/threads/{c.thread.pk}/apply/",
        lambda c, _w: {"comment": c.thread.comments.get().pk, "head": f.HEAD},
        suggested,
    ),
    f"{NUMBER}/{ROUND}/viewed/": Row(
        NEVER, DONE, on_change("rounds/1/viewed/"), {"file": 0, "on": "1"}
    ),
    f"{NUMBER}/{ROUND}/looks/": Row(
        NEVER, DONE, on_change("rounds/1/looks/"), {"looks": "[[0, 500]]"}
    ),
    f"{NUMBER}/{ROUND}/": Row(MEMBERS, at=on_change("rounds/1/")),
    f"{NUMBER}/{ROUND}/find/": Row(MEMBERS, at=on_change("rounds/1/find/?q=zwei")),
    f"{NUMBER}/{ROUND}/files/<int:index>/": Row(MEMBERS, at=on_change("rounds/1/files/0/")),
    f"{NUMBER}/{ROUND}/files/<int:index>/lines/": Row(
        MEMBERS, at=on_change("rounds/1/files/0/lines/?from=1&to=2")
    ),
    f"{NUMBER}/{ROUND}/files/<int:index>/sides/<str:side>": Row(
        MEMBERS, at=on_change("rounds/1/files/0/sides/new?download=1")
    ),
    f"{NUMBER}/rounds/<int:earlier>..<int:later>/": Row(
        MEMBERS, at=on_change("rounds/1..2/"), set_up=Cast.second_round
    ),
    f"{NUMBER}/rounds/compare/": Row(
        "in 404 302 302 302 302 302", at=on_change("rounds/compare/?from=2&to=1")
    ),
    f"{NUMBER}/rounds/<int:earlier>..<int:later>/files/<int:index>/": Row(
        MEMBERS, at=on_change("rounds/1..2/files/0/"), set_up=Cast.second_round
    ),
    f"{NUMBER}/rounds/<int:earlier>..<int:later>/files/<int:index>/lines/": Row(
        MEMBERS, at=on_change("rounds/1..2/files/0/lines/?from=1&to=2"), set_up=Cast.second_round
    ),
    f"{NUMBER}/rounds/<int:earlier>..<int:later>/looks/": Row(
        NEVER,
        "in 404 200 200 200 200 200",
        on_change("rounds/1..2/looks/"),
        {"looks": "[[0, 500]]"},
        Cast.second_round,
    ),
    "runs/<int:run_id>/": Row(MEMBERS, at=on_run()),
    "runs/<int:run_id>/events/": Row(MEMBERS, at=on_run("events/")),
    "runs/<int:run_id>/output/": Row(MEMBERS, at=on_run("output/")),
    "incident/": Row("in 403 403 403 403 403 200"),
    "incident/pause/": Row(NEVER, BOSS, body={"reason": "Looking"}),
    "incident/resume/": Row(NEVER, BOSS),
    "money/": Row(ALL),
    "money/cap/": Row(NEVER, BOSS, body={"cap_day": "5"}),
    "figures/": Row(ALL),
    "people/": Row("in 403 403 403 403 403 200"),
    "people/invite/": Row(NEVER, "in 403 403 403 403 403 200", body={"username": "newcomer"}),
    "people/<int:pk>/link/": Row(NEVER, "in 403 403 403 403 403 200", on_reader("link")),
    "people/<int:pk>/role/": Row(
        NEVER, BOSS, on_reader("role"), lambda c, _w: {"repository": c.repository.pk, "role": ""}
    ),
    "people/<int:pk>/active/": Row(NEVER, BOSS, on_reader("active"), {"active": "0"}),
    "people/<int:pk>/administrator/": Row(
        NEVER, BOSS, on_reader("administrator"), {"administrator": "1"}
    ),
    "repositories/": Row(
        ALL, "in 403 403 403 403 403 422", body={"name": "x", "origin": "/nowhere"}
    ),
    "repositories/<str:name>/": Row(
        MEMBERS, "in 404 403 403 403 403 302", "/repositories/store/", {"is_active": "1"}
    ),
    "repositories/<str:name>/caps/": Row(
        NEVER, "in 404 403 403 403 302 302", "/repositories/store/caps/", {"cap_day": "5"}
    ),
    "sign-in/<str:token>/": Row(
        "200 200 200 200 200 200 200", "302 302 302 302 302 302 302", fresh_link
    ),
    "accounts/login/": Row(
        "200 302 302 302 302 302 302",
        "200 302 302 302 302 302 302",
        body={"login": "x", "password": "x"},
    ),
    "accounts/logout/": Row(NEVER, "in in in in in in in"),
    "accounts/reauthenticate/": Row(OWN, "in 200 200 200 200 200 200"),
    "accounts/password/change/": Row(OWN, "in 200 200 200 200 200 200"),
    "accounts/password/set/": Row(ON, ON),
    "accounts/2fa/": Row(OWN),
    "accounts/2fa/authenticate/": Row(SIGN_IN + " 302 302 302 302 302 302", ON),
    "accounts/2fa/reauthenticate/": Row(ON, ON),
    "accounts/2fa/totp/activate/": Row(ON, ON),
    "accounts/2fa/totp/deactivate/": Row(NO_KEY, NO_KEY),
    "accounts/2fa/recovery-codes/": Row(NO_KEY),
    "accounts/2fa/recovery-codes/generate/": Row(ON, ON),
    "accounts/2fa/recovery-codes/download/": Row(NO_KEY, NO_KEY),
    "accounts/2fa/webauthn/": Row(OWN),
    "accounts/2fa/webauthn/add/": Row(ON, ON),
    "accounts/2fa/webauthn/reauthenticate/": Row(ON, ON),
    "accounts/2fa/webauthn/keys/<int:pk>/remove/": Row(ON, ON, f"{KEY}/remove/"),
    "accounts/2fa/webauthn/keys/<int:pk>/edit/": Row(ON, ON, f"{KEY}/edit/"),
    "accounts/2fa/webauthn/login/": Row(ON, ON),
}
API_NUMBER = "api/v1/changes/<int:number>"
API_VERB = "405 405 405 405 405 405 405"
API: dict[str, Row] = {
    "api/v1/openapi.json": Row("401 200 200 200 200 200 200", API_NEVER),
    "api/v1/": Row("404 404 404 404 404 404 404", "404 404 404 404 404 404 404"),
    "api/v1/changes": Row(
        "401 200 200 200 200 200 200", "401 404 403 201 201 201 201",
        body={"repository": "store", "instruction": "Do it"},
    ),
    API_NUMBER: Row(API_MEMBERS, API_NEVER, on_api_change()),
    f"{API_NUMBER}/rounds/<int:n>": Row(API_MEMBERS, API_NEVER, on_api_change("/rounds/1")),
    f"{API_NUMBER}/rounds/<int:n>/files": Row(API_MEMBERS, API_NEVER, on_api_change("/rounds/1/files")),
    f"{API_NUMBER}/rounds/<int:n>/patch": Row(API_MEMBERS, API_NEVER, on_api_change("/rounds/1/patch")),
    f"{API_NUMBER}/comments": Row(
        API_VERB, "401 404 403 403 201 201 201", on_api_change("/comments"),
        {"round": 1, "file": 0, "line": 1, "body": "Why?"},
    ),
    f"{API_NUMBER}/publish": Row(
        API_VERB, "401 404 403 403 200 200 200", on_api_change("/publish")
    ),
    f"{API_NUMBER}/suggestions/apply": Row(
        API_VERB, "401 404 403 202 202 202 202", on_api_change("/suggestions/apply"),
        lambda c, _w: {"comments": [c.thread.comments.get().pk], "head": f.HEAD}, suggested,
    ),
    f"{API_NUMBER}/verdict": Row(
        API_VERB, "401 404 403 403 202 202 202", on_api_change("/verdict"), APPROVE
    ),
    f"{API_NUMBER}/judge": Row(
        API_VERB, "401 404 403 403 202 202 202", on_api_change("/judge"), {"round": 1}, judged
    ),
    f"{API_NUMBER}/cancel": Row(API_VERB, "401 404 403 200 403 200 200", on_api_change("/cancel")),
    f"{API_NUMBER}/retry": Row(
        API_VERB, "401 404 403 200 200 200 200", on_api_change("/retry"), set_up=cancelled
    ),
    f"{API_NUMBER}/messages/<int:message_id>": Row(
        API_VERB, API_VERB, own_message("", "/api/v1/changes"), takes=("PATCH", "DELETE")
    ),
    f"{API_NUMBER}/pause": Row(
        API_VERB, "401 404 403 200 200 200 200", on_api_change("/pause"), set_up=at_work
    ),
    f"{API_NUMBER}/stop": Row(
        API_VERB, "401 404 403 200 200 200 200", on_api_change("/stop"), set_up=at_work
    ),
    f"{API_NUMBER}/go-on": Row(
        API_VERB, "401 404 403 200 200 200 200", on_api_change("/go-on"), set_up=paused
    ),
    f"{API_NUMBER}/messages": Row(
        API_MEMBERS, "401 404 403 201 201 201 201", on_api_change("/messages"), {"text": "Go on"},
        running,
    ),
    "api/v1/runs/<int:id>": Row(
        API_MEMBERS, API_NEVER, lambda c, _w: f"/api/v1/runs/{c.run.pk}"
    ),
    "api/v1/runs/<int:id>/events": Row(
        API_MEMBERS, API_NEVER, lambda c, _w: f"/api/v1/runs/{c.run.pk}/events"
    ),
}  # fmt: skip
TABLE = PAGES | API
SOCKETS = {
    "ws/runs/<int:id>/": ("run", "no no yes yes yes yes yes"),
    "ws/changes/<int:id>/": ("change", "no no yes yes yes yes yes"),
    "ws/queue/": ("queue", "no yes yes yes yes yes yes"),
    "": ("", "no no no no no no no"),
}
