"""Do a task in Python, with the bundled model, and write trace and report.

python examples/run_task.py
python examples/run_task.py "remove the YU7 from the cart"
"""

import sys
from pathlib import Path

from agent import Agent, build_report
from envs import BrowserConfig, BrowserEnvironment, open_site
from model import open_model

task = sys.argv[1] if len(sys.argv) > 1 else "add SU7 to wishlist"
trace = Path("example-run")

site = open_site("store")
try:
    with BrowserEnvironment(BrowserConfig(url=site.url)) as browser:
        agent = Agent(open_model("embedded"), browser, trace_dir=trace, on_step=lambda step: print(step.thought))
        result = agent.run(task)
finally:
    site.close()

print(f"{result.status}: {result.reason or result.answer or result.cause}, {result.steps} steps")
print(build_report(trace))
