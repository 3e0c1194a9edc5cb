"""Set-up, tests and checks of a checkout, with the standard library alone."""
