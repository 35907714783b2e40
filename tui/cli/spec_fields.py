"""The fields of a spec as flags, the same for ``create`` and ``edit``, and how they become a request."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.cli import places
from tui.cli.arguments import Parser
from tui.cli.request import read, read_text
from tui.client.attachments import attachment
from tui.core.errors import RequestError
from tui.core.json_input import NestingError, read_json
from tui.core.resolution import Attachment
from tui.core.spec import SPEC_TYPES

if TYPE_CHECKING:
    from tui.client.client import ExecutorClient
    from tui.core.verbs import Start, Started

FLAGS = {
    "kind": "--type",
    "title": "--title",
    "text": "--text",
    "text_file": "--text-file",
    "attachments": "--attach",
    "parent": "--parent",
    "workflow": "--workflow",
    "stages": "--stages",
    "stage_models": "--stage-model",
    "stage_efforts": "--effort-of",
    "every_stage": "--every-stage",
    "preset": "--preset",
    "model_set": "--model-set",
}
"""Flag by the name that argparse keeps it under."""


def add_fields(parser: Parser) -> None:
    """Add a flag for each field."""
    add = parser.add_argument
    add("--type", dest="kind", choices=SPEC_TYPES, help="what it is")
    add("--title", metavar="TEXT", help="one line")
    add("--text", metavar="TEXT", help="what is wanted, as its agents are told")
    add("--text-file", metavar="FILE", help="the same from a file, or from stdin with -")
    add("--attach", dest="attachments", action="append", metavar="FILE", help="a file to go with it; may be repeated")
    add("--project", metavar="DIR", help="the folder that it is about (default: the project you are in)")
    add("--parent", metavar="ID", help="the spec that it is a story of")
    add("--workflow", metavar="NAME", help="who does it (default: the workflow that serves its type)")
    add("--stages", metavar="A,B,...", help="the stages to run, or sdlc, or all (default: all)")
    add(
        "--stage-model", dest="stage_models", action="append", type=pair, metavar="STAGE=SELECTOR",
        help="the model of a stage; nothing after = takes it away; may be repeated",
    )  # fmt: skip
    add(
        "--effort-of", dest="stage_efforts", action="append", type=pair, metavar="STAGE=LEVEL",
        help="how hard a stage's model thinks; may be repeated",
    )  # fmt: skip
    add("--every-stage", metavar="SELECTOR", help="one model for all stages; the other flags are laid over it")
    add("--preset", metavar="NAME", help="a preset of models by stage; --stage-model is laid over it")
    add("--model-set", metavar="NAME", help="the set that speaks where the spec has no preferences")
    add("--dry-run", action="store_true", help="show what would be stored, store nothing")
    add("--request", metavar="FILE", help="the whole request as JSON, or - for stdin; then no flag of its fields")


def given(args: argparse.Namespace) -> list[str]:
    """The flags of fields that were written."""
    return [flag for name, flag in FLAGS.items() if getattr(args, name) is not None]


def whole_request(args: argparse.Namespace, op: str, **also: str) -> bytes:
    """What ``--request`` names, with what the command itself says of it. Raises :class:`RequestError`."""
    if flags := given(args):
        raise RequestError(f"--request gives the whole request: leave out {', '.join(flags)}")
    try:
        fields = read_json(read(args.request, "request"))
    except NestingError as error:
        raise RequestError(f"{args.request} can't be read: {error}", field="request") from None
    except ValueError:
        raise RequestError(f"{args.request} is not valid JSON", field="request") from None
    if not isinstance(fields, dict):
        raise RequestError(f"{args.request} must hold a JSON object", field="request")
    return json.dumps({"kind": "op", "op": op, **also, **fields}).encode()


def text_of(args: argparse.Namespace) -> str | None:
    """The text, from wherever it comes."""
    if args.text is not None and args.text_file is not None:
        raise RequestError("--text and --text-file are two ways to say the same: use one", field="text")
    return read_text(args.text_file, "text") if args.text_file is not None else args.text


def attachments_of(args: argparse.Namespace) -> tuple[Attachment, ...] | None:
    """The attached files; ``None`` where the flag was not written."""
    return None if args.attachments is None else tuple(attachment(name) for name in args.attachments if name)


def stages_of(args: argparse.Namespace) -> tuple[str, ...] | None:
    """The selected stages; ``None`` where the flag was not written."""
    return None if args.stages is None else tuple(name for name in args.stages.split(",") if name.strip())


def by_stage(pairs: Sequence[tuple[str, str | None]] | None, flag: str) -> dict[str, str | None] | None:
    """Pairs as a map. Raises :class:`RequestError` for a stage that is there twice."""
    if pairs is None:
        return None
    found: dict[str, str | None] = {}
    for stage, value in pairs:
        if stage in found:
            raise RequestError(f"{flag} names the stage {stage!r} twice")
        found[stage] = value
    return found


async def send(request: Start | bytes) -> Started:
    """Ask the executor."""
    async with places.client() as client:
        await client.connect()
        return await client.start(request)


async def version_of(client: ExecutorClient, spec_id: str) -> int:
    """The version of a spec that is stored now."""
    from tui.core.verbs import List  # noqa: PLC0415

    return (await client.list(List("specs", ids=(spec_id,)))).specs[0].spec.version


def pair(text: str) -> tuple[str, str | None]:
    """``STAGE=VALUE`` as an argument of argparse; no value is ``None``."""
    stage, equals, value = text.partition("=")
    if not equals or not stage.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not STAGE=VALUE, such as plan=opus")
    return stage.strip(), value.strip() or None
