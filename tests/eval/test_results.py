"""The results file: nothing twice, one writer, one configuration."""

from __future__ import annotations

import sqlite3

import pytest

from agent.evaluate import EpisodeResult, FolderInUse, OtherRun, Results

ROW = EpisodeResult(
    "a", 0, "verified", passed=True, claimed=True, score=1.0, reason="“ü”", details={"cause": "done"}
)


def test_a_row_comes_back_as_it_was(tmp_path) -> None:
    with Results(tmp_path, {"model": "m"}) as results:
        results.add(ROW)
    with Results(tmp_path, {"model": "m"}) as results:
        assert list(results.rows()) == [ROW]
        assert results.done() == {("a", 0)}


def test_no_episode_counts_twice(tmp_path) -> None:
    with Results(tmp_path, {}) as results:
        results.add(ROW)
        with pytest.raises(sqlite3.IntegrityError):
            results.add(EpisodeResult("a", 0, "failed"))
        assert len(list(results.rows())) == 1


def test_two_runs_in_one_folder_are_refused(tmp_path) -> None:
    with Results(tmp_path, {}), pytest.raises(FolderInUse, match="another run is writing here"):
        Results(tmp_path, {})
    Results(tmp_path, {}).close()


def test_another_configuration_is_refused_by_name(tmp_path) -> None:
    Results(tmp_path, {"model": "a", "max_steps": 3}).close()
    with pytest.raises(OtherRun, match='model: "a" there, "b" now'):
        Results(tmp_path, {"model": "b", "max_steps": 3})
