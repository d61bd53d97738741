"""Cases (诉求, article 18 of the Measures): requests to change or remove information, and what becomes of them."""
