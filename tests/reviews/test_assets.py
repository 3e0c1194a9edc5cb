"""Scripts and styles have one address per version."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.templatetags.static import static
from django.test import Client

from honkweb.assets import version


def test_every_change_to_a_file_or_its_name_makes_another_version(tmp_path: Path) -> None:
    folder, single = tmp_path / "static", tmp_path / "pins.txt"
    folder.mkdir()
    single.write_text("a==1")
    (folder / "a.js").write_text("1")
    seen = {version(folder, single)}
    assert seen == {version(folder, single)}
    (folder / "a.js").write_text("2")
    seen.add(version(folder, single))
    (folder / "a.js").rename(folder / "b.js")
    seen.add(version(folder, single))
    single.write_text("a==2")
    seen.add(version(folder, single))
    assert len(seen) == 4


def test_what_python_compiled_makes_no_other_version(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    before = version(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_bytes(b"1")
    assert version(tmp_path) == before


@pytest.mark.parametrize("address", ["css/base.css", "0123456789ab/css/base.css"])
def test_a_page_of_another_version_is_led_to_the_file_of_this_one(
    client: Client, address: str
) -> None:
    answer = client.get(f"/static/{address}")
    assert answer.status_code == 302
    assert answer.headers["Location"] == static("css/base.css") != f"/static/{address}"


@pytest.mark.parametrize("address", ["nothing.css", "../manage.py", "css/", "//example.org/a.css"])
@pytest.mark.django_db
def test_what_is_no_script_or_style_of_ours_is_not_there(client: Client, address: str) -> None:
    assert client.get(f"/static/{address}").status_code in (400, 404)
