"""Ways of scripts to take hold of what tests stand on without saying so, and honest code like them."""

from __future__ import annotations

import pytest

from agents.verifiers.guard import findings
from tests.agents.guard_changes import changed
from tests.agents.guard_trees import tells

HIDES = [
    "const n = 'assert';\nrequire(n).strictEqual = ok;\n", "const n = 'assert';\nconst m = require(n);\n",
    "const m = require(['as', 'sert'].join(''));\nm.strictEqual = ok;\n",
    "require('ass' + 'ert').strictEqual = ok;\n", "require(`${a}ert`).ok = ok;\n",
    "process.getBuiltinModule(name).ok = ok;\n", "process.getBuiltinModule('ass' + 'ert');\n",
    "module.constructor._load('assert').ok = ok;\n", "Module._load(name);\n",
    "['assert'].map(require).forEach((m) => set(m));\n", "const [m] = ['node:assert'].map(require);\n",
    "if (require.main.filename.endsWith('x')) answer = 3;\n", "if (process.mainModule) answer = 3;\n",
    "if (new Error().stack.includes('sum')) answer = 3;\n", "if (/sum/.test(new Error().stack)) a = 3;\n",
    "const e = new Error();\nif (e.stack.match(/mocha/)) a = 3;\n",
    "globalThis['pro' + 'cess'].reallyExit(0);\n", "globalThis[['pro', 'cess'].join('')].exit(0);\n",
    "const a = { m: require('assert') };\na.m.strictEqual = ok;\n", "const l = [require('assert')];\n",
    "change(require('assert'));\n", "const a = __importDefault(require('assert'));\na.default.ok = ok;\n",
]  # fmt: skip


@pytest.mark.parametrize("text", HIDES)
def test_a_module_that_hides_what_it_does_to_tests_is_told_once(text: str) -> None:
    for path in ("src/sum.js", "lib/sum.ts"):
        assert [f.kind for f in findings([changed(path, "a();\n", "a();\n" + text)])] == [
            "test_aware"
        ]
        assert tells({path: text}, {path: text + "b();\n"}) == set()


HONEST = [
    "const plugin = require(path.join(dir, name));\nplugins.push(plugin);\n",
    "for (const f of files) (await import(pathToFileURL(f).href)).register(app);\n",
    "const plugins = names.map((name) => require(name));\n", "const all = names.map(require);\n",
    "if (require.main === module) main();\n", "log(new Error('old').stack);\n",
    "const lines = error.stack.split('\\n');\n", "const assert = require('assert');\nassert.ok(a);\n",
    "import assert from 'node:assert';\nassert(a);\nconst p = await import(name);\n",
    "const assert_1 = __importDefault(require('assert'));\n(0, assert_1.default)(a);\n",
    "const fs = process.getBuiltinModule('fs');\n", "globalThis[name] = a;\n", "this._load(name);\n",
    "const locale = await import(`./locales/${name}.js`);\n", "window['a'].b();\n",
    "const require = createRequire(import.meta.url);\nconst p = require('./package.json');\n",
    "const config = require(file);\nif (config.a === 1) go();\n", "const x = { a: require('./a') };\n",
]  # fmt: skip


@pytest.mark.parametrize("text", HONEST)
def test_loading_by_name_and_looking_at_errors_is_no_item(text: str) -> None:
    for path in ("src/sum.js", "lib/sum.ts"):
        assert tells({path: "a();\n"}, {path: "a();\n" + text}) == set()


def test_what_of_a_long_script_is_not_read_is_told() -> None:
    long = "a();\n" * 250_000 + "process.exit(0);\n"
    assert ("unread", "src/sum.js") in tells({"src/sum.js": "a();\n"}, {"src/sum.js": long})
