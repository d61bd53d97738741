"""Who may have what, how much of it, and what everybody else is told. Python's own library only, as at the edge."""
