"""A small agent program that speaks ACP over its standard streams: `acp_agent.py BEHAVIOUR`.

It is run inside the real sandbox, so it leans on nothing but Python. Behaviours are functions named
below; what it learned from its client it says back as text.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


class Agent:
    def __init__(self) -> None:
        self.last = 100
        self.session = "session-1"

    def send(self, **message: Any) -> None:
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        sys.stdout.flush()

    def raw(self, data: bytes) -> None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def read(self) -> dict[str, Any]:
        line = sys.stdin.readline()
        if not line:
            sys.exit(0)
        return json.loads(line)

    def update(self, what: str, **more: Any) -> None:
        update = {"sessionUpdate": what, **more}
        self.send(method="session/update", params={"sessionId": self.session, "update": update})

    def say(self, text: str) -> None:
        self.update("agent_message_chunk", content={"type": "text", "text": text})

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The client's whole answer to a request."""
        self.last += 1
        params = {"sessionId": self.session, **params}
        self.send(id=self.last, method=method, params=params)
        while True:
            got = self.read()
            if got.get("id") == self.last and "method" not in got:
                return got

    def end(self, prompt: dict[str, Any], reason: str = "end_turn", **more: Any) -> None:
        self.send(id=prompt["id"], result={"stopReason": reason, **more})


def text_of(prompt: dict[str, Any]) -> str:
    return "".join(block["text"] for block in prompt["params"]["prompt"])


def edit(agent: Agent, prompt: dict[str, Any]) -> None:
    """Mends calc.py by the client's hands, as a well-behaved agent does."""
    entries = [
        {"content": "Look", "priority": "high", "status": "completed"},
        {"content": "Mend", "priority": "high", "status": "in_progress"},
        {"content": "Test", "priority": "low", "status": "pending"},
    ]
    agent.update("plan", entries=entries)
    agent.update("agent_thought_chunk", content={"type": "text", "text": "It subtracts."})
    agent.say("I mend ")
    agent.say("add.")
    path = os.path.join(os.getcwd(), "calc.py")
    old = agent.ask("fs/read_text_file", path=path)["result"]["content"]
    line = agent.ask("fs/read_text_file", path=path, line=2, limit=1)["result"]["content"]
    new = old.replace("-", "+")
    call = {"toolCallId": "one", "title": "Edit calc.py", "kind": "edit"}
    agent.update("tool_call", **call, status="pending", rawInput={"path": path})
    options = [
        {"optionId": "no", "name": "No", "kind": "reject_once"},
        {"optionId": "always", "name": "Always", "kind": "allow_always"},
        {"optionId": "yes", "name": "Yes", "kind": "allow_once"},
    ]
    answer = agent.ask("session/request_permission", toolCall=call, options=options)
    agent.ask("fs/write_text_file", path=path, content=new)
    diff = {"type": "diff", "path": path, "oldText": old, "newText": new}
    shown = {"type": "content", "content": {"type": "text", "text": "1 file"}}
    agent.update("tool_call_update", toolCallId="one", status="completed", content=[diff, shown])
    agent.say(f"Done: {answer['result']['outcome']['optionId']}, {line.strip()}")
    usage = {"inputTokens": 50, "outputTokens": 7, "totalTokens": 57}
    agent.end(prompt, usage=usage)


def ask(agent: Agent, prompt: dict[str, Any]) -> None:
    """Asks for permission and says which option it was given."""
    options = [
        {"optionId": "yes", "name": "Yes", "kind": "allow_once"},
        {"optionId": "no", "name": "No", "kind": "reject_once"},
    ]
    call = {"toolCallId": "three", "title": "Anything", "kind": "other"}
    answer = agent.ask("session/request_permission", toolCall=call, options=options)
    agent.say(answer["result"]["outcome"]["optionId"])
    agent.end(prompt)


def echo(agent: Agent, prompt: dict[str, Any]) -> None:
    agent.say(text_of(prompt) + "|")
    agent.end(prompt)


def slow(agent: Agent, prompt: dict[str, Any]) -> None:
    """Begins, and ends its turn only when that is cancelled."""
    with open("half.txt", "w") as file:
        file.write("half done")
    agent.update("tool_call", toolCallId="two", title="Long work", kind="execute")
    agent.say("At work.")
    while True:
        got = agent.read()
        if got.get("method") == "session/cancel":
            agent.end(prompt, "cancelled")
            return


def deaf(agent: Agent, prompt: dict[str, Any]) -> None:
    """Never hears a cancel."""
    agent.say("At work.")
    while True:
        agent.read()


def refuse(agent: Agent, prompt: dict[str, Any]) -> None:
    agent.end(prompt, "refusal")


def unclear(agent: Agent, prompt: dict[str, Any]) -> None:
    agent.send(id=prompt["id"], result={"stopReason": ["end_turn"]})


def fail(agent: Agent, prompt: dict[str, Any]) -> None:
    error = {"code": -32603, "message": "Internal error", "data": {"details": "No money left."}}
    agent.send(id=prompt["id"], error=error)


def leave(agent: Agent, prompt: dict[str, Any]) -> None:
    print("Traceback: oh no", file=sys.stderr)
    sys.exit(3)


def outside(agent: Agent, prompt: dict[str, Any]) -> None:
    """Tries to reach what is not in the tree."""
    os.symlink("/etc/passwd", "link")
    tries = [
        ("fs/read_text_file", {"path": "/etc/passwd"}),
        ("fs/read_text_file", {"path": "../../etc/passwd"}),
        ("fs/read_text_file", {"path": "link"}),
        ("fs/read_text_file", {"path": "/workspace/.git/config"}),
        ("fs/read_text_file", {"path": 7}),
        ("fs/write_text_file", {"path": "/workspace/.git/hooks/x", "content": "x"}),
        ("fs/write_text_file", {"path": "/tmp/x", "content": "x"}),
        ("fs/write_text_file", {"path": "a.txt", "content": {"a": 1}}),
        ("fs/read_text_file", {"path": "calc.py", "sessionId": "of somebody else"}),
        ("terminal/create", {"command": "sh"}),
        ("session/request_permission", {"options": "yes"}),
    ]
    for method, params in tries:
        answer = agent.ask(method, **params)
        agent.say(f"{answer.get('error', {}).get('code', answer.get('result'))}\n")
    agent.end(prompt)


def noise(agent: Agent, prompt: dict[str, Any]) -> None:
    """Everything that is no message, between messages that are."""
    agent.raw(b"plain words\n\xff\xfe\n{broken\n[1,2]\nnull\n" + b"[" * 200_000 + b"\n")
    agent.raw(b'{"jsonrpc":"2.0","id":' + b"9" * 5000 + b',"result":{}}\n')
    agent.raw(b'{"jsonrpc":"2.0","id":true,"method":{"a":1},"params":[1]}\n')
    agent.raw(b'{"jsonrpc":"2.0","id":4711,"result":{"stopReason":"end_turn"}}\n')
    agent.raw(b'{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"other",')
    agent.raw(b'"update":{"sessionUpdate":"agent_message_chunk","content":{"text":"Other"}}}}\n')
    agent.raw(b"x" * (17 * 1024 * 1024) + b"\n")
    for update in ({"sessionUpdate": "new kind"}, {"sessionUpdate": 7}, {}, None, [], "x"):
        params = {"sessionId": agent.session, "update": update}
        agent.send(method="session/update", params=params)
    agent.update("tool_call", toolCallId={"a": 1}, title=[1])
    agent.update("tool_call_update", toolCallId="late", status="completed", content="x")
    agent.update("plan", entries=[1, None, {"content": 3, "status": {}}])
    agent.update("agent_message_chunk", content=None)
    agent.say("a\0b \ud800 still here")
    agent.end(prompt)


STATE = os.path.expanduser("~/.acp/sessions/told.json")


def loading(agent: Agent, prompt: dict[str, Any]) -> None:
    """Remembers every prompt in its home, and says back all that it remembers."""
    told = [*remembered(), text_of(prompt)]
    os.makedirs(os.path.dirname(STATE), exist_ok=True)
    with open(STATE, "w") as file:
        json.dump({"session": agent.session, "told": told}, file)
    agent.say("|".join(told))
    agent.end(prompt)


resuming = lossy = loading


def remembered() -> list[str]:
    if not os.path.exists(STATE):
        return []
    with open(STATE) as file:
        return json.load(file)["told"]


def go_on(agent: Agent, asked: dict[str, Any], behaviour: str) -> None:
    """Goes on with its one session; told again in part after the answer, as Gemini does."""
    is_known = os.path.exists(STATE) and asked["params"]["sessionId"] == agent.session
    if behaviour == "lossy" or not is_known:
        agent.send(id=asked["id"], error={"code": -32002, "message": "No such session"})
        return
    if asked["method"] == "session/load":
        agent.update("user_message_chunk", content={"type": "text", "text": "OLD WORDS"})
        agent.update("tool_call", toolCallId="old", title="OLD TOOL", kind="execute")
        agent.say("OLD WORDS")
    agent.send(id=asked["id"], result={})
    if asked["method"] == "session/load":
        agent.say("OLD WORDS")


def flood(agent: Agent, prompt: dict[str, Any]) -> None:
    while True:
        agent.raw(b"no message\n" * 100)


def main() -> None:
    behaviour = sys.argv[1]
    agent = Agent()
    while True:
        asked = agent.read()
        method = asked.get("method")
        if method == "initialize":
            version = 99 if behaviour == "future" else 1
            able = {"loading": {"loadSession": True}, "lossy": {"loadSession": True}}
            able["resuming"] = {"loadSession": True, "sessionCapabilities": {"resume": {}}}
            told = {"protocolVersion": version, "agentCapabilities": able.get(behaviour, {})}
            agent.send(id=asked["id"], result=told)
        elif method in ("session/load", "session/resume"):
            go_on(agent, asked, behaviour)
        elif method == "session/new" and behaviour == "signed_out":
            agent.send(id=asked["id"], error={"code": -32000, "message": "Authentication required"})
        elif method == "session/new":
            agent.send(id=asked["id"], result={"sessionId": agent.session})
        elif method == "session/prompt":
            globals()[behaviour](agent, asked)


if __name__ == "__main__":
    main()
