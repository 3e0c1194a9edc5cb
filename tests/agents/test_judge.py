"""The judge against a loopback stand-in of the Messages API: nothing but a judgement is one."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest

from agents.control import Mailbox
from agents.events import Event
from agents.job import Outcome
from agents.judge import TRIES, Judge
from agents.judge_question import FilePatch, Question, Said
from agents.redact import Redactor
from tests.doubles.messages_api import MessagesApi, Turn, end, start, text_block, thinking_block

ASKED = Question((Said("Instruction", "Make x two"),), (FilePatch("app.py", b"+x = 2\n", 1, 0),))
FINDING = {"kind": "out_of_scope", "text": "Nobody asked for y.", "path": "app.py", "line": 3}


def said(verdict: str = "pass", *findings: dict[str, Any], **more: Any) -> str:
    return json.dumps({"verdict": verdict, "summary": "x is two.", "findings": findings, **more})


def judged(
    api: MessagesApi, question: Question = ASKED, box: Mailbox | None = None, **options: Any
) -> tuple[Judge, list[Event], Outcome]:
    judge = Judge(question, **{"key": "test", "base_url": api.url, "backoff_s": 0.01, **options})
    values = list(judge.values(box or Mailbox()))
    assert isinstance(values[-1], Outcome)
    return judge, [value for value in values if isinstance(value, Event)], values[-1]


def test_a_pass_is_told_with_its_summary_tokens_and_money() -> None:
    with MessagesApi([Turn.text(said())]) as api:
        judge, events, outcome = judged(api)
    assert outcome.status == "passed"
    assert judge.judgement is not None
    assert (judge.judgement.verdict, judge.judgement.summary) == ("pass", "x is two.")
    assert judge.judgement.usage.cost_usd == pytest.approx((100 * 4 + 20 * 20) / 1e6)
    assert [event.data["text"] for event in events if event.kind == "text"] == ["Pass. x is two."]


def test_each_call_has_its_own_price_and_not_that_of_all_together() -> None:
    long = start("claude-haiku-5-5", {"input_tokens": 60_000})
    turns = [
        Turn(long + text_block(0, "no judgement") + end()),
        Turn(long + text_block(0, said()) + end()),
    ]
    with MessagesApi(turns) as api:
        judge, _, _ = judged(api, model="claude-haiku-5-5")
    assert judge.judgement is not None
    # Above 100,000 tokens this model costs five times as much; neither call is above.
    assert judge.judgement.usage.cost_usd == pytest.approx(2 * (60_000 * 0.1 + 20 * 0.5) / 1e6)


@pytest.mark.parametrize("cap", [None, 1.0])
def test_a_model_without_a_price_is_asked_only_where_no_cap_holds(cap: float | None) -> None:
    with MessagesApi([Turn.text(said())]) as api:
        _, _, outcome = judged(api, model="model-of-tomorrow", cap_usd=cap)
    if cap is None:
        assert (outcome.status, outcome.usage.cost_usd) == ("passed", None)
        return
    assert (outcome.status, outcome.fault, api.requests) == ("error", "user", [])
    assert outcome.reason == (
        "The price of model model-of-tomorrow is not known, and a cap holds: name a model with a "
        "price or lift the cap. The judge's model is named in [judge]."
    )


def test_a_veto_carries_its_findings_with_file_and_line() -> None:
    with MessagesApi([Turn.text(said("veto", FINDING))]) as api:
        judge, events, outcome = judged(api)
    assert (outcome.status, outcome.reason) == ("failed", "x is two.")
    assert judge.judgement is not None
    (finding,) = judge.judgement.findings
    assert (finding.kind, finding.path, finding.line) == ("out_of_scope", "app.py", 3)
    told = "".join(str(event.data["text"]) for event in events if event.kind == "text")
    assert "- out of scope: app.py:3: Nobody asked for y." in told


def test_the_form_is_asked_for_and_no_tool_is_offered() -> None:
    with MessagesApi([Turn.text(said())]) as api:
        judged(api, model="claude-haiku-4-5")
    (request,) = api.requests
    form = request["output_config"]["format"]
    assert form["type"] == "json_schema"
    assert form["schema"]["properties"]["verdict"]["enum"] == ["pass", "veto"]
    assert form["schema"]["additionalProperties"] is False
    assert request["model"] == "claude-haiku-4-5"
    assert request["stream"] is True
    assert "tools" not in request
    assert len(request["messages"]) == 1


def test_thinking_before_the_answer_is_no_part_of_it() -> None:
    body = start() + thinking_block(0, '{"verdict": "pass"}') + text_block(1, said("veto")) + end()
    with MessagesApi([Turn(body)]) as api:
        _, _, outcome = judged(api)
    assert outcome.status == "failed"


NO_JUDGEMENTS = {
    "prose": "pass",
    "another verdict": said("approve"),
    "verdict in capitals": said("PASS"),
    "two objects": said() + said(),
    "words around it": f"Here it is: {said()}",
    "a key too many": said(also="this"),
    "a key missing": '{"verdict": "pass", "summary": "fine"}',
    "a key twice": '{"verdict": "veto", "verdict": "pass", "summary": "s", "findings": []}',
    "no summary": '{"verdict": "pass", "summary": "  ", "findings": []}',
    "findings that are none": '{"verdict": "pass", "summary": "s", "findings": {}}',
    "a finding of no kind": said("veto", {**FINDING, "kind": "ugly"}),
    "a finding without words": said("veto", {**FINDING, "text": ""}),
    "a line that is none": said("veto", {**FINDING, "line": True}),
    "a finding with more": said("veto", {**FINDING, "verdict": "pass"}),
    "not a number": '{"verdict": "pass", "summary": "s", "findings": NaN}',
    "too deep": "[" * 100_000,
    "too many": said("pass", *[FINDING] * 51),
}


@pytest.mark.parametrize("answer", NO_JUDGEMENTS.values(), ids=NO_JUDGEMENTS.keys())
def test_what_is_not_exactly_a_judgement_is_an_error_and_never_a_pass(answer: str) -> None:
    with MessagesApi([Turn.text(answer)]) as api:
        judge, _, outcome = judged(api)
    assert outcome.status == "error"
    assert "no judgement" in outcome.reason
    assert judge.judgement is None
    assert len(api.requests) == TRIES


def test_an_answer_that_cannot_be_read_is_asked_for_again() -> None:
    with MessagesApi([Turn.text("pass"), Turn.text(said("veto"))]) as api:
        _, events, outcome = judged(api)
    assert outcome.status == "failed"
    assert outcome.usage.output_tokens == 40
    assert any("Trying again" in str(event.data.get("text")) for event in events)


def test_an_answer_cut_at_any_place_is_no_answer() -> None:
    whole = Turn.text(said())
    for at in range(0, len(whole.body) - 1, 97):
        with MessagesApi([whole.cut_after(at), Turn.text(said("veto"))]) as api:
            _, _, outcome = judged(api)
        assert outcome.status == "failed", at
        assert len(api.requests) == 2, at


@pytest.mark.parametrize("reason", ["max_tokens", "refusal", "tool_use", None, "made_up"])
def test_an_answer_that_ended_otherwise_is_no_pass(reason: str | None) -> None:
    with MessagesApi([Turn.text(said(), stop_reason=reason)]) as api:
        _, _, outcome = judged(api)
    assert outcome.status == "error"


def test_two_texts_are_not_put_together() -> None:
    first, second = said()[:20], said()[20:]
    body = start() + text_block(0, first) + text_block(1, second) + end()
    with MessagesApi([Turn(body)]) as api:
        _, _, outcome = judged(api)
    assert outcome.status == "error"


def test_an_api_that_is_down_is_asked_again_and_then_told() -> None:
    with MessagesApi([Turn.error(529, "overloaded_error")]) as api:
        _, _, outcome = judged(api)
    assert (outcome.status, outcome.fault) == ("error", "platform")
    assert f"Tried {TRIES} times" in outcome.reason
    assert len(api.requests) == TRIES


def test_a_refused_key_is_told_at_once_and_nothing_is_asked_without_one() -> None:
    with MessagesApi([Turn.error(401, "authentication_error")]) as api:
        _, _, outcome = judged(api)
        assert "refuses the server's key" in outcome.reason
        _, _, keyless = judged(api, key="")
    assert len(api.requests) == 1
    assert (keyless.status, keyless.fault) == ("error", "platform")
    assert "ANTHROPIC_API_KEY" in keyless.reason


def test_a_stop_ends_a_judging_that_hangs() -> None:
    box = Mailbox()
    with MessagesApi([Turn(Turn.text(said()).body, slow_s=0.5)]) as api:

        def stop_once_asked() -> None:
            while not api.requests:
                time.sleep(0.02)
            box.stop("Cancelled by Ana.")

        stopper = threading.Thread(target=stop_once_asked)
        stopper.start()
        judge, _, outcome = judged(api, box=box, grace_s=0.5)
        stopper.join()
    assert (outcome.status, outcome.reason) == ("cancelled", "Cancelled by Ana.")
    assert judge.judgement is None


def test_a_secret_goes_neither_to_the_model_nor_into_the_record() -> None:
    secret = "hunter2-hunter2-hunter2"
    patch = FilePatch("app.py", f"@@ -0,0 +1 @@\n+key = '{secret}'\n".encode(), 1, 0)
    leak = {**FINDING, "text": f"It says {secret}."}
    with MessagesApi([Turn.text(said("veto", leak))]) as api:
        judge, events, outcome = judged(
            api, Question(ASKED.said, (patch,)), redactor=Redactor([secret])
        )
    assert secret not in json.dumps(api.requests)
    assert secret not in f"{judge.judgement} {events} {outcome}"
