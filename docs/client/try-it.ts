interface SwaggerOptions {
  spec: object;
  domNode: HTMLElement;
  deepLinking: boolean;
  docExpansion: 'list';
  defaultModelsExpandDepth: number;
  tryItOutEnabled: boolean;
  validatorUrl: null;
  requestInterceptor(request: SwaggerRequest): SwaggerRequest;
}

interface SwaggerRequest {
  url: string;
  headers: Record<string, string>;
}

declare const SwaggerUIBundle: (options: SwaggerOptions) => unknown;

declare global {
  // What the scripts beside the page put there, one for each document.
  var grantkeeperDocuments: Record<string, { info: { title: string; version: string } }> | undefined;
}

interface Person {
  id: string;
  name: string;
  role: string;
}

const { root = './' } = document.documentElement.dataset;
const SERVER = new URL(`${root}..`, location.href).href.replace(/\/$/, '');
const tokenField = document.querySelector<HTMLInputElement>('#token');
const people = document.querySelector<HTMLSelectElement>('#person');
const documents = document.querySelector<HTMLSelectElement>('#document');
const place = document.querySelector<HTMLElement>('#console');
const status = document.querySelector<HTMLElement>('#token-status');

/** Shows the console of the chosen document, whose requests go to this server with the token in the field. */
function showConsole(): void {
  const spec = globalThis.grantkeeperDocuments?.[documents?.value ?? ''];
  if (!spec || !place) return;
  const { title, version } = spec.info;
  SwaggerUIBundle({
    // The token is the field's, what is told about the document the reference's.
    spec: { ...spec, info: { title, version }, security: [], tags: [], servers: [{ url: SERVER }] },
    domNode: place,
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: -1,
    tryItOutEnabled: true,
    // Its default is a service elsewhere.
    validatorUrl: null,
    requestInterceptor: (request) => {
      const token = tokenField?.value.trim();
      if (token) request.headers.Authorization = `Bearer ${token}`;
      return request;
    },
  });
}

/** The people of a demo server, each good for a token; other servers have none, and a token is pasted. */
async function offerPeople(): Promise<void> {
  const response = await fetch(`${SERVER}/app/people`).catch(() => undefined);
  if (!response?.ok || !people) return;
  const answer: { people: Person[] } = await response.json();
  people.append(
    ...answer.people.map(({ id, name, role }) => new Option(`${name}, ${role.toLowerCase()}`, id)),
  );
  people.closest('label')?.removeAttribute('hidden');
  people.addEventListener('change', async () => {
    if (!people.value || !tokenField || !status) return;
    const token = await fetch(`${SERVER}/app/people/${people.value}/token`, { method: 'POST' });
    const { access_token, expires_in } = await token.json();
    tokenField.value = access_token;
    status.textContent = `A token for ${people.selectedOptions[0]?.text}, good for ${Math.round(expires_in / 60)} minutes.`;
  });
}

const asked = new URLSearchParams(location.search).get('document');
if (documents && asked && asked in (globalThis.grantkeeperDocuments ?? {})) documents.value = asked;
documents?.addEventListener('change', () => {
  history.replaceState(null, '', `?document=${documents.value}`);
  showConsole();
});
showConsole();
void offerPeople();
