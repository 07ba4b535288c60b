import { createRequire } from 'node:module'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  // graphql comes in two builds. What is not transformed loads this one, and there must be one only.
  resolve: { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }] },
  test: {
    include: ['**/*.test.ts', '**/*.test.tsx'],
    exclude: ['**/node_modules/**', '.heliograph/**', 'web/dist/**'],
    globalSetup: ['tests/services.ts'],
    environment: 'node',
    pool: 'forks',
    // Files share a process: what one has loaded and compiled the next ones need not. None leaves anything behind that another meets.
    isolate: false,
    // Two cores, and tests also wait: for locks, for events, for other processes.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A wait ends with what it waits for. One second, the default, would make a test of a busy machine's speed.
    expect: { poll: { timeout: 30_000 } },
  },
})
