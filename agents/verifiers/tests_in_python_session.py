"""Whether a Python test reaches for the run that it is part of."""

from __future__ import annotations

import ast

from agents.verifiers.tests_in_python_names import Function, Names

_LENT = {"request", "pytestconfig"}  # pytest's own, handed to whoever names them
_OF_REQUEST = {
    "param", "addfinalizer", "getfixturevalue", "path", "fspath", "scope", "fixturename",
    "fixturenames", "applymarker",
}  # fmt: skip
_OF_NODE = {
    "name", "nodeid", "originalname", "get_closest_marker", "iter_markers", "add_marker",
    "keywords", "callspec", "path", "user_properties", "rep_call", "rep_setup",
}  # fmt: skip
_RUNS = {"run", "__call__", "debug", "_callTestMethod", "_callSetUp", "_callTearDown"}


def of_session(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """What a test or a fixture does with what pytest lends it, in words; empty when it may."""
    given = {each.arg for each in (*node.args.args, *node.args.kwonlyargs)} & _LENT
    if not given or not (node.name.startswith("test") or node.decorator_list):
        return ""
    if "pytestconfig" in given:
        return "reaches for the settings of the tests"
    harmless = {id(each) for part in ast.walk(node) for each in _plain_use(part)}
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and each.id in given and id(each) not in harmless:
            return f"reaches for what {each.id} knows of other tests"
    return ""


def _plain_use(node: ast.AST) -> list[ast.expr]:
    """The name at the beginning of a chain that leads to nothing but the test itself."""
    if not (isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)):
        return []
    base = node.value
    if isinstance(base, ast.Name) and base.id == "request":
        return [base] if node.attr in _OF_REQUEST else []
    of_node = isinstance(base, ast.Attribute) and base.attr == "node" and node.attr in _OF_NODE
    return [base.value] if of_node and isinstance(base, ast.Attribute) else []


def runs_itself(node: ast.ClassDef, names: Names) -> str:
    """A case of unittest that decides itself how it runs: it is handed the result of all tests."""
    bases = [names.dotted(each) for each in node.bases]
    if not any("test" in each.lower() or "?" in each for each in bases):
        return ""
    own = [each.name for each in node.body if isinstance(each, Function) and each.name in _RUNS]
    return f"is run by its own {own[0]}" if own else ""
