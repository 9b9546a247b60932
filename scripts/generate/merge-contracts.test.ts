import { describe, expect, it } from 'vitest';
import { type Contract, mergeContracts } from './merge-contracts.ts';

/** A contract with one operation, which answers with the schema `Thing`. */
function contract(operationId: string, path: string, type: string, server = 'https://api.example'): Contract {
  const $ref = '#/components/schemas/Thing';
  const answer = { content: { 'application/json': { schema: { $ref } } } };
  return {
    openapi: '3.1.0',
    info: { title: operationId, version: '1.0.0' },
    servers: [{ url: server }],
    security: [{ bearerAuth: [operationId] }],
    paths: { [path]: { get: { operationId, responses: { 200: answer } } } },
    components: { schemas: { Thing: { type } }, securitySchemes: { bearerAuth: { type: 'http' } } },
  };
}

const merge = (...contracts: Contract[]) =>
  mergeContracts(new Map(contracts.map((one, index) => [`contract-${'ab'[index]}`, one])));

describe('merged contracts', () => {
  it('keep the full path and the security of every operation', () => {
    const merged = merge(
      contract('one', '/one', 'string', 'https://api.example/v1/'),
      contract('two', '/two', 'string'),
    );
    expect(merged.paths).toMatchObject({
      '/v1/one': { get: { operationId: 'one', security: [{ bearerAuth: ['one'] }] } },
      '/two': { get: { operationId: 'two', security: [{ bearerAuth: ['two'] }] } },
    });
  });

  it('share what they have alike', () => {
    const { components } = merge(contract('one', '/one', 'string'), contract('two', '/two', 'string'));
    expect(components).toEqual({
      schemas: { Thing: { type: 'string' } },
      securitySchemes: { bearerAuth: { type: 'http' } },
    });
  });

  it('keep apart what only shares a name, and every reference to it', () => {
    const { components, paths } = merge(contract('one', '/one', 'string'), contract('two', '/two', 'number'));
    expect(components.schemas).toEqual({ Thing: { type: 'string' }, ContractBThing: { type: 'number' } });
    expect(JSON.stringify(paths['/one'])).toContain('"#/components/schemas/Thing"');
    expect(JSON.stringify(paths['/two'])).toContain('"#/components/schemas/ContractBThing"');
  });

  it('are refused where two have the same path, or operations of the same name', () => {
    expect(() => merge(contract('one', '/one', 'string'), contract('two', '/one', 'string'))).toThrow(
      'two contracts have the path /one',
    );
    expect(() => merge(contract('one', '/one', 'string'), contract('one', '/two', 'string'))).toThrow(
      'two operations are called one',
    );
  });
});
