"""Every key of the dashboard: one table, from which the bindings, the footer, the help and the palette are made.

A person overrides a key in the configuration by its id: ``keymap: {pick-model: p}``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding

Scope = Literal[
    "everywhere",
    "list",
    "workflows",
    "runs",
    "run",
    "specs",
    "form",
    "menu",
    "editor",
    "dialog",
    "picker",
    "start",
    "again",
    "choose",
    "comment",
    "trust",
    "text",
    "models",
    "opening",
]


@dataclass(frozen=True, slots=True)
class Key:
    """One binding."""

    id: str
    keys: str
    """Comma separated."""
    action: str
    description: str
    tooltip: str
    scope: Scope
    foot: str | None = None
    """The word in the footer; ``None`` keeps it out of there."""
    priority: bool = False


KEYS: tuple[Key, ...] = (
    # What a list does, wherever there is one.
    Key("down", "down,j", "move(1)", "Next", "The next line or card", "list"),
    Key("up", "up,k", "move(-1)", "Previous", "The line or card before", "list"),
    Key("page-down", "pagedown,space", "page(1)", "Page down", "A page forward", "list"),
    Key("page-up", "pageup", "page(-1)", "Page up", "A page back", "list"),
    Key("first", "home,g", "edge(-1)", "First", "The first one", "list"),
    Key("last", "end,G", "edge(1)", "Last", "The last one", "list"),
    # Workflows.
    Key("pick-model", "m", "pick_model", "Pick a model", "Choose the model of this card", "workflows", "model"),
    Key("start", "s", "start", "Start", "Say what to do and start this workflow", "workflows", "start"),
    Key("plan", "S", "plan", "Plan", "What would run, stage by stage, before anything is started", "workflows", "plan"),
    Key("open", "enter", "open", "Open", "The newest run of this workflow, or its plan", "workflows", "open"),
    Key("cancel", "x", "cancel", "Cancel", "End the run of this card; asks for x again", "workflows", "cancel"),
    Key("output", "o", "output", "Output", "What the newest run wrote", "workflows", "output"),
    Key("why", "w", "why", "Why this model", "What each tier said, and why the answer won", "workflows", "why"),
    Key(
        "favourite-before",
        "left_square_bracket",
        "favourite(-1)",
        "Favourite before",
        "Take the favourite before this one, without opening the list",
        "workflows",
    ),
    Key(
        "favourite-next",
        "right_square_bracket",
        "favourite(1)",
        "Next favourite",
        "Take the next favourite without opening the list",
        "workflows",
        "favourites",
    ),
    Key("effort", "e", "effort", "Effort", "The next effort level that this model has, or none", "workflows", "effort"),
    Key("inherit", "0,backspace", "inherit", "Inherit", "Take back this card's own pick", "workflows", "inherit"),
    Key("filter", "slash", "filter", "Filter", "Show only the cards that match", "workflows", "filter"),
    Key("unfilter", "escape", "unfilter", "All cards", "Show all cards again", "workflows", "all cards"),
    Key(
        "edit-defaults",
        "E",
        "edit",
        "Edit defaults",
        "The default model of each stage, in its file",
        "workflows",
        "edit",
    ),
    Key("default-model", "D", "default_model", "Your default", "The model where nothing else says one", "workflows"),
    Key("undo-default", "u", "undo", "Undo default", "Put back what a default replaced", "workflows", "undo"),
    Key("trust", "T", "trust", "Trust", "See what this folder would run, and trust it", "workflows", "trust"),
    Key("menu", "full_stop", "menu", "Menu", "Create a spec, a bug, a todo or a story", "workflows", "menu"),
    # Specs.
    Key("edit-spec", "enter", "edit", "Edit", "The form of this spec", "specs", "edit"),
    Key("start-spec", "s", "start", "Start", "The plan of this spec, and the start", "specs", "start"),
    Key("spec-model", "m", "pick_model", "Model", "One model for a run of this spec, then its plan", "specs", "model"),
    Key("new-spec", "n", "new", "New", "Write a new spec", "specs", "new"),
    Key("add-story", "c", "story", "Add a story", "Write a story of this spec", "specs", "story"),
    Key("open-spec-run", "o", "open_run", "Newest run", "The newest run of this spec", "specs", "run"),
    Key("cancel-spec", "x", "cancel", "Cancel", "End the run of this spec; asks for x again", "specs", "cancel"),
    Key("delete-spec", "d", "delete", "Delete", "Take this spec away; asks for d again", "specs", "delete"),
    Key("by-type", "f", "type", "By type", "Step through the types: feature, bug, chore, …", "specs", "type"),
    Key("filter-specs", "slash", "filter", "Filter", "By words of the title or text", "specs", "filter"),
    Key("unfilter-specs", "escape", "unfilter", "All specs", "Show all specs again", "specs", "all"),
    Key("menu-specs", "full_stop", "menu", "Menu", "Create a spec, a bug, a todo or a story", "specs", "menu"),
    # The form of a spec.
    Key("form-save", "s,f2", "save", "Save", "Store it as it is shown", "form", "save"),
    Key(
        "form-theirs",
        "y",
        "theirs",
        "Take theirs",
        "What was stored meanwhile, in place of yours",
        "form",
        "take theirs",
    ),
    Key("form-begin", "S,f5", "begin", "Save and start", "Store it, and show what starting it runs", "form", "start"),
    Key("form-down", "down,j", "move(1)", "Next", "The next line", "form"),
    Key("form-up", "up,k", "move(-1)", "Previous", "The line before", "form"),
    Key("form-turn", "space,enter", "turn", "Switch", "Stage on or off; the next type or workflow", "form", "switch"),
    Key("form-model", "m", "pick_model", "Model", "Choose the model of this stage", "form", "model"),
    Key("form-effort", "e", "effort", "Effort", "The next effort level of this stage's model", "form", "effort"),
    Key("form-apply", "a", "apply", "Apply to all", "This stage's model for all stages", "form", "to all"),
    Key("form-preset", "p", "preset", "Preset", "The next preset over all stages", "form", "preset"),
    Key("form-sdlc", "l", "sdlc", "Whole cycle", "Plan, implement, test, review, document", "form", "whole cycle"),
    Key("form-undo", "u", "undo", "Undo", "Take back the newest choice; again, the one before", "form", "undo"),
    Key("form-next", "tab", "next(1)", "Next field", "Title, text, stages", "form", "fields", priority=True),
    Key("form-before", "shift+tab", "next(-1)", "Field before", "Stages, text, title", "form", priority=True),
    Key("form-reset", "backspace", "reset", "Reset", "For every stage what would run now", "form", "reset"),
    Key("form-leave", "escape", "leave", "Back", "Store nothing", "form", "back"),
    # The defaults of a workflow's stages.
    Key("editor-save", "s,f2", "save", "Save", "Write the defaults into the file that defines it", "editor", "save"),
    Key("editor-down", "down,j", "move(1)", "Next", "The next stage", "editor"),
    Key("editor-up", "up,k", "move(-1)", "Previous", "The stage before", "editor"),
    Key("editor-model", "m,enter", "pick_model", "Model", "Choose what this stage says", "editor", "model"),
    Key("editor-effort", "e", "effort", "Effort", "The next effort level of this stage's model", "editor", "effort"),
    Key("editor-undo", "u", "undo", "Undo", "Take back the newest change; again, the one before", "editor", "undo"),
    Key("editor-reset", "backspace", "reset", "Reset", "What the file says of this stage", "editor", "reset"),
    Key("editor-theirs", "y", "theirs", "Take theirs", "What was written meanwhile, not yours", "editor", "theirs"),
    Key("editor-leave", "escape", "leave", "Back", "Save nothing", "editor", "back"),
    # The menu of what can be created.
    Key("menu-next", "down,j", "move(1)", "Next", "The next action", "menu"),
    Key("menu-before", "up,k", "move(-1)", "Previous", "The action before", "menu"),
    Key("menu-go", "enter", "go", "Open", "Do it, with the model beside it", "menu", "open"),
    Key("menu-model", "m", "pick_model", "Model", "Choose the model of this action, this time", "menu", "model"),
    Key("menu-leave", "escape,full_stop", "leave", "Back", "Create nothing", "menu", "back"),
    # Runs.
    Key("open-run", "enter", "open", "Open", "The steps of this run", "runs", "open"),
    Key("cancel-listed", "x", "cancel", "Cancel", "End this run; asks for x again", "runs", "cancel"),
    Key("filter-runs", "slash", "filter", "Filter", "By state, verdict, workflow or model, in words", "runs", "filter"),
    Key("unfilter-runs", "escape", "unfilter", "All runs", "Show all runs again", "runs", "all"),
    Key(
        "by-status", "f", "status", "By state", "Step through the states: running, waiting, failed, …", "runs", "state"
    ),
    Key(
        "by-verdict",
        "v",
        "verdict",
        "By verdict",
        "Step through the verdicts: confirmed, differs, …",
        "runs",
        "verdict",
    ),
    Key("by-workflow", "w", "workflow", "Same workflow", "Only runs of this one's workflow", "runs", "workflow"),
    Key("by-model", "m", "model", "Same model", "Only runs of the model that this one was sent", "runs", "model"),
    # Models.
    Key("open-facts", "enter", "open", "Facts", "All that is known of this model or provider", "models", "facts"),
    Key("filter-models", "slash", "filter", "Filter", "Models whose names or abilities match", "models", "filter"),
    Key("unfilter-models", "escape", "unfilter", "All models", "Show all models again", "models", "all"),
    Key("refresh-list", "r", "refresh", "Refresh list", "Read this provider's list anew", "models", "refresh"),
    Key("refresh-all", "R", "refresh_all", "Refresh all lists", "Read every list anew", "models", "refresh all"),
    Key("provider-before", "left_square_bracket", "provider(-1)", "Provider before", "The provider before", "models"),
    Key(
        "provider-next",
        "right_square_bracket",
        "provider(1)",
        "Next provider",
        "The next provider",
        "models",
        "providers",
    ),
    # One run.
    Key("step-next", "j,down", "move(1)", "Next step", "The next step and its output", "run", "steps"),
    Key("step-before", "k,up", "move(-1)", "Step before", "The step before and its output", "run"),
    Key("approve", "a", "approve", "Approve", "Let the run go on at this gate", "run", "approve"),
    Key("reject", "d", "reject", "Reject", "End the run at this gate; asks for d again", "run", "reject"),
    Key(
        "comment-approve",
        "A",
        "comment(True)",
        "Approve with a word",
        "Approve, with a comment that the next step is told",
        "run",
    ),
    Key(
        "comment-reject",
        "D",
        "comment(False)",
        "Reject with a word",
        "Reject, with a comment that is kept",
        "run",
        "with a word",
    ),
    Key(
        "retry",
        "t",
        "retry",
        "Retry",
        "Run the unfinished steps again, with the stored models or with others that you pick",
        "run",
        "retry",
    ),
    Key(
        "resolve-again",
        "n",
        "resolve_again",
        "New models",
        "Retry with the models that the present configuration chooses",
        "run",
        "new models",
    ),
    Key(
        "skip-step",
        "z",
        "skip",
        "Skip",
        "Leave out the chosen step, which has not begun; asks for z again",
        "run",
        "skip",
    ),
    Key("answer", "enter", "answer", "Answer", "Answer the question that the run waits with", "run", "answer"),
    Key("hand-off", "h", "hand_off", "Handed on", "What the step was given, asked and handed on", "run", "handed on"),
    Key("cancel-run", "x", "cancel", "Cancel", "End this run; asks for x again", "run", "cancel"),
    Key("why-step", "w", "why", "Why this model", "The whole trace of this step", "run", "why"),
    Key("leave-run", "escape", "leave", "Back", "Back to where you came from", "run", "back"),
    Key("output-full", "o", "output", "Output", "Give the output the whole screen, or take it back", "run", "output"),
    Key("scroll-down", "pagedown,space", "scroll_output(1)", "Page down", "A page of output forward", "run"),
    Key("scroll-up", "pageup", "scroll_output(-1)", "Page up", "A page of output back", "run"),
    Key("output-first", "home,g", "edge_output(-1)", "First", "The beginning of the output", "run"),
    Key("output-last", "end,G", "edge_output(1)", "Last", "The newest output, followed as it grows", "run"),
    # The picker: letters go into its filter, so only keys that write nothing.
    Key("pick-next", "down,ctrl+n", "move(1)", "Next", "The next model", "picker"),
    Key("pick-before", "up", "move(-1)", "Previous", "The model before", "picker"),
    Key("pick-page-down", "pagedown", "page(1)", "Page down", "A page forward", "picker"),
    Key("pick-page-up", "pageup", "page(-1)", "Page up", "A page back", "picker"),
    Key("take", "enter", "take", "Take it", "Take this model, as far as this place goes", "picker", "take it"),
    Key(
        "make-default",
        "ctrl+d",
        "make_default",
        "Make default",
        "Write it as the default; asks for ctrl+d again",
        "picker",
        "make default",
        priority=True,
    ),
    Key(
        "pick-favourite",
        "ctrl+f",
        "favourite",
        "Favourite",
        "Among your favourites, or no more",
        "picker",
        "favourite",
        priority=True,
    ),
    Key("pick-refresh", "ctrl+r", "refresh", "Refresh lists", "Read every list anew", "picker", "refresh lists"),
    Key("keep", "escape", "leave", "Keep", "Leave the model as it is", "picker", "keep"),
    # The start dialog.
    Key("go", "enter", "go", "Start", "Start the run as it is shown", "start", "start"),
    Key("go-now", "s", "go", "Start", "Start the run as it is shown", "start"),
    Key("start-down", "down,j", "move(1)", "Next", "The next stage", "start"),
    Key("start-up", "up,k", "move(-1)", "Previous", "The stage before, or the whole run", "start"),
    Key("start-model", "m", "pick_model", "Model", "One model for this stage, or for the whole run", "start", "model"),
    Key("start-effort", "e", "effort", "Effort", "The next effort level that the model has", "start", "effort"),
    Key("start-reset", "r,backspace", "reset", "Reset", "Take back what was picked on this line", "start", "reset"),
    Key("start-preset", "p", "preset", "Preset", "Step through the presets", "start", "preset"),
    Key("start-tree", "w", "worktree", "Worktree", "In a git worktree of its own, or not", "start", "worktree"),
    Key("start-compare", "d", "compare", "Compare", "What would run without your picks", "start", "compare"),
    Key("start-next", "tab,shift+tab", "switch", "Switch", "Between the text and the plan", "start", "text / plan"),
    Key("start-back", "escape", "leave", "Back", "Start nothing", "start", "back"),
    Key("start-undo", "u", "undo", "Undo", "Take back the newest choice; again, the one before", "start", "undo"),
    # Retrying a run.
    Key("again-go", "enter,t,s", "go", "Start", "Start the retry as it is shown, as a new run", "again", "start"),
    Key("again-down", "down,j", "move(1)", "Next", "The next step that is left", "again"),
    Key("again-up", "up,k", "move(-1)", "Previous", "The step before", "again"),
    Key("again-model", "m", "pick_model", "Model", "Pick a model for this step", "again", "model"),
    Key("again-effort", "e", "effort", "Effort", "The next effort level that the model has", "again", "effort"),
    Key("again-reset", "r,backspace", "reset", "Reset", "Take back what was picked for this step", "again", "reset"),
    Key(
        "again-anew",
        "n",
        "anew",
        "New models",
        "Between the stored models and those that the present configuration chooses",
        "again",
        "new models",
    ),
    Key("again-back", "escape", "leave", "Back", "Start nothing", "again", "back"),
    # Choosing one of a list.
    Key("choose-it", "enter,s", "go", "Take it", "Take the chosen one", "choose", "take"),
    Key("choose-back", "escape", "leave", "Back", "Leave it as it is", "choose", "back"),
    # A line of text.
    Key("comment-send", "enter", "send", "Send", "Send this comment or answer, or take this path", "comment", "send"),
    Key("comment-more", "pagedown", "page(1)", "Page down", "More of what is asked", "comment", "more"),
    Key("comment-less", "pageup", "page(-1)", "Page up", "Back in what is asked", "comment"),
    Key("comment-back", "escape", "leave", "Back", "Say nothing", "comment", "back"),
    # What opens when the executor has answered.
    Key("opening-back", "escape", "leave", "Back", "Open nothing, and throw away what was typed", "opening", "back"),
    # Trust.
    Key("trust-yes", "T", "yes", "Trust", "Trust this folder as it is now", "trust", "trust it"),
    Key("trust-no", "escape,q", "leave", "Back", "Trust nothing", "trust", "back"),
    # Texts: the trace and the help.
    Key("text-back", "escape,w,question_mark,q", "leave", "Back", "Back to where you came from", "text", "back"),
    # Everywhere.
    Key("workflows", "1", "place('workflows')", "Workflows", "The deck of workflows", "everywhere"),
    Key("specs", "2", "place('specs')", "Specs", "What is to be done, and how far it is", "everywhere"),
    Key("runs", "3", "place('runs')", "Runs", "All runs, the newest first", "everywhere"),
    Key("models", "4", "place('models')", "Models", "Every provider and model, with what is known", "everywhere"),
    Key("reload", "r", "reload", "Refresh", "Read everything again, and connect at once", "everywhere", "refresh"),
    Key("notices", "W", "notices", "Warnings", "All warnings of the configuration, whole", "everywhere"),
    Key("redraw", "ctrl+l", "redraw", "Redraw", "Paint the whole screen anew", "everywhere"),
    Key("palette", "ctrl+p", "command_palette", "Palette", "All keys as a list to search", "everywhere"),
    Key("help", "question_mark", "help", "Help", "All keys, with what they do", "everywhere", "help"),
    Key("quit", "q", "quit", "Quit", "Leave the dashboard; what runs goes on", "everywhere", "quit"),
    Key("quit-now", "ctrl+c", "quit", "Quit", "Leave from anywhere; what runs goes on", "everywhere", priority=True),
    Key(
        "suspend", "ctrl+z", "suspend_process", "Suspend", "Back to the shell; fg returns", "everywhere", priority=True
    ),
)

SCOPES: dict[Scope, str] = {
    "workflows": "Workflows",
    "specs": "Specs",
    "form": "The form of a spec",
    "editor": "The defaults of a workflow",
    "menu": "What can be created",
    "runs": "Runs",
    "models": "Models",
    "run": "One run",
    "picker": "The list of models",
    "start": "Before a start",
    "again": "Retry",
    "choose": "One of a list",
    "comment": "A line of text",
    "opening": "Before the executor has answered",
    "trust": "Trusting a folder",
    "list": "Any list",
    "text": "Any text",
    "everywhere": "Everywhere",
}
"""Headings of the help, in its order."""

BY_ID: dict[str, Key] = {key.id: key for key in KEYS}

_SHOWN = {
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "slash": "/",
    "full_stop": ".",
    "question_mark": "?",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "backspace": "bksp",
}


def bindings(*scopes: Scope) -> list[Binding]:
    """Textual's bindings of these scopes; each has id, description and tooltip."""
    return [
        Binding(
            key.keys, key.action, key.description, id=key.id, tooltip=key.tooltip, show=False, priority=key.priority
        )
        for key in KEYS
        if key.scope in scopes
    ]


def shown(keys: str) -> str:
    """Keys as a person reads them: ``j``, ``[``, ``pgdn``."""
    return " ".join(_SHOWN.get(key, key) for key in keys.split(","))


def first_key(keys: str, *, writing: bool = False) -> str:
    """The first of several keys, as a person reads it; while one writes, the first that writes nothing, if any does."""
    names = keys.split(",")
    able = [name for name in names if name != "space" and len(shown(name)) > 1] if writing else []
    return shown((able or names)[0])
