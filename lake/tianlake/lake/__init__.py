"""The ground of Tianlake: nodes, products, object keys, stores, releases and queries."""
