import type { Bundle } from './documents.ts';

type Operation = Bundle['paths'][string][string];

const GRANT = {
  type: 'object',
  required: ['id'],
  properties: {
    id: { type: 'string' },
    status: { type: 'string', enum: ['active', 'expired'] },
    used_at: { type: ['string', 'null'] },
  },
};

const FILTER = {
  type: 'object',
  required: ['user'],
  additionalProperties: false,
  properties: {
    user: { type: 'string', maxLength: 64 },
    status: { type: 'string', enum: ['active', 'expired', 'all'] },
    ids: { type: 'array', maxItems: 10, items: { type: 'string' } },
  },
};

/** A document to change: one operation that lists, and one that revokes. */
export const DOCUMENT = {
  info: { title: 'Grants', version: '1.0.0' },
  security: [{ bearer: ['read'] }, { bearer: ['admin'] }],
  components: { schemas: { Grant: GRANT, Filter: FILTER } },
  paths: {
    '/grants': {
      get: {
        operationId: 'listGrants',
        parameters: [
          { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 } },
          { name: 'X-Proof', in: 'header', schema: { type: 'string' } },
        ],
        responses: {
          '200': {
            headers: { 'X-Request-Id': { schema: { type: 'string' } } },
            content: {
              'application/json': {
                schema: { type: 'array', items: { $ref: '#/components/schemas/Grant' } },
              },
            },
          },
          '404': {},
        },
      },
    },
    '/grants/revoke': {
      post: {
        operationId: 'revokeGrants',
        requestBody: {
          required: false,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Filter' } } },
        },
        responses: { '204': {} },
      },
    },
  },
} satisfies Bundle;

export type Document = typeof DOCUMENT & { paths: Record<string, Record<string, Operation>> };

/** The document with something changed in it. */
export function changedDocument(change: (document: Document) => void): Document {
  const document: Document = structuredClone(DOCUMENT);
  change(document);
  return document;
}
