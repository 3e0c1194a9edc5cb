"""What is wrong with a request, in our own words: pydantic's codes as sentences with the field.

Nothing of the value that was sent is ever told back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_NO_OBJECT = "must be a JSON object, like {{}}"
_WHOLE = "must be a whole number"
_NUMBER = "must be a number"
# By pydantic's code of an error; {name} is what its context tells.
_SENTENCES = {
    "missing": "is missing",
    "extra_forbidden": "is not a field that this address takes",
    "model_attributes_type": _NO_OBJECT,
    "model_type": _NO_OBJECT,
    "dict_type": _NO_OBJECT,
    "list_type": "must be a list",
    "string_type": "must be text",
    "string_unicode": "must be text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": "is too large a number",
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": "must be a finite number",
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "decimal_max_digits": "has more than {max_digits} digits",
    "decimal_max_places": "has more than {decimal_places} digits after the point",
    "decimal_whole_digits": "has more than {whole_digits} digits before the point",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_long": "holds more than {max_length} entries",
    "string_too_long": "is longer than {max_length} characters",
    "enum": "must be one of {expected}",
    "literal_error": "must be one of {expected}",
}
_OUTSIDE = ("body", "query", "path")


def sentence(error: Mapping[str, Any]) -> str:
    """One error of pydantic as a whole sentence that names the field."""
    name = _field(error.get("loc", ()))
    code, context = str(error.get("type", "")), error.get("ctx") or {}
    if code == "value_error":  # a validator of ours, in words of ours
        return f"{name}: {str(error.get('msg', '')).removeprefix('Value error, ')[:200]}."
    try:
        told = _SENTENCES.get(code, "cannot be read").format_map(context)
    except KeyError:
        told = "cannot be read"
    return f"{name}: it {told}." if name != _BODY else f"{name} {told}."


_BODY = "The body"


def _field(place: Sequence[Any]) -> str:
    """The field's name with the index in a list, as a program finds it in what it sent."""
    parts = [str(part) for part in place if part not in _OUTSIDE]
    named = parts[1:] if parts[:1] == ["payload"] else parts
    return ".".join(named)[:100] or _BODY
