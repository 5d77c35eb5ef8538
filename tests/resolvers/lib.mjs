// What the scripts of this folder share: named checks.
import assert from 'node:assert/strict'

export { assert }

let passed = 0
const failures = []

/** One named check: prints its outcome, never throws; hands back what the check returned, undefined when it failed. */
export async function check(name, run) {
  try {
    const value = await run()
    passed += 1
    console.log(`ok ${name}`)
    return value
  } catch (error) {
    failures.push(name)
    console.log(`FAIL ${name}: ${error?.stack ?? error}`)
    return undefined
  }
}

/** Prints the sum and ends the process: without fault when every check passed. */
export function end() {
  console.log(`${passed} passed, ${failures.length} failed`)
  process.exit(failures.length === 0 && passed > 0 ? 0 : 1)
}
