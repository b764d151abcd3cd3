"""`agent train rl`: learning from what answers are worth. `run` is the script; the trainer knows nothing of it."""
