"""May-I, apart from do-it: one function a verb, default deny, the same for every door.

Each `may_*` returns the refusal to raise, or None. What a person may not see does not exist for
them (404); what they may see but not do is told (403).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from reviews.errors import NotAllowed, NotThere, ReviewError
from reviews.models import Change, Comment, Membership, Message, Person, Repository, Round
from reviews.states import ROLE_RANK, Role, RoundOrigin, Source

Refusal = ReviewError | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, through which door. person None: the server itself."""

    person: Person | None
    channel: Source

    @property
    def who(self) -> Person:
        """The person; a verb of people refuses the server."""
        if self.person is None:
            raise NotAllowed("Only a person may do this.")
        return self.person


SYSTEM = Actor(None, Source.SYSTEM)
TELLING = "the instruction, a re-prompt, an applied suggestion, a message or an answer"


def require(refusal: Refusal) -> None:
    """Raise the refusal, if it is one."""
    if refusal is not None:
        raise refusal


def role_in(person: Person, repository: Repository) -> Role | None:
    """The person's role; administrators have every role everywhere, the inactive none."""
    if not person.is_active:
        return None
    if person.is_superuser:
        return Role.MAINTAINER
    membership = Membership.objects.filter(person=person, repository=repository).first()
    return Role(membership.role) if membership else None


def visible_repositories(person: Person) -> QuerySet[Repository]:
    """Repositories the person may see, by name."""
    if not person.is_active:
        return Repository.objects.none()
    everything = Repository.objects.order_by("name")
    if person.is_superuser:
        return everything
    return everything.filter(memberships__person=person)


def visible_changes(person: Person) -> QuerySet[Change]:
    """Changes the person may see."""
    if person.is_superuser and person.is_active:
        return Change.objects.all()
    return Change.objects.filter(repository__in=visible_repositories(person))


def _needs(person: Person, repository: Repository, role: Role, verb: str) -> Refusal:
    """None when the person has at least `role`; else 404 for strangers, 403 with the role named."""
    has = role_in(person, repository)
    if has is None:
        return NotThere()
    if ROLE_RANK[has] >= ROLE_RANK[role]:
        return None
    return NotAllowed(
        f"To {verb} in {repository.name} you need the role {role.value}; yours is {has.value}. "
        "An administrator can change that on the People page."
    )


def may_administer(person: Person) -> Refusal:
    """People, repositories, deploy switch."""
    if person.is_active and person.is_superuser:
        return None
    return NotAllowed("Only an administrator may do this.")


def may_see(person: Person, repository: Repository) -> Refusal:
    return _needs(person, repository, Role.READER, "look")


def may_start(person: Person, repository: Repository) -> Refusal:
    return _needs(person, repository, Role.AUTHOR, "give an instruction")


def may_comment(person: Person, change: Change) -> Refusal:
    return _needs(person, change.repository, Role.REVIEWER, "comment")


def may_judge(person: Person, change: Change) -> Refusal:
    """Reject, and everything else a reviewer decides but approving."""
    return _needs(person, change.repository, Role.REVIEWER, "judge changes")


def may_steer(person: Person, change: Change) -> Refusal:
    """Answer, message, retry, re-prompt: reviewers, and authors on their own changes."""
    refusal = _needs(person, change.repository, Role.AUTHOR, "steer the agent")
    if refusal is not None:
        return refusal
    if change.author_id == person.pk:
        return None
    return _needs(person, change.repository, Role.REVIEWER, "steer another's change")


may_message = may_reprompt = may_steer
may_pause = may_stop = may_go_on = may_steer


def may_cancel(person: Person, change: Change) -> Refusal:
    """The author of a change, or a maintainer."""
    if change.author_id == person.pk:
        return _needs(person, change.repository, Role.AUTHOR, "cancel your change")
    return _needs(person, change.repository, Role.MAINTAINER, "cancel another's change")


def may_retry(person: Person, change: Change) -> Refusal:
    """The agent's stages: who may steer; a failed merge: maintainers."""
    if change.failed_stage == "merging":
        return _needs(person, change.repository, Role.MAINTAINER, "retry a merge")
    return may_steer(person, change)


def may_give_up_merge(person: Person, change: Change) -> Refusal:
    return _needs(person, change.repository, Role.MAINTAINER, "give a merge up")


def may_override(person: Person, change: Change) -> Refusal:
    return _needs(person, change.repository, Role.MAINTAINER, "override")


def may_set_caps(person: Person, repository: Repository) -> Refusal:
    return _needs(person, repository, Role.MAINTAINER, "set what runs may cost")


def may_ask_judge(person: Person, change: Change, *, lifts_veto: bool) -> Refusal:
    """Ask the judge once more: reviewers. lifts_veto: a veto keeps the round from being approved;
    a pass would open it as an override does, so a maintainer asks."""
    refusal = _needs(person, change.repository, Role.REVIEWER, "ask the judge again")
    if refusal is not None or not lifts_veto or may_override(person, change) is None:
        return refusal
    return NotAllowed(
        "The judge vetoed this, and a pass would lift the veto, so a maintainer of "
        f"{change.repository.name} asks it again.", code="vetoed",
    )  # fmt: skip


def reviewers_of(repository: Repository) -> QuerySet[Person]:
    """Active people who may approve here, administrators included."""
    granted = Q(
        memberships__repository=repository,
        memberships__role__in=[Role.REVIEWER, Role.MAINTAINER],
    )
    return Person.objects.filter(Q(is_superuser=True) | granted, is_active=True).distinct()


def two_person_rule(repository: Repository) -> bool:
    """On as soon as a second person may review; `[review] two_person` can switch it on or off."""
    wanted = (repository.policy.get("review") or {}).get("two_person")
    if isinstance(wanted, bool):
        return wanted
    return reviewers_of(repository).count() > 1


def wrote(person: Person, round_: Round) -> bool:
    """Whether the person wrote a part of what the agent was told, or of the code itself, up to this
    round: the instruction, a free-text re-prompt, a message or an answer that an agent was handed,
    or a suggestion that was applied. Who applied one counts with who suggested it."""
    change = round_.change
    if change.author_id == person.pk:
        return True
    earlier = change.rounds.filter(number__lte=round_.number, author=person)
    if earlier.exclude(message="").exists():
        return True
    if earlier.filter(origin=RoundOrigin.SUGGESTION).exclude(head="").exists():
        return True
    applied = suggestions_applied([change.pk]).filter(author=person)
    if applied.filter(applied_in__number__lte=round_.number).exists():
        return True
    told = messages_told([change.pk]).filter(author=person)
    return told.filter(delivered_to__round__number__lte=round_.number).exists()


def messages_told(change_ids: Iterable[int]) -> QuerySet[Message]:
    """Messages and answers that agents of these changes were handed."""
    return Message.objects.filter(
        change__in=list(change_ids), delivered_at__isnull=False, cancelled_at__isnull=True
    )


def suggestions_applied(change_ids: Iterable[int]) -> QuerySet[Comment]:
    """Suggestions that stand in a round of these changes."""
    applied = Comment.objects.filter(applied_in__change__in=list(change_ids))
    return applied.exclude(applied_in__head="")


def may_approve(person: Person, round_: Round, *, override: str = "") -> Refusal:
    """Reviewers; under the two-person rule nobody who wrote what the agent was told.

    override: a maintainer's written reason, taken only when nobody else is left to approve.
    """
    change = round_.change
    refusal = may_judge(person, change)
    if refusal is not None:
        return refusal
    if not two_person_rule(change.repository) or not wrote(person, round_):
        return None
    others = [p for p in reviewers_of(change.repository) if not wrote(p, round_)]
    if others:
        return NotAllowed(
            f"You wrote what the agent was told ({TELLING}), so somebody else approves it: "
            + ", ".join(sorted(p.name for p in others)[:5])
            + " may.",
            code="two_person_rule",
        )
    if not override.strip():
        return NotAllowed(
            "Everybody who may approve this wrote a part of it. A maintainer may approve it with "
            "a written reason, which the record keeps.",
            code="two_person_rule",
        )
    return may_override(person, change)


def may_tick(person: Person, round_: Round) -> Refusal:
    """Say that a guard item was seen: who may approve the round; where nobody is left to approve
    it, a maintainer, whose approval then takes a written reason."""
    return may_approve(person, round_, override="ticks first, gives the reason when approving")
