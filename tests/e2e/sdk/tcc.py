"""PyPI contextcompany against weir: everything it can send, read back."""
import os
import uuid

import contextcompany as tcc
from weirtest import (Client, by_id, done, eq, has, ok, read_run, reading)

api = Client()
session = "session-" + str(uuid.uuid4())


def whole_run():
    r = tcc.run(session_id=session, conversational=True)
    s = r.step(step_id=r.run_id + "-s1")
    s.prompt("What is the weather?").response("calling")
    s.model(requested="gpt-4o", used="gpt-4o-2024-08-06")
    s.finish_reason("tool_calls")
    s.tokens(prompt_uncached=100, prompt_cached=28, completion=9)
    s.cost(0.0031).tool_definitions('[{"name":"weather"}]')
    s.end()
    if reading:
        early = read_run(api, r.run_id)
        eq(len(early["steps"]), 1, "the step is there before its run")
    t = r.tool_call("weather", tool_call_id=r.run_id + "-t1")
    t.args({"city": "Zürich"}).result({"temp": 7}).end()
    f = s.tool_call("search", tool_call_id=r.run_id + "-t2")
    f.args("raw").error("timeout after 30 s")
    r.prompt("What is the weather?", system_prompt="Be brief.")
    r.metadata({"tcc.agent": "py-agent", "tcc.userId": "u-1",
                "tcc.userName": "Ann", "tcc.orgId": "o-1",
                "tcc.orgName": "Org", "tier": "gold"}, region="eu")
    r.response("7 degrees.")
    r.end()
    if not reading:
        r.feedback(score="thumbs_down", text="Too cold")
        return r.run_id
    got = read_run(api, r.run_id)
    has(got, {"run_id": r.run_id, "session_id": session, "status": "ok",
              "conversational": True, "response": "7 degrees.",
              "agent": "py-agent", "user_id": "u-1", "user_name": "Ann",
              "org_id": "o-1", "org_name": "Org",
              "metadata": {"tier": "gold", "region": "eu"},
              "start_time": r._start_time}, "run")
    has(got["prompt"], {"user_prompt": "What is the weather?",
                        "system_prompt": "Be brief."}, "prompt")
    has(by_id(got["steps"], "step_id", r.run_id + "-s1"), {
        "prompt": "What is the weather?", "response": "calling",
        "model_requested": "gpt-4o", "model_used": "gpt-4o-2024-08-06",
        "finish_reason": "tool_calls", "prompt_uncached_tokens": 100,
        "prompt_cached_tokens": 28, "completion_tokens": 9,
        "cost_usd": 0.0031, "tool_definitions": '[{"name":"weather"}]',
        "status": "ok", "start_time": s._start_time}, "step")
    has(by_id(got["tool_calls"], "tool_call_id", r.run_id + "-t1"), {
        "tool_name": "weather", "args": '{"city": "Z\\u00fcrich"}',
        "result": '{"temp": 7}', "status": "ok"}, "tool call")
    has(by_id(got["tool_calls"], "tool_call_id", r.run_id + "-t2"), {
        "tool_name": "search", "args": "raw", "status": "error",
        "status_message": "timeout after 30 s"}, "failed tool call")
    ok(r.feedback(score="thumbs_down", text="Too cold"), "feedback taken")
    got = read_run(api, r.run_id)
    has(got.get("feedback") or {}, {"score": "thumbs_down",
                                    "text": "Too cold"}, "feedback")
    return r.run_id


def failed_run():
    r = tcc.run(session_id=session)
    r.error("division by zero")
    if reading:
        got = read_run(api, r.run_id)
        has(got, {"status": "error", "status_message": "division by zero"},
            "run.error()")
        ok(not got["prompt"].get("user_prompt"), "no prompt was set")
    return r.run_id


def bare():
    rid = "py-" + str(uuid.uuid4())
    s = tcc.step(run_id=rid, step_id=rid + "-s")
    s.prompt("p").error("rate limited")
    t = tcc.tool_call(run_id=rid, tool_call_id=rid + "-t")
    t.error()
    if reading:
        got = read_run(api, rid)
        has(by_id(got["steps"], "step_id", rid + "-s"), {
            "status": "error", "status_message": "rate limited"}, "bare step")
        has(by_id(got["tool_calls"], "tool_call_id", rid + "-t"), {
            "status": "error", "tool_name": "unknown"}, "bare tool call")


first = whole_run()
failed_run()
bare()
if reading:
    eq(tcc.submit_feedback(run_id="no-uuid", text="x"), False,
       "feedback on a run id that is no UUID is refused")
    status, body = api.get("/v1/sessions/" + session)
    eq(status, 200, "GET session")
    ok("7 degrees." in str(body), "the session shows the conversation")
    status, body = api.get(
        "/v1/runs?source=prod&range=1h&session_id=" + session)
    eq(len(body.get("data", [])), 2, "two runs in the session")
    os.environ["TCC_BASE_URL"] = os.environ["WEIR_URL"]
    bad = tcc.run(api_key="tcc_prod_wrong")
    bad.prompt("x")
    bad.end()
    status, _ = api.get("/v1/runs/%s?source=prod" % bad.run_id)
    eq(status, 404, "nothing stored with a wrong key")
done()
