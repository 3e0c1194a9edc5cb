"""Scripts that the diff reader imports are asked for at once, not one after the other."""

from __future__ import annotations

import re
from pathlib import Path

from reviews.templatetags.modules import imported, module_preloads

SCRIPTS = Path(__file__).resolve().parents[2] / "static" / "js"


def test_every_script_that_the_reader_imports_is_told_beforehand_once() -> None:
    told = re.findall(r'href="/static/\w+/(js/[\w-]+\.js)"', module_preloads("js/reader.js"))
    assert len(told) == len(set(told)) > 20
    assert "js/reader.js" not in told
    for name in ("js/reader.js", *told):
        text = (SCRIPTS.parent / name).read_text()
        for other in re.findall(r'from "\./([\w-]+\.js)"|import "\./([\w-]+\.js)"', text):
            assert f"js/{other[0] or other[1]}" in (*told, "js/reader.js")


def test_a_script_that_is_not_there_imports_nothing() -> None:
    assert imported("js/nowhere.js") == ()
