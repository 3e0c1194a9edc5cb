"""Notebooks for tests, as bytes, and what is shown of them."""

from __future__ import annotations

import json
import re
from typing import Any

from reviews.diffs.notebook import render_cells


def cell(source: Any, kind: str = "code", **fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source}
    if kind == "code":
        found |= {"execution_count": None, "outputs": []}
    return found | fields


def book(*cells: dict[str, Any], **fields: Any) -> bytes:
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **fields}
    return json.dumps(whole, indent=1).encode()


def shown(old: bytes | None, new: bytes | None, view: str = "unified") -> str:
    html = render_cells(old, new, anchor="f3", view=view)
    assert html is not None
    return html


def headings(html: str) -> list[str]:
    return re.findall(r"<h3[^>]*>(.*?)</h3>", html)


def printed(text: str | list[str]) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def displayed(**data: Any) -> dict[str, Any]:
    kinds = {name.replace("_", "/"): value for name, value in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": kinds}
