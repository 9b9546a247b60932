import type { Adapter, AdapterPayload } from 'oidc-provider';
import { AS_GIVEN, type ClientAtConsent, type ClientRow, type Context, hashOf } from './store.ts';

/** Registered clients, with the names that Grantkeeper shows. */
export class Clients implements Adapter {
  readonly #store: Context;

  constructor(store: Context) {
    this.#store = store;
  }

  async upsert(_id: string, payload: AdapterPayload): Promise<void> {
    const { client_name, client_uri, logo_uri } = payload;
    const fields: Partial<ClientRow> = {
      name: client_name ?? _id,
      client_uri: client_uri ?? null,
      logo_uri: logo_uri ?? null,
      oidc: payload,
    };
    await this.#store.clients.updateOne(
      { _id },
      { $set: fields, $setOnInsert: { is_first_party: false } },
      { upsert: true, ...AS_GIVEN },
    );
  }

  /** Undefined for a client of which only the name is known. */
  async find(_id: string): Promise<AdapterPayload | undefined> {
    return (await this.#store.clients.findOne({ _id }))?.oidc;
  }

  /** Its name stays, for the grants that it had. */
  async destroy(_id: string): Promise<void> {
    await this.#store.clients.updateOne({ _id }, { $unset: { oidc: '' } });
  }

  async consume(): Promise<void> {}

  async revokeByGrantId(): Promise<void> {}

  async findByUid(): Promise<undefined> {}

  async findByUserCode(): Promise<undefined> {}
}

/**
 * Sees to the name of a client that somebody consents to. One of the provider's configuration gets a row. One that is
 * known by its metadata document gets none, and is shown by its address: it could call itself anything.
 *
 * @returns what a metadata document says now, for the consent
 */
export async function clientAtConsent(
  { provider, clients }: Context,
  _id: string,
): Promise<ClientAtConsent | undefined> {
  const client = await provider?.Client.find(_id);
  if (!client) return undefined;
  const { clientName, clientUri, logoUri, redirectUris = [] } = client;
  if ('clientIdMetadataDocument' in client) {
    const metadata = Object.entries(client.metadata()).sort(([one], [other]) => (one < other ? -1 : 1));
    return {
      name: clientName ?? null,
      redirect_uris: redirectUris,
      digest: hashOf(JSON.stringify(metadata)),
    };
  }
  const known: Partial<ClientRow> = {
    ...(clientName && { name: clientName }),
    ...(clientUri && { client_uri: clientUri }),
    ...(logoUri && { logo_uri: logoUri }),
  };
  const row = { name: _id, client_uri: null, logo_uri: null, is_first_party: false };
  await clients.updateOne(
    { _id },
    [{ $replaceWith: { $mergeObjects: [{ $literal: row }, '$$ROOT', { $literal: known }] } }],
    {
      upsert: true,
    },
  );
  return undefined;
}
