"""A round's diff, one file of it, and two rounds compared."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from reviews.diffs.render import Options, render_file, shown_lines
from reviews.errors import NotThere
from reviews.models import Change, DiffFile, Round
from reviews.queries.bar import Bar
from reviews.queries.change import ThreadView, threads_of
from reviews.queries.compare import Compared, compare
from reviews.queries.diff import DiffPage, FileRow, diff_page, files_to_open, open_file
from reviews.states import REASON_WORDS
from reviews.views.base import asker, change_of, number_of, page


@page("GET", "HEAD")
def diff(request: HttpRequest, number: int, round_number: int) -> HttpResponse:
    """The files of a round: the first ones open, the others fetched when they come near."""
    change = change_of(request, number)
    found = diff_page(asker(request), change, round_number, number_of(request.GET.get("page"), 1))
    if found is None:
        raise NotThere
    if not found.round.head:
        return redirect(f"{reverse('change', args=[number])}?round={round_number}")
    context = {
        "page_data": found,
        "bar": found.bar,
        "change": change,
        "round": found.round,
        "reasons": [(k, w) for k, w in REASON_WORDS.items() if k != "another_chosen"],
        "files": _bodies(request, found),
    }
    return render(request, "changes/diff.html", context)


def _bodies(request: HttpRequest, found: DiffPage) -> list[tuple[FileRow, SafeString | str]]:
    inline = [row.index for row in found.files if row.is_inline]
    opened = files_to_open(found.round, inline)
    return [
        (
            row,
            _body(request, found.change, opened[row.index], found.threads, found.bar)
            if row.index in opened
            else "",
        )
        for row in found.files
    ]


def _body(
    request: HttpRequest, change: Change, file: DiffFile, threads: Sequence[ThreadView],
    bar: Bar | None, first: int = 0,
) -> SafeString:  # fmt: skip
    """A file's rows with its threads under their lines; those without a row come before them."""
    parsed = open_file(file, first)
    shown = shown_lines(parsed)
    inserts: dict[tuple[str, int], str] = {}
    loose: list[str] = []
    for view in (v for v in threads if v.thread.file_id == file.pk):
        context = {"view": view, "change": change, "bar": bar, "user": request.user}
        inner = render_to_string("parts/thread.html", context, request=request)
        html = f'<div class="thread" id="thread-{view.thread.pk}">{inner}</div>'
        place = (view.thread.side, view.thread.end_line or view.thread.line or 0)
        if place in shown:
            inserts[place] = inserts.get(place, "") + html
        else:
            loose.append(html)
    url = reverse("diff_file", args=[change.pk, file.round.number, file.index])
    options = Options(inserts=inserts, rest_url=f"{url}?first={parsed.next_row}")
    rows = render_file(
        parsed, anchor=f"f{file.index}", options=options, old_size=file.old_size,
        new_size=file.new_size,
    )  # fmt: skip
    return SafeString("".join(loose if first == 0 else ()) + rows)


@page("GET", "HEAD")
def diff_file(request: HttpRequest, number: int, round_number: int, index: int) -> HttpResponse:
    """One file's rows; `?first=` goes on where the last window ended."""
    change = change_of(request, number)
    file = (
        DiffFile.objects.filter(round__change=change, round__number=round_number, index=index)
        .select_related("round", "patch")
        .first()
    )
    if file is None:
        raise NotThere
    threads = threads_of(change, asker(request))
    first = number_of(request.GET.get("first"))
    return HttpResponse(_body(request, change, file, threads, None, first))


@page("GET", "HEAD")
def compare_rounds(request: HttpRequest, number: int, earlier: int, later: int) -> HttpResponse:
    """What differs between what two rounds made."""
    change = change_of(request, number)
    rounds = list(change.rounds.order_by("number"))
    by_number: dict[int, Round] = {round_.number: round_ for round_ in rounds}
    if earlier not in by_number or later not in by_number or earlier >= later:
        raise NotThere
    found = compare(by_number[earlier], by_number[later])
    context = {
        "change": change,
        "round": by_number[later],
        "earlier": by_number[earlier],
        "rounds": rounds,
        "files": [(file, _compared(file)) for file in found],
    }
    return render(request, "changes/compare.html", context)


def _compared(file: Compared) -> SafeString:
    return SafeString(render_file(file.parsed, anchor=f"f{file.index}"))
