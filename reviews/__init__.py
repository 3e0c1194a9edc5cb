"""People, records and rules of reviewing agent changes."""
