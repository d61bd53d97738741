"""The product classes of article 8 that are tables of features: their fields, what fills and what checks them."""
