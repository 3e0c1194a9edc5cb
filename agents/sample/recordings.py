"""What the scripted runner plays on the sample: the first changes, and an honest default."""

from __future__ import annotations

from typing import cast

from agents.events import JSON

SIZES = 12  # playlists that the running change measures
PAUSE_S = 10.0  # between them
_TESTS = ["python3", "-m", "unittest", "discover", "-s", "tests", "-t", "."]
_SEE_DIFF: dict[str, object] = {"run": ["ls", "-R", "mixtape", "tests"], "expect": 0}


def _plan(*states: str) -> dict[str, object]:
    texts = ["Read the code", "Write a test that shows it", "Change the code", "Run all tests"]
    return {"plan": [list(pair) for pair in zip(texts, states, strict=True)]}


_LENGTHS = '''"""Lengths of time as text."""


def length_text(seconds: int) -> str:
    """Seconds as hours, minutes and seconds: 3:07, 1:02:05."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
'''

_HOUR_TEST = """        self.assertEqual(length_text(42), "0:42")

    def test_counts_hours(self) -> None:
        self.assertEqual(length_text(3725), "1:02:05")
"""

_FIXED: list[dict[str, object]] = [
    {"say": "I look at where lengths are written.\n"},
    _plan("doing", "todo", "todo", "todo"),
    {"run": ["cat", "mixtape/lengths.py"], "expect": 0},
    {"run": ["cat", "tests/test_lengths.py"], "expect": 0},
    {"think": "divmod by 60 once: nothing ever carries into hours, so 3725 s reads 62:05."},
    {"wait": 0.4},
    {"say": "Minutes never carry into hours. First a test that shows it.\n"},
    _plan("done", "doing", "todo", "todo"),
    {
        "edit": "tests/test_lengths.py",
        "find": '        self.assertEqual(length_text(42), "0:42")\n',
        "replace": _HOUR_TEST,
    },
    {"run": ["python3", "-m", "unittest", "-v", "tests.test_lengths"]},
    _plan("done", "done", "doing", "todo"),
    {"edit": "mixtape/lengths.py", "content": _LENGTHS},
    _plan("done", "done", "done", "doing"),
    {"run": _TESTS, "expect": 0},
    _plan("done", "done", "done", "done"),
    {
        "say": "Lengths of an hour and more now read 1:02:05 instead of 62:05. I changed "
        "length_text in mixtape/lengths.py and added a test for it; shorter lengths read as "
        "before. All tests pass."
    },
]

_NOTE_ROUND: list[dict[str, object]] = [
    {"say": "I read what the reviewer says:\n\n{prompt}\n"},
    {"run": ["cat", "NOTES.md"], "expect": 0},
    {"edit": "NOTES.md", "append": "- round {round}: {line}\n"},
    {"run": _TESTS, "expect": 0},
    {
        "say": "I only play recorded sessions, so I cannot follow a comment. I noted round "
        "{round} in NOTES.md, so that there is a second round to read."
    },
]

_SORT = '''    def length(self) -> int:
        """Seconds of all tracks together."""
        return sum(track.seconds for track in self.tracks)

    def artists(self) -> list[str]:
        """Every artist once, in alphabetical order."""
        return sorted({track.artist for track in self.tracks}, key=str.casefold)
'''

_MERGED: list[dict[str, object]] = [
    {"say": "I look at the playlist.\n"},
    {"run": ["cat", "mixtape/playlist.py"], "expect": 0},
    {"wait": 0.3},
    {
        "edit": "mixtape/playlist.py",
        "find": _SORT.split("\n    def artists", maxsplit=1)[0],
        "replace": _SORT.rstrip("\n") + "\n",
    },
    {
        "edit": "tests/test_playlist.py",
        "find": "        self.assertEqual(self.tape.length(), 806)\n",
        "replace": "        self.assertEqual(self.tape.length(), 806)\n\n"
        "    def test_lists_every_artist_once(self) -> None:\n"
        '        self.tape.add(Track("Blue in Green", "Miles Davis", 337))\n'
        '        self.assertEqual(self.tape.artists(), ["John Coltrane", "Miles Davis"])\n',
    },
    {"run": _TESTS, "expect": 0},
    {
        "say": "Playlist.artists() gives every artist once, in alphabetical order whatever the "
        "case. With a test; all tests pass."
    },
]

_RED: list[dict[str, object]] = [
    {"say": "I look at how a title is found.\n"},
    {"run": ["grep", "-n", "-A6", "def find", "mixtape/playlist.py"], "expect": 0},
    {"wait": 0.3},
    {
        "edit": "mixtape/playlist.py",
        "find": '        """The first track of exactly this title."""\n'
        "        for track in self.tracks:\n"
        "            if track.title == title:\n",
        "replace": '        """The first track of this title, whatever its case."""\n'
        "        for track in self.tracks:\n"
        "            if track.title.casefold() == title.casefold():\n",
    },
    {"run": _TESTS},
    {"think": "The failing test demands exactly the behaviour that the instruction changes."},
    {
        "say": "Titles are found whatever their case. One test fails: it demands that "
        "find('naima') finds nothing, which is what you asked me to change. I do not rewrite "
        "tests without being told to, so it stays red; tell me whether the test shall go."
    },
]


def _slow() -> list[dict[str, object]]:
    """About two minutes of measuring: enough to watch and stop a run in the tour, and then its
    slot is free for instructions of one's own."""
    steps: list[dict[str, object]] = [
        {"say": "I measure how long shuffling takes as playlists grow.\n"},
        _plan("doing", "todo", "todo", "todo"),
        {"run": ["cat", "mixtape/shuffle.py"], "expect": 0},
    ]
    for size in range(1, SIZES + 1):
        code = (
            "import time; from mixtape import Track, shuffled; "
            f"tracks = [Track(str(n), 'ABC'[n % 3], 200) for n in range({size * 2400 // SIZES})]; "
            "began = time.perf_counter(); shuffled(tracks, seed=1); "
            "print(f'{len(tracks):5d} tracks: {(time.perf_counter() - began) * 1000:8.2f} ms')"
        )
        steps += [{"run": ["python3", "-c", code], "expect": 0}, {"wait": PAUSE_S}]
        if size % 4 == 0:
            steps.append({"say": f"{size} of {SIZES} sizes measured.\n"})
    text = "\n## How long shuffling takes\n\nUnder a millisecond for an hour of music.\n"
    steps += [
        {"edit": "NOTES.md", "append": text},
        {"run": _TESTS, "expect": 0},
        {"say": f"Measured {SIZES} sizes; the result stands in NOTES.md. Nothing needed a change."},
    ]
    return steps


_DEFAULT: list[dict[str, object]] = [
    {"say": "I only play recorded sessions. I note your instruction in NOTES.md.\n"},
    _SEE_DIFF,
    {"run": ["cat", "NOTES.md"], "expect": 0},
    {"wait": 0.3},
    {"edit": "NOTES.md", "append": "- {line}\n"},
    {"run": _TESTS, "expect": 0},
    {
        "say": "I added a line with your instruction to NOTES.md and ran the tests. I am a "
        "recording and can do no more; choose another runner for real work."
    },
]

INSTRUCTIONS: dict[str, str] = {
    "merged": "Add a method to Playlist that lists its artists, each once, in alphabetical order.",
    "fixed": "A playlist of an hour and two minutes is shown as 62:05. Show hours as well.",
    "red": "Let find() find a track whatever the case of its title. Leave the tests as they are.",
    "running": "Measure how long shuffling takes for playlists of up to 2400 tracks and note it.",
}
"""First changes of the sample by what becomes of them, in the order in which to open them."""

RECORDINGS: dict[str, JSON] = {
    name: cast("JSON", {"rounds": rounds})
    for name, rounds in {
        "merged": [_MERGED, _NOTE_ROUND],
        "fixed": [_FIXED, _NOTE_ROUND],
        "red": [_RED, _NOTE_ROUND],
        "running": [_slow(), _NOTE_ROUND],
        "default": [_DEFAULT, _NOTE_ROUND],
    }.items()
}


def recording_for(instruction: str) -> JSON:
    """The recording of an instruction of ours; the default one for any other."""
    said = instruction.strip()
    name = next((name for name, text in INSTRUCTIONS.items() if text == said), "default")
    return RECORDINGS[name]
