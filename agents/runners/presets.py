"""Agents' programs that people use, as data: how each is started, told, read, and given a model.

Words in braces are filled in when a program is started: {address} is where the model's API answers
inside the sandbox (`http://127.0.0.1:PORT`), {model} the model's name, {prompt_file} a file that
holds the prompt. What is written here was run with the version named in `tried`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from agents.routes import Route

# The program wants some key; the true one is put in outside the sandbox.
STAND_IN_KEY = "added-outside-the-sandbox"


@dataclass(frozen=True, slots=True)
class Provider:
    """A model service. variable: where the server's key comes from; header, before: how it is sent.

    address: the usual base URL. routes: what programs may ask for, below that URL's own path.
    """

    label: str
    variable: str
    address: str
    header: str
    before: str
    routes: tuple[Route, ...]


# The Messages API: what Claude Code and others need of it.
MESSAGES: tuple[Route, ...] = (("POST", "/v1/messages"), ("POST", "/v1/messages/count_tokens"))

PROVIDERS: Mapping[str, Provider] = {
    "openai": Provider(
        "OpenAI", "OPENAI_API_KEY", "https://api.openai.com/v1", "authorization", "Bearer ",
        (("POST", "/responses"), ("POST", "/chat/completions"), ("GET", "/models")),
    ),
    "gemini": Provider(
        "Gemini", "GEMINI_API_KEY", "https://generativelanguage.googleapis.com",
        "x-goog-api-key", "",
        (
            ("POST", "/v1beta/models/{name}:generateContent"),
            ("POST", "/v1beta/models/{name}:streamGenerateContent"),
            ("POST", "/v1beta/models/{name}:countTokens"),
            ("GET", "/v1beta/models"),
        ),
    ),
    "anthropic": Provider(
        "Anthropic", "ANTHROPIC_API_KEY", "https://api.anthropic.com", "x-api-key", "",
        (*MESSAGES, ("GET", "/v1/models")),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Access:
    """How a program is told where one provider is: words, variables, files by place inside.

    model: what is used when none is named; empty where the program chooses one itself.
    """

    model: str
    words: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preset:
    """One program. argv, then the access's words, then model_words, then the repository's own.

    takes: how it is given the prompt. reads: the reader of its output, empty for plain text;
    fails_on: a pattern of plain last lines that mean failure although it exits with 0.
    acp: argv when it is spoken with by the Agent Client Protocol; empty when it does not speak it;
    acp_takes_model: whether model_words may follow.
    tells_cost: whether its output says what its model calls cost.
    keeps: folders below its home that hold its conversations, kept from one run of a change to the
    next; goes_on: words that make it go on with one, {session} being its own name for it.
    renames: what is put for what in the names of kept files, for a program that would write over
    them. counts_on: it counts the tokens of a conversation that it goes on with from its beginning.
    access: by provider; the first one is meant when neither model nor key says which.
    """

    label: str
    argv: tuple[str, ...]
    access: Mapping[str, Access]
    takes: Literal["stdin", "file"] = "stdin"
    reads: str = ""
    fails_on: str = ""
    model_words: tuple[str, ...] = ("--model", "{model}")
    acp: tuple[str, ...] = ()
    acp_takes_model: bool = False
    tells_cost: bool = False
    keeps: tuple[str, ...] = ()
    goes_on: tuple[str, ...] = ()
    renames: tuple[str, str] = ("", "")
    counts_on: bool = False
    tried: str = ""

    def provider(self, model: str, has_key: frozenset[str]) -> str:
        """The provider of `model` ("openai/..."), else the first with a key, else the first."""
        named = _PREFIXES.get(model.partition("/")[0]) if "/" in model else None
        if named in self.access:
            return str(named)
        return next((name for name in self.access if name in has_key), next(iter(self.access)))


_PREFIXES = {name: name for name in PROVIDERS} | {"google": "gemini"}


def _codex(place: str) -> tuple[str, ...]:
    service = f'{{name="model",base_url="{place}",wire_api="responses",env_key="OPENAI_API_KEY"}}'
    # Its search is the service's own, which would carry words of the tree to other hosts.
    return (
        "-c", 'model_provider="outside"', "-c", f"model_providers.outside={service}",
        "-c", 'web_search="disabled"',
    )  # fmt: skip


def _opencode(provider: str, place: str) -> Mapping[str, str]:
    """opencode's whole configuration in a variable; that of the repository is not read."""
    options = {"baseURL": place, "apiKey": STAND_IN_KEY}
    said = {
        "model": "{model}",
        "autoupdate": False,
        "share": "disabled",
        "permission": "allow",
        "provider": {provider: {"options": options}},
    }
    return {
        "OPENCODE_CONFIG_CONTENT": json.dumps(said),
        "OPENCODE_DISABLE_PROJECT_CONFIG": "1",
        "OPENCODE_DISABLE_AUTOUPDATE": "1",
        "OPENCODE_DISABLE_MODELS_FETCH": "1",
        "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
        "OPENCODE_DISABLE_SHARE": "1",
    }


_GEMINI_SETTINGS = json.dumps(
    {
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "privacy": {"usageStatisticsEnabled": False},
        "telemetry": {"enabled": False},
        "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False},
        # Both would let the service reach other hosts, which the forwarder refuses.
        "tools": {"exclude": ["google_web_search", "web_fetch"]},
    }
)

# aider would write a name into the repository's git configuration, which is read-only here.
_AIDER_GIT = {"/home/agent/.gitconfig": "[user]\n\tname = agent\n\temail = agent@honkweb.invalid\n"}

PRESETS: Mapping[str, Preset] = {
    "codex": Preset(
        label="Codex CLI",
        argv=(
            "codex", "exec", "--json", "--skip-git-repo-check",
            "--dangerously-bypass-approvals-and-sandbox",
        ),
        access={
            "openai": Access(
                "", _codex("{address}"), {"OPENAI_API_KEY": STAND_IN_KEY}
            )
        },
        reads="codex",
        keeps=(".codex/sessions",),
        goes_on=("resume", "{session}", "-"),
        counts_on=True,
        tried="@openai/codex 0.169.0",
    ),
    "gemini": Preset(
        label="Gemini CLI",
        argv=(
            "gemini", "--skip-trust", "--approval-mode", "yolo", "--output-format", "stream-json",
        ),
        access={
            "gemini": Access(
                "",
                environment={
                    "GEMINI_API_KEY": STAND_IN_KEY,
                    "GOOGLE_GEMINI_BASE_URL": "{address}",
                    "GEMINI_CLI_NO_RELAUNCH": "true",
                },
                files={"/home/agent/.gemini/settings.json": _GEMINI_SETTINGS},
            )
        },
        reads="gemini",
        acp=("gemini", "--acp", "--skip-trust"),
        acp_takes_model=True,
        keeps=(".gemini/tmp",),
        goes_on=("--resume", "{session}"),
        # It names a record after the minute; loading one in that minute by ACP, it empties it.
        renames=("session-2", "session-1"),
        tried="@google/gemini-cli 0.61.0",
    ),
    "opencode": Preset(
        label="opencode",
        argv=("opencode", "run", "--format", "json", "--auto"),
        access={
            "openai": Access(
                "openai/gpt-5.3-codex", environment=_opencode("openai", "{address}")
            ),
            "anthropic": Access(
                "anthropic/claude-opus-5-5", environment=_opencode("anthropic", "{address}/v1")
            ),
            "gemini": Access(
                "google/gemini-2.5-pro", environment=_opencode("google", "{address}/v1beta")
            ),
        },
        tells_cost=True,
        reads="opencode",
        acp=("opencode", "acp"),
        tried="opencode-ai 1.18.33",
    ),
    "aider": Preset(
        label="aider",
        argv=(
            "aider", "--yes-always", "--no-auto-commits", "--no-dirty-commits", "--no-gitignore",
            "--no-check-update", "--no-show-release-notes", "--no-show-model-warnings",
            "--analytics-disable", "--no-pretty", "--no-fancy-input", "--no-stream",
            "--no-detect-urls", "--no-suggest-shell-commands", "--disable-playwright",
            "--input-history-file", "/dev/null", "--message-file", "{prompt_file}",
            "--chat-history-file", "/home/agent/.aider-chats/chat.md",
        ),
        access={
            "openai": Access(
                "openai/gpt-5",
                environment={"OPENAI_API_KEY": STAND_IN_KEY, "OPENAI_API_BASE": "{address}"},
                files=_AIDER_GIT,
            ),
            "anthropic": Access(
                "anthropic/claude-opus-5-5",
                environment={
                    "ANTHROPIC_API_KEY": STAND_IN_KEY, "ANTHROPIC_API_BASE": "{address}",
                },
                files=_AIDER_GIT,
            ),
        },
        takes="file",
        keeps=(".aider-chats",),
        goes_on=("--restore-chat-history",),
        fails_on=r"^litellm\.\w+: .*",
        tried="aider-chat 0.86.2",
    ),
}  # fmt: skip
