"""Who may be here, what they may do where, and how they get in."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models

from reviews.states import Role


class Person(AbstractUser):
    """A person of this installation; leaving is `is_active = False`, never a deletion."""

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What pages call the person."""
        return self.get_full_name() or self.username

    @property
    def initials(self) -> str:
        """Two letters for the avatar."""
        words = self.name.split()
        letters = words[0][:1] + words[-1][:1] if len(words) > 1 else self.name[:2]
        return letters.upper()


class Membership(models.Model):
    """A person's role in one repository; each role includes those before it."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships"
    )
    repository = models.ForeignKey(
        "reviews.Repository", on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(max_length=16, choices=[(r, r) for r in Role])
    may_deploy = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "repository"], name="one_role_each")
        ]

    def __str__(self) -> str:
        return f"{self.person} as {self.role} of {self.repository}"


class OneTimeLink(models.Model):
    """Lets one person in once; only the hash of what is in the link is kept."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="links"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"sign-in link of {self.person}"


class ApiToken(models.Model):
    """Acts as its person over the API; only its hash is kept."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tokens"
    )
    label = models.CharField(max_length=80, default="command line")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.label} of {self.person}"
