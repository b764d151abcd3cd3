"""Which items are drawn: by how hard they are for the model now, and by a schedule that mixes tasks."""
