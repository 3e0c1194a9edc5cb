"""A change that is worth reading: words that changed, white space, files that fold, a long one.

Made by a repository's agent like every other; `grow NAME COUNT` is its verb for a file too long to
be written in an instruction.
"""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page

from tests.e2e.api import JSON
from tests.e2e.house import House
from tests.e2e.repos import AGENT, POLICY

QUEUE = "app/player/queue/ShuffleQueue.kt"
CONTROLLER = "app/player/PlaybackController.kt"
LONG = "app/player/Tracks.kt"
LOCK = "# This is a Gradle generated file for dependency locking."
OLD_QUEUE = """\
package app.player.queue

import app.player.Playlist
import app.player.TrackId
import kotlin.random.Random

class ShuffleQueue(
    private val random: Random,
    private val history: MutableList<TrackId> = mutableListOf(),
) {
    private var order: List<TrackId> = emptyList()

    fun start(tracks: List<TrackId>): TrackId {
        order = tracks.shuffled(random)
        history.clear()
        return order.first()
    }

    fun next(): TrackId {
        val index = order.indexOf(history.last()) + 1
        return order[index % order.size].also { history.add(it) }
    }
}
"""
NEW_QUEUE = """\
package app.player.queue

import app.player.Playlist
import app.player.TrackId
import kotlin.random.Random

class ShuffleQueue(
    private val random: Random,
    private val history: ArrayDeque<TrackId> = ArrayDeque(),
) {
    private var order: List<TrackId> = emptyList()

    fun start(tracks: List<TrackId>): TrackId? {
        order = tracks.shuffled(random)
        history.clear()
        return order.firstOrNull()
    }

    /** Next track in shuffled order, or null when the playlist has none. */
    fun next(): TrackId? {
        if (order.isEmpty()) return null
        val index = order.indexOf(history.lastOrNull()) + 1
        return order[index % order.size].also(::remember)
    }

    private fun remember(track: TrackId) {
        history.addLast(track)
        while (history.size > HISTORY_LIMIT) history.removeFirst()
    }
}
"""
_HEAD = [f"// line {number} of the controller" for number in range(1, 84)]
OLD_CONTROLLER = "\n".join([
    *_HEAD, "class PlaybackController {", "    fun onShuffle(playlist: Playlist) {",
    "        play(queue.start(playlist.tracks))", "    }", "  val volume = 1", "}", "",
])  # fmt: skip
NEW_CONTROLLER = "\n".join([
    *_HEAD, "class PlaybackController {", "    fun onShuffle(playlist: Playlist) {",
    "        val first = queue.start(playlist.tracks)",
    "        if (first == null) screen.show(EmptyPlaylistState) else play(first)", "    }",
    "    val volume = 1", "}", "",
])  # fmt: skip
_GROW = """
def grow(name, count):
    lines = [f"val track{n} = Track({n}, \\"name {n}\\") // n" for n in range(int(count))]
    pathlib.Path(name).write_text("\\n".join(lines) + "\\n")

VERBS = {"grow": grow, """
FILES = {
    QUEUE: OLD_QUEUE,
    CONTROLLER: OLD_CONTROLLER,
    "gradle.lockfile": f"{LOCK}\na:b:1=classpath\n",
    "tools/agent.py": AGENT.replace("\nVERBS = {", _GROW, 1),
}


def write(name: str, text: str) -> str:
    """The agent's order to write a file."""
    return f"write {name} " + text.removesuffix("\n").replace("\n", "\\n")


@dataclass(frozen=True)
class Reading:
    """A change whose first round is in review."""

    house: House
    repository: str
    number: int

    @property
    def diff(self) -> str:
        return f"/changes/{self.number}/rounds/1/"


def change_to_read(house: House, *more: str) -> Reading:
    """A fresh change whose first round waits for its reader."""
    name, _ = house.origin(FILES, policy=POLICY)
    lock = "\n".join([LOCK, *(f"a:b{number}:1=classpath" for number in range(40))])
    made: JSON = house.admin.reviewed(
        name, write(QUEUE, NEW_QUEUE), write(CONTROLLER, NEW_CONTROLLER),
        write("gradle.lockfile", lock), *more, title="Stop the crash when shuffling nothing",
    )  # fmt: skip
    return Reading(house, name, made["number"])


def section(page: Page, path: str) -> Locator:
    """A file of the diff."""
    return page.get_by_role("region", name=path, exact=True)


def row(page: Page, path: str, line: int) -> Locator:
    """The row of a new line."""
    index = section(page, path).get_attribute("data-file")
    return page.locator(f"tr:has(a[href='#f{index}n{line}'])")


def handle(page: Page, path: str, line: int) -> Locator:
    """The number of a new line."""
    index = section(page, path).get_attribute("data-file")
    return page.locator(f"a[href='#f{index}n{line}']").first
