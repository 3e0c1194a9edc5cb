"""What part a file plays in a change: what is read, and what only a tool wrote.

Files of the last sort are shown folded to one sentence. That must be no place to hide something in,
so a name alone folds nothing where the content can be asked; what a reader could read before stays
readable; and what a new file says of itself needs a name that agrees. Folded is not read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from agents.verifiers.guard_tests_changed import is_test
from agents.verifiers.tests_in_names import may_be_a_test
from reviews.diffs import attributes as linguist
from reviews.diffs import locks
from reviews.diffs.describe import size_words
from reviews.diffs.text import decode
from reviews.diffs.written import claim_of, is_named_as_written, long_lines, vendored_under


class Kind(StrEnum):
    """The parts a file can play."""

    INTERFACE = "interface"
    CODE = "code"
    TEST = "test"
    DOCS = "docs"
    CONFIG = "config"
    GENERATED = "generated"
    VENDORED = "vendored"
    LOCK = "lock"
    MINIFIED = "minified"
    BINARY = "binary"


FOLDED = frozenset({Kind.GENERATED, Kind.VENDORED, Kind.LOCK, Kind.MINIFIED})
Told = Mapping[str, bool]  # attributes by name: set or unset
NOTHING: Told = MappingProxyType({})
_CLAIMED = frozenset({Kind.GENERATED, Kind.VENDORED})  # of a new file its own word is all there is
_SMALL = 40  # lines that are sooner read than doubted
_HEAD = 64 * 1024  # bytes that are looked at to tell tests from code
_BINARY = 8000  # bytes in which git looks for a NUL
_DECLARES = re.compile(
    rb"\.(?:proto|pyi|d\.[cm]?ts|hh?|hpp|hxx|thrift|avsc|avdl|capnp|fbs|wit|wsdl|xsd|idl|smithy|mli"
    rb"|graphqls?|gql|raml)$"
    rb"|(?:^|/)(?:openapi|swagger|asyncapi)[\w.-]*\.(?:ya?ml|json)$"
    rb"|(?:^|[/_.-])(?:ports?|types?|typings?|models?|protocols?|interfaces?|schemas?|contracts?)"
    rb"\.(?:py|[cm]?[jt]sx?|go|rs|rb|java|kt|cs|swift|scala|php|sql|prisma)$"
    rb"|(?:^|/)schema\.(?:sql|prisma|rb|json|ya?ml)$"
)
_DOCS = re.compile(
    rb"\.(?:md|mdx|markdown|rst|adoc|asciidoc|org|tex|pod|1)$"
    rb"|(?:^|/)(?:docs?|documentation)/.*\.(?:html?|css)$"
    rb"|(?:^|/)(?:readme|copying|notice|authors|contributors|changelog|changes|news|history"
    rb"|codeowners|maintainers|licen[cs]e(?:-[\w.]+)?)$"
    rb"|(?<!requirements)(?<!constraints)(?<!cmakelists)\.txt$"
)
_CONFIG = re.compile(
    rb"\.(?:toml|ya?ml|json[5c]?|jsonl|ini|cfg|conf|config|properties|env|lock|lockfile|in|txt"
    rb"|sum|mod|gradle|gradle\.kts|cmake|mk|bazel|bzl|nix|tf|tfvars|hcl|plist|xcconfig|pbxproj"
    rb"|csproj|fsproj|sln|props|targets|xml|csv|tsv|gemspec|cabal|service|pem|crt)$"
    rb"|(?:^|/)(?:dockerfile|containerfile|makefile|gnumakefile|jenkinsfile|procfile|gemfile"
    rb"|vagrantfile|brewfile|podfile|justfile|pipfile)(?:\.[\w-]+)?$|(?:^|/)(?:build|workspace)$"
    rb"|(?:^|/)\.[^/]*$|(?:^|/)[\w.-]+\.config\.[cm]?[jt]s$"
)
_SNAPSHOT = re.compile(rb"\.(?:snap|ambr|approved\.\w+)$|(?:^|/)__snapshots__/")
_RUST_LIKE = (b".rs", b".zig")  # product and tests share a file there


@dataclass(frozen=True, slots=True)
class Side:
    """A file before or after. content: b"" when unknown. told: what attributes of the base say."""

    path: bytes
    content: bytes
    told: Told = NOTHING


def kind_of(path: bytes, content: bytes, *, attributes: Told = NOTHING) -> Kind:
    """The part of one side of a file, by its name, its content and the base's attributes."""
    folded = _folded(path, content, attributes)
    return folded or _plain(path, content, attributes)


def kind_between(old: Side | None, new: Side | None, *, is_binary: bool = False) -> Kind:
    """The part of a file that changed; folded only when that hides nothing.

    A file of both sides is folded when each of them is. A new file that merely says that a tool
    wrote it is not, unless it is also named like one.
    """
    side = new or old
    if is_binary or side is None:
        return Kind.BINARY
    kind = kind_of(side.path, side.content, attributes=side.told)
    if kind not in FOLDED:
        return kind
    if old is not None and new is not None:
        hides = kind_of(old.path, old.content, attributes=old.told) not in FOLDED
    else:
        hides = _is_small(side) if kind in _CLAIMED and not side.told else False
        hides = hides or (kind == Kind.GENERATED and not _is_vouched_for(side))
    return _plain(side.path, side.content, side.told) if hides else kind


def why(kind: Kind, side: Side, lines: int) -> str:
    """The sentence for a folded file without its name; "" for one that is shown.

    lines: that the change adds and removes.
    """
    count = f"{lines:,} line{'' if lines == 1 else 's'}"
    if kind == Kind.LOCK:
        return f"{count} written by {locks.tool_of(side.path, side.content)}"
    if kind == Kind.MINIFIED:
        return f"minified: {_long(side.content)}"
    if kind == Kind.VENDORED:
        under = vendored_under(side.path)
        return f"{count}, " + (f"vendored under {decode(under)}" if under else _said("vendored"))
    if kind == Kind.GENERATED:
        claim = claim_of(side.path, side.content)
        return f"{count}, {claim or _said('generated')}"
    return ""


def _folded(path: bytes, content: bytes, told: Told) -> Kind | None:
    """Where attributes say that a file is none of a tool, they are believed."""
    if told.get(linguist.VENDORED):
        return Kind.VENDORED
    if told.get(linguist.GENERATED):
        return Kind.LOCK if locks.tool_of(path, content) else Kind.GENERATED
    if vendored_under(path) and told.get(linguist.VENDORED) is None:
        return Kind.VENDORED
    if told.get(linguist.GENERATED) is False:
        return None
    if locks.tool_of(path, content):
        return Kind.LOCK
    if long_lines(path, content):
        return Kind.MINIFIED
    return Kind.GENERATED if claim_of(path, content) else None


def _plain(path: bytes, content: bytes, told: Told) -> Kind:
    if b"\0" in content[:_BINARY]:
        return Kind.BINARY
    name = path.lower()
    if told.get(linguist.DOCUMENTATION):
        return Kind.DOCS
    if _SNAPSHOT.search(name) or _is_test(path, content):
        return Kind.TEST
    if told.get(linguist.DOCUMENTATION) is None and _DOCS.search(name):
        return Kind.DOCS
    if _DECLARES.search(name):
        return Kind.INTERFACE
    return Kind.CONFIG if _CONFIG.search(name) else Kind.CODE


def _is_test(path: bytes, content: bytes) -> bool:
    """As the guard sees it; what only sounds like a test counts unless it sets something up."""
    shown = decode(path)
    head = None if path.endswith(_RUST_LIKE) else content[:_HEAD]
    if is_test(shown, head):
        return True
    return may_be_a_test(shown, None) and not _CONFIG.search(path.lower())


def _is_vouched_for(side: Side) -> bool:
    return bool(side.told.get(linguist.GENERATED)) or is_named_as_written(side.path)


def _is_small(side: Side) -> bool:
    return side.content.count(b"\n") < _SMALL and len(side.content) < _SMALL * 200


def _said(what: str) -> str:
    return f"{what}, as .gitattributes of the base says"


def _long(content: bytes) -> str:
    count = content.count(b"\n") + (not content.endswith(b"\n"))
    longest = max(map(len, content.split(b"\n")), default=0)
    if count == 1:
        return f"one line of {size_words(longest)}"
    return f"{count:,} lines, the longest of {size_words(longest)}"
