"""Tags of the diff page."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.safestring import SafeString, mark_safe

from reviews.queries.compare_page import ComparePage
from reviews.queries.diff import DiffPage, Placed
from reviews.queries.listed import Listed
from reviews.queries.noted import Note
from reviews.templatetags.honk import icon, inert

register = template.Library()


@register.simple_tag
def threads_in(page: DiffPage | ComparePage, index: int) -> Sequence[Placed]:
    """The threads that stand in a file."""
    return page.threads_by_file.get(index, [])


@register.simple_tag
def notes_in(page: ComparePage, index: int) -> Sequence[Note]:
    """What the agent was sent about a file, beside the hunks that answer it."""
    return page.notes.by_file.get(index, ())


@register.simple_tag
def tree_rows(page: DiffPage | ComparePage, rows: Sequence[Listed]) -> SafeString:
    """A group's files in the tree; joined, for there may be thousands and a template is slow."""
    order = "&amp;order=name" if page.by_name else ""
    return mark_safe("".join(_tree_row(page.page, row, order) for row in rows))  # noqa: S308 - escaped


def _tree_row(page: int, row: Listed, order: str) -> str:
    viewed = " data-viewed" if row.viewed.file else ""
    where = f"?page={row.page}{order}" if row.page != page else ""
    said = f'<span class="meta">{icon("comment")}{row.comments}</span>' if row.comments else ""
    return (
        f'<li data-tree-file="{row.index}"{viewed}>'
        f'<a class="tree-file" href="{where}#{row.anchor}" title="{inert(row.display)}">'
        '<span class="tick" aria-hidden="true"></span>'
        f'<span class="foreign">{inert(row.name)}</span>{said}<span class="num">'
        f'<span class="plus">+{row.added}</span> <span class="minus">−{row.removed}</span></span>'
        "</a></li>"
    )
