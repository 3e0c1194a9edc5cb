"""`show_diff`: any file, no database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATCH = "--- a/café\n+++ b/café\n@@ -1 +1,2 @@\n-a\n+b\n".encode() + b"+\xff\x9b\n"


def show(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"], "HONK_DATA": str(file.parent / "data"), "LC_ALL": "C",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "manage.py", "show_diff", str(file), *options],
        cwd=ROOT, env=environment, capture_output=True, check=False, encoding="utf-8",
    )  # fmt: skip


def test_the_parsed_form_has_the_shape_of_the_contract(tmp_path: Path) -> None:
    file = tmp_path / "x.diff"
    file.write_bytes(PATCH)
    done = show(file, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "files": [
            {
                "index": 0, "path": "café", "old_path": None, "status": "modified", "added": 2,
                "removed": 1, "old_mode": None, "new_mode": None, "is_binary": False,
                "error": None,
                "hunks": [
                    {"rows": [["-", 1, None, "a"], ["+", None, 1, "b"],
                              ["+", None, 2, "\ufffd\ufffd"]]}
                ],
            }
        ]
    }  # fmt: skip


def test_the_page_has_one_table_row_a_line_and_no_database_is_made(tmp_path: Path) -> None:
    file = tmp_path / "x.diff"
    file.write_bytes(PATCH)
    done = show(file)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("<tr") == 3
    assert "café" in done.stdout
    assert not list((tmp_path / "data").glob("*.sqlite3*"))


def test_a_file_that_is_no_diff_is_shown_and_a_missing_one_is_told(tmp_path: Path) -> None:
    file = tmp_path / "noise"
    file.write_bytes(bytes(range(256)) * 40)
    done = show(file)
    assert done.returncode == 0
    assert "There is no diff in this text." in done.stdout
    assert "No such file" in show(tmp_path / "missing").stderr


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = show(pipe)
    assert done.returncode == 1
    assert "is no regular file. Save the diff to one first." in done.stderr
