"""`agent doctor --model NAME`: the real model or endpoint, tried with pictures whose answer is known."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import datetime

from agent.cli.settings import Settings
from agent.cli.target import model_options
from agent.result import EXIT_DONE, EXIT_FAILED, EXIT_INFRASTRUCTURE, EXIT_USAGE
from model.base import ModelFault, UnknownModel
from model.families import assumption
from model.probe import Probe, Report
from model.probe_report import find_words
from model.registry import open_model, row_of


def examine_model(settings: Settings, *, save: bool, as_json: bool) -> int:
    """Prints what the model does; returns 0 when it is fit for work, 1 when not, 2 or 3 when it cannot be had.

    Args:
        save: remember what was measured (`model.profile`).
    """
    say = (lambda line: None) if as_json else (lambda line: print(line, file=sys.stderr))
    try:
        # What was remembered is not used: it is measured anew.
        options = replace(model_options(settings), profile=False)
        model = open_model(settings.model, options)
        try:
            family = row_of(model, options)
            if assumed := assumption(settings.model, settings.family):
                print(assumed, file=sys.stderr)
            # The layout of data, not of prose, is the embedded model's.
            if family.layout == "json":
                report = find_words(model, family, say)
            else:
                report = Probe(model, family, say, max_tokens=settings.max_tokens or 512).run()
        finally:
            model.close()
    except ModelFault as error:
        code = EXIT_USAGE if isinstance(error, UnknownModel) else EXIT_INFRASTRUCTURE
        if as_json:
            print(json.dumps({"error": str(error), "exit_code": code}, ensure_ascii=False))
        else:
            print(str(error), file=sys.stderr)
        return code
    code = EXIT_DONE if report.sees and report.space.name != "unknown" else EXIT_FAILED
    saved = None
    if save:
        profile = report.profile(
            settings.base_url or "", datetime.now().astimezone().isoformat(timespec="seconds")
        )
        try:
            saved = profile.save()
        except OSError as error:
            print(f"the profile cannot be written: {error}", file=sys.stderr)
            return EXIT_INFRASTRUCTURE
    if as_json:
        data = {**report.to_json(), "profile": str(saved) if saved else None, "exit_code": code}
        print(json.dumps(data, ensure_ascii=False))
    else:
        _show(report)
        if saved:
            print(f"\nremembered in {saved}")
    return code


def _show(report: Report) -> None:
    signs = {True: "✓", False: "✗", None: "–"}
    print(f"{report.model}, family {report.family}, {report.calls} questions\n")
    for finding in report.findings:
        print(f"{signs[finding.ok]} {finding.name:12} {finding.words}")
