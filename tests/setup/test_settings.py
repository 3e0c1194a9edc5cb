from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests import modes


def test_the_suite_lays_a_data_folder_of_its_own() -> None:
    assert "honk-tests-" in str(settings.HONK_DATA)
    assert settings.HONK_AGENT_KEY == ""


@pytest.mark.django_db
def test_the_database_is_a_file_or_a_server_and_never_memory() -> None:
    if modes.IS_FLEET:
        assert connection.vendor == "postgresql"
    else:
        assert "memory" not in str(connection.settings_dict["NAME"])
        assert str(connection.settings_dict["NAME"]).startswith(str(settings.HONK_DATA))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"HONK_SECRET_KEY": "short"}, "shorter than 32 characters"),
        ({"HONK_DEBUG": "true", "HONK_HOST": "0.0.0.0"}, "it works on loopback only"),
    ],
)
def test_settings_that_would_show_secrets_refuse_to_start(
    given: dict[str, str], sentence: str, tmp_path: Path
) -> None:  # S121
    env = {"PATH": os.environ["PATH"], "HONK_DATA": str(tmp_path), **given}
    said = subprocess.run(
        [sys.executable, "manage.py", "check"], env=env, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert said.returncode != 0
    assert sentence in said.stderr
