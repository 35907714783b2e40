"""Which themes there are, by the names of their files."""

from __future__ import annotations

from pathlib import Path


def shipped_folder() -> Path:
    """Return where the shipped themes are: inside the installed package, or at the top of the checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "themes"
    return installed if installed.is_dir() else package.parent / "themes"


def theme_names(own: Path) -> set[str]:
    """Return the names of the themes in ``own`` and of the shipped ones."""
    return {file.stem for folder in (own, shipped_folder()) if folder.is_dir() for file in folder.glob("*.yaml")}
