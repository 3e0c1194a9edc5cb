"""Scripts and styles that are asked for under another version's address, or none."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

_VERSION = re.compile(r"^[0-9a-f]{12}/")


@login_not_required
@never_cache
@require_safe
def other_version(request: HttpRequest, path: str) -> HttpResponse:
    """To the same file of this version, for a page that was open over an upgrade."""
    name = _VERSION.sub("", path)
    address, found = f"{settings.STATIC_URL}{name}", finders.find(name)
    if request.path == address or not found or not Path(found).is_file():
        raise Http404
    return redirect(address)
