"""The icon classifier: drawings, data, training."""
