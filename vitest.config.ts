import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { projects: ['server', 'sdk', 'docs/site', 'scripts'] } });
