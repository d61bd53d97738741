"""Quarterly reports of a node (article 20): counted from its log, trail and releases, signed, merged upwards."""
