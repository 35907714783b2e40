"""What is checked: the configuration in force, the catalog, and what is around them on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tui.config.document import Place
from tui.config.schema import shown
from tui.core.catalog import Catalog, Model
from tui.core.errors import ResolutionError
from tui.core.items import Finding, Severity
from tui.core.plain import one_line
from tui.core.reference import Reference
from tui.core.resolution import Resolution, ResolutionRequest
from tui.core.resolver import resolve
from tui.core.settings import Settings
from tui.executor.check.spots import Spot, spots_of
from tui.executor.projects import Project
from tui.executor.sources import Sources


@dataclass(frozen=True)
class Subject:
    """One configuration, with what its checks need to know."""

    project: Project
    sources: Sources
    today: str
    """``YYYY-MM-DD``."""
    home: Path
    user_env: Mapping[str, str] = field(repr=False)
    """The person's clean environment, as agents get it."""
    themes: Path
    """The folder of the user's own themes."""
    variables: frozenset[str]
    """Names of the variables that are set where the client runs, and of those that were handed over."""
    _known: dict[tuple[str, str | None], Resolution | ResolutionError] = field(default_factory=dict)

    @cached_property
    def spots(self) -> tuple[Spot, ...]:
        """Every selector that a file says."""
        return spots_of(self.settings, self.sources)

    @property
    def settings(self) -> Settings:
        """The configuration in force."""
        return self.project.settings

    @property
    def catalog(self) -> Catalog:
        """What is on offer."""
        return self.project.catalog

    def meaning(self, selector: str, profile: str | None = None) -> Resolution | ResolutionError:
        """What ``selector`` comes to where it is asked for, for ``profile`` or for nobody in particular."""
        key = (selector, profile)
        if key not in self._known:
            question = ResolutionRequest("worker", model=selector, profile=profile)
            try:
                self._known[key] = resolve(question, self.settings, self.catalog)
            except ResolutionError as error:
                self._known[key] = error
        return self._known[key]

    def model(self, reference: Reference) -> Model | None:
        """The facts of a model that is listed."""
        provider = self.catalog.by_id.get(reference.provider)
        return next((one for one in provider.models if one.id == reference.model), None) if provider else None

    def written(self, place: Place) -> bool:
        """Whether a file says what stands at ``place``; what is shipped is nobody's mistake."""
        return self.sources.of(place).file is not None

    def used_agents(self) -> frozenset[str]:
        """Agents that a stage of a workflow works with."""
        profiles = self.settings.profiles
        names = {stage.profile for flow in self.settings.workflows.values() for stage in flow.stages if stage.profile}
        return frozenset(profiles[name].agent for name in names if name in profiles)

    def finding(
        self,
        severity: Severity,
        code: str,
        message: str,
        fix: str,
        *,
        place: Place | None = None,
        file: Path | None = None,
        suggestions: tuple[str, ...] = (),
    ) -> Finding:
        """A finding at ``place`` of the configuration, or about ``file``."""
        said = self.sources.near(place) if place is not None else None
        return Finding(
            severity,
            code,
            one_line(message),
            one_line(fix),
            one_line(shown(place), 200) if place is not None else None,
            str(file) if file is not None else said.file if said is not None else None,
            said.line if said is not None else None,
            suggestions,
        )
