"""Accounts of article 8(2): who registered, what they agreed to, their keys: `/accounts` and `tianlake keys`."""
