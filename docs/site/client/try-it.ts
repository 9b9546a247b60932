import { credentialsFor, offerPeopleFor, startPeople } from './demo-people.ts';
import { mendConsole } from './mend-console.ts';
import { SERVER } from './server-address.ts';

interface SwaggerOptions {
  spec: object;
  domNode: HTMLElement;
  deepLinking: boolean;
  docExpansion: 'list';
  defaultModelsExpandDepth: number;
  tryItOutEnabled: boolean;
  validatorUrl: null;
  requestInterceptor(request: SwaggerRequest): Promise<SwaggerRequest>;
}

interface SwaggerRequest {
  url: string;
  headers: Record<string, string>;
}

interface Described {
  info: { title: string; version: string };
  components: { parameters?: Record<string, object> };
}

declare const SwaggerUIBundle: (options: SwaggerOptions) => unknown;

declare global {
  // What the scripts beside the page put there, one for each document.
  var grantkeeperDocuments: Record<string, Described> | undefined;
}

const documents = document.querySelector<HTMLSelectElement>('#document');
const place = document.querySelector<HTMLElement>('#console');

/** Shows the console of the chosen document, whose requests go to this server with the token in the field. */
function showConsole(): void {
  const name = documents?.value ?? '';
  offerPeopleFor(name);
  const spec = globalThis.grantkeeperDocuments?.[name];
  if (!spec || !place) return;
  const { title, version } = spec.info;
  SwaggerUIBundle({
    // The token is the field's, what is told about the document the reference's.
    spec: {
      ...spec,
      info: { title, version },
      components: withoutKey(spec.components),
      security: [],
      tags: [],
      ...(SERVER && { servers: [{ url: SERVER }] }),
    },
    domNode: place,
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: -1,
    tryItOutEnabled: true,
    // Its default is a service elsewhere.
    validatorUrl: null,
    requestInterceptor: async (request) => ({
      ...request,
      // What is written into a field goes before what the person brings along.
      headers: { ...(await credentialsFor(name)), ...request.headers },
    }),
  });
}

/** Swagger UI fills fields with examples: a key that is the same for every request would have all but one refused. */
function withoutKey({ parameters = {}, ...components }: Described['components']): object {
  const entries = Object.entries(parameters).map(([name, parameter]) => [
    name,
    name === 'IdempotencyKey' ? { ...parameter, example: undefined } : parameter,
  ]);
  return { ...components, parameters: Object.fromEntries(entries) };
}

const asked = new URLSearchParams(location.search).get('document');
if (documents && asked && asked in (globalThis.grantkeeperDocuments ?? {})) documents.value = asked;
documents?.addEventListener('change', () => {
  history.replaceState(null, '', `?document=${documents.value}`);
  showConsole();
});
if (place) mendConsole(place);
showConsole();
void startPeople().then(() => offerPeopleFor(documents?.value ?? ''));
