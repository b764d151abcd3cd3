"""Real applications that tasks are done in: installed once, seeded once, started anew for every episode.

`base` says what an application is, `install` puts it into the user's cache, `running` starts a copy of its seeded
data on loopback, `state` reads what it holds, `changes` compares two states, and `catalogue` finds them by name.
"""
