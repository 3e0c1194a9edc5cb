from __future__ import annotations

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
