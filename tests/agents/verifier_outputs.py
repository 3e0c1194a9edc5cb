"""What test programs print, for tests of their readers.

cargo, node, unittest and pytest were recorded here; jest, vitest, mocha, jasmine, playwright, bun,
nextest and go are written after what their own sources print.
"""

from __future__ import annotations

CARGO = """\
   Compiling demo v0.1.0 (/workspace)
    Finished `test` profile [unoptimized + debuginfo] target(s) in 1.58s
     Running unittests src/lib.rs (target/debug/deps/demo-8348ca7a80742723)

running 3 tests
test tests::later ... ignored
test tests::zero ... ok
test tests::sums ... FAILED

failures:

---- tests::sums stdout ----

thread 'tests::sums' (30196) panicked at src/lib.rs:8:17:
assertion `left == right` failed: test result: ok. 9 passed; 0 failed; 0 ignored;
  left: -1
 right: 5


failures:
    tests::sums

test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.37s

error: test failed, to rerun pass `--lib`
"""
CARGO_NONE = """\
running 0 tests

test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.00s

   Doc-tests demo

running 0 tests

test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
"""
NEXTEST = """\
        FAIL [   0.004s] (2/3) demo tests::sums
------------
     Summary [   0.006s] 3 tests run: 2 passed, 1 failed, 4 skipped
        FAIL [   0.004s] (2/3) demo tests::sums
error: test run failed
"""
NODE = """\
TAP version 13
# Subtest: zero
ok 1 - zero
  ---
  duration_ms: 0.90518
  ...
# Subtest: sums
not ok 2 - sums
  ---
  error: |-
    Expected values to be strictly equal:

    -1 !== 5
  ...
# Subtest: later
ok 3 - later # SKIP
1..3
# tests 3
# suites 0
# pass 1
# fail 1
# cancelled 0
# skipped 1
# todo 0
# duration_ms 127.951578
"""
NODE_EMPTY_FILE = """\
TAP version 13
# hi
# Subtest: /workspace/a.test.js
ok 1 - /workspace/a.test.js
  ---
  duration_ms: 253.631738
  ...
1..1
# tests 1
# suites 0
# pass 1
# fail 0
# cancelled 0
# skipped 0
# todo 0
"""
JEST = """\
FAIL src/add.test.js
  ✓ zero (2 ms)
  ✕ sums (1 ms)
  ○ skipped later

  ● sums

    expect(received).toBe(expected) // Object.is equality

    Expected: 5
    Received: -1

Test Suites: 1 failed, 1 total
Tests:       1 failed, 1 skipped, 1 passed, 3 total
Snapshots:   0 total
Time:        0.312 s
Ran all test suites.
"""
VITEST = """\
 ❯ add.test.ts (3 tests | 1 failed | 1 skipped) 5ms
⎯⎯⎯⎯⎯⎯⎯ Failed Tests 1 ⎯⎯⎯⎯⎯⎯⎯

 FAIL  add.test.ts > sums
AssertionError: expected -1 to be 5 // Object.is equality

 Test Files  1 failed (1)
      Tests  1 failed | 1 passed | 1 skipped (3)
   Start at  10:00:00
"""
MOCHA = """\

  add
    ✔ zero
    1) sums
    - later


  1 passing (4ms)
  1 pending
  1 failing

  1) add
       sums:

      AssertionError [ERR_ASSERTION]: -1 == 5
"""
JASMINE = "Failures:\n1) add sums\n  Message:\n    Expected -1 to be 5.\n\n3 specs, 1 failure, 1 pending spec\n"
PLAYWRIGHT = "  1) a.spec.ts:3:1 › sums ────\n\n    Error: -1\n\n  1 failed\n    a.spec.ts:3:1 › sums\n  1 skipped\n  1 passed (1.2s)\n"
BUN = "(fail) sums [0.1ms]\n\n 1 pass\n 1 skip\n 1 fail\n 2 expect() calls\nRan 3 tests across 1 file. [9.00ms]\n"
GO = """\
=== RUN   TestZero
--- PASS: TestZero (0.00s)
=== RUN   TestSums
    add_test.go:9: got -1, want 5
--- FAIL: TestSums (0.00s)
=== RUN   TestLater
    add_test.go:13: later
--- SKIP: TestLater (0.00s)
FAIL
FAIL\tdemo\t0.002s
FAIL
"""
GO_ALL_SKIPPED = (
    "=== RUN   TestA\n    a_test.go:5: later\n--- SKIP: TestA (0.00s)\nPASS\nok  \tdemo\t0.002s\n"
)
