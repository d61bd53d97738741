"""Quality reports: where every feature and pixel of the sources went, and why."""
