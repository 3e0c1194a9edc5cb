"""What encloses a line, in snippets of many languages; `>` marks the line that is asked for."""

from __future__ import annotations

import time

import pytest

from reviews.diffs.definitions import enclosing

PYTHON = """
import os

class Queue:
    \"\"\"Text.\"\"\"

    @property
    def size(self) -> int:
        if self.a:
            for b in self.c:
>               return b
        return 0

    def long(
        self,
        text: str,
    ) -> str:
        query = '''
select *
from x
'''
?       return query

    limit = 3
"""
CASES = {
    "python": ("a.py", PYTHON, ">", "def size"),
    "python, after a string that stands at the left": ("a.py", PYTHON, "?", "def long"),
    "python class body": ("a.py", "class A:\n    def b(self):\n        pass\n\n>   x = 1\n", ">",
                          "class A"),
    "python top": ("a.py", "def a():\n    pass\n\n>x = 1\n", ">", None),
    "typescript method": (
        "a.ts",
        "export class Shuffle<T> {\n  private a = 1;\n\n  async next(count: number): Promise<T> {\n"
        "    if (count) {\n>     return 1;\n    }\n  }\n}\n", ">", "next()"),
    "javascript arrow": ("a.js", "export const run = async (a) => {\n>  b();\n};\n", ">", "run"),
    "javascript function": ("a.mjs", "function go(a) {\n  try {\n>    b();\n  } catch (e) {\n  }\n}\n",
                            ">", "function go"),
    "javascript test": ("a.test.js", "describe('queue', () => {\n  it('is empty', () => {\n>    x();\n",
                        ">", "it is empty"),
    "kotlin": (
        "Q.kt",
        "class ShuffleQueue(\n    private val a: Int,\n) : Queue {\n    override fun onShuffle() {\n"
        "        a.forEach {\n>           b(it)\n        }\n    }\n}\n", ">", "fun onShuffle"),
    "kotlin class": ("Q.kt", "data class Queue(\n>   val a: Int,\n)\n", ">", "class Queue"),
    "java": (
        "A.java",
        "public class A {\n    @Override\n    public List<String> names(int a,\n            int b) {\n"
        "        if (a > 1) {\n        } else {\n>           return x;\n        }\n    }\n}\n",
        ">", "names()"),
    "c#, braces on their own lines": (
        "A.cs",
        "namespace X\n{\n    public class A\n    {\n        public int Go(int a)\n        {\n"
        "            if (a > 0)\n            {\n>               return 1;\n            }\n",
        ">", "Go()"),
    "c": (
        "a.c",
        "#include <x.h>\n\nstatic int\nfoo(struct bar *b, int c)\n{\n\tint x;\n#ifdef Y\n\twhile (c) {\n"
        ">\t\tx = 1;\n\t}\n#endif\n}\n", ">", "foo()"),
    "c++": (
        "a.cpp",
        "namespace n {\nclass Queue : public Base {\n public:\n  void push(int a) override {\n"
        ">    b_ = a;\n  }\n", ">", "push()"),
    "c++ outside its class": ("a.cc", "Queue::~Queue() {\n  if (a)\n>    delete a;\n}\n", ">",
                              "Queue::~Queue()"),
    "go method": ("a.go", "type Q struct {\n\ta int\n}\n\nfunc (q *Q) Push(a int) error {\n\tfor {\n"
                  ">\t\treturn nil\n\t}\n}\n", ">", "func Push"),
    "go type": ("a.go", "type Queue struct {\n>\ta int\n}\n", ">", "type Queue"),
    "rust": ("a.rs", "impl Iterator for Q {\n    type Item = u8;\n    pub(crate) async fn next(&mut self)\n"
             "        -> Option<u8>\n    where\n        T: X,\n    {\n>       None\n    }\n}\n", ">",
             "fn next"),
    "rust impl": ("a.rs", "impl Iterator for Queue {\n    fn a() {\n    }\n>\n}\n", ">",
                  "impl Iterator for Queue"),
    "ruby": ("a.rb", "module M\n  class Q\n    def a\n    end\n\n    def push!(x)\n      if x\n"
             ">       y\n      end\n    end\n", ">", "def push!"),
    "ruby after a method": ("a.rb", "class Q\n  def a\n    1\n  end\n\n> attr :b\nend\n", ">", "class Q"),
    "php": ("a.php", "<?php\nclass A\n{\n    public function go(array $a): int\n    {\n>       return 1;\n",
            ">", "function go"),
    "swift": ("a.swift", "extension Queue {\n    mutating func push(_ a: Int) {\n>       b += a\n    }\n",
              ">", "func push"),
    "scala": ("a.scala", "object A {\n  def go(a: Int): Int = {\n>   a + 1\n  }\n}\n", ">", "def go"),
    "shell": ("a.sh", "set -e\nbuild() {\n  if x; then\n>   y\n  fi\n}\n", ">", "build()"),
    "css": ("a.css", "@media (min-width: 9px) {\n  .a,\n  .b > p {\n>   color: red;\n  }\n}\n", ">",
            ".b > p"),
    "yaml": ("ci.yml", "on: push\njobs:\n  build:\n    steps:\n      - run: x\n>       name: y\n", ">",
             "steps"),
    "toml": ("a.toml", "a = 1\n[tool.ruff]\nb = 2\n\n[[x]]\n>c = 3\n", ">", "[[x]]"),
    "markdown": ("a.md", "# A\n\n## Heading one\n\n```\n# no heading\n```\n>text\n", ">",
                 "## Heading one"),
    "json": ("a.json", '{\n  "scripts": {\n>   "x": 1\n  }\n}\n', ">", '"scripts"'),
    "protobuf": ("a.proto", "message User {\n>  string name = 1;\n}\n", ">", "message User"),
    "make": ("Makefile", "A = 1\n\nbuild: a b\n\tcc\n>\tld\n", ">", "build"),
    "no language": ("a.bin", "class A:\n>   x\n", ">", None),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_nearest_head_that_encloses_a_line_is_found(name: str) -> None:
    path, marked, mark, label = CASES[name]
    lines = marked.split("\n")
    at = next(n for n, line in enumerate(lines) if line.startswith(mark))
    for n, line in enumerate(lines):
        if line[:1] in (">", "?"):  # where the mark stands for a column, a blank takes its place
            lines[n] = line[1:] if line[1:2] in "\t[ctx" else f" {line[1:]}"
    found = enclosing([line.encode() for line in lines], at + 1, path.encode())
    assert (found and found[1]) == label


def test_a_head_encloses_itself_and_text_may_be_given_as_well() -> None:
    assert enclosing(["def a():", "    b()"], 1, "x.py") == (1, "def a")
    assert enclosing(["def a():", "    b()"], 2, "x.py") == (1, "def a")
    assert enclosing(["def a():"], 9, "x.py") is None


def test_a_long_file_of_hostile_lines_is_answered_at_once() -> None:
    lines = [b"  public " * 40 + b"(" * 40 for _ in range(20_000)] + [b"        x"]
    started = time.process_time()
    enclosing(lines, len(lines), b"A.java")
    enclosing([b"a" * 100_000] * 10 + [b" x"], 11, b"a.css")
    assert time.process_time() - started < 2
