"""A whole patch as one HTML page that needs nothing else: no script, no request, no database."""

from __future__ import annotations

from reviews.diffs import text
from reviews.diffs.foreign import ForeignPatch
from reviews.diffs.model import ParsedFile
from reviews.diffs.render import Options, render_file

_HEAD = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Diff</title>'
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
)
_PLAIN = Options(is_compact=False, is_folded=False)


def render_document(patch: ForeignPatch, css: str = "") -> str:
    """Every file with all its rows, unified and unfolded. css: trusted, our own stylesheets."""
    parts = [_HEAD, f"<style>{css}</style></head>\n<body><main>\n<h1>Diff</h1>\n"]
    if patch.problem:
        parts.append(f'<p class="note">{text.to_html(patch.problem)}</p>\n')
    parts.extend(_section(parsed) for parsed in patch.files)
    parts.append("</main></body></html>\n")
    return "".join(parts)


def _section(parsed: ParsedFile) -> str:
    entry = parsed.entry
    anchor = f"f{entry.index}"
    name = text.to_html(text.decode(entry.path)) or "unnamed"
    word = str(entry.status).replace("_", " ")
    return (
        f'<section id="{anchor}"><h2><bdi>{name}</bdi></h2>\n'
        f"<p>{word}, {entry.added} added, {entry.removed} removed</p>\n"
        f"{render_file(parsed, anchor=anchor, options=_PLAIN)}</section>\n"
    )
