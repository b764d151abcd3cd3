"""A local page: task box, live screen, steps as they happen, a person's hands, history (docs/studio.md)."""
