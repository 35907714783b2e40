"""Reads what ``claude -p --output-format stream-json --verbose`` writes (measured with 2.1.328).

- ``system/init``: version, and the model after claude's own resolution. An echo, no proof.
- ``assistant``: ``message.model`` is the id in the provider's own answer (grade A); ``<synthetic>`` is claude itself.
  With a ``parent_tool_use_id`` it is a sub-agent's answer, which is no answer to the step.
- ``system/model_fallback``: another model was called after an error; ``init.model`` keeps telling the first one.
- ``result``: there may be several, the last one counts; ``modelUsage`` and ``total_cost_usd`` add up over all of them.
  ``modelUsage`` names what was asked for (grade B), also when another model answered.
- Without a ``result`` the attempt failed, whatever the exit status: after SIGINT that is 0.
"""

from __future__ import annotations

from typing import Literal

from tui.agents.base import Findings
from tui.agents.claude_result import Heard, conclude, failure
from tui.agents.lines import Object, bounded, decode, items, obj, raw, text, word
from tui.core.plain import one_line
from tui.core.verbs import Message

SYNTHETIC = "<synthetic>"
MODELS_LIMIT = 50
"""Distinct models that are remembered of one attempt."""

_SILENT = frozenset(
    {"stream_event", "rate_limit_event", "tool_progress", "tool_use_summary", "auth_status", "conversation_reset"}
    | {"keep_alive", "control_request", "control_response", "prompt_suggestion", "streamlined_text"}
)
"""Types of events that say nothing to a person."""

_TOLD = {
    "api_retry": "after an error, try {attempt} of {max_retries} again: {error_status} {error}",
    "model_fallback": "claude fell back from {original_model} to {fallback_model} ({trigger})",
    "permission_denied": "denied: {tool_name}: {message}",
    "task_started": "sub-agent started: {description}",
    "informational": "{content}",
}
"""What system events say, by subtype; of the others nothing is told."""

Said = Literal["text", "system", "error"]


class _Words(dict[str, object]):
    """An event whose values are put into a sentence as words, and as nothing where it has none."""

    def __init__(self, event: Object) -> None:
        super().__init__({key: value if isinstance(value, int) else word(value, 400) for key, value in event.items()})

    def __missing__(self, key: str) -> str:
        return ""


class ClaudeReader:
    """Reads one attempt."""

    def __init__(self, attempt: str, sent: str | None) -> None:
        self._attempt = attempt
        self._heard = Heard(sent=sent)

    def feed(self, line: bytes, offset: int) -> tuple[Message, ...]:
        """One line of output; what is no event of claude's is shown as it is."""
        event = decode(line)
        kind = text(event.get("type")) if event is not None else ""
        if event is None or (kind not in _SILENT and kind not in ("system", "assistant", "user", "result")):
            return raw(self._attempt, line, offset)
        match kind:
            case "system":
                said = self._system(event)
                return (Message(self._attempt, offset, "system", said),) if said else ()
            case "assistant":
                return self._assistant(event, offset)
            case "user":
                return self._user(event, offset)
            case "result":
                return self._result(event, offset)
        return ()

    def findings(self) -> Findings:
        """What was heard so far."""
        return conclude(self._heard)

    def finish(self, exit_code: int | None, stderr: bytes) -> Findings:
        """What was heard in all, and whether it failed by claude's own rules."""
        errors = stderr[-4000:].decode("utf-8", "replace")
        return conclude(self._heard, failure(self._heard, exit_code, errors), errors, over=True)

    def _system(self, event: Object) -> str:
        """What a system event says to a person; nothing if it is of no interest."""
        heard, kind = self._heard, text(event.get("subtype"))
        if kind == "init":
            # A new init comes with each turn, and a turn may follow a result: when a background task ends, say.
            first, heard.ended = heard.version is None, False
            heard.version = word(event.get("claude_code_version")) or heard.version or ""
            heard.echo = word(event.get("model")) or heard.echo
            mode = word(event.get("permissionMode"))
            return f"claude {heard.version}, model {heard.echo}, permission {mode}" if first else ""
        template = _TOLD.get(kind)
        said = one_line(template.format_map(_Words(event))) if template else ""
        if kind == "model_fallback" and said not in heard.notes and len(heard.notes) < MODELS_LIMIT:
            heard.notes.append(said)
        return said

    def _assistant(self, event: Object, offset: int) -> tuple[Message, ...]:
        heard, message = self._heard, obj(event.get("message"))
        model = word(message.get("model"))
        by_claude = model in ("", SYNTHETIC)
        side = _is_side(event)
        if not side:
            heard.ended = False
        known = heard.side if side else heard.answered
        if not by_claude and model not in known and len(known) < MODELS_LIMIT:
            known.append(model)
        if by_claude and not side:
            heard.error_kind = word(event.get("error")) or word(event.get("api_error")) or heard.error_kind
            heard.unreachable = heard.unreachable or event.get("api_error") == "connection_failed"
        prefix = "sub-agent: " if side else ""
        told: list[Message] = []
        for block in map(obj, items(message.get("content"))):
            if block.get("type") == "text" and (said := bounded(text(block.get("text")))):
                if by_claude and not side:
                    heard.own_words = said
                kind: Said = "text" if not by_claude else "error" if event.get("error") else "system"
                told.append(Message(self._attempt, offset, kind, prefix + said, None if by_claude else model))
            elif block.get("type") == "tool_use":
                told.append(Message(self._attempt, offset, "tool", prefix + _call(block), model))
        return tuple(told)

    def _user(self, event: Object, offset: int) -> tuple[Message, ...]:
        """Results of tools, and what claude notes in the person's name (an interruption)."""
        side = _is_side(event)
        prefix = "sub-agent: " if side else ""
        told: list[Message] = []
        for block in map(obj, items(obj(event.get("message")).get("content"))):
            if block.get("type") == "tool_result":
                word_for_it = "failed" if block.get("is_error") is True else "result"
                said = one_line(_content(block.get("content")))
                told.append(Message(self._attempt, offset, "tool", f"{prefix}{word_for_it}: {said}"))
            elif block.get("type") == "text" and not side:
                said = bounded(text(block.get("text")), 400)
                told.append(Message(self._attempt, offset, "system", said))
        return tuple(told)

    def _result(self, event: Object, offset: int) -> tuple[Message, ...]:
        heard = self._heard
        heard.result, heard.ended = event, True
        if event.get("is_error") is not True:
            return ()
        said = bounded(text(event.get("result")))
        return (Message(self._attempt, offset, "error", said),) if said and said != heard.own_words else ()


def _is_side(event: Object) -> bool:
    """Whether a sub-agent said it."""
    return bool(event.get("parent_tool_use_id") or event.get("agent_id"))


def _call(block: Object) -> str:
    """A call of a tool on one line: its name and the one argument that tells most."""
    arguments = obj(block.get("input"))
    for name in ("command", "file_path", "path", "pattern", "url", "query", "description", "prompt", "skill"):
        if said := word(arguments.get(name), 300):
            return f"{word(block.get('name'))}: {said}"
    return word(block.get("name"))


def _content(content: object) -> str:
    """The text of a tool's result, which is a text or a list of blocks."""
    if isinstance(content, str):
        return content[:4000]
    return " ".join(text(obj(block).get("text"))[:4000] for block in items(content)[:20])
