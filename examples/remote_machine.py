"""Work a machine behind OSWorld's HTTP server: its files, its windows, its screen.

python examples/remote_machine.py http://192.168.1.7:5000
python examples/remote_machine.py

Without an address it serves a private display of this computer and works that.
"""

import sys
from contextlib import ExitStack

from action_space import Hover, Input, Press
from envs import RemoteEnvironment, RemoteMachine
from envs.effect import describe
from envs.machine.local import served_machine
from envs.osworld.server import OsworldServer

with ExitStack() as stack:
    if len(sys.argv) > 1:
        url = sys.argv[1]
    else:
        url = stack.enter_context(OsworldServer(stack.enter_context(served_machine(None)))).url
    machine = stack.enter_context(RemoteMachine(url))
    print(f"{machine.platform}, home {machine.home}, windows: {[one.title for one in machine.windows()]}")

    machine.write("~/Desktop/hello.txt", "hello 小米\n".encode())
    print(machine.run(["cat", "~/Desktop/hello.txt"]).out.strip())

    screen = stack.enter_context(RemoteEnvironment(machine))
    seen = screen.observe()
    for action in (Hover(start_point=(200, 200)), Press(keys=("escape",)), Input(text="a < b")):
        outcome = screen.execute(action, seen)
        print(f"{action.action}: {outcome.error.message if outcome.error else describe(outcome.effect)}")
        seen = outcome.observation
    seen.screenshot.save("screen.png")
