"""An empty SQLite database of the benchmark's own, in a folder that goes away with it."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache


@cache
def ready() -> None:
    """Lay the settings and migrate, once a process; import records only after this."""
    folder = tempfile.mkdtemp(prefix="honk-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    os.environ |= {"HONK_DATA": folder, "HONK_LOG": "ERROR"}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "honkweb.settings")

    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    settings.ALLOWED_HOSTS.append("testserver")  # as Django's test clients call themselves
    call_command("migrate", verbosity=0)
