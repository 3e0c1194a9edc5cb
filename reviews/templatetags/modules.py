"""Scripts that import others: told to the browser beforehand, so that it asks for all at once."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()
_IMPORT = re.compile(r"""^\s*(?:import|export)\b[^"';]*["']\./([\w-]+\.js)["']""", re.MULTILINE)


@register.simple_tag
def module_preloads(*names: str) -> SafeString:
    """A modulepreload for each script that these ("js/reader.js") import, and those import."""
    return format_html_join(
        "", '<link rel="modulepreload" href="{}">', ((static(name),) for name in imported(*names))
    )


@cache
def imported(*names: str) -> tuple[str, ...]:
    """All that these scripts import, directly or not, once each and without themselves."""
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        path = finders.find(name)
        text = Path(path).read_text("utf-8") if isinstance(path, str) else ""
        folder = name.rpartition("/")[0]
        for other in (f"{folder}/{each}" for each in _IMPORT.findall(text)):
            if other not in found and other not in names:
                found[other] = None
                waiting.append(other)
    return tuple(found)
