"""Who decides: every model behind one contract."""
