"""Changed words against git's own word diff, one pair of lines after another, by language."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.diffs import languages, read_patch, render_file
from reviews.diffs.intraline import changed_words
from reviews.diffs.words import PATTERNS, tokens

PAIRS: dict[str, list[tuple[str, str]]] = {
    "ada": [
        ("   Total : Integer := 16#FF#;", "   Total : Integer := 16#FE#;"),
        ("   if Left_Size /= Right_Size then", "   if Left_Size >= Right_Size then"),
        ("   for Index in 1 .. Count loop", "   for Index in 2 .. Count loop"),
        ("   Ratio := Mean ** 2 + 1.5E-10;", "   Ratio := Mean ** 2 + 1.5E-11;"),
    ],
    "bibtex": [
        ("  author = {Knuth, Donald E.},", "  author = {Knuth, Donald Ervin},"),
        ("  year = 1984,", "  year = {1984},"),
        ("  title = {The TeXbook of 1986},", "  title = {The METAFONTbook of 1986},"),
    ],
    "cpp": [
        ("return node->next != other;", "return node->previous != other;"),
        ("total = total + price * 0x1F;", "total += total + price * 0x2F;"),
        ("if (first && second) run(first);", "if (first & second) run(first);"),
        ("while (left <= right) left++;", "while (left < right) left--;"),
        ("mask = value << shift | base::flag;", "mask = value >> shift | base:flag;"),
        ("double eps = 1.5e-10, half = .5f;", "double eps = 1.5e-12, half = .25f;"),
        ("(object.*member)(argument, 12);", "(object->*member)(argument, 12);"),
    ],
    "csharp": [
        ("var items = list.Where(x => x.Age >= 18);", "var items = list.Where(x => x.Age > 18);"),
        ("total += order.Price * 0.19f;", "total -= order.Price * 0.21f;"),
        ("if (first == null || second) return;", "if (first != null && second) return;"),
    ],
    "css": [
        ("  margin-top: 10px !important;", "  margin-top: 15px !important;"),
        (".card-header label { color: #C6C6C6; }", ".card-footer label { color: #C6C6C7; }"),
        ("  width: 150px; border: 1px dashed;", "  width: 150em; border: 1px dotted;"),
        ("  padding-bottom: 3px; float: left;", "  padding-left: 3px; float: left;"),
    ],
    "dts": [
        ('compatible = "vendor,device-one", "simple";',
         'compatible = "vendor,device-two", "simple";'),
        ("#size-cells = <0xf00 1 2 3>; // cells", "#size-cells = <0xeed 1 2 3>; // cells"),
        ("interrupts = <&controller 12 (3 << 4)>;", "interrupts = <&controller 12 (3 >> 4)>;"),
    ],
    "elixir": [
        ("  Enum.map(list, &String.upcase/1) |> sort()",
         "  Enum.map(list, &String.downcase/1) |> sort()"),
        ("  {:ok, value} -> send(value, :done)", "  {:error, value} -> send(value, :done)"),
        ("  first <> second <> rest_of_it", "  first ++ second <> rest_of_it"),
    ],
    "fortran": [
        ("      if (alpha .eq. beta) total = total + 1", "      if (alpha .ne. beta) total = total + 1"),
        ("      area = width ** 2 / height", "      area = width ** 3 / height"),
        ("      name = first // second // third", "      name = first // second / third"),
    ],
    "golang": [
        ("value, err := load(name, 10)", "value, err = load(name, 10)"),
        ("for i := 0; i < size; i++ {", "for i := 0; i <= size; i++ {"),
        ("results <- compute(items...)", "results <- compute(items)"),
        ("flags &^= mask | 0x1F", "flags &= mask | 0x1F"),
    ],
    "html": [
        ('<a href="/old/place" class="button">Read</a>',
         '<a href="/new/place" class="button">Read</a>'),
        ("<p>Some text with &nbsp; in it</p>", "<p>Some words with &nbsp; in it</p>"),
        ("<tag>the content of it</tag>", "<tag id=7>the content of it</tag>"),
    ],
    "java": [
        ("for (int i = 0; i < size; i++) run();", "for (int i = 0; i <= size; i++) run();"),
        ("long mask = value >>> 3 | 0xFFL;", "long mask = value >> 3 | 0xFFL;"),
        ("private final Map<String, Item> cache;", "private static Map<String, Item> cache;"),
        ("double limit = 1e10 + base;", "double limit = 1e12 + base;"),
    ],
    "kotlin": [
        ("val name = user?.name ?: unknown()", "val name = user.name ?: unknown()"),
        ("if (first === second) add(first!!)", "if (first == second) add(first!!)"),
        ("val big = 100_000 + 0xFF_EC", "val big = 100_000 + 0xFF_ED"),
        ("for (i in 0..limit) list += i", "for (i in 0..limit) list -= i"),
    ],
    "markdown": [
        ("Some words *here* and there.", "Some words *there* and there."),
        ("A [link](http://a.example/one) with text after it.",
         "A [link](http://a.example/two) with text after it."),
    ],
    "matlab": [
        ("result = first .* second + offset;", "result = first ./ second + offset;"),
        ("if alpha ~= beta && gamma", "if alpha == beta && gamma"),
        ("values = [1 2 -1e10 4];", "values = [1 2 -2e10 4];"),
    ],
    "objc": [
        ("[self setTitle:name forState:normal];", "[self setTitle:text forState:normal];"),
        ("view->frame.size += 0x10;", "view->frame.size -= 0x10;"),
    ],
    "pascal": [
        ("if Count <> Limit then Total := Count;", "if Count >= Limit then Total := Count;"),
        ("var Numbers : array[Low..High] of Integer;", "var Numbers : array[Low..Last] of Integer;"),
    ],
    "perl": [
        ("my $class = shift; return bless {}, $class;", "my ($class) = @_; return bless {}, $class;"),
        ("my %seen = (name => $name, size => 10);", "my %seen = (name => $title, size => 10);"),
        ("next if $line =~ /^#/ || $line eq $end;", "next if $line !~ /^#/ || $line eq $end;"),
    ],
    "php": [
        ("$user->name = $request['name'] . $suffix;", "$user->title = $request['name'] . $suffix;"),
        ("if ($first === $second && Cache::has($id))", "if ($first == $second && Cache::has($id))"),
        ("$text .= number_format($amount, 2);", "$text = number_format($amount, 2);"),
    ],
    "python": [
        ("def load(self, name: str, size=10) -> None:", "def load(self, title: str, size=10) -> None:"),
        ("ratio = total // count ** 2 + 0x1F", "ratio = total / count * 2 + 0x1F"),
        ("if left <= right and name != other:", "if left < right and name == other:"),
        ("    self.count += 1.5e-10 * weight", "    self.count -= 1.5e-11 * weight"),
        ("    values = {'first': 1, 'second': 2}", "    values = {'first': 1, 'third': 2}"),
    ],
    "ruby": [
        ("@count += items.map { |item| item.size }", "@total += items.map { |item| item.size }"),
        ("return unless name =~ /abc/ && $debug", "return unless name !~ /abc/ && $verbose"),
        ("Module::Name.call(one, two => three)", "Module::Other.call(one, two => three)"),
    ],
    "rust": [
        ("let mut total: u32 = items.iter().sum();", "let mut total: u64 = items.iter().sum();"),
        ("for index in start..=limit { push(index); }", "for index in start...limit { push(index); }"),
        ("std::mem::swap(&mut left, &mut right);", "std::ptr::swap(&mut left, &mut right);"),
    ],
    "scheme": [
        ("(define (my-func first second) (+ first 1))", "(define (my-other first second) (+ first 1))"),
        ("(let ((count (add1 total))) count)", "(let ((count (sub1 total))) count)"),
    ],
    "tex": [
        (r"\section{Something about words}", r"\section{Something new about words}"),
        (r"This is \emph{important} text here.", r"This is \textbf{important} text here."),
        (r"\vspace{1em} and some more text", r"\vspace{2cm} and some more text"),
    ],
}  # fmt: skip


def ours(language: str, old: str, new: str) -> tuple[str, str]:
    found = changed_words(old, new, language)
    assert found is not None, (language, old, new)
    return shown(old, found[0]), shown(new, found[1])


def shown(line: str, ranges: list[tuple[int, int]]) -> str:
    """The line without white space, a ^ under each changed character."""
    changed = {at for start, end in ranges for at in range(start, end)}
    marks = "".join("^" if at in changed else "." for at, c in enumerate(line) if c != " ")
    return f"{line.replace(' ', '')}\n{marks}"


@cache
def git_answers(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """git's word diff of all pairs, a file a language, with unchanged lines between."""
    for side in (0, 1):
        for language, pairs in PAIRS.items():
            lines = [f"{pair[side]}\n{'keep ' * 3}{at}\n" for at, pair in enumerate(pairs)]
            (folder / language).write_text("".join(lines))
        git(folder, "init", "-q") if not side else None
        (folder / ".git/info/attributes").write_text("".join(f"{x} diff={x}\n" for x in PAIRS))
        git(folder, "add", ".") if not side else None
    return {
        language: read_porcelain(git(folder, "diff", "-U0", "--word-diff=porcelain", language))
        for language in PAIRS
    }


def git(folder: Path, *arguments: str) -> str:
    environment = {
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "LC_ALL": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
    }  # fmt: skip
    argv = ["git", "-C", str(folder), *arguments]
    return subprocess.run(argv, capture_output=True, check=True, text=True, env=environment).stdout


def read_porcelain(text: str) -> list[tuple[str, str]]:
    """What git changed in each hunk of one line, drawn as `shown` draws it."""
    answers = []
    for hunk in re.split(r"^@@.*\n", text, flags=re.MULTILINE)[1:]:
        sides = {"-": ["", ""], "+": ["", ""]}
        for part in hunk.splitlines():
            for side in sides if part[0] == " " else sides.keys() & {part[0]}:
                words = part[1:].replace(" ", "")
                sides[side][0] += words
                sides[side][1] += ("." if part[0] == " " else "^") * len(words)
        answers.append(("\n".join(sides["-"]), "\n".join(sides["+"])))
    return answers


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("words")


@pytest.mark.parametrize("language", PAIRS)
def test_the_words_that_changed_are_the_ones_git_says(language: str, repository: Path) -> None:
    answers = git_answers(repository)[language]
    assert len(answers) == len(PAIRS[language])
    for (old, new), answer in zip(PAIRS[language], answers, strict=True):
        assert ours(language, old, new) == answer


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("my_var=10; export my_var", "new_var=10; export my_var", (["my_var"], ["new_var"])),
        ("echo $USER > out.txt", "echo $USERNAME > out.txt", (["$USER"], ["$USERNAME"])),
        ("ls -a --all some/dir", "ls -x --all some/dir", (["-a"], ["-x"])),
        ("cp ${HOME:-none} target", "cp ${HOME:=none} target", ([":-"], [":="])),
        ("sleep 3.14 && run", "sleep 2.71 && run", (["3.14"], ["2.71"])),
    ],
)
def test_the_words_of_a_shell_are_names_options_and_signs(
    old: str, new: str, words: tuple[list[str], list[str]]
) -> None:
    """The system's git may still take all between two spaces for one word of the shell."""
    found = changed_words(old, new, "bash")
    assert found is not None
    assert ([old[a:b] for a, b in found[0]], [new[a:b] for a, b in found[1]]) == words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("x-1 = -1.5e-10 + 0x1F", ["x", "-", "1", "=", "-1.5e-10", "+", "0x1F"]),
        ("a?.b ?? c === 1_000n", ["a", "?.", "b", "??", "c", "===", "1_000n"]),
        ("1..5 ... v1.2.3", ["1", "..", "5", "...", "v1", ".", "2.3"]),
        ("привет, e\u0301tude", ["привет", ",", "e\u0301tude"]),
        ("№\ufe0f 100%", ["№\ufe0f", "100", "%"]),
    ],
)
def test_the_words_of_an_unknown_language_are_names_numbers_and_operators(
    line: str, words: list[str]
) -> None:
    assert [token for token in tokens(line) if not token.isspace()] == words


@pytest.mark.parametrize("language", ["", "bash", *PAIRS])
@given(line=st.text() | st.text("-.+ae1x_=<>\\{}|#$@\u0301\udc80 ", max_size=40))
def test_the_words_of_any_line_are_the_line(language: str, line: str) -> None:
    assert "".join(tokens(line, language)) == line


@pytest.mark.parametrize(
    ("path", "language"),
    [
        (b"src/main.c", "cpp"), (b"a.d/board.dtsi", "dts"), (b"main.go", "golang"),
        (b"x.py", "python"), (b"style.scss", "css"), (b"page.html", "html"), (b"run.sh", "bash"),
        (b"unit.pas", "pascal"), (b"a.rb", "ruby"), (b"a.kt", "kotlin"), (b"README.md", "markdown"),
        (b"paper.tex", "tex"), (b"core.clj", "scheme"), (b"x.f90", "fortran"), (b"x.bib", "bibtex"),
    ],
)  # fmt: skip
def test_a_file_is_cut_into_the_words_of_its_language(path: bytes, language: str) -> None:
    assert PATTERNS[languages.language_of(path)] is PATTERNS[language]


def test_a_file_of_any_other_kind_gets_neutral_words() -> None:
    assert languages.language_of(b"notes.txt") not in PATTERNS
    assert tokens("a => b", "no such language") == tokens("a => b")


def test_the_page_cuts_a_file_by_the_language_of_its_name() -> None:
    body = (
        b"--- a/%s\n+++ b/%s\n@@ -1 +1 @@\n-  width: 150px; top: 1px\n+  width: 150em; top: 1px\n"
    )
    for name, marked in ((b"x.css", "150<b>em</b>;"), (b"x.unknown", "<b>150em</b>;")):
        (parsed,) = read_patch(body % (name, name)).files
        assert marked in render_file(parsed, anchor="f0")
