import type { Adapter, AdapterPayload } from 'oidc-provider';
import { AS_GIVEN, type ClientRow, type Context } from './store.ts';

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
