"""Parts of `agents.sandbox`: what a program finds inside, and what bounds it."""
