"""Comments on lines: drafts that save themselves, published as one review."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from reviews.errors import Malformed, NotThere, Stale
from reviews.forms import ApplyForm, CommentForm, first_error
from reviews.models import Change, Comment, Thread
from reviews.queries.change import ThreadView
from reviews.services import discuss, suggest
from reviews.services.places import Anchor
from reviews.views.base import actor, asker, change_of, next_path, page
from reviews.views.change import shown


@page("POST")
def comment(request: HttpRequest, number: int) -> HttpResponse:
    """Save a draft: a new thread, a reply, or new words for the draft that `comment` names.

    Answers the draft as it stands (X-Honk-Draft names it), or goes back to `next`.
    """
    change = change_of(request, number)
    form = CommentForm(request.POST)
    if not form.is_valid():
        raise Malformed(first_error(form))
    draft = _save(request, change, form.cleaned_data)
    if request.POST.get("next"):
        return redirect(next_path(request, f"/changes/{number}/"))
    view = ThreadView(draft.thread, (draft,))
    answer = render(request, "parts/thread.html", {"view": view, "change": change})
    answer["X-Honk-Draft"] = str(draft.pk)
    return answer


def _save(request: HttpRequest, change: Change, data: dict[str, Any]) -> Comment:
    who, body, suggestion = actor(request), data["body"], data["suggestion"]
    if data["comment"]:
        draft = _draft(request, change, data["comment"])
        return discuss.edit_draft(who, draft, body, suggestion=suggestion)
    if data["thread"]:
        thread = _thread(change, data["thread"])
        return discuss.reply(who, thread, body, suggestion=suggestion)
    return discuss.comment(who, change, _anchor(data), body, suggestion=suggestion)


def _anchor(data: dict[str, Any]) -> Anchor:
    return Anchor(
        round_number=data["round"], file_index=data["file"],
        side=data["side"] or "new", line=data["line"], end_line=data["end_line"],
    )  # fmt: skip


def _thread(change: Change, pk: int) -> Thread:
    found = change.threads.filter(pk=pk).select_related("change", "round", "file").first()
    if found is None:
        raise NotThere
    return found


def _draft(request: HttpRequest, change: Change, pk: int) -> Comment:
    mine = Comment.objects.filter(thread__change=change, author=asker(request), pk=pk)
    found = mine.select_related("thread__change", "thread__round", "thread__file").first()
    if found is None:
        raise NotThere
    return found


@page("POST")
def discard(request: HttpRequest, number: int, comment_id: int) -> HttpResponse:
    """Throw one's own draft away."""
    change = change_of(request, number)
    discuss.discard_draft(actor(request), _draft(request, change, comment_id))
    return redirect(next_path(request, f"/changes/{number}/"))


@page("POST")
def publish(request: HttpRequest, number: int) -> HttpResponse:
    """Show all one's drafts at once."""
    change = change_of(request, number)
    count = discuss.publish(actor(request), change)
    messages.success(request, f"Published {count} comment{'' if count == 1 else 's'}.")
    return redirect(next_path(request, f"/changes/{number}/"))


@page("POST")
def resolve(request: HttpRequest, number: int, thread_id: int) -> HttpResponse:
    """Close a thread, or open it again."""
    change = change_of(request, number)
    discuss.resolve(actor(request), _thread(change, thread_id), resolved="open" not in request.POST)
    return redirect(next_path(request, f"/changes/{number}/"))


@page("POST")
def apply(request: HttpRequest, number: int, thread_id: int) -> HttpResponse:
    """Apply the suggestion that the page showed, as a new round; then the change's page.

    What is suggested last, or the head, being another one by now: 409 with the change as it is.
    """
    change = change_of(request, number)
    form = ApplyForm(request.POST)
    if not form.is_valid():
        raise Malformed(first_error(form))
    thread, data = _thread(change, thread_id), form.cleaned_data
    try:
        made = suggest.apply_shown(actor(request), thread, data["comment"], data["head"])
    except Stale as error:
        return shown(request, change_of(request, number), error=error)
    messages.success(request, f"Applied: round {made.number} is queued, to be checked.")
    return redirect("change", number)
