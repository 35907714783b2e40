"""Runs from start to end with real child processes: what each step says, and every way to end."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from tests.executor.conftest import CONFIG, House
from tui.config.trust import TrustStore
from tui.core.errors import (
    ConflictError,
    MachineError,
    NotFoundError,
    RequestError,
    ResolutionError,
    UntrustedError,
)
from tui.core.run import RunStatus, StepStatus
from tui.core.run_verbs import Approve, Reject, ResolveAgain, Retry, Skip
from tui.core.verbs import Cancel, Peek, SetEnvironment, StartWorkflow
from tui.executor.attempt import AttemptFolder
from tui.executor.processes import survivors


async def test_every_step_says_what_was_asked_and_sent_and_why(house: House) -> None:
    run = await house.run("three", input="a discount", model="sonnet")
    assert run.status is RunStatus.SUCCEEDED
    assert [step.stage for step in run.steps] == ["plan", "implement", "review"]
    first = run.steps[0]
    assert (first.asked, first.tier, first.agent) == ("sonnet", "run model", "quick")
    assert first.sent is not None
    assert first.sent.startswith("anthropic/claude-sonnet-")
    assert first.reason is not None
    assert first.reason.startswith("run model")
    assert first.started_at is not None
    assert first.ended_at is not None
    assert first.started_at <= first.ended_at


async def test_a_rehearsal_never_reads_as_confirmed(house: House) -> None:
    run = await house.run("claims")
    step = run.steps[0]
    assert (step.evidence, step.verdict, step.agent_kind) == ("D", "unproven", "rehearsal")
    assert step.note is not None
    assert "another-model" in step.note
    assert run.status is RunStatus.SUCCEEDED


async def test_a_failed_step_ends_the_run_and_the_rest_is_skipped(house: House) -> None:
    run = await house.run("fails")
    assert run.status is RunStatus.FAILED
    assert [step.status for step in run.steps] == [StepStatus.FAILED, StepStatus.SKIPPED]
    assert run.error == run.steps[0].error
    assert run.error is not None


async def test_a_crash_is_a_failure(house: House) -> None:
    run = await house.run("crashes")
    assert run.status is RunStatus.FAILED
    assert run.steps[0].error is not None


async def test_a_step_past_its_time_is_ended_with_that_reason(house: House) -> None:
    run = await house.run("hangs")
    assert run.status is RunStatus.FAILED
    assert run.steps[0].error is not None
    assert run.steps[0].error.code == "timeout"


async def test_cancel_kills_first_and_nothing_of_it_lives_on(house: House) -> None:
    task_id = await house.start("slow")
    run = await house.until(task_id, lambda run: run.steps[0].attempt is not None)
    tasks = await house.executor.verbs.cancel(Cancel((task_id,)))
    assert tasks.done
    assert tasks.tasks[0].status is RunStatus.CANCELLED
    assert [step.status for step in tasks.tasks[0].steps] == [StepStatus.CANCELLED, StepStatus.CANCELLED]
    attempt = run.steps[0].attempt or ""
    assert survivors(AttemptFolder(house.locations.runs / attempt)) == ()
    stored = house.executor.journal.attempt(attempt)
    assert stored is not None
    assert stored.cancel_reason == "cancelled by a person"


async def test_cancelling_what_has_ended_changes_nothing(house: House) -> None:
    run = await house.run("one")
    tasks = await house.executor.verbs.cancel(Cancel((run.task_id or "",)))
    assert tasks.tasks == (run,)


async def test_a_gate_waits_and_its_comment_reaches_the_next_step(house: House) -> None:
    task_id = await house.start("gated", input="a discount")
    run = await house.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    assert run.steps[1].status is StepStatus.WAITING_APPROVAL
    await house.executor.verbs.start(Approve(task_id, comment="mind the tax"))
    run = await house.ended(task_id)
    assert run.status is RunStatus.SUCCEEDED
    prompt = (house.locations.runs / (run.steps[2].attempt or "") / "prompt").read_text()
    assert "mind the tax" in prompt
    assert "a discount" in prompt


async def test_a_rejected_gate_ends_the_run(house: House) -> None:
    task_id = await house.start("gated")
    await house.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    await house.executor.verbs.start(Reject(task_id, comment="too dear"))
    run = await house.ended(task_id)
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert "too dear" in run.error.message
    with pytest.raises(ConflictError):
        await house.executor.verbs.start(Approve(task_id))


@pytest.mark.parametrize("decide", [Approve, Reject])
async def test_a_decision_is_for_the_gate_that_was_meant(house: House, decide: type[Approve | Reject]) -> None:
    house.locations.config_file.write_text(
        CONFIG.replace("workflows:\n", "workflows:\n  twice: {stages: [{name: one, type: approval}, "
                       "{name: two, type: approval}]}\n")
    )  # fmt: skip
    task_id = await house.start("twice")
    await house.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    await house.executor.verbs.start(Approve(task_id, step=0))
    await house.until(task_id, lambda run: run.steps[1].status is StepStatus.WAITING_APPROVAL)
    with pytest.raises(ConflictError, match=r"waits at another gate by now, step 2 \(two\); look at it") as caught:
        await house.executor.verbs.start(decide(task_id, step=0))
    assert caught.value.field == "step"
    assert house.look(task_id).steps[1].status is StepStatus.WAITING_APPROVAL
    await house.executor.verbs.start(decide(task_id, step=1))
    run = await house.ended(task_id)
    assert run.status is (RunStatus.SUCCEEDED if decide is Approve else RunStatus.FAILED)


async def test_a_gate_can_be_cancelled(house: House) -> None:
    task_id = await house.start("gated")
    await house.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    tasks = await house.executor.verbs.cancel(Cancel((task_id,)))
    assert tasks.tasks[0].status is RunStatus.CANCELLED


async def test_a_dry_run_resolves_every_step_and_starts_nothing(house: House) -> None:
    request = StartWorkflow("three", model="opus", project=str(house.project), dry_run=True)
    started = await house.executor.verbs.start(request)
    assert started.task_id is None
    assert started.run is not None
    assert [step.asked for step in started.run.steps] == ["opus"] * 3
    assert house.executor.journal.last_seq == 0


async def test_the_plan_is_what_the_run_becomes(house: House) -> None:
    page = await house.list("plan", requests=(StartWorkflow("three", model="opus"),))
    run = await house.run("three", model="opus")
    planned, done = page.plan[0], run
    for before, after in zip(planned.steps, done.steps, strict=True):
        assert (before.asked, before.sent, before.tier, before.reason) == (
            after.asked,
            after.sent,
            after.tier,
            after.reason,
        )


BAD = [
    ("nope", {}, RequestError, "Unknown workflow"),
    ("thre", {}, RequestError, "did you mean 'three'"),
    ("one", {"model": "opsu"}, ResolutionError, "opsu"),
    ("one", {"model": 5}, ResolutionError, "5"),
    ("one", {"preset": "cheap"}, ResolutionError, "cheap"),
    ("one", {"step_models": {"9": "opus"}}, ResolutionError, "step_models"),
]


@pytest.mark.parametrize(("workflow", "fields", "kind", "text"), BAD, ids=[f"{b[0]}-{list(b[1])}" for b in BAD])
async def test_a_bad_choice_starts_nothing_and_says_why(
    house: House, workflow: str, fields: dict[str, object], kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind, match=text):
        await house.start(workflow, **fields)
    assert house.executor.journal.last_seq == 0


async def test_an_unknown_task_is_named(house: House) -> None:
    with pytest.raises(NotFoundError, match="r_none"):
        await house.executor.verbs.peek(Peek(("r_none",)))


async def test_nothing_starts_in_a_folder_that_is_not_trusted(house: House) -> None:
    elsewhere = house.project.parent / "elsewhere"
    elsewhere.mkdir()
    with pytest.raises(UntrustedError, match="modeldeck trust"):
        await house.executor.verbs.start(StartWorkflow("one", project=str(elsewhere)))
    planned = await house.executor.verbs.start(StartWorkflow("one", project=str(elsewhere), dry_run=True))
    assert planned.run is not None


async def test_a_missing_variable_is_named_before_anything_starts(house: House) -> None:
    config = house.locations.config_file
    config.write_text(
        config.read_text().replace("quick: {kind: rehearsal,", "quick: {kind: rehearsal, env: {TOKEN: $SHOP_TOKEN},", 1)
    )
    with pytest.raises(MachineError, match="SHOP_TOKEN"):
        await house.start("one")
    await house.executor.verbs.start(SetEnvironment(values={"SHOP_TOKEN": "s3cret-value"}))
    run = await house.run("one")
    assert run.status is RunStatus.SUCCEEDED
    attempt = house.executor.journal.attempt(run.steps[0].attempt or "")
    assert attempt is not None
    assert "TOKEN" in attempt.env_names
    state = b"".join(path.read_bytes() for path in house.locations.state_folder.rglob("*") if path.is_file())
    assert b"s3cret-value" not in state


async def test_a_missing_agent_command_fails_the_step_with_what_to_do(house: House) -> None:
    config = house.locations.config_file
    config.write_text(config.read_text() + "  absent: {stages: [{name: plan, profile: absent}]}\n")
    text = config.read_text().replace("agents:\n", "agents:\n  absent: {kind: claude, command: [no-such-agent]}\n", 1)
    config.write_text(text.replace("profiles:\n", "profiles:\n  absent: {agent: absent}\n", 1))
    run = await house.run("absent", start_anyway=True)
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert "no-such-agent" in run.error.message
    assert run.steps[0].attempt is None


async def test_peek_shows_the_end_of_what_was_said_and_list_pages_through_it(house: House) -> None:
    run = await house.run("one")
    tasks = await house.executor.verbs.peek(Peek((run.task_id or "",), tail=2))
    assert len(tasks.output) == 2
    whole, offset = [], 0
    for _ in range(20):
        page = await house.list("output", ids=(run.task_id or "",), offset=offset, limit=1)
        whole += page.output
        if page.offset == offset:
            break
        offset = page.offset
    assert whole[-2:] == list(tasks.output)
    assert len({message.offset for message in whole}) == len(whole)


async def test_views_show_the_workflows_the_status_and_the_trace(house: House) -> None:
    run = await house.run("three")
    page = await house.list("workflows")
    by_name = {item.name: item for item in page.workflows}
    assert by_name["three"].title == "Three stages"
    assert by_name["three"].last is not None
    assert by_name["three"].last.task_id == run.task_id
    status = (await house.list("status")).status
    assert status is not None
    assert (status.trusted, status.running, status.waiting) == (True, 0, 0)
    trace = (await house.list("trace", ids=(run.task_id or "",))).trace
    assert len(trace) == 3
    assert any(row.outcome == "won" for row in trace[0].rows)
    models = await house.list("models")
    assert any(provider.id == "anthropic" for provider in models.models)
    assert any(alias.name == "opus" and alias.means for alias in models.aliases)


async def test_a_trace_tells_how_each_agent_was_started_and_ended(house: House) -> None:
    agent = house.home / "agent.sh"
    agent.write_text(
        "cat >/dev/null\n"
        """echo '{"type":"system","subtype":"init","claude_code_version":"2.1.0"}'\n"""
        """echo '{"type":"result","subtype":"success","is_error":false,"result":"done","modelUsage":{}}'\n"""
    )
    config = house.locations.config_file
    text = config.read_text().replace(
        "agents:\n", f"agents:\n  told: {{kind: claude, command: [/bin/sh, {agent}], env: {{COLOUR: red}}}}\n", 1
    )
    text = text.replace("profiles:\n", "profiles:\n  told: {agent: told, permission: plan}\n", 1)
    config.write_text(text.replace("workflows:\n", "workflows:\n  told: {stages: [{name: plan, profile: told}]}\n", 1))
    run = await house.run("told")
    slow = await house.start("slow")
    await house.until(slow, lambda run: run.steps[0].attempt is not None)
    await house.executor.verbs.cancel(Cancel((slow,)))
    page = await house.list("trace", ids=(run.task_id or "", slow))
    first, second = page.attempts
    assert (first.run_id, first.step, first.cwd) == (run.task_id, 0, str(house.project))
    assert first.argv[:2] == ("/bin/sh", str(agent))
    assert "COLOUR" in first.env_names
    assert (first.permission, first.agent_version, first.exit_code, first.state) == ("plan", "2.1.0", 0, "ended")
    assert (second.run_id, second.cancel_reason) == (slow, "cancelled by a person")
    assert (await house.list("trace", ids=(slow,), step=1)).attempts == ()


async def test_a_broken_configuration_leaves_the_last_good_one_in_force(house: House) -> None:
    await house.list("workflows")
    house.locations.config_file.write_text("agents: [\n")
    status = (await house.list("status")).status
    assert status is not None
    assert status.config_error is not None
    assert "config.yaml" in status.config_error
    for dry_run in (True, False):
        request = StartWorkflow("one", project=str(house.project), dry_run=dry_run)
        note = (await house.executor.verbs.start(request)).note
        assert note is not None
        assert note.startswith("Config error, the last good configuration is in use: ")
    assert (await house.run("one")).status is RunStatus.SUCCEEDED


async def test_limits_hold_back_what_is_too_many(house: House) -> None:
    config = house.locations.config_file
    config.write_text(config.read_text().replace("limits: {grace: 2}", "limits: {grace: 2, attempts: 1}"))
    first, second = await house.start("slow"), await house.start("one")
    await house.until(first, lambda run: run.steps[0].attempt is not None)
    assert house.look(second).steps[0].status is StepStatus.PENDING
    await house.executor.verbs.cancel(Cancel((first,)))
    assert (await house.ended(second)).status is RunStatus.SUCCEEDED


async def test_a_place_is_free_only_when_what_was_cancelled_is_dead(house: House) -> None:
    config = house.locations.config_file
    config.write_text(config.read_text().replace("limits: {grace: 2}", "limits: {grace: 2, attempts: 1}"))
    first, second = await house.start("slow"), await house.start("one")
    await house.until(first, lambda run: run.steps[0].evidence is not None)
    await asyncio.gather(house.executor.verbs.cancel(Cancel((first,))), house.ended(second))
    (killed,), (begun,) = map(house.executor.journal.attempts, (first, second))
    assert killed.ended_at is not None
    assert killed.ended_at <= (begun.created_at or "")


async def test_a_step_that_waits_for_its_turn_can_be_left_out_and_waits_no_more(house: House) -> None:
    config = house.locations.config_file
    config.write_text(config.read_text().replace("limits: {grace: 2}", "limits: {grace: 2, per_agent: {slow: 1}}"))
    first, second = await house.start("slow"), await house.start("slow")
    await house.until(first, lambda run: run.steps[0].attempt is not None)
    await house.until(second, lambda run: run.status is RunStatus.RUNNING)
    await house.executor.verbs.start(Skip(second, 0))
    run = await house.ended(second)
    assert run.status is RunStatus.SUCCEEDED
    assert [step.status for step in run.steps] == [StepStatus.SKIPPED, StepStatus.SUCCEEDED]
    status = (await house.list("status")).status
    assert status is not None
    assert (status.running, status.queued) == (1, 0)


async def test_a_step_that_waits_for_variables_holds_no_place(house: House) -> None:
    config = house.locations.config_file
    needs = "needs: {kind: rehearsal, env: {TOKEN: $SHOP_TOKEN}, rehearsal: {seconds: 0.1}}"
    text = config.read_text().replace("limits: {grace: 2}", "limits: {grace: 2, attempts: 1}")
    text = text.replace("agents:\n", f"agents:\n  {needs}\n", 1)
    text = text.replace("profiles:\n", "profiles:\n  needs: {agent: needs}\n", 1)
    config.write_text(
        text.replace(
            "workflows:\n",
            "workflows:\n  needs: {stages: [{name: ok, type: approval}, {name: a, profile: needs}]}\n",
            1,
        )
    )
    await house.executor.verbs.start(SetEnvironment(values={"SHOP_TOKEN": "s3cret-value"}))
    task_id = await house.start("needs")
    await house.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    await house.restart()
    await house.until(task_id, lambda _: house.executor.conductor.waiting() == 1)
    await house.executor.verbs.start(Approve(task_id))
    await house.until(task_id, lambda run: run.note is not None)
    assert (await house.run("one")).status is RunStatus.SUCCEEDED
    await house.executor.verbs.start(Skip(task_id, 1))
    run = await house.ended(task_id)
    assert (run.status, run.note) == (RunStatus.SUCCEEDED, None)


async def test_a_word_at_a_gate_is_in_the_journal_before_anybody_is_told_that_it_was_taken(house: House) -> None:
    task_id = await house.start("gated")
    await house.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    both = await asyncio.gather(
        house.executor.verbs.start(Approve(task_id, comment="yes")),
        house.executor.verbs.start(Reject(task_id, comment="no")),
        return_exceptions=True,
    )
    assert isinstance(both[1], ConflictError)
    assert not isinstance(both[0], BaseException)
    assert both[0].run is not None
    assert (both[0].run.steps[1].status, both[0].run.steps[1].result) == (StepStatus.SUCCEEDED, "yes")
    assert (await house.ended(task_id)).status is RunStatus.SUCCEEDED


async def test_a_step_that_has_not_begun_can_be_left_out(house: House) -> None:
    task_id = await house.start("gated")
    await house.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    await house.executor.verbs.start(Skip(task_id, 2))
    with pytest.raises(ConflictError, match=r"no step 1 \(\w+\) that has not begun"):
        await house.executor.verbs.start(Skip(task_id, 0))
    await house.executor.verbs.start(Approve(task_id))
    run = await house.ended(task_id)
    assert run.status is RunStatus.SUCCEEDED
    assert run.steps[2].status is StepStatus.SKIPPED
    assert run.steps[2].attempt is None


async def test_a_retry_is_a_new_run_that_keeps_what_succeeded_and_the_stored_models(house: House) -> None:
    task_id = await house.start("gated", model="opus")
    await house.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    await house.executor.verbs.start(Reject(task_id, comment="not yet"))
    before = await house.ended(task_id)
    config = house.locations.config_file
    config.write_text(config.read_text().replace("default_model: haiku", "aliases: {opus: haiku}"))
    started = await house.executor.verbs.start(Retry(task_id))
    assert started.task_id not in (None, task_id)
    assert started.before == before
    again = started.task_id or ""
    await house.until(again, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    await house.executor.verbs.start(Approve(again))
    run = await house.ended(again)
    assert run.status is RunStatus.SUCCEEDED
    assert run.retry_of == task_id
    assert run.steps[0] == before.steps[0]
    assert run.steps[2].sent == before.steps[2].sent
    assert house.look(task_id) == before
    with pytest.raises(ConflictError, match="nothing is left"):
        await house.executor.verbs.start(Retry(again))


async def test_resolving_again_shows_old_and_new_first(house: House) -> None:
    before = await house.run("fails", model="opus")
    config = house.locations.config_file
    config.write_text(config.read_text().replace("default_model: haiku", "aliases: {opus: sonnet}"))
    shown = await house.executor.verbs.start(ResolveAgain(before.task_id or "", dry_run=True))
    assert shown.task_id is None
    assert shown.run is not None
    assert shown.before == before
    assert "sonnet" in (shown.run.steps[0].sent or "")
    assert "opus" in (before.steps[0].sent or "")
    started = await house.executor.verbs.start(ResolveAgain(before.task_id or ""))
    run = await house.ended(started.task_id or "")
    assert run.steps[0].sent == shown.run.steps[0].sent
    assert len((await house.list("trace", ids=(run.task_id or "",))).trace) == 2


async def test_a_run_that_goes_on_is_not_retried(house: House) -> None:
    task_id = await house.start("slow")
    with pytest.raises(ConflictError, match="has not ended"):
        await house.executor.verbs.start(Retry(task_id))


async def test_terminal_states_never_change(house: House) -> None:
    run = await house.run("one")
    with pytest.raises(ConflictError):
        await house.executor.journal.save(dataclasses.replace(run, status=RunStatus.RUNNING))


async def test_events_come_in_order_each_once_and_a_second_listener_catches_up(house: House) -> None:
    seen: list[int] = []

    async def listen() -> None:
        async for event in house.executor.feed.events(0):
            if event.type == "run":
                seen.append(event.seq)

    listener = asyncio.create_task(listen())
    run = await house.run("three")
    last = house.executor.journal.last_seq
    late = [event.seq async for event in _until(house, last)]
    listener.cancel()
    assert late == sorted(set(late)) == list(range(1, last + 1))
    assert seen == late[: len(seen)]
    assert run.task_id


async def _until(house: House, last: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
    async for event in house.executor.feed.events(0):
        if event.type == "run":
            yield event
        if event.seq >= last:
            return


async def test_a_listener_from_another_journal_is_told_to_start_anew(house: House) -> None:
    async for event in house.executor.feed.events(10_000):
        assert event.type == "reset"
        break


async def test_a_configuration_that_never_was_good_is_told_and_the_status_still_comes(house: House) -> None:
    house.locations.config_file.write_text("agents: [\n")
    status = (await house.list("status")).status
    assert status is not None
    assert "config.yaml" in (status.config_error or "")
    assert (await house.list("workflows")).workflows == ()


async def test_what_a_trusted_project_asks_for_in_vain_is_a_warning_of_the_status(house: House) -> None:
    (house.project / ".modeldeck.yaml").write_text(
        "providers: {anthropic: {kind: anthropic, base_url: 'http://x.invalid'}}\n"
    )
    TrustStore(house.locations.trust).trust(house.project)
    status = (await house.list("status")).status
    assert status is not None
    assert any("anthropic" in warning for warning in status.warnings)
