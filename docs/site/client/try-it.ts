import { credentialsFor, offerPeopleFor, startPeople } from './demo-people.ts';
import { mendConsole } from './mend-console.ts';
import { SERVER } from './server-address.ts';

interface SwaggerRequest {
  url: string;
  headers: Record<string, string>;
}

declare const SwaggerUIBundle: (options: {
  spec: object;
  domNode: HTMLElement;
  deepLinking: boolean;
  docExpansion: 'list';
  defaultModelsExpandDepth: number;
  tryItOutEnabled: boolean;
  validatorUrl: null;
  requestInterceptor(request: SwaggerRequest): Promise<SwaggerRequest>;
}) => unknown;

const documents = document.querySelector<HTMLSelectElement>('#document');
const place = document.querySelector<HTMLElement>('#console');

/** Shows the console of the chosen document, whose requests go to this server with the token in the field. */
async function showConsole(): Promise<void> {
  const name = documents?.value ?? '';
  offerPeopleFor(name);
  const response = await fetch(`../openapi/${name}.json`);
  const { info, tags: _, ...described } = JSON.parse(await response.text(), withoutExample);
  // Another was chosen meanwhile.
  if (!place || name !== documents?.value) return;
  SwaggerUIBundle({
    // The token is the field's, what is told about the document the reference's.
    spec: {
      ...described,
      info: { title: info.title, version: info.version },
      security: [],
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

/** Swagger UI fills fields with examples. Parameters that may be left out are left out: they have none. */
function withoutExample(_key: string, value: unknown): unknown {
  const isOptional =
    typeof value === 'object' && value !== null && 'in' in value && !('required' in value && value.required);
  return isOptional ? { ...value, example: undefined } : value;
}

const asked = new URLSearchParams(location.search).get('document');
if (documents && [...documents.options].some(({ value }) => value === asked)) documents.value = asked ?? '';
documents?.addEventListener('change', () => {
  history.replaceState(null, '', `?document=${documents.value}`);
  void showConsole();
});
if (place) mendConsole(place);
void showConsole();
void startPeople().then(() => offerPeopleFor(documents?.value ?? ''));
