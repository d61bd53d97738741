"""The public side of cases (article 18): anybody may ask to change or remove information, and look how it stands."""
