"""`agent train`: models and adapters on data sets of `agent data`."""

from agent.cli.train.detector import EXAMPLES, EXIT_CODES, detector_command
from agent.cli.train.dpo import EXAMPLES as DPO_EXAMPLES
from agent.cli.train.dpo import dpo_command
from agent.cli.train.rl import EXAMPLES as RL_EXAMPLES
from agent.cli.train.rl import rl_command
from agent.cli.train.sft import app

app.command("detector", epilog=f"{EXAMPLES}\n\n{EXIT_CODES}")(detector_command)
app.command("dpo", epilog=DPO_EXAMPLES)(dpo_command)
app.command("rl", epilog=RL_EXAMPLES)(rl_command)

__all__ = ["app"]
