"""Textual's own list with 300 rows."""

from textual.app import App, ComposeResult
from textual.widgets import OptionList


class Rows(App[None]):
    """One list."""

    def compose(self) -> ComposeResult:
        """The list, a row for each card."""
        yield OptionList(*(f"Workflow-{row:03}" for row in range(300)))


if __name__ == "__main__":
    Rows().run(mouse=False)
