"""A small Python test file in parts, for the guard's tests of what became of a test."""

from __future__ import annotations

HEAD = "import pytest, unittest, contextlib, os, math\nfrom app import f\n\n"
OTHER = "def test_other():\n    assert f(0) == 0\n\n"
TEST = "def test_f():\n    x = f(1)\n    assert x == 2\n    assert x < 9\n"


def source(*parts: str) -> str:
    return HEAD + OTHER + "\n".join(parts)


def case(body: str, base: str = "unittest.TestCase") -> str:
    """A class of unittest with one test whose body is given."""
    inner = "".join(f"        {line}\n" for line in body.splitlines())
    return f"{HEAD}class T({base}):\n    def test_f(self):\n{inner}"
