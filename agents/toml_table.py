"""Reads one TOML table by asking for keys; what is wrong or unknown becomes a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_MISSING = object()


class Table:
    """A table at `place` (how a person would write it: "[merge]"); sentences go to `problems`."""

    def __init__(self, raw: object, place: str, problems: list[str]) -> None:
        self.place = place
        self.problems = problems
        self._raw: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
        self._asked: set[str] = set()
        if not isinstance(raw, Mapping):
            problems.append(f"{place} must be a table; it is left out.")

    def text(self, key: str, default: str = "") -> str:
        """A string."""
        value = self._get(key)
        if isinstance(value, str) or value is _MISSING:
            return value if isinstance(value, str) else default
        return self._wrong(key, "a string", default)

    def word(self, key: str, allowed: Sequence[str], default: str) -> str:
        """One of `allowed`."""
        value = self.text(key, default)
        if value in allowed:
            return value
        return self._wrong(key, "one of " + ", ".join(allowed), default)

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of strings; a single string is not split, it is a mistake."""
        value = self._get(key)
        if value is _MISSING and not required:
            return ()
        is_list = isinstance(value, list) and all(isinstance(item, str) for item in value)
        if is_list and (value or not required) and "\0" not in "".join(value):
            return tuple(value)
        example = '["make", "test"]' if key in {"argv", "rollback"} else '["one", "two"]'
        return self._wrong(key, f"a list of strings such as {example}", ())

    def number(self, key: str, default: float, least: float = 0, most: float = 1e12) -> float:
        """An int or float in [least, most]."""
        value = self._get(key)
        if value is _MISSING:
            return default
        if (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and least <= value <= most
        ):
            return value
        return self._wrong(key, f"a number from {least:g} to {most:g}", default)

    def whole(self, key: str, default: int, least: int = 0, most: int = 10**12) -> int:
        """An int in [least, most]."""
        value = self.number(key, default, least, most)
        if value == int(value):
            return int(value)
        return self._wrong(key, "a whole number", default)

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self._get(key)
        if isinstance(value, bool):
            return value
        return default if value is _MISSING else self._wrong(key, "true or false", default)

    def flag_or_none(self, key: str) -> bool | None:
        """true, false, or None when it is not said."""
        return self.flag(key, False) if key in self._raw else None

    def table(self, key: str) -> Table | None:
        """The table under `key`, None when there is none."""
        value = self._get(key)
        inside = f"[{key}]" if not self.place else f"[{self.place.strip('[]')}.{key}]"
        return None if value is _MISSING else Table(value, inside, self.problems)

    def tables(self, key: str) -> list[Table]:
        """The tables of an array of tables."""
        value = self._get(key)
        if value is _MISSING:
            return []
        if not isinstance(value, list):
            return self._wrong(key, f"written as [[{key}]], once for each", [])
        return [
            Table(item, f"[[{key}]] number {number}", self.problems)
            for number, item in enumerate(value, 1)
        ]

    def names(self) -> list[str]:
        """All keys, for a table whose keys are names."""
        return list(self._raw)

    def done(self) -> None:
        """Tell the keys that nobody asked for."""
        for key in self._raw:
            if key not in self._asked:
                where = f" in {self.place}" if self.place else ""
                self.problems.append(f"Unknown key {key!r}{where}; it has no effect.")

    def _get(self, key: str) -> Any:
        self._asked.add(key)
        return self._raw.get(key, _MISSING)

    def _wrong[T](self, key: str, wanted: str, default: T) -> T:
        where = f"{key!r} in {self.place}" if self.place else f"{key!r}"
        self.problems.append(f"{where} must be {wanted}; it is left out.")
        return default
