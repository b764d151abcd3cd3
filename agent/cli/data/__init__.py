"""`agent data`: make data sets of recordings, check them, look at them, hand them to trainers."""

from __future__ import annotations

import typer

from agent.cli.data.copies import curate_command, merge_command, pack_command, split_command
from agent.cli.data.hand_over import export_command, show_command
from agent.cli.data.sets import check_command, import_command, kinds_command, stats_command
from agent.cli.data.shared import EXIT_CODES
from agent.cli.data.synth import EXAMPLES as SYNTH_EXAMPLES
from agent.cli.data.synth import EXIT_CODES as SYNTH_CODES
from agent.cli.data.synth import synth_command

app = typer.Typer(
    help="Make data sets of recordings, check them, look at them, hand them to trainers (docs/data-format.md).",
    no_args_is_help=True,
    epilog=EXIT_CODES,
)
app.command("import", epilog=EXIT_CODES)(import_command)
app.command("kinds", epilog=EXIT_CODES)(kinds_command)
app.command("check", epilog=EXIT_CODES)(check_command)
app.command("stats", epilog=EXIT_CODES)(stats_command)
app.command("show", epilog=EXIT_CODES)(show_command)
app.command("merge", epilog=EXIT_CODES)(merge_command)
app.command("split", epilog=EXIT_CODES)(split_command)
app.command("pack", epilog=EXIT_CODES)(pack_command)
app.command("curate", epilog=EXIT_CODES)(curate_command)
app.command("export", epilog=EXIT_CODES)(export_command)
app.command("synth", epilog=f"{SYNTH_EXAMPLES}\n\n{SYNTH_CODES}")(synth_command)

__all__ = ["app"]
