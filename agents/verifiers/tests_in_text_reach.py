"""What a file of tests does to the tests of others, in languages that are read by their text.

Each has a runner that loads many files into one program, and ways to reach what all of them share.
"""

from __future__ import annotations

import re

from agents.verifiers import tests_in_text_reach_js
from agents.verifiers.tests_in_text import without_comments
from agents.verifiers.tests_in_text_languages import GO, JAVA, JAVASCRIPT, RUBY, Language

# What of these packages changes something for all; flags and settings that are only read do not.
_GO_ACTS = (
    r"(?:flag\.(?:Set|CommandLine|Parse)\b|testing\.(?:Init|Main\w*|RunTests)\b|syscall\.\w+|plugin\.\w+"
    r"|os\.(?:Exit|Args|Setenv|Unsetenv|Clearenv|Chdir|Chmod|Remove\w*|Rename|WriteFile|Create\w*"
    r"|Truncate|StartProcess|Symlink|Link|Stdout *=)\b|exec\.Command\w*\([^\n]{0,200}\)\.\w+)"
)
_RUBY_CHANGES = (
    r"(?:remove_method|undef_method|define_method|alias_method|class_eval|class_exec|module_eval"
    r"|instance_method|prepend|include|extend|define_singleton_method|remove_const|const_set"
    r"|singleton_class|refine)"
)
_RUBY_SHARED = (
    r"(?:Object|BasicObject|Kernel|Module|Class|Proc|Integer|Float|Numeric|Comparable|String|Symbol"
    r"|Array|Hash|Range|Struct|NilClass|TrueClass|FalseClass|Exception|StandardError|Enumerable"
    r"|Minitest|RSpec|Test::Unit|ActiveSupport::TestCase|Minitest::(?!Test\b[ \t]*\n?$)\w+)"
)
_REACHES = {
    GO.path: re.compile(
        r"\bflag\.(?:CommandLine\b|Set\()|\bos\.Args(?:\[[^\]\n]{0,40}\])? *=(?!=)"
        r"|\b(?:os|syscall)\.Exit\("
        r"|\bsyscall\.Kill\(|\btesting\.(?:Init|Main\w{0,10}|RunTests)\(|//go:linkname\b"
        r"|^(?:import)?[ \t]+(?:\.|_|\w{1,40}) +\"(?:os|flag|testing|syscall|unsafe|os/exec)\""
        r"|^var (?:\((?:\n(?!\))[^\n]{0,300}){0,100}?\n[ \t]+)?\w[^\n=(]{0,100} = [^\n]{0,200}"
        rf"\b{_GO_ACTS}[^\n]{{0,40}}",
        re.MULTILINE,
    ),
    RUBY.path: re.compile(
        r"\bRSpec\.(?:configur|world|reset|clear)\w*|\bMinitest\.(?!autorun)\w{1,40}|\bMinitest::Test\.(?!new\b)\w+"
        r"|\bMinitest::(?:Runnable|Reporter|Result|Assertions|CompositeReporter)\b"
        rf"|\b(?:send|__send__|public_send)[ (]:?[\"']?{_RUBY_CHANGES}\b"
        rf"|(?<![\w:])[A-Z][\w:]{{0,100}}\.{_RUBY_CHANGES}\b(?![?!])"
        rf"|^[ \t]*(?:class|module) +(?:::)?{_RUBY_SHARED}\b(?!::)(?![^\n]*<)[^\n]{{0,40}}"
        r"|^[ \t]*class +(?:::)?Minitest::Test\b"
        r"|\bdef (?:self\.)?(?:runnable_methods|run_one_method|test_order|runnables"
        r"|method_added|with_info_handler|capture_exceptions|time_it)\b(?![?!=])"
        r"|^(?P<in>[ \t]*)class [^\n]{0,200}<[^\n]{0,200}(?:Test|Case|Spec)[^\n]{0,80}"
        r"(?:\n(?!(?P=in)end\b)[^\n]{0,300}){0,200}?\n[ \t]+def (?:self\.)?run\b(?![?!=])"
        r"|^[ \t]*def [A-Z]\w{0,60}\.\w|\bclass << *[A-Z]\w{0,60}|\bsuperclass\.(?!name\b)\w+"
        r"|\.(?:class_eval|class_exec|module_eval)\b|(?<![\w.])eval[ (]|\$LOADED_FEATURES\b"
        r"|\bat_exit\b|(?:^|[;{]|\bdo|\bthen|&&|\band) *(?:exit!?|abort)\b(?! *=)[^\n]{0,20}"
        r"|\b(?:Process|Kernel)\.(?:exit!?|abort|kill)|\bObjectSpace\b|\bTracePoint\b|\bset_trace_func\b",
        re.MULTILINE,
    ),
    JAVA.path: re.compile(
        r"\bSystem\.(?:exit|setSecurityManager)\("
        r"|\bRuntime\.getRuntime\(\)\.(?:halt|exit|addShutdownHook)\("
        r"|\bexitProcess\("
        r"|^(?:internal |public |inline )*fun (?:<[^>\n]{1,40}> )?(?:assert(?:Equals"
        r"|NotEquals|True|False|Null|NotNull|That|Throws|Same|NotSame|Contains|ContentEquals|FailsWith"
        r"|All|IterableEquals|ArrayEquals|InstanceOf|DoesNotThrow|Is)?|fail|expect|check|require)\(",
        re.MULTILINE,
    ),
}
_MOST = 50


def reaches(language: Language | None, text: str) -> list[str]:
    """What stands there, of everything that tests of other files may feel."""
    if language is JAVASCRIPT:
        return tests_in_text_reach_js.reaches(text)
    pattern = None if language is None else _REACHES.get(language.path)
    if language is None or pattern is None:
        return []
    code = without_comments(language, text)
    hits = [match for match, _ in zip(pattern.finditer(code), range(_MOST), strict=False)]
    return [" ".join(match[0].splitlines()[-1].split())[:60] for match in hits]
