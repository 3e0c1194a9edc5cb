"""A program that speaks Claude Code's stream-json, and may call the model beside what it tells.

`written(folder, steps)` makes it; each step is one of
    ["ask"]             a model call through the socket with the run's token; what refuses it ends
                        the program as it ends the real one
    ["tell", cost]      a result line that tells this cost (None: tells none)
    ["made", name]      writes a file into the tree
    ["step"]            a message of the model that calls a tool, and the tool's answer
    ["wait"]            until it is interrupted or asked to pause
    ["question", text, labels]  AskUserQuestion; the answer goes into the file `answer`, and where
                        it is declined the program ends its turn
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_PROGRAM = r'''#!/usr/bin/env python3
import http.client, itertools, json, os, socket, sys

STEPS = json.loads(%r)
SESSION = "00000000-0000-4000-8000-000000000001"
number = itertools.count(1)


def say(**frame):
    print(json.dumps({"session_id": SESSION, **frame}), flush=True)


def heard(what):
    """The next line that is of that kind; the end of the input ends the program."""
    for line in sys.stdin:
        frame = json.loads(line)
        kind = frame["type"] if frame["type"] != "control_request" else frame["request"]["subtype"]
        if kind == "user":
            say(type="user", isReplay=True, message=frame["message"])
        if kind in what:
            return kind
    sys.exit(0)


def result(text, cost, **more):
    say(type="result", subtype="success", result=text, total_cost_usd=cost,
        usage={"input_tokens": 1, "output_tokens": 1}, **{"is_error": False, **more})


def ask():
    line = http.client.HTTPConnection("model.invalid")
    line.sock = socket.socket(socket.AF_UNIX)
    line.sock.connect(os.environ["ANTHROPIC_UNIX_SOCKET"])
    body = json.dumps({"model": "claude-opus-5-5", "messages": [], "stream": True})
    line.request("POST", "/v1/messages", body, {"x-api-key": os.environ["ANTHROPIC_API_KEY"]})
    answer = line.getresponse()
    text = answer.read().decode()
    if answer.status != 200:
        why = json.loads(text)["error"]["message"]
        result(f"API Error: {answer.status} {why}", None, is_error=True,
               api_error_status=answer.status)
        sys.exit(1)


def step():
    n = next(number)
    call = {"type": "tool_use", "id": f"toolu_{n}", "name": "Bash", "input": {"command": "true"}}
    say(type="assistant", message={"id": f"msg_{n}", "content": [call]})
    done = {"type": "tool_result", "tool_use_id": f"toolu_{n}", "content": ""}
    say(type="user", message={"content": [done]})


def question(text, labels):
    given = {"questions": [{"question": text, "options": [{"label": each} for each in labels]}]}
    say(type="control_request", request_id="q-1", request={
        "subtype": "can_use_tool", "tool_name": "AskUserQuestion", "tool_use_id": "toolu_q",
        "input": given})
    for line in sys.stdin:
        frame = json.loads(line)
        if frame["type"] == "control_response":
            break
    told = frame["response"]["response"]
    if told["behavior"] == "deny":
        result(told["message"], None)
        heard(())
    open("answer", "w").write(told["updatedInput"]["answers"][text])


heard(("user",))
say(type="system", subtype="init")
told = False
for name, *given in STEPS:
    if name == "ask":
        ask()
    elif name == "tell":
        result("Done.", *given)
        told = True
    elif name == "made":
        open(given[0], "w").write("made\n")
    elif name == "step":
        step()
    elif name == "question":
        question(*given)
    elif name == "wait":
        heard(("interrupt",))
if not told:
    result("Done.", None)
heard(())
'''


def written(folder: Path, steps: Sequence[Sequence[Any]]) -> Path:
    """The program's file."""
    place = folder / "claude-double"
    place.write_text(_PROGRAM % json.dumps(steps))
    place.chmod(0o755)
    return place
