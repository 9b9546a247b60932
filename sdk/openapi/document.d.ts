/** One of the four documents, OpenAPI 3.1 in one file: every `$ref` in it leads to a place in the document itself. */
declare const document: {
  openapi: string;
  info: {
    title: string;
    version: string;
    summary: string;
    description: string;
    license: { name: string; identifier?: string; url?: string };
  };
  servers: { url: string; description?: string }[];
  security?: Record<string, string[]>[];
  tags: { name: string; description?: string }[];
  /** By path, then by method. */
  paths: Record<string, Record<string, { operationId: string; summary: string; responses: object }>>;
  /** By section, such as `schemas`, then by name. */
  components: Record<string, Record<string, object>>;
};

export default document;
