"""The run page: the log as items that join, and what stands beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from reviews.models import Run, RunEvent
from reviews.services import messages

PAGE = 200
LOOK_BACK = 32  # earlier rows of a part that are read for the colour they left on
MOST_LINES = 2000


@dataclass(slots=True)
class Item:
    """One entry of the log. family: step, say, think, system, ask or answer.

    A step holds its tool event, its output (rows in order) and its result, each if it is among
    the rows read; before: the texts of earlier rows of the same part, for colours that go on.
    """

    family: str
    part: str
    first_seq: int
    event: RunEvent
    tool: RunEvent | None = None
    result: RunEvent | None = None
    texts: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    has_output: bool = False

    @property
    def is_open(self) -> bool:
        """Whether a step shows its inside at once: it runs, failed, or printed something."""
        return self.has_output or self.result is None or not self.result.data.get("ok", True)

    @property
    def data(self) -> dict[str, Any]:
        data = self.event.data
        return data if isinstance(data, dict) else {}

    @property
    def joins(self) -> bool:
        """Whether it may go on something that is on the page already."""
        return self.family in ("step", "say", "think") and self.tool is None

    @property
    def text(self) -> str:
        return "".join(self.texts)


@dataclass(frozen=True, slots=True)
class LogPage:
    """Items of some rows; first_seq..last_seq is what they cover, first None when empty."""

    items: tuple[Item, ...]
    first_seq: int | None
    last_seq: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What a waiting agent asks; part names it in the answer."""

    part: str
    question: str
    reason: str
    answers: tuple[str, ...]


_FAMILIES = {
    "text": "say", "think": "think", "tool": "step", "output": "step", "result": "step",
    "ask": "ask", "answer": "answer",
}  # fmt: skip
QUIET = frozenset({"usage", "step", "plan", "diff"})  # shown beside the log, not in it


def tail(run: Run) -> LogPage:
    """The last 200 rows."""
    rows = list(run.events.order_by("-seq")[: PAGE + 1])
    return _page(run, rows[:PAGE][::-1], len(rows) > PAGE, 0)


def after(run: Run, seq: int) -> LogPage:
    """Up to 200 rows after a cursor."""
    rows = list(run.events.filter(seq__gt=seq).order_by("seq")[: PAGE + 1])
    return _page(run, rows[:PAGE], len(rows) > PAGE, seq)


def before(run: Run, seq: int) -> LogPage:
    """The 200 rows before a cursor."""
    rows = list(run.events.filter(seq__lt=seq).order_by("-seq")[: PAGE + 1])
    return _page(run, rows[:PAGE][::-1], len(rows) > PAGE, 0)


def _page(run: Run, rows: Sequence[RunEvent], has_more: bool, cursor: int) -> LogPage:
    items = list(group(rows))
    for item in items:
        if item.texts and item.family == "step" and item.first_seq > 1:
            item.before = _texts_before(run, item.part, item.first_seq)
    last = rows[-1].seq if rows else cursor
    return LogPage(tuple(items), rows[0].seq if rows else None, last, has_more)


def group(rows: Iterable[RunEvent]) -> Iterator[Item]:
    """Rows as items: chunks of one message together, output and result with their step."""
    items: dict[tuple[str, str], Item] = {}
    order: list[Item] = []
    for row in rows:
        if row.kind in QUIET:
            continue
        family = _family(row)
        key = (family, row.part)
        item = items.get(key)
        if item is None or _starts_anew(item, row, order):
            item = Item(family, row.part, row.seq, row)
            items[key] = item
            order.append(item)
        _put(item, row)
    return iter(order)


def _family(row: RunEvent) -> str:
    if row.source == "agent" or row.kind in ("tool", "output", "result", "ask", "answer"):
        return _FAMILIES.get(row.kind, "system")
    return "system"


def _starts_anew(item: Item, row: RunEvent, order: Sequence[Item]) -> bool:
    """Rows without a part only join their direct neighbour; system rows never join."""
    if item.family not in ("step", "say", "think"):
        return True
    return (not row.part and order[-1] is not item) or row.kind == "tool"


def _put(item: Item, row: RunEvent) -> None:
    data = row.data if isinstance(row.data, dict) else {}
    if row.kind == "tool":
        item.tool = row
    elif row.kind == "result":
        item.result = row
        if data.get("text") and not item.has_output:
            item.texts.append(str(data["text"]))
    elif row.kind in ("text", "think", "output"):
        item.texts.append(str(data.get("text", "")))
        item.has_output = row.kind == "output"


def _texts_before(run: Run, part: str, seq: int) -> list[str]:
    rows = run.events.filter(kind="output", part=part, seq__lt=seq).order_by("-seq")[:LOOK_BACK]
    return [str(row.data.get("text", "")) for row in rows][::-1]


def output_texts(run: Run, part: str, seq: int) -> Iterator[str]:
    """The texts of a part's output rows after a cursor, read as they are used."""
    rows = run.events.filter(kind="output", part=part, seq__gt=seq).order_by("seq")
    for row in rows.iterator(chunk_size=50):
        yield str(row.data.get("text", ""))


def window(lines: Iterable[str], skip: int, count: int) -> list[str]:
    """Lines skip to skip + count, 2,000 at most."""
    return list(islice(lines, skip, skip + min(count, MOST_LINES)))


def _asked_before(run: Run) -> RunEvent | None:
    """The question of a parked run that this one took over before anybody answered."""
    asked = RunEvent.objects.filter(run__round=run.round_id, run__pk__lt=run.pk, kind="ask")
    part = run.options.get("ask", "")
    return asked.filter(part=part).order_by("-pk").first() if part else None


def open_question(run: Run) -> Question | None:
    """The question of a run that still needs an answer; None once it has one, and when it is told
    to stand still instead."""
    if not run.is_asking:
        return None
    asked = run.events.filter(kind="ask").order_by("-seq").first() or _asked_before(run)
    if asked is None:
        return None
    since = asked.seq if asked.run_id == run.pk else 0
    if run.events.filter(kind="answer", seq__gt=since).exists():
        return None
    part = str(run.options.get("ask") or asked.part)
    if messages.has_answer(run, part):
        return None
    data = asked.data
    answers = data.get("answers") or []
    return Question(
        part, str(data.get("question", "")),
        str(data.get("reason", "")), tuple(str(answer) for answer in answers[:9]),
    )  # fmt: skip
