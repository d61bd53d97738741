"""A node's stack in a cloud: made, shown to work, taken down, and what it costs."""
