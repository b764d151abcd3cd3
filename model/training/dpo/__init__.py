"""`agent train dpo`: learning from pairs of answers, one better than the other. `run` is the script."""
