"""Additions to a Python test file that leave what stood there alone: rows, and fixtures."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator

from agents.verifiers.tests_in_python_names import Function, folded

# Fixtures of pytest and of plug-ins in wide use: one of that name would take their place.
_KNOWN = re.compile(
    r"(?:tmp|cap|record_|doctest_|pytest|django_|celery_|anyio_|aiohttp_|event_loop|admin_|mail)"
    r"|(?:monkeypatch|request|recwarn|cache|subtests|testdir|pytester|client|async_client|rf"
    r"|async_rf|db|transactional_db|settings|live_server|mocker|\w+_mocker|app|faker|freezer"
    r"|benchmark|httpx_mock|requests_mock|respx_mock|loop|page|browser|context|worker_id"
    r"|testrun_uid|caplog|httpserver|snapshot|datadir|shared_datadir|vcr|cov)$"
)


def is_plain(value: ast.expr) -> bool:
    """Whether a value is written out."""
    try:
        ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def is_for_one_test(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A fixture that only a test gets which asks for it, under a name that no plug-in gives."""
    if len(node.decorator_list) != 1 or _KNOWN.match(node.name):
        return False
    mark = node.decorator_list[0]
    if not isinstance(mark, ast.Call):
        return ast.unparse(mark) == "pytest.fixture"
    is_wide = [each for each in mark.keywords if each.arg == "scope"]
    return (
        ast.unparse(mark.func) == "pytest.fixture"
        and not mark.args
        and {each.arg for each in mark.keywords} <= {"scope", "params", "ids"}
        and all(folded(each.value) == "function" for each in is_wide)
    )


def has_more_rows(was: ast.stmt, now: ast.stmt) -> bool:
    """Whether a test differs by rows that follow the old ones in `parametrize`, and by no more."""
    if not (isinstance(was, Function) and isinstance(now, Function)) or was.name != now.name:
        return False
    if len(was.decorator_list) != len(now.decorator_list):
        return False
    pairs = list(zip(was.decorator_list, now.decorator_list, strict=True))
    if not all(ast.dump(one) == ast.dump(other) or _grew(one, other) for one, other in pairs):
        return False
    return _without_marks(was) == _without_marks(now)


def _grew(was: ast.expr, now: ast.expr) -> bool:
    if not (isinstance(was, ast.Call) and isinstance(now, ast.Call)):
        return False
    if ast.dump(was.func) != ast.dump(now.func) or not ast.unparse(was.func).endswith(
        "mark.parametrize"
    ):
        return False
    before, after = dict(_given(was)), dict(_given(now))
    return list(before) == list(after) and all(
        ast.dump(value) == ast.dump(after[key])
        or (key in (1, "argvalues", "ids") and _is_longer(value, after[key]))
        for key, value in before.items()
    )


def _given(call: ast.Call) -> Iterator[tuple[int | str | None, ast.expr]]:
    yield from enumerate(call.args)
    yield from ((each.arg, each.value) for each in call.keywords)


def _is_longer(was: ast.expr, now: ast.expr) -> bool:
    """The old rows as they were, and plain ones behind them."""
    lists = ast.List | ast.Tuple
    if not (isinstance(was, lists) and isinstance(now, lists) and was.elts):
        return False
    old, new = ([ast.dump(each) for each in side.elts] for side in (was, now))
    return new[: len(old)] == old and all(_is_row(each) for each in now.elts[len(old) :])


def _is_row(row: ast.expr) -> bool:
    if isinstance(row, ast.Call) and ast.unparse(row.func) == "pytest.param":
        names = {each.arg for each in row.keywords}
        return names <= {"id"} and all(map(is_plain, row.args))
    return is_plain(row)


def _without_marks(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    bare = copy.copy(node)
    bare.decorator_list = []
    return ast.dump(bare)
