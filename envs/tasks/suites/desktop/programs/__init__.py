"""Two small desktop programs for tasks: `python -m envs.tasks.suites.desktop.programs.contacts` and `.board`.

They keep their data as JSON in the folder Documents of the home folder, and write where their elements are on the
screen to `.cache/layout.json`: that is how an oracle, which a test runs, finds them. An agent never reads it.
"""
