"""`python -m agent.cli`: the same as the program `agent`."""

from agent.cli.app import main

main()
