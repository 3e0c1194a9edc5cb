"""Parts of `agents.git.Mirror`: how git is called, and what is asked of it."""
