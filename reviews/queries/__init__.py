"""Reads for pages: frozen values made with a constant number of queries. Nothing here writes."""
