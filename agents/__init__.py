"""Git, processes and models: how an instruction becomes a tree.

Imports no Django, Celery or Channels.
"""
