import type { Case } from './case.ts';

/** What people read of a run. */
export function textOf(cases: Case[]): string {
  const lines: string[] = [];
  for (const suite of suitesOf(cases)) {
    lines.push('', suite);
    for (const { name, differences, skipped, requests } of inSuite(cases, suite)) {
      const outcome = differences.length > 0 ? 'DIFFERS' : requests === 0 ? 'skipped' : 'ok';
      lines.push(`  ${outcome.padEnd(8)}${name}${skipped ? ` (${skipped})` : ''}`);
    }
  }
  for (const { suite, name, differences } of cases) {
    for (const { operationId, fault, times, command } of differences) {
      const often = times > 1 ? `, ${times} times` : '';
      lines.push('', `${suite}: ${name}`, `  ${operationId}: ${fault}${often}`, `  ${command}`);
    }
  }
  const count = cases.reduce((sum, { differences }) => sum + differences.length, 0);
  const requests = cases.reduce((sum, one) => sum + one.requests, 0);
  return [...lines, '', `${requests} requests, ${count} differences`, ''].join('\n');
}

/** The same as JUnit XML, as CI servers read it: a suite for each document. */
export function junitOf(cases: Case[]): string {
  const suites = suitesOf(cases).map((suite) => {
    const own = inSuite(cases, suite);
    const failures = own.filter(({ differences }) => differences.length > 0).length;
    const skipped = own.filter(isSkipped).length;
    const attributes = `name="${escaped(suite)}" tests="${own.length}" failures="${failures}" skipped="${skipped}"`;
    return `  <testsuite ${attributes}>\n${own.map(testcase).join('')}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('')}</testsuites>\n`;
}

function testcase(test: Case): string {
  const { suite, name, seconds, differences, skipped } = test;
  const failures = differences.map(({ operationId, fault, times, command }) => {
    const message = escaped(`${operationId}: ${fault}`);
    return `      <failure message="${message}">${escaped(`${times} times\n${command}`)}</failure>\n`;
  });
  const reason = isSkipped(test) ? `      <skipped message="${escaped(skipped ?? '')}"/>\n` : '';
  const attributes = `classname="${escaped(suite)}" name="${escaped(name)}" time="${seconds.toFixed(3)}"`;
  return `    <testcase ${attributes}>\n${failures.join('')}${reason}    </testcase>\n`;
}

function isSkipped({ requests, skipped }: Case): boolean {
  return requests === 0 && skipped !== undefined;
}

function suitesOf(cases: Case[]): string[] {
  return [...new Set(cases.map(({ suite }) => suite))];
}

function inSuite(cases: Case[], suite: string): Case[] {
  return cases.filter((one) => one.suite === suite);
}

/** Characters that XML 1.0 cannot have, escaped or not. */
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g;

function escaped(text: string): string {
  return text
    .replace(NOT_XML, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
