import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts', '**/*.test.tsx'],
    exclude: ['**/node_modules/**', '.heliograph/**', 'web/dist/**'],
    globalSetup: ['tests/services.ts'],
    environment: 'node',
    pool: 'forks',
    // Two cores: more workers only make each other miss their deadlines.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
