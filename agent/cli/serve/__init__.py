"""Commands that let others follow and steer runs."""
