"""``modeldeck trust|untrust``: what is said of a folder, and of a file in it that can't be used."""

from __future__ import annotations

from tests.cli.conftest import Shell


def test_a_folder_whose_file_is_broken_is_trusted_with_a_word_on_it(fresh: Shell) -> None:
    (fresh.project / ".modeldeck.yaml").write_text("workflows:\n  x: {stagges: []}\n")
    for flags in (("--show",), ()):
        told = fresh("trust", *flags)
        assert told.code == 0
        assert "Its configuration has an error, so nothing of that file is in force:" in told.err
        assert ".modeldeck.yaml:2: unknown key 'stagges' in workflows.x" in told.err
        assert "stagges" in fresh("trust", *flags, "--json").data["problem"]
    (fresh.project / ".modeldeck.yaml").write_text("default_model: haiku\n")
    told = fresh("trust")
    assert (told.code, told.err) == (0, "")
    assert fresh("trust", "--json").data["problem"] is None


def test_a_trust_that_was_taken_back_does_not_read_as_one_that_never_was(fresh: Shell) -> None:
    assert "it was never trusted" in fresh("trust", "--show").out
    fresh("trust")
    fresh("untrust")
    for told in (fresh("trust", "--show").out, fresh("task", "start", "nap").err):
        assert "never trusted" not in told
        assert "its trust was taken back" in told
