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

interface Token {
  access_token: string;
  /** In seconds. */
  expires_in: number;
}

/** Before a token of the demo ends another takes its place. */
const RENEW_BEFORE_MS = 10_000;

const { root = './' } = document.documentElement.dataset;
const SERVER = new URL(`${root}..`, location.href).href.replace(/\/$/, '');
const tokenField = document.querySelector<HTMLInputElement>('#token');
const people = document.querySelector<HTMLSelectElement>('#person');
const documents = document.querySelector<HTMLSelectElement>('#document');
const place = document.querySelector<HTMLElement>('#console');
const status = document.querySelector<HTMLElement>('#token-status');
/** By this page's clock; never for a token that was pasted. */
let renewAt = Number.POSITIVE_INFINITY;

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
    requestInterceptor: async (request) => {
      if (Date.now() >= renewAt) await takeToken();
      const token = tokenField?.value.trim();
      if (token) request.headers.Authorization = `Bearer ${token}`;
      return request;
    },
  });
}

/** Asks the demo; undefined where the server has none, or does not answer. */
async function askDemo<Answer>(path: string, method = 'GET'): Promise<Answer | undefined> {
  try {
    const response = await fetch(`${SERVER}/app/${path}`, { method });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

/** The people of a demo server, each good for a token; other servers have none, and a token is pasted. */
async function offerPeople(): Promise<void> {
  const answer = await askDemo<{ people: Person[] }>('people');
  if (!answer || !people) return;
  people.append(
    ...answer.people.map(({ id, name, role }) => new Option(`${name}, ${role.toLowerCase()}`, id)),
  );
  people.closest('label')?.removeAttribute('hidden');
  people.addEventListener('change', takeToken);
  // Whoever pastes a token is nobody of the demo any more.
  tokenField?.addEventListener('input', () => {
    people.value = '';
    renewAt = Number.POSITIVE_INFINITY;
    say('');
  });
}

/** Puts a token of the chosen person into the field; of nobody, none. */
async function takeToken(): Promise<void> {
  if (!people || !tokenField) return;
  const chosen = people.value;
  tokenField.value = '';
  say('');
  // A request that is sent before this one is answered asks for a token itself.
  renewAt = chosen ? 0 : Number.POSITIVE_INFINITY;
  if (!chosen) return;
  const token = await askDemo<Token>(`people/${chosen}/token`, 'POST');
  // Somebody else was chosen meanwhile, and has an answer of their own.
  if (people.value !== chosen) return;
  if (!token) return say('No token came. Please try again.');
  tokenField.value = token.access_token;
  renewAt = Date.now() + token.expires_in * 1000 - RENEW_BEFORE_MS;
  const minutes = Math.round(token.expires_in / 60);
  say(`A token for ${people.selectedOptions[0]?.text}, good for ${minutes} minutes and then renewed.`);
}

function say(text: string): void {
  if (status) status.textContent = text;
}

// Its fields work as they change: there is nothing to send.
tokenField?.form?.addEventListener('submit', (event) => event.preventDefault());
const asked = new URLSearchParams(location.search).get('document');
if (documents && asked && asked in (globalThis.grantkeeperDocuments ?? {})) documents.value = asked;
documents?.addEventListener('change', () => {
  history.replaceState(null, '', `?document=${documents.value}`);
  showConsole();
});
showConsole();
void offerPeople();
