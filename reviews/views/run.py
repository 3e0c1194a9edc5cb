"""One run: its live log and what stands beside it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reviews.queries import log
from reviews.queries.run import run_page
from reviews.templatetags.log import lines_of
from reviews.views.base import asker, number_of, page, run_of


@page("GET", "HEAD")
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """The page: the last 200 events, made by the same partial that the log is fetched with."""
    found = run_page(asker(request), run_of(request, run_id))
    context = {
        "page_data": found,
        "run": found.run,
        "change": found.change,
        "round": found.round,
        "bar": found.bar,
        "log": found.log,
    }
    return render(request, "runs/run.html", context)


@page("GET", "HEAD")
def events(request: HttpRequest, run_id: int) -> HttpResponse:
    """Log items after a cursor, or before one."""
    found = run_of(request, run_id)
    earlier = request.GET.get("before_seq")
    if earlier:
        rows = log.before(found, number_of(earlier))
    else:
        rows = log.after(found, number_of(request.GET.get("after_seq")))
    context = {"log": rows, "run": found, "is_after": not earlier}
    return render(request, "runs/_page.html", context)


@page("GET", "HEAD")
def output(request: HttpRequest, run_id: int) -> HttpResponse:
    """Lines of one step's output that the log has folded away."""
    found = run_of(request, run_id)
    cursor = number_of(request.GET.get("after_seq"))
    texts = log.output_texts(found, request.GET.get("part", ""), cursor)
    lines = (line for line, _ in lines_of(texts))
    wanted = log.window(
        lines, number_of(request.GET.get("skip")), number_of(request.GET.get("count"), 100)
    )
    return HttpResponse("".join(f'<span class="l">{line}</span>' for line in wanted))
