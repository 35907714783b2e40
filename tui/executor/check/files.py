"""The files themselves: what the reader refuses, and what it doubts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tui.config.load import load
from tui.config.locations import PROJECT_FILE
from tui.config.themes import theme_names
from tui.core.errors import ConfigError
from tui.core.items import IN_USE, Finding, InUse
from tui.core.plain import one_line
from tui.core.suggest import nearest
from tui.executor.check.subject import Subject


def refused(config_file: Path, folder: Path | None, in_use: InUse = "last good") -> tuple[Finding, ...]:
    """Why a file can't be used, with all its lines; nothing where both can.

    The file of a folder that is not trusted is judged too: reading it runs nothing.
    """
    for project in (None, folder) if folder is not None else (None,):
        try:
            load(config_file, project, trusted=project is not None)
        except ConfigError as error:
            return tuple(_problems(error, in_use))
    return ()


def _problems(error: ConfigError, in_use: InUse) -> Iterator[Finding]:
    start = f"{one_line(error.path or '', 1000)}:"
    for index, problem in enumerate(error.problems or (error.message,)):
        number, colon, sentence = problem.removeprefix(start).partition(": ")
        known = problem.startswith(start) and bool(colon) and number.isdecimal()
        yield Finding(
            "error",
            "config",
            sentence if known else problem,
            f"correct the file; until then {IN_USE[in_use]}",
            file=error.path,
            line=int(number) if known else None,
            suggestions=error.suggestions if index == 0 else (),
        )


def untrusted(subject: Subject) -> Iterator[Finding]:
    """A project's file that is not in force."""
    folder = subject.project.folder
    if folder is None or subject.project.trust.trusted or not (folder / PROJECT_FILE).exists():
        return
    yield subject.finding(
        "warning",
        "untrusted-project",
        f"the project's file is not in force, so its shape alone was checked: {subject.project.trust.note}",
        f"look at it with 'modeldeck trust --show {folder}', then trust it with 'modeldeck trust {folder}'",
        file=folder / PROJECT_FILE,
    )


def theme(subject: Subject) -> Iterator[Finding]:
    """A theme that has no file, so that the dashboard keeps to its usual one."""
    name, known = subject.settings.theme, theme_names(subject.themes)
    if name not in known:
        near = nearest(name, known)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        yield subject.finding(
            "error",
            "unknown-theme",
            f"There is no theme {one_line(name, 80)!r}{hint}",
            f"use one of {', '.join(sorted(known))}, or put {one_line(name, 80)}.yaml into {subject.themes}",
            place=("theme",),
            suggestions=near,
        )


def doubts(subject: Subject) -> Iterator[Finding]:
    """What the reader took, with a doubt: a name that looks misspelt, a project's key that is not followed.

    A file of another program that can't be read is no doubt: it is wrong.
    """
    loaded = subject.project.loaded
    for warning in loaded.warnings:
        if warning in loaded.discovered.problems:
            yield subject.finding("error", "broken-registry", warning, "correct the file")
        else:
            yield subject.finding("warning", "doubtful", warning, "correct it, or leave it if it is meant")
