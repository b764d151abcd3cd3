"""The RPA controller: things by their words or picture, and verbs that wait by themselves (docs/rpa.md)."""
