"""What solves a task with the mouse and keyboard, from the task file's own words."""
