"""The bundled tasks of the demo store."""
