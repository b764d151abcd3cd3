"""An OSWorld task with our environment and our agent, and the files that OSWorld's reports read.

python examples/osworld_agent.py

`OSWorldAgent` goes into OSWorld's own runner just so, and `DesktopEnv` takes any agent written for theirs.
"""

from pathlib import Path

from action_space import Finished, Hover
from agent import OSWorldAgent
from agent.osworld_agent import run_example
from envs import DesktopEnv
from envs.machine.local import served_machine
from envs.osworld.environment import result_folder
from envs.osworld.server import OsworldServer
from model import ScriptedModel

task = {
    "id": "no-printer",
    "instruction": "Print the page on the printer in the kitchen.",
    "config": [],
    "evaluator": {"func": "infeasible"},
}

# A model that says what it is told to; OSWorldAgent("embedded") would look for itself.
agent = OSWorldAgent(ScriptedModel([Hover(start_point=(300, 300)), Finished(status="infeasible")]))
folder = result_folder(Path("results"), "pyautogui", "screenshot", "scripted", "os", task["id"])

with served_machine(None) as machine, OsworldServer(machine) as server, DesktopEnv("remote", server.url) as env:
    score = run_example(agent, env, task, max_steps=15, folder=folder)

print(f"score {score}")
print(*sorted(path.name for path in folder.iterdir() if path.suffix != ".png"), sep="\n")
