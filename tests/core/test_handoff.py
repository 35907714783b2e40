"""Hand-offs as agents write them: read leniently, bounded whatever they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.handoff import ASKED, ITEM, ITEMS, UNSTATED, answer, read
from tui.core.plain import one_line
from tui.core.run import HandOff

AS_ASKED = """I looked at the shop.

## Hand-off
Done:
- wrote the plan
- asked nobody
Decisions:
- one table, because two drift apart
Open questions:
- who pays the tax?
Context:
- shop/cart.py, `make test`
"""
WANTED = HandOff(
    done=("wrote the plan", "asked nobody"),
    decisions=("one table, because two drift apart",),
    open_questions=("who pays the tax?",),
    context=("shop/cart.py, `make test`",),
)
DRESSED = """I looked at the shop.

**Hand-Off:**

### Done
1. wrote
   the plan
2) asked nobody

**Decisions:** one table, because two drift apart

__OPEN QUESTIONS__:
* who pays the tax?

- Context: shop/cart.py, `make test`
"""

READ = [
    (AS_ASKED, WANTED),
    (AS_ASKED.replace("\n", "\r\n"), WANTED),
    (DRESSED, WANTED),
    ("```\n# HANDOFF\nDone:\n- it\n```", HandOff(done=("it",))),
    ("Handover\n- it\n- and that", HandOff(done=("it", "and that"))),
    ("## Hand-off\nDone: it\nDecisions: none\nContext:\n- n/a\n", HandOff(done=("it",))),
    ("## Hand-off\nDone:\n- it\n\n## Appendix\n- no part of it", HandOff(done=("it",))),
    ("## Hand-off\nDone:\n- old\n\ntext\n\n## Hand-off\nDone:\n- new", HandOff(done=("new",))),
    ("## Hand off\nDecisions:\none\n\ntwo", HandOff(decisions=("one", "two"))),
    ("## Hand-off\nDone:\n- \x1b[31mred\x1b[0m", HandOff(done=("red",))),
    ("", HandOff(stated=False)),
    (" just words\n", HandOff(done=("just words",), stated=False)),
    ("## Hand-off\n", HandOff(done=("## Hand-off",), stated=False)),
    ("I will hand off later.\nDone: nothing", HandOff(done=("I will hand off later.\nDone: nothing",), stated=False)),
]


@pytest.mark.parametrize(("text", "wanted"), READ, ids=[str(n) for n in range(len(READ))])
def test_a_block_is_read_however_it_is_written(text: str, wanted: HandOff) -> None:
    assert read(text) == wanted


def test_what_stands_before_the_block_is_the_answer() -> None:
    assert answer(AS_ASKED) == answer(DRESSED) == "I looked at the shop."
    assert answer("no block") == "no block"


def test_what_an_agent_is_asked_for_can_be_read() -> None:
    handed = read(ASKED)
    assert handed.stated
    assert all((handed.done, handed.decisions, handed.open_questions, handed.context))


def test_a_long_text_without_a_block_keeps_its_head_and_its_tail() -> None:
    (text,) = read("begins here " + "x" * 10_000 + " and ends there").done
    assert text.startswith("begins here")
    assert text.endswith("and ends there")
    assert "more characters" in text


def test_a_block_is_found_at_the_end_of_any_length_of_text() -> None:
    assert read("word\n" * 200_000 + AS_ASKED) == WANTED


WRITTEN = st.lists(
    st.one_of(
        st.text(max_size=2000),
        st.sampled_from(
            (
                "## Hand-off",
                "Done:",
                "**Decisions:**",
                "- item",
                "1. item",
                "```",
                "# Context",
                "Open questions",
                "*",
                "",
            )
        ),
    ),
    max_size=60,
).map("\n".join)


@given(WRITTEN)
def test_no_text_breaks_it_or_goes_beyond_the_bounds(text: str) -> None:
    handed = read(text)
    parts = (handed.done, handed.decisions, handed.open_questions, handed.context)
    longest = ITEM if handed.stated else UNSTATED + 100
    assert all(len(part) <= ITEMS and all(len(item) <= longest for item in part) for part in parts)
    assert all(item.strip() for part in parts for item in part)
    assert text.startswith(answer(text))
    if handed.stated:
        assert any(parts)
        assert all(item == one_line(item, ITEM) for part in parts for item in part)
