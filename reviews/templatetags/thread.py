"""What the template of a thread needs to know of its comments."""

from __future__ import annotations

from django import template

from reviews.models import Comment
from reviews.queries.change import ThreadView

register = template.Library()


@register.filter
def to_apply(view: ThreadView) -> Comment | None:
    """The comment whose suggested edit the thread's button applies: the newest that has one."""
    suggesting = [one for one in view.comments if one.suggestion is not None]
    if not suggesting or any(one.applied_in_id for one in suggesting):
        return None
    return suggesting[-1]
