"""`make bench`: print the table, write var/bench.json; fails when a goal is missed."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from tests.bench import harness

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Load every bench_*.py beside this file and run what the arguments name, or all."""
    for path in sorted(HERE.glob("bench_*.py")):
        importlib.import_module(f"tests.bench.{path.stem}")
    rows = harness.run(sys.argv[1:])
    print(harness.table(rows))
    harness.write(rows, HERE.parent.parent / "var" / "bench.json")
    return 0 if all(row.is_reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
