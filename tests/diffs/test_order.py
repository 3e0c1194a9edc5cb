"""The order in which a change is read."""

from __future__ import annotations

import random
import time

import pytest

from reviews.diffs.kinds import kind_of
from reviews.diffs.order import Given, group_of, headings, order


def given_files(files: dict[str, str]) -> list[Given]:
    pairs = [(path.encode(), content.encode()) for path, content in files.items()]
    return [Given(n, path, kind_of(path, text), text) for n, (path, text) in enumerate(pairs)]


def read_in_order(files: dict[str, str]) -> list[str]:
    paths = list(files)
    return [paths[place.index] for place in order(given_files(files))]


def beside(files: dict[str, str]) -> set[str]:
    paths = list(files)
    return {paths[place.index] for place in order(given_files(files)) if place.is_beside}


def test_what_explains_comes_first_and_what_tools_wrote_comes_last() -> None:
    files = {
        "README.md": "",
        "go.sum": "example.com/x v1.2.3 h1:" + "A" * 43 + "=\n",
        "logo.png": "\0",
        "pyproject.toml": "",
        "src/a.py": "",
        "src/ports.py": "",
        "tests/test_other.py": "",
        "vendor/x.py": "",
    }
    assert read_in_order(files) == [
        "src/ports.py", "src/a.py", "tests/test_other.py", "pyproject.toml", "README.md", "go.sum",
        "vendor/x.py", "logo.png",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "files",
    [
        {"app/a.py": "from app.z import f\n", "app/z.py": ""},
        {"app/a.py": "from . import z\n", "app/z.py": ""},
        {"app/a.py": "from .deep.z import f\n", "app/deep/z.py": ""},
        {"app/a.py": "from app import (\n    other,\n    z,\n)\n", "app/z.py": ""},
        {"a.py": "import z\n", "z.py": ""},
        {"web/a.ts": "import { f } from './lib/z';\n", "web/lib/z.ts": ""},
        {"web/a.ts": "const f = require('../z.service')\n", "z.service.ts": ""},
        {"web/a.ts": "import x from '@/store'\n", "src/store/index.ts": "", "b.css": ""},
        {"a.scss": "@use './z';\n", "z.scss": ""},
        {"a.c": '#include "z.inc"\n', "src/z.inc": ""},
        {"cmd/a.go": 'import (\n\t"fmt"\n\t"example.com/m/pkg/z"\n)\n', "pkg/z/deal.go": ""},
        {"src/a.rs": "mod z;\n", "src/z.rs": ""},
        {"src/a.rs": "use crate::net::z::Thing;\n", "src/net/z.rs": ""},
        {"lib/a.rb": "require_relative 'z'\n", "lib/z.rb": ""},
        {"src/com/a/A.java": "import com.b.Zed;\n", "src/com/b/Zed.java": ""},
        {"src/a/A.kt": "class A(val z: Zed)\n", "src/a/Zed.kt": ""},
        {"app/A.php": "<?php\nuse App\\Deep\\Zed;\n", "app/Deep/Zed.php": ""},
        {"a.sh": '. "$here/z.sh"\n', "z.sh": ""},
    ],
)
def test_what_others_name_comes_before_them(files: dict[str, str]) -> None:
    user, provider = list(files)[:2]
    found = read_in_order(files)
    assert found.index(provider) < found.index(user)


def test_a_name_that_only_sounds_alike_moves_nothing() -> None:
    files = {"app/a.py": "import os\nfrom typing import text\n", "app/os.py": "", "x/text.py": ""}
    assert read_in_order(files) == sorted(files)


@pytest.mark.parametrize(
    ("test", "subject"),
    [
        ("tests/test_zoo.py", "app/zoo.py"),
        ("pkg/zoo_test.go", "pkg/zoo.go"),
        ("src/zoo.test.ts", "src/zoo.ts"),
        ("src/__tests__/zoo.tsx", "src/zoo.tsx"),
        ("src/test/java/b/ZooTest.java", "src/main/java/b/Zoo.java"),
        ("spec/zoo_spec.rb", "lib/zoo.rb"),
        ("tests/b/test_zoo_hours.py", "b/zoo.py"),
    ],
)
def test_a_test_stands_directly_after_the_code_it_tests(test: str, subject: str) -> None:
    files = {"a/other.py": "", subject: "", test: "", "zz/last.py": ""}
    found = read_in_order(files)
    assert found.index(test) == found.index(subject) + 1
    assert beside(files) == {test}


def test_a_test_stands_after_what_it_imports_when_no_name_tells() -> None:
    files = {"a.py": "", "b.py": "", "tests/test_all.py": "from a import f\n"}
    assert read_in_order(files) == ["a.py", "tests/test_all.py", "b.py"]


def test_of_equal_names_the_one_in_the_like_folder_is_tested() -> None:
    files = {"a/views.py": "", "b/views.py": "", "tests/b/test_views.py": ""}
    assert read_in_order(files) == ["a/views.py", "b/views.py", "tests/b/test_views.py"]


def test_files_that_name_each_other_stand_by_path() -> None:
    files = {"b.py": "import a\n", "a.py": "import c\n", "c.py": "import b\n"}
    assert read_in_order(files) == ["b.py", "c.py", "a.py"]


def test_the_order_does_not_depend_on_how_files_are_given() -> None:
    made = random.Random(4)
    names = [f"{made.choice('abc')}/{made.choice('xyz')}{n}.py" for n in range(60)]
    given = given_files(
        {n: f"from {made.choice(names)[:-3].replace('/', '.')} import q\n" for n in names}
    )
    wanted = order(given)
    for _ in range(5):
        made.shuffle(given)
        assert order(given) == wanted
    assert sorted(place.index for place in wanted) == list(range(60))


def test_headings_stand_above_the_first_of_each_group() -> None:
    rows = [("interface", False), ("code", False), ("test", True), ("test", False), ("lock", False)]
    assert headings(rows) == [
        "What it offers", "What changes", "", "What proves it", "Written by tools",
    ]  # fmt: skip
    assert headings([("", False), ("", False)]) == ["", ""]
    assert group_of("config") == "How it is set up"


def test_tests_of_interfaces_come_after_the_last_interface() -> None:
    files = {"a/types.py": "", "b/models.py": "", "tests/test_types.py": "", "c.py": ""}
    assert read_in_order(files) == ["a/types.py", "b/models.py", "tests/test_types.py", "c.py"]


def test_seven_thousand_files_are_ordered_within_a_second() -> None:
    text = "".join(f"from app.m{n} import f{n}\n" for n in range(20)) + "x = 1\n" * 500
    names = [f"app/d{n % 70}/m{n}.py" for n in range(5_000)]
    names += [f"tests/d{n % 70}/test_m{n}.py" for n in range(2_000)]
    given = [
        Given(n, p.encode(), kind_of(p.encode(), b""), text.encode()) for n, p in enumerate(names)
    ]
    started = time.process_time()
    placed = order(given)
    assert time.process_time() - started < 2  # half of it on an idle machine
    assert sum(place.is_beside for place in placed) == 2_000
