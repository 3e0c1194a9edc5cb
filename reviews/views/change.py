"""One change: its page, and every verb that a person may use on it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from reviews.errors import Malformed, NotThere, ReviewError
from reviews.forms import VerdictForm, first_error
from reviews.models import Change
from reviews.queries.change import change_page
from reviews.queries.judging import judging_of
from reviews.queries.queue import next_for
from reviews.queries.since import since_of
from reviews.services import judge, judge_again, looks, steer
from reviews.services.judge import Seen
from reviews.states import REASON_WORDS, VerdictKind
from reviews.views.base import actor, asker, change_of, next_path, number_of, page


@page("GET", "HEAD")
def change(request: HttpRequest, number: int) -> HttpResponse:
    """The brief of the newest round, or of `?round=`."""
    wanted = request.GET.get("round")
    return shown(request, change_of(request, number), number_of(wanted) if wanted else None)


def shown(
    request: HttpRequest,
    change: Change,
    round_number: int | None = None,
    error: ReviewError | None = None,
    form: VerdictForm | None = None,
) -> HttpResponse:
    """The page as it is now; error: the refusal that it tells of, with its status."""
    found = change_page(asker(request), change, round_number)
    if found is None:
        raise NotThere
    context = {
        "page_data": found,
        "bar": found.bar,
        "change": found.change,
        "round": found.round,
        "judging": judging_of(found.round, asker(request) if found.is_newest else None),
        "error": error,
        "typed": form.data if form else {},
        "chosen": request.POST.getlist("reasons"),
        "reasons": [(k, w) for k, w in REASON_WORDS.items() if k != "another_chosen"],
        "since": since_of(asker(request), found.change, found.rounds),
        "is_live": found.live_run is not None or found.turn.whose == "agent",
    }
    return render(request, "changes/change.html", context, status=error.status if error else 200)


@page("POST")
def verdict(request: HttpRequest, number: int) -> HttpResponse:
    """Approve, reject, re-prompt or withdraw; a refusal shows the fresh state with its sentence."""
    change = change_of(request, number)
    form = VerdictForm(request.POST, guard=_ticked(request))
    if not form.is_valid():
        return shown(request, change, error=Malformed(first_error(form)), form=form)
    try:
        return _decide(request, change, form)
    except NotThere:
        raise
    except ReviewError as error:
        change.refresh_from_db()
        return shown(request, change_of(request, number), error=error, form=form)


def _ticked(request: HttpRequest) -> list[int]:
    """Ids of guard items that a form names; what cannot be an id is passed over."""
    named = (number_of(pk) for pk in request.POST.getlist("acknowledged"))
    return [pk for pk in named if pk]


def _decide(request: HttpRequest, change: Change, form: VerdictForm) -> HttpResponse:
    data = form.cleaned_data
    seen = Seen(
        round_number=data["round"], head=data["head"], message=data["message"] or data["note"],
        reasons=data["reasons"], acknowledged=data["acknowledged"], override=data["override"],
        opened=data["opened"], asks=form.asks,
        device=request.headers.get("User-Agent", "")[:200],
    )  # fmt: skip
    who, kind = actor(request), data["verdict"]
    if kind == VerdictKind.APPROVE:
        _keep_looks(request, change, form)
        return _approved(request, judge.approve(who, change, seen))
    if kind == VerdictKind.REJECT:
        judge.reject(who, change, seen)
        messages.success(request, f"Rejected #{change.pk}. The reason is kept with it.")
        return _onward(request, change)
    if kind == VerdictKind.REPROMPT:
        judge.reprompt(who, change, seen, runner=data["runner"])
        messages.success(request, f"Sent back #{change.pk}: round {data['round'] + 1} is queued.")
        return redirect("change", change.pk)
    judge.withdraw(who, change, seen)
    messages.success(request, f"The approval of #{change.pk} is taken back.")
    return redirect("change", change.pk)


def _keep_looks(request: HttpRequest, change: Change, form: VerdictForm) -> None:
    """Record what the page had not told of yet: it counts, whether the approval is taken or not."""
    told = form.cleaned_data["looks"]
    seen = change.rounds.filter(number=form.cleaned_data["round"]).first() if told else None
    if seen is not None:
        looks.record(actor(request), seen, told, request.headers.get("User-Agent", ""))


def _approved(request: HttpRequest, approval: judge.Approval) -> HttpResponse:
    if approval.takes_effect_at is None:
        messages.success(request, f"Approved #{approval.change.pk}. It waits for another approval.")
    return _onward(request, approval.change)


def _onward(request: HttpRequest, change: Change) -> HttpResponse:
    """The next change that needs this person, else the queue."""
    following = next_for(asker(request), change.pk)
    return redirect("change", following) if following else redirect("queue")


@page("POST")
def ask_judge(request: HttpRequest, number: int) -> HttpResponse:
    """Ask the judge once more about the round that was seen; a refusal shows the fresh state."""
    change = change_of(request, number)
    try:
        judge_again.ask_again(actor(request), change, number_of(request.POST.get("round")))
    except NotThere:
        raise
    except ReviewError as error:
        return shown(request, change_of(request, number), error=error)
    messages.success(request, f"The judge is asked again about #{number}.")
    return redirect(reverse("change", args=[number]) + "#judge")


@page("POST")
def guard(request: HttpRequest, number: int) -> HttpResponse:
    """Tick a guard item as seen."""
    change = change_of(request, number)
    ids = _ticked(request)
    judge.acknowledge(actor(request), change, number_of(request.POST.get("round")), ids)
    return redirect("change", number)


@page("POST")
def message(request: HttpRequest, number: int) -> HttpResponse:
    """Words for the running agent, or the answer to its question."""
    change = change_of(request, number)
    steer.send_message(
        actor(request), change, request.POST.get("message", ""), ask=request.POST.get("ask", "")
    )
    return redirect(next_path(request, f"/changes/{number}/"))


@page("POST")
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    """Stop a change; its work is kept."""
    steer.cancel(actor(request), change_of(request, number))
    return redirect("change", number)


@page("POST")
def retry(request: HttpRequest, number: int) -> HttpResponse:
    """Try the failed stage again, or open a cancelled change again."""
    steer.retry(actor(request), change_of(request, number))
    return redirect("change", number)


@page("POST")
def give_up(request: HttpRequest, number: int) -> HttpResponse:
    """Bring a change whose merge failed back to review."""
    steer.give_up_merge(actor(request), change_of(request, number))
    return redirect("change", number)
