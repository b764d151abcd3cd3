"""Where actions are done: browsers, desktops, remote machines, tasks."""
