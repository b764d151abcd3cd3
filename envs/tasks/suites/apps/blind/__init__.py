"""The applications that are kept aside: do not read their tasks, or runs on them, before the figure stands."""
