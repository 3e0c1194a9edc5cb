"""A git repository that changes are made for."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models

NAME = RegexValidator(
    r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z",
    "A repository's name has letters, digits, dot, dash and underscore, and begins with a letter "
    "or digit (63 at most).",
)


class Repository(models.Model):
    """Where changes come from and land; `policy` is what `.honk.toml` said when last read.

    origin: https or ssh URL, or a folder of the server. head: the default branch's commit when
    last seen. cap_run, cap_day: US dollars that one run, and all runs of a day, may cost here.
    may_use_hosts: agents may reach the hosts that `.honk.toml` names. problem: why the origin could
    not be read, as a sentence, or empty.
    """

    name = models.CharField(max_length=63, unique=True, validators=[NAME])
    origin = models.CharField(max_length=1000)
    default_branch = models.CharField(max_length=200, default="main")
    is_active = models.BooleanField(default=True)
    is_sample = models.BooleanField(default=False)
    may_setup_use_network = models.BooleanField(default=False)
    is_deploy_enabled = models.BooleanField(default=False)
    may_use_hosts = models.BooleanField(default=False)
    cap_run = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    cap_day = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    head = models.CharField(max_length=64, blank=True)
    policy = models.JSONField(default=dict)
    problem = models.TextField(blank=True)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "repositories"

    def __str__(self) -> str:
        return self.name
