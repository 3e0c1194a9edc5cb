"""Steering a running agent: its messages, pause, stop, go on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import BeforeValidator, Field

from reviews.api.auth import actor, asker, change_of
from reviews.api.errors import with_fresh_state
from reviews.api.parsing import Body, NoBool, Text
from reviews.api.shapes import ChangeOut, ErrorOut, change_json
from reviews.errors import NotThere
from reviews.models import Change, Message, Person
from reviews.queries.steering import Words, words_of
from reviews.services import steer

router = Router(tags=["steering"])
FAILS = dict.fromkeys([400, 401, 403, 404, 409, 422], ErrorOut)
AT = "/changes/{int:number}"


class MessageOut(Schema):
    """Words for the agent; ask: the question they answer, or empty.

    state: waiting, handed_over, taken_back, or not_delivered when no agent will read them as it
    stands; why says so in a sentence. by: a username. run: id of the run that was handed them,
    else null.
    """

    id: int
    text: str
    ask: str
    by: str
    state: str
    why: str
    created_at: datetime
    edited_at: datetime | None
    delivered_at: datetime | None
    run: int | None


class MessagesOut(Schema):
    """All messages of a change, oldest first."""

    messages: list[MessageOut]


class NewMessage(Body):
    """Words for the agent, as `text` or `message`; ask: the question they answer, if any."""

    text: Text = ""
    message: Text = ""
    ask: Text = ""


class EditedMessage(Body):
    """Other words in the place of the first."""

    text: Text


def _in_ascii(given: object) -> object:
    """An amount as it was sent; Decimal would read the digits of every script."""
    if isinstance(given, str) and not given.isascii():
        raise ValueError("give dollars and cents in the digits 0 to 9, like 2.50")
    return given


Dollars = Annotated[
    Decimal, Field(max_digits=12, decimal_places=2), BeforeValidator(_in_ascii), NoBool
]


class GoOn(Body):
    """extra_usd: US dollars that the run may spend beyond the cap that stopped it."""

    extra_usd: Dollars | None = None


def _message_json(message: Message, who: Person, change: Change) -> dict[str, Any]:
    return _messages_json([message], who, change)[0]


def _messages_json(found: Iterable[Message], who: Person, change: Change) -> list[dict[str, Any]]:
    return [_words_json(words) for words in words_of(found, who, change)]


def _words_json(words: Words) -> dict[str, Any]:
    message = words.message
    return {
        "id": message.pk,
        "text": message.text,
        "ask": message.ask,
        "by": message.author.username,
        "state": words.state,
        "why": words.why,
        "created_at": message.created_at,
        "edited_at": message.edited_at,
        "delivered_at": message.delivered_at,
        "run": message.delivered_to_id,
    }


def _message(change: Change, message_id: int) -> Message:
    found = change.messages.select_related("author", "change__repository").filter(pk=message_id)
    message = found.first()
    if message is None:
        raise NotThere
    return message


@router.get(f"{AT}/messages", response={200: MessagesOut, 401: ErrorOut, 404: ErrorOut})
def list_messages(request: HttpRequest, number: int) -> dict[str, Any]:
    """The queue of words for the agent, with those it was handed."""
    change = change_of(request, number)
    found = change.messages.select_related("author").order_by("pk")
    return {"messages": _messages_json(found, asker(request), change)}


@router.post(f"{AT}/messages", response={201: MessageOut, **FAILS})
def message(request: HttpRequest, number: int, payload: NewMessage) -> Status[dict[str, Any]]:
    """Tell the running agent something; while it waits for an answer this is the answer."""
    change = change_of(request, number)
    words = payload.text or payload.message
    with with_fresh_state(change):
        sent = steer.send_message(actor(request), change, words, ask=payload.ask)
    return Status(201, _message_json(sent, asker(request), change))


@router.patch(f"{AT}/messages/{{int:message_id}}", response={200: MessageOut, **FAILS})
def edit_message(
    request: HttpRequest, number: int, message_id: int, payload: EditedMessage
) -> dict[str, Any]:
    """Change one's own message while no agent was handed it; else 409."""
    change = change_of(request, number)
    with with_fresh_state(change):
        edited = steer.edit_message(actor(request), _message(change, message_id), payload.text)
    return _message_json(edited, asker(request), change)


@router.delete(f"{AT}/messages/{{int:message_id}}", response={200: MessageOut, **FAILS})
def cancel_message(request: HttpRequest, number: int, message_id: int) -> dict[str, Any]:
    """Take one's own message back while no agent was handed it; else 409. Twice is no error."""
    change = change_of(request, number)
    with with_fresh_state(change):
        gone = steer.cancel_message(actor(request), _message(change, message_id))
    return _message_json(gone, asker(request), change)


@router.post(f"{AT}/pause", response={200: ChangeOut, **FAILS})
def pause(request: HttpRequest, number: int) -> dict[str, Any]:
    """Let the agent stand still at its next step, with its work kept. Twice is no error."""
    change = change_of(request, number)
    with with_fresh_state(change):
        return change_json(steer.pause(actor(request), change))


@router.post(f"{AT}/stop", response={200: ChangeOut, **FAILS})
def stop(request: HttpRequest, number: int) -> dict[str, Any]:
    """End the agent now, with its work kept; `go-on` takes it up again. Twice is no error."""
    change = change_of(request, number)
    with with_fresh_state(change):
        return change_json(steer.stop(actor(request), change))


@router.post(f"{AT}/go-on", response={200: ChangeOut, **FAILS})
def go_on(request: HttpRequest, number: int, payload: GoOn | None = None) -> dict[str, Any]:
    """Go on with a run that was paused or stopped, or that waits for money."""
    change = change_of(request, number)
    extra = payload.extra_usd if payload else None
    with with_fresh_state(change):
        return change_json(steer.go_on(actor(request), change, extra))
