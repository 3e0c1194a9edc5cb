"""The one renderer of log items, for the page and for what is fetched after a doorbell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from reviews.queries.log import Item
from reviews.templatetags.ansi import Terminal
from reviews.templatetags.honk import icon, inert

register = template.Library()
HEAD, TAIL, SENT = 6, 20, 60  # lines sent of an output in one piece: all up to SENT, else the ends
_CODE = re.compile(r"`([^`\n]{1,200})`")


def lines_of(texts: Iterable[str], before: Iterable[str] = ()) -> Iterator[tuple[str, bool]]:
    """Each line of an output as (HTML, whether it goes on the line before it).

    before: earlier text of the same stream, read only for the colours it left on.
    """
    terminal = Terminal()
    for text in before:
        terminal.feed(text)
    held: tuple[str, bool] | None = None
    is_first = True
    for text in texts:
        fragment = terminal.feed(text)
        fresh = list(fragment.lines)
        goes_on = fragment.continues
        if goes_on and held and fresh:
            held = (held[0] + fresh.pop(0), held[1])
        for number, line in enumerate(fresh):
            if held:
                yield held
            held = (line, goes_on and is_first and number == 0)
            is_first = False
    if held:
        yield held


@register.simple_tag
def output(item: Item) -> SafeString:
    """The lines of a step's output; the middle of a long one stays on the server."""
    lines = list(lines_of(item.texts, item.before))
    if not lines:
        return mark_safe("")
    goes_on = lines[0][1]
    html = [f'<span class="l">{line}</span>' for line, _ in lines]
    if len(html) > SENT:
        hidden = len(html) - HEAD - TAIL
        gap = f'<span class="l gap" data-hidden="{hidden}"></span>'
        html = [*html[:HEAD], gap, *html[-TAIL:]]
    return format_html(
        '<pre class="output folded" data-lines data-part="{}" data-after="{}"{}>{}</pre>'
        '<div class="output-more"><button type="button" class="link" data-more-lines hidden>'
        "Show more lines</button></div>",
        item.part, item.first_seq - 1, SafeString(" data-continues" if goes_on else ""),
        mark_safe("".join(html)),  # noqa: S308 - lines_of escapes all that is not its own
    )  # fmt: skip


@register.filter
def key(part: str) -> str:
    """An agent's part name as something that may stand in an id."""
    return sha256(part.encode(errors="replace")).hexdigest()[:12]


@register.filter
def said(text: str) -> SafeString:
    """Words of an agent: inert, with `code` in backticks set as code."""
    pieces = _CODE.split(text)
    return mark_safe(  # noqa: S308 - every piece passes inert()
        "".join(
            f"<code>{inert(piece)}</code>" if odd else inert(piece)
            for piece, odd in zip(pieces, [False, True] * len(pieces), strict=False)
        )
    )


@register.filter
def end_words(item: Item) -> SafeString:
    """How a step ended: nothing while it runs, the time when well, "exit 1" when not."""
    if item.result is None:
        return mark_safe("")
    data = item.result.data
    seconds = data.get("seconds")
    took = f"{seconds:.1f} s" if isinstance(seconds, int | float) else ""
    if data.get("ok", True):
        return escape(took)
    code = data.get("exit")
    word = f"exit {code}" if isinstance(code, int) else "failed"
    return format_html('<span class="state bad">{}{}</span> {}', icon("cross"), word, took)
