"""Sets Honkweb up and starts it, tests it or checks it: `python honkweb/bootstrap.py VERB`.

The Makefile calls this with the first Python that is new enough. Nothing but the standard library
is used, and this file parses under any Python, so that an old one is told in a sentence.
"""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOO_OLD = (
    "Honkweb needs Python 3.12 or newer, and this is Python %d.%d: install python3.12 (Debian 13: "
    "apt install python3; elsewhere: pyenv, uv or your system's packages) and run make again."
)


def main():
    """Check the Python that runs this, then hand over to the verb's module."""
    if sys.version_info < (3, 12):
        sys.stderr.write(TOO_OLD % sys.version_info[:2] + "\n")
        return 1
    # The folder of this file holds celery.py, which must not hide the package of that name.
    sys.path[0] = ROOT
    from honkweb.setup.verbs import run_verb

    return run_verb(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
