"""Reading changes: git's output to files, rows and HTML. Pure: no database, no process, no request.

index_patch lists a change's files; parse_file opens one of them; read_patch takes text that
somebody else's tool wrote; render_file and to_json show either.
"""

from reviews.diffs.anchor import Ported, Porter, port
from reviews.diffs.describe import describe
from reviews.diffs.document import render_document
from reviews.diffs.foreign import ForeignPatch, read_patch
from reviews.diffs.index import index_patch
from reviews.diffs.jsonform import to_json
from reviews.diffs.model import FileEntry, Hunk, ParsedFile, Row, Status
from reviews.diffs.names import decode_name, display_path
from reviews.diffs.parse import PAGE, WHOLE, Window, parse_file
from reviews.diffs.render import SPLIT, UNIFIED, VIEWS, Options, render_file, render_rows

__all__ = [
    "PAGE",
    "SPLIT",
    "UNIFIED",
    "VIEWS",
    "WHOLE",
    "FileEntry",
    "ForeignPatch",
    "Hunk",
    "Options",
    "ParsedFile",
    "Ported",
    "Porter",
    "Row",
    "Status",
    "Window",
    "decode_name",
    "describe",
    "display_path",
    "index_patch",
    "parse_file",
    "port",
    "read_patch",
    "render_document",
    "render_file",
    "render_rows",
    "to_json",
]
