"""``modeldeck check``: what it prints, and what it exits with."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Shell


def config(shell: Shell) -> Path:
    return Path(shell.env["MODELDECK_CONFIG"])


def test_warnings_alone_exit_with_0(fresh: Shell) -> None:
    result = fresh("check", env={"ANTHROPIC_MODEL": "very-secret"})
    assert result.code == 0, result
    assert "ANTHROPIC_MODEL" in result.out
    assert "very-secret" not in result.out + result.err
    assert "0 errors" in result.out


def test_errors_exit_with_1_and_name_file_and_line(fresh: Shell) -> None:
    file = config(fresh)
    text = file.read_text()
    file.write_text(text + "aliases: {a: b, b: a}\n")
    result = fresh("check")
    assert result.code == 1
    line = len(text.splitlines()) + 1
    first = result.out.splitlines()[0]
    assert first.startswith(f"error {file}:{line} aliases.a: ")
    assert "[alias-cycle]" in first
    assert "1 error, " in result.out
    data = fresh("check", "--json")
    assert data.code == 1
    assert data.data["errors"] == 1
    found = data.data["findings"][0]
    assert (found["severity"], found["code"], found["line"], found["file"]) == (
        "error",
        "alias-cycle",
        line,
        str(file),
    )
    assert found["fix"]


def test_a_file_that_can_t_be_read_is_a_finding_and_no_crash(fresh: Shell) -> None:
    config(fresh).write_text("default_model: opus\nagnets: {}\nstrict: 3\n")
    result = fresh("check")
    assert result.code == 1
    assert f"{config(fresh)}:2" in result.out
    assert f"{config(fresh)}:3" in result.out
    assert result.err == ""
    assert [one["line"] for one in fresh("check", "--json").data["findings"]] == [2, 3]


def test_a_project_is_checked_where_one_is_named(fresh: Shell, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / ".modeldeck.yaml").write_text("modle: x\n")
    result = fresh("check", "--project", str(other))
    assert result.code == 1
    assert f"{other}/.modeldeck.yaml:1" in result.out
    assert fresh("check").code == 0


def test_agents_own_settings_are_read(fresh: Shell) -> None:
    settings = Path(fresh.env["HOME"]) / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text('{"model": "opus", "env": {"ANTHROPIC_BASE_URL": "very-secret"}}')
    result = fresh("check")
    assert "[agent-settings-pin]" in result.out
    assert "ANTHROPIC_BASE_URL" in result.out
    assert "very-secret" not in result.out
