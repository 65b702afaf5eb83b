// Closes a test run with one plain line that any tool can read: `N passed, N failed, N skipped`.

import type { Reporter, TestModule } from "vitest/node";

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      const own = { total: 0 };
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        own.total++;
        if (state === "passed" || state === "failed" || state === "skipped") counts[state]++;
      }
      if (!module.ok() && own.total === 0) counts.failed++;
    }
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  }
}
