"""The same diff as three pages for a browser: ours on a real server, and two to measure against."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from reviews.diffs import WHOLE, index_patch, parse_file, render_file
from tests.bench.diffs_made import Made
from tests.installation import ROOT, free_port, wait_for

DIFF2HTML = ROOT / "node_modules" / "diff2html" / "bundles"
SHEETS = ("tokens", "base", "diff", "caption", "code")
HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'


def plain_page(diff: Made, folder: Path) -> str:
    """Address of a page with all our rows at once, in the one table of each file."""
    css = "".join((ROOT / "static" / "css" / f"{name}.css").read_text() for name in SHEETS)
    bodies = []
    for entry in index_patch(diff.patch, diff.raw):
        parsed = parse_file(diff.patch[entry.start : entry.end], entry, WHOLE)
        html = render_file(parsed, anchor=f"f{entry.index}")
        rows = html.replace('<div class="block full">', "<div>").replace(
            '<div class="block">', "<div>"
        )
        bodies.append(f'<section class="file">{_one_table(rows)}</section>')
    page = folder / "plain.html"
    page.write_text(f"{HEAD}<style>{css}</style><main>{''.join(bodies)}</main>")
    return page.as_uri()


def _one_table(html: str) -> str:
    """Blocks and the tables in them as one table: what content-visibility has nothing to do with."""
    first, *others = html.split("<table>")
    joined = "".join(other.replace("</table>", "").replace("</div><div>", "") for other in others)
    return f"{first}<table>{joined}</table>"


def diff2html_page(diff: Made, folder: Path) -> str | None:
    """Address of a page where diff2html draws the same patch; None when it is not installed."""
    if not DIFF2HTML.exists():
        return None
    patch = json.dumps(diff.patch.decode("utf-8", "replace")).replace("</", "<\\/")
    page = folder / "diff2html.html"
    page.write_text(
        f'{HEAD}<link rel="stylesheet" href="{(DIFF2HTML / "css/diff2html.min.css").as_uri()}">'
        f'<script src="{(DIFF2HTML / "js/diff2html.min.js").as_uri()}"></script><main></main>'
        f"<script>document.querySelector('main').innerHTML = Diff2Html.html({patch}, "
        "{drawFileList: true, outputFormat: 'line-by-line'});</script>"
    )
    return page.as_uri()


@contextmanager
def serving() -> Iterator[str]:
    """The real server on the benchmark's own database; its address."""
    port = free_port()
    own = {**os.environ, "PORT": str(port)}
    argv = [sys.executable, "-m", "uvicorn", "honkweb.asgi:application", "--port", str(port)]
    server = subprocess.Popen([*argv, "--log-level", "warning"], env=own, cwd=ROOT)
    try:
        address = f"http://localhost:{port}"
        wait_for(lambda: _answers(address), lambda: "the server does not answer")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=60)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False
