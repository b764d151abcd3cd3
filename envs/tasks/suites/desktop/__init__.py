"""The bundled desktop tasks: one JSON file each, and the programs of ours that some of them use."""
