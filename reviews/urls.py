"""Routes of pages and of the API."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from reviews.api import api
from reviews.views import (
    change,
    compare,
    diff,
    discuss,
    figures,
    find,
    incident,
    instruct,
    money,
    people,
    queue,
    repositories,
    run,
    sides,
    steering,
    viewed,
)

pages: list[URLPattern | URLResolver] = [
    path("", queue.queue, name="queue"),
    path("new/", instruct.new, name="new"),
    path("changes/<int:number>/", change.change, name="change"),
    path("changes/<int:number>/verdict/", change.verdict, name="verdict"),
    path("changes/<int:number>/guard/", change.guard, name="guard"),
    path("changes/<int:number>/judge/", change.ask_judge, name="ask_judge"),
    path("changes/<int:number>/messages/", change.message, name="message"),
    path(
        "changes/<int:number>/messages/<int:message_id>/edit/",
        steering.edit_message,
        name="message_edit",
    ),
    path(
        "changes/<int:number>/messages/<int:message_id>/cancel/",
        steering.cancel_message,
        name="message_cancel",
    ),
    path("changes/<int:number>/pause/", steering.pause, name="pause"),
    path("changes/<int:number>/stop/", steering.stop, name="stop"),
    path("changes/<int:number>/go-on/", steering.go_on, name="go_on"),
    path("changes/<int:number>/cancel/", change.cancel, name="cancel"),
    path("changes/<int:number>/retry/", change.retry, name="retry"),
    path("changes/<int:number>/give-up/", change.give_up, name="give_up"),
    path("changes/<int:number>/comments/", discuss.comment, name="comment"),
    path("changes/<int:number>/publish/", discuss.publish, name="publish"),
    path(
        "changes/<int:number>/comments/<int:comment_id>/discard/",
        discuss.discard,
        name="comment_discard",
    ),
    path(
        "changes/<int:number>/threads/<int:thread_id>/resolve/",
        discuss.resolve,
        name="thread_resolve",
    ),
    path("changes/<int:number>/threads/<int:thread_id>/apply/", discuss.apply, name="thread_apply"),
    path("changes/<int:number>/rounds/<int:round_number>/", diff.diff, name="diff"),
    path(
        "changes/<int:number>/rounds/<int:round_number>/files/<int:index>/",
        diff.diff_file,
        name="diff_file",
    ),
    path(
        "changes/<int:number>/rounds/<int:round_number>/files/<int:index>/lines/",
        diff.diff_lines,
        name="diff_lines",
    ),
    path("changes/<int:number>/rounds/<int:round_number>/find/", find.find, name="diff_find"),
    path("changes/<int:number>/rounds/<int:round_number>/viewed/", viewed.mark, name="diff_viewed"),
    path("changes/<int:number>/rounds/<int:round_number>/looks/", viewed.look, name="diff_looks"),
    path(
        "changes/<int:number>/rounds/<int:round_number>/files/<int:index>/sides/<str:side>",
        sides.diff_side,
        name="diff_side",
    ),
    path(
        "changes/<int:number>/rounds/<int:earlier>..<int:later>/",
        compare.compare,
        name="compare",
    ),
    path("changes/<int:number>/rounds/compare/", compare.choose, name="compare_choose"),
    path(
        "changes/<int:number>/rounds/<int:earlier>..<int:later>/files/<int:index>/",
        compare.compare_file,
        name="compare_file",
    ),
    path(
        "changes/<int:number>/rounds/<int:earlier>..<int:later>/files/<int:index>/lines/",
        compare.compare_lines,
        name="compare_lines",
    ),
    path(
        "changes/<int:number>/rounds/<int:earlier>..<int:later>/looks/",
        viewed.look_compared,
        name="compare_looks",
    ),
    path("runs/<int:run_id>/", run.run, name="run"),
    path("runs/<int:run_id>/events/", run.events, name="run_events"),
    path("runs/<int:run_id>/output/", run.output, name="run_output"),
    path("incident/", incident.incident, name="incident"),
    path("incident/pause/", incident.pause, name="incident_pause"),
    path("incident/resume/", incident.resume, name="incident_resume"),
    path("money/", money.money, name="money"),
    path("money/cap/", money.cap, name="money_cap"),
    path("figures/", figures.figures, name="figures"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/<int:pk>/link/", people.link, name="person_link"),
    path("people/<int:pk>/role/", people.role, name="person_role"),
    path("people/<int:pk>/active/", people.active, name="person_active"),
    path("people/<int:pk>/administrator/", people.administrator, name="person_administrator"),
    path("repositories/", repositories.repositories, name="repositories"),
    path("repositories/<str:name>/", repositories.repository, name="repository"),
    path("repositories/<str:name>/caps/", repositories.caps, name="repository_caps"),
]
urlpatterns = [*pages, path("api/v1/", api.urls)]
