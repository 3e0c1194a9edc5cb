"""Parse and render one diff file, whoever wrote it; reads no database."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from reviews.diffs import read_patch, render_document, to_json

# An 8-bit control introducer in the text must not reach a terminal as one.
_FOR_TERMINAL = dict.fromkeys(range(0x80, 0xA0), "\ufffd")


class Command(BaseCommand):
    """`show_diff FILE`: HTML on stdout, or the parsed form with --json. Exits 0 for any file."""

    help = "Show a diff file as HTML, or parsed as JSON (--json)."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true", help="print the parsed form")

    def handle(self, *_args: object, **options: Any) -> None:
        file: Path = options["file"]
        if file.exists() and not file.is_file():  # a pipe may never end
            raise CommandError(f"{file} is no regular file. Save the diff to one first.")
        try:
            patch = read_patch(file.read_bytes())
        except OSError as problem:
            raise CommandError(f"{file} cannot be read: {problem.strerror}.") from problem
        if options["json"]:
            out = json.dumps(to_json(patch.files))
            if patch.problem:
                self.stderr.write(patch.problem)
        else:
            out = render_document(patch, _css())
        self._print(out)

    def _print(self, out: str) -> None:
        if reconfigure := getattr(sys.stdout, "reconfigure", None):
            reconfigure(encoding="utf-8")
        self.stdout.write(out.translate(_FOR_TERMINAL) if self.stdout.isatty() else out)


def _css() -> str:
    folder = Path(settings.BASE_DIR) / "static" / "css"
    names = ("tokens.css", "diff.css", "caption.css")
    return "\n".join((folder / name).read_text("utf-8") for name in names)
