"""Forms of pages: they read and bound what comes in; services decide."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms

from reviews.queries.instruct import Offer
from reviews.services.discuss import MAX_COMMENT, MAX_SUGGESTION
from reviews.services.instruct import MAX_INSTRUCTION
from reviews.services.judge import MAX_OVERRIDE
from reviews.states import REASON_WORDS, Role, VerdictKind

MAX_OPENED = 100_000  # characters of the list of files that were opened
MAX_LOOKS = 100_000  # characters of a report of looks
MAX_INDEX = 2**31 - 1  # that a column takes
MAX_ID = 2**63 - 1  # likewise
UNREADABLE_LOOKS = "Looks must be a list of pairs: a file's index, and milliseconds."


class PlainForm(forms.Form):
    """Whose errors are whole sentences: which field, and what it takes. words: a form's own."""

    words: ClassVar[dict[str, dict[str, str]]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            label = name.replace("_", " ").capitalize()
            field.error_messages |= _sentences(label) | self.words.get(name, {})


def _sentences(label: str) -> dict[str, str]:
    """By the codes of Django's fields and validators."""
    return {
        "required": f"{label} is empty.",
        "invalid": f"{label} must be a whole number.",
        "invalid_choice": f"{label} is not one of the choices.",
        "max_length": f"{label} has %(show_value)s characters; %(limit_value)s are the most.",
        "min_value": f"{label} must be at least %(limit_value)s.",
        "max_value": f"{label} must be at most %(limit_value)s.",
        "null_characters_not_allowed": f"{label} holds a NUL character, which is not text.",
    }


def first_error(form: forms.Form) -> str:
    """The first of what is wrong, as a sentence."""
    return next(str(error) for errors in form.errors.values() for error in errors)


class WordsField(forms.CharField):
    """Free words; the returns that browsers send before each newline do not count."""

    def to_python(self, value: Any) -> str:
        """As CharField does."""
        return str(super().to_python(value) or "").replace("\r\n", "\n")


class InstructionForm(PlainForm):
    """Repository, instruction, runner and its settings. What is empty the policy chooses."""

    repository = forms.ChoiceField()
    words: ClassVar = {
        "instruction": {"required": "The instruction is empty. Say what is to be done."},
        "repository": {"required": "No repository is chosen."},
    }
    instruction = WordsField(
        max_length=MAX_INSTRUCTION,
        widget=forms.Textarea(attrs={"rows": 6, "class": "tall"}),
    )
    runner = forms.ChoiceField(required=False)
    model = forms.CharField(required=False, max_length=100)
    effort = forms.CharField(required=False, max_length=20)
    cap_usd = forms.CharField(required=False, max_length=20)

    def __init__(self, *args: Any, offers: Sequence[Offer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [offer.repository.name for offer in offers]
        self.fields["repository"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
        runners = {choice.name: choice.label for offer in offers for choice in offer.runners}
        self.fields["runner"].choices = [("", ""), *runners.items()]  # type: ignore[attr-defined]


class VerdictForm(PlainForm):
    """A judgement on the round and the full head that the page showed."""

    words: ClassVar = {
        "verdict": {"required": "No verdict is chosen. Approve, reject or re-prompt."},
        "head": {"max_length": "The head is no commit id. Reload the page."},
    }
    verdict = forms.ChoiceField(choices=[(kind, kind) for kind in VerdictKind])
    round = forms.IntegerField(min_value=1, max_value=1_000_000)
    head = forms.CharField(required=False, max_length=64)
    reasons = forms.MultipleChoiceField(required=False, choices=list(REASON_WORDS.items()))
    acknowledged = forms.TypedMultipleChoiceField(required=False, coerce=int)
    message = WordsField(required=False, max_length=MAX_INSTRUCTION)
    note = WordsField(required=False, max_length=MAX_INSTRUCTION)  # an approval's, in its own sheet
    override = WordsField(required=False, max_length=MAX_OVERRIDE)
    runner = forms.CharField(required=False, max_length=63)
    opened = forms.CharField(required=False)
    looks = forms.CharField(required=False)
    unread = forms.CharField(required=False, max_length=1)

    def __init__(self, *args: Any, guard: Sequence[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["acknowledged"].choices = [(pk, pk) for pk in guard]  # type: ignore[attr-defined]

    def clean_opened(self) -> list[int]:
        """Indexes of files, with commas between; what the device kept wrongly is passed over."""
        named = self.cleaned_data["opened"]
        if len(named) > MAX_OPENED:  # whole numbers only: half of one is another file's
            named = named[: MAX_OPENED + 1].rpartition(",")[0]
        every = named.split(",")
        kept = {int(one) for one in every if one.isascii() and one.isdigit() and len(one) < 7}
        return sorted(kept)

    def clean_looks(self) -> dict[int, int]:
        """What the page had not told of yet, milliseconds by index; none of what is no list."""
        return _looks(self.cleaned_data["looks"][:MAX_LOOKS]) or {}

    @property
    def asks(self) -> bool:
        """Whether the page's script has told what was opened, be it `none` or what cannot be read,
        and its person was not asked yet. Without a script the field is empty."""
        return bool(self.data.get("opened")) and not self.cleaned_data["unread"]


class CommentForm(PlainForm):
    """A comment on a line, a file or a round; `comment` names the draft that goes on.

    suggestion: None when the field was not sent; sent empty, the lines are to go.
    """

    words: ClassVar = {
        "body": {
            "max_length": "The comment has %(show_value)s characters; "
            "%(limit_value)s are the most.",
            "required": "The comment is empty.",
        }
    }
    body = WordsField(max_length=MAX_COMMENT, strip=False, required=False)
    suggestion = WordsField(max_length=MAX_SUGGESTION, strip=False, required=False)
    comment = forms.IntegerField(required=False)
    thread = forms.IntegerField(required=False)
    round = forms.IntegerField(min_value=1)
    file = forms.IntegerField(required=False, min_value=0)
    side = forms.ChoiceField(required=False, choices=[("new", "new"), ("old", "old")])
    line = forms.IntegerField(required=False, min_value=1)
    end_line = forms.IntegerField(required=False, min_value=1)

    def clean_suggestion(self) -> str | None:
        """What stands in the field, if there is one."""
        return self.cleaned_data["suggestion"] if "suggestion" in self.data else None

    def clean(self) -> dict[str, Any]:
        """A suggestion may stand without words; a comment may not."""
        data = super().clean() or {}
        if data.get("suggestion") is None and not data.get("body", "").strip():
            self.add_error("body", self.words["body"]["required"])
        return data


class ApplyForm(PlainForm):
    """The suggestion that a page showed, by its comment, and the full head that it stood on."""

    words: ClassVar = {"head": {"max_length": "The head is no commit id. Reload the page."}}
    comment = forms.IntegerField(min_value=1, max_value=MAX_ID)
    head = forms.CharField(max_length=64)


class ViewedForm(PlainForm):
    """A viewed mark on a file of a round, or on one of its hunks by its digest."""

    file = forms.IntegerField(min_value=0, max_value=MAX_INDEX)
    on = forms.ChoiceField(choices=[("1", "viewed"), ("0", "not viewed")])
    hunk = forms.CharField(required=False, max_length=16)


class LooksForm(PlainForm):
    """[[file index, visible milliseconds], ...] as JSON; times of one file are added up."""

    words: ClassVar = {"looks": {"required": UNREADABLE_LOOKS}}
    looks = forms.CharField(max_length=MAX_LOOKS)

    def clean_looks(self) -> dict[int, int]:
        """Milliseconds by index."""
        found = _looks(self.cleaned_data["looks"])
        if found is None:
            raise forms.ValidationError(UNREADABLE_LOOKS)
        return found


def _looks(text: str) -> dict[int, int] | None:
    """Milliseconds by index of such a JSON list, or None when it is none."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, list) or not all(_is_look(one) for one in told):
        return None
    found: dict[int, int] = {}
    for index, ms in told:
        found[index] = found.get(index, 0) + ms
    return found


def _is_look(one: object) -> bool:
    """Whether it is a pair of an index and milliseconds, neither absurd."""
    if not isinstance(one, list) or len(one) != 2:
        return False
    is_whole = all(isinstance(part, int) and not isinstance(part, bool) for part in one)
    return is_whole and 0 <= one[0] <= MAX_INDEX and 0 <= one[1] < 10**10


class RepositoryForm(PlainForm):
    """A repository to add."""

    name = forms.CharField(max_length=63)
    origin = forms.CharField(max_length=1000)
    branch = forms.CharField(max_length=200, required=False)


class InviteForm(PlainForm):
    """Somebody to let in."""

    username = forms.CharField(max_length=150)
    full_name = forms.CharField(max_length=150, required=False)


class RoleForm(PlainForm):
    """A person's role in one repository; an empty role takes it away."""

    repository = forms.IntegerField()
    role = forms.ChoiceField(required=False, choices=[("", "none"), *[(r, r) for r in Role]])
