"""What templates need to say things in the product's words: icons, badges, ages, money, sizes."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from agents.dollars import dollars
from reviews.models import Run
from reviews.queries.card import failed_words, runner_words
from reviews.templatetags.ansi import mark

register = template.Library()

# status of a change -> icon, tone, word
_BADGES: dict[str, tuple[str, str, str]] = {
    "queued": ("clock", "", "Queued"),
    "running": ("play", "accent", "Running"),
    "needs_input": ("ask", "accent", "Needs an answer"),
    "verifying": ("half", "accent", "Verifying"),
    "awaiting_review": ("person", "accent", "Awaiting review"),
    "approved": ("check", "ok", "Approved"),
    "merging": ("merge", "accent", "Merging"),
    "merged": ("merge", "ok", "Merged"),
    "deploying": ("half", "accent", "Deploying"),
    "deployed": ("check", "ok", "Deployed"),
    "rolled_back": ("undo", "warn", "Rolled back"),
    "rejected": ("cross", "bad", "Rejected"),
    "cancelled": ("minus-circle", "", "Cancelled"),
    "failed": ("warn", "bad", "Failed"),
    "paused": ("pause", "accent", "Paused"),
    "money": ("money", "accent", "Needs money"),
    "your_turn": ("person", "accent", "Your turn"),
    "waiting_others": ("person", "", "Waiting for others"),
}
# status of a run -> icon, tone, word
_RUNS: dict[str, tuple[str, str, str]] = {
    "queued": ("clock", "faint", "Queued"),
    "running": ("play", "live", "Running"),
    "waiting": ("ask", "live", "Needs an answer"),
    "paused": ("pause", "live", "Paused"),
    "money": ("money", "live", "Needs money"),
    "passed": ("check", "ok", "Passed"),
    "failed": ("cross", "bad", "Failed"),
    "no_tests": ("warn", "warn", "Ran no tests"),
    "error": ("warn", "bad", "Cannot run"),
    "void": ("warn", "bad", "Void: it changed files"),
    "cancelled": ("minus-circle", "faint", "Stopped"),
    "timed_out": ("clock", "warn", "Timed out"),
    "lost": ("warn", "bad", "Lost"),
}


@register.simple_tag
@cache
def icon(name: str, extra: str = "") -> SafeString:
    """An icon of the sprite; the word beside it speaks, so the picture is silent."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>',
        extra, static("icons/sprite.svg"), name,
    )  # fmt: skip


@register.simple_tag
def badge(status: str, word: str = "", stage: str = "", fault: str = "") -> SafeString:
    """The badge of a change's status; `stage` says where it failed, `fault` whose it was."""
    name, tone, usual = _BADGES.get(status, ("minus-circle", "", status))
    if status == "failed" and stage:
        usual = failed_words(stage, fault)
    return format_html('<span class="badge {}">{}{}</span>', tone, icon(name), word or usual)


@register.simple_tag
def run_state(status: str, word: str = "", kind: str = "") -> SafeString:
    """How a run stands: icon and word."""
    name, tone, usual = _RUNS.get(status, ("minus-circle", "faint", status))
    if kind == "agent" and status == "passed":
        usual = "Finished"
    elif kind == "agent" and status == "error":
        usual = "Failed"
    elif kind == "judge" and status in ("failed", "error"):
        usual = "Vetoed" if status == "failed" else "Could not judge"
    return state(tone, name, word or usual)


@register.simple_tag
def state(tone: str, name: str, word: str) -> SafeString:
    """Icon and word in one of the tones ok, warn, bad, live, faint."""
    if tone == "live" and name == "play":
        return format_html('<span class="state live dot">{}</span>', word)
    return format_html('<span class="state {}">{}{}</span>', tone, icon(name), word)


@register.filter
def ago(at: datetime | None) -> SafeString | str:
    """The age of a moment, kept true by time.js, exact in its title."""
    if at is None:
        return ""
    return format_html(
        '<time data-ago datetime="{}" title="{}">{}</time>', at.isoformat(), exact(at), age(at)
    )


@register.filter
def age(at: datetime) -> str:
    """3 h, 12 min, 2 d, now."""
    seconds = max(0, (timezone.now() - at).total_seconds())
    if seconds < 60:
        return "now"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min"
    if seconds < 86_400:
        return f"{seconds // 3600:.0f} h"
    return f"{seconds // 86_400:.0f} d"


@register.filter
def exact(at: datetime | None) -> str:
    """Day and time in the server's zone."""
    return f"{timezone.localtime(at):%-d %b %Y, %H:%M:%S}" if at else ""


@register.filter
def clock_of(at: datetime | None) -> str:
    """The time of day, with the day before it when that is not today."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    return f"{local:%H:%M}" if local.date() == timezone.localdate() else f"{local:%-d %b, %H:%M}"


@register.filter
def ticking(at: datetime | None) -> SafeString | str:
    """A stop-watch that began at this moment."""
    if at is None:
        return ""
    return format_html(
        '<time data-ticking datetime="{}">{}</time>',
        at.isoformat(), duration((timezone.now() - at).total_seconds(), "clock"),
    )  # fmt: skip


@register.filter
def duration(seconds: float | timedelta | None, style: str = "") -> str:
    """41 s, 1 min 12 s, 2 h 5 min; as 4:12 with the style clock."""
    if seconds is None:
        return "unknown"
    total = seconds.total_seconds() if isinstance(seconds, timedelta) else float(seconds)
    total = max(0.0, total)
    whole = int(total)
    if style == "clock":
        hours, rest = divmod(whole, 3600)
        return (
            f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
        )
    if total < 10:
        return f"{total:.1f} s"
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


@register.filter
def runner(name: str) -> str:
    """A runner's name for people."""
    return runner_words(name)


@register.filter
def took(run: Run) -> timedelta | None:
    """How long a run was at work; None before it began."""
    if run.started_at is None:
        return None
    return (run.ended_at or timezone.now()) - run.started_at


@register.filter
def money(amount: Decimal | float | None) -> str:
    """$0.84; unknown is said, never shown as nothing."""
    return "unknown" if amount is None else dollars(amount)


@register.filter
def tokens(count: int) -> str:
    """1,234, 56 k, 7.8 M; number and unit stay on one line."""
    if count < 10_000:
        return f"{count:,}"
    return f"{count / 1000:,.0f}\xa0k" if count < 999_500 else f"{count / 1_000_000:,.1f}\xa0M"


@register.filter
def size(count: int | None) -> str:
    """Bytes in the unit a person would use."""
    if count is None:
        return "unknown"
    value = float(count)
    for unit in ("bytes", "KB", "MB"):
        if value < 1000:
            return (
                f"{value:.0f} {unit}" if unit == "bytes" or value >= 10 else f"{value:.1f} {unit}"
            )
        value /= 1000
    return f"{value:.1f} GB"


@register.filter
def plural(count: int, words: str) -> str:
    """`{{ 3|plural:"file,files" }}` gives "3 files"."""
    one, many = words.split(",")
    return f"{count} {one if count == 1 else many}"


@register.filter
def short(commit: str) -> str:
    """A commit id as people read it."""
    return commit[:8]


@register.filter
def stopped(words: str) -> str:
    """A person's words with a full stop, so that a sentence can follow them."""
    return words if words.rstrip()[-1:] in ".!?" else f"{words.rstrip()}."


@register.filter
def inert(text: object) -> SafeString:
    """Words of an agent or a repository, with what is invisible in them made visible."""
    words = str(text)
    if words.isascii() and words.isprintable():  # most are, and a page has thousands
        return escape(words)
    return mark_safe(  # noqa: S308 - every piece is escaped or ours
        "".join(
            mark(char) if _is_odd(char) else str(escape(char)) if char in "<>&\"'" else char
            for char in words
        )
    )


def _is_odd(char: str) -> bool:
    code = ord(char)
    if char in "\n\t":
        return False
    return (
        code < 0x20 or 0x7F <= code <= 0x9F or code in (0x061C, 0xFEFF)
        or 0x200B <= code <= 0x200F or 0x2028 <= code <= 0x202E or 0x2060 <= code <= 0x2069
    )  # fmt: skip
