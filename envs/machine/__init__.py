"""The computer that a task runs on: what set-up steps and judges may touch."""
