"""`check --deploy` with the settings of a public installation; a warning fails."""

from __future__ import annotations

import os
import subprocess
import sys

PUBLIC = {"HONK_URL": "https://honk.example", "HONK_BEHIND_PROXY": "1"}
# A proxy in front redirects to https and speaks for one host alone, whose siblings are not ours.
LEFT = ["security.W005", "security.W008", "security.W021"]


def main() -> int:
    """Run the checks in a process of its own; the exit code is Django's."""
    own = os.environ | PUBLIC | {"DJANGO_SETTINGS_MODULE": "honkweb.settings"}
    code = (
        "import django; from django.conf import settings;"
        f"settings.SILENCED_SYSTEM_CHECKS = {LEFT!r}; django.setup();"
        "from django.core.management import call_command;"
        "call_command('check', deploy=True, fail_level='WARNING')"
    )
    return subprocess.run([sys.executable, "-c", code], env=own, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
