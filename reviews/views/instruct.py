"""Giving an instruction."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from reviews.errors import NotThere, ReviewError
from reviews.forms import InstructionForm
from reviews.queries.instruct import offers_for
from reviews.services import instruct
from reviews.services.options import EFFORTS
from reviews.services.permissions import visible_repositories
from reviews.views.base import actor, asker, page


@page("GET", "HEAD", "POST")
def new(request: HttpRequest) -> HttpResponse:
    """The form; what it starts, or the form again with the sentence that says why not."""
    offers = offers_for(asker(request))
    form = InstructionForm(
        request.POST or None, offers=offers, initial={"repository": request.GET.get("in", "")}
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _start(request, form)
            except ReviewError as error:
                form.add_error(None, error.message)
                status = error.status
    context = {"form": form, "offers": offers, "efforts": EFFORTS, "section": "new"}
    return render(request, "new.html", context, status=status)


def _start(request: HttpRequest, form: InstructionForm) -> HttpResponse:
    wanted = visible_repositories(asker(request)).filter(name=form.cleaned_data["repository"])
    repository = wanted.first()
    if repository is None:
        raise NotThere
    change = instruct.open_change(
        actor(request),
        repository,
        form.cleaned_data["instruction"],
        **{name: form.cleaned_data[name] for name in ("runner", "model", "effort", "cap_usd")},
    )
    return redirect("change", change.pk)
