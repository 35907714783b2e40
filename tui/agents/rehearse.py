"""The rehearsal agent's own process: acts like an agent, calls no model, costs nothing.

Run as a script by its path (``python -I -S rehearse.py JSON``), so that it imports nothing of Modeldeck and starts in
some 20 ms. The JSON says how to play: ``seconds``, ``messages``, ``outcome``, ``claims``, ``model``, and how many of
its questions were ``answered``: who asks, asks once. The prompt is on stdin. Each line of output is a JSON object with
a ``type``: ``start``, ``message``, ``question``, ``error`` or ``end``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time

PROMPT_LIMIT = 1 << 20
LINES = (
    "reads the request: {request}",
    "looks around in {folder}",
    "works out what there is to do",
    "would change some files here, and changes none",
    "would run the tests here, and runs none",
    "checks its own work",
)
HAND_OFF = """## Hand-off
Done:
- rehearsed: {request}
Decisions:
- nothing was changed, for this is a rehearsal
Open questions:
- none
Context:
- no model was called"""


def say(kind: str, **fields: object) -> None:
    """Write one event and flush it, so that whoever follows sees it at once."""
    sys.stdout.write(json.dumps({"type": kind, "rehearsal": True, **fields}) + "\n")
    sys.stdout.flush()


def line(number: int, total: int, request: str) -> str:
    """Message ``number`` of ``total``: the lines in their order, the last one last, the rest filled up."""
    at = number if number < len(LINES) - 1 else len(LINES) - 1 if number == total - 1 else len(LINES) - 2
    return LINES[at].format(request=request, folder=os.path.basename(os.getcwd()) or "/")  # noqa: PTH109, PTH119


def play(part: dict[str, object], prompt: str, start: float) -> int:
    """Act ``part`` from the moment ``start`` on and return the exit status."""
    outcome = part.get("outcome", "succeed")
    if outcome == "hang":
        while True:
            signal.pause()
    seconds = max(0.0, float(str(part.get("seconds", 4.0))))
    total = max(0, int(str(part.get("messages", 6))))
    model = part.get("claims") or part.get("model")
    say("start", model=model, claims=part.get("claims"), characters=len(prompt))
    request = " ".join(prompt.strip().partition("\n\n")[0].split())[:80] or "it is empty"
    # Whatever goes wrong goes wrong in the middle, when something has been said and something has not.
    spoken = total if outcome in ("succeed", "ask") else total - total // 2
    for number in range(spoken):
        time.sleep(max(0.0, start + seconds * (number + 1) / (total + 1) - time.monotonic()))
        say("message", text=line(number, total, request), number=number + 1, of=total)
    time.sleep(max(0.0, start + seconds * (spoken + 1) / (total + 1) - time.monotonic()))
    if outcome == "crash":
        sys.stdout.write('{"type": "message", "rehearsal": tr')
        sys.stdout.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    if outcome == "fail":
        say("error", text="was told to fail")
        return 1
    if outcome == "ask" and not part.get("answered"):
        say("question", text="Which of the two ways should I take?")
        return 0
    say("end", text=f"done: {request}\n\n{HAND_OFF.format(request=request)}")
    return 0


def main() -> int:
    """Read the part from the arguments and the prompt from stdin, and act."""
    start = time.monotonic()
    # A parent may have told us to ignore these; a rehearsal ends at once when it is asked to.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    part = json.loads(sys.argv[1])
    prompt = sys.stdin.buffer.read(PROMPT_LIMIT).decode("utf-8", "replace")
    return play(part, prompt, start)


if __name__ == "__main__":
    sys.exit(main())
