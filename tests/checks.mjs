// What the scripts of all folders here share: named checks.
import assert from 'node:assert/strict'

export { assert }

let passed = 0
const failures = []
const open = new Set()

/** One named check: prints its outcome, never throws; hands back what the check returned, undefined when it failed. */
export async function check(name, run) {
  open.add(name)
  try {
    const value = await run()
    passed += 1
    console.log(`ok ${name}`)
    return value
  } catch (error) {
    failures.push(name)
    console.log(`FAIL ${name}: ${error?.stack ?? error}`)
    return undefined
  } finally {
    open.delete(name)
  }
}

/** Fails what has not come to an end: a ledger that never answers must not hang the caller. */
export function giveUp() {
  for (const name of open) {
    failures.push(name)
    console.log(`FAIL ${name}: no end in sight`)
  }
}

/** Prints the sum; true when every check passed. */
export function summary() {
  console.log(`${passed} passed, ${failures.length} failed`)
  for (const name of failures) console.log(`FAIL ${name}`)
  return failures.length === 0 && passed > 0
}

/** Prints the sum and ends the process: without fault when every check passed. */
export function end() {
  process.exit(summary() ? 0 : 1)
}
