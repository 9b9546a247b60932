import { type CryptoKey, exportJWK, generateKeyPair } from 'jose';
import { type Listening, listen } from '../../src/http/listen.ts';

/** A key of an issuer. */
export interface IssuerKey {
  kid: string;
  privateKey: CryptoKey;
  jwk: object;
}

export async function makeKey(kid: string): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256' } };
}

/** An issuer on loopback that publishes keys, and can be away. */
export class Issuer {
  published: IssuerKey[] = [];
  isAway = false;
  /** Waited for before each answer: passes time on the clocks of a test. */
  delay: () => void = () => undefined;
  clock: () => Date = () => new Date();
  #server: Listening | undefined;

  async start(): Promise<URL> {
    this.#server = await listen(
      (_req, res) => {
        if (this.isAway) return void res.destroy();
        this.delay();
        const headers = { 'Content-Type': 'application/json', Date: this.clock().toUTCString() };
        res.writeHead(200, headers).end(JSON.stringify({ keys: this.published.map(({ jwk }) => jwk) }));
      },
      { host: '127.0.0.1', port: 0 },
    );
    return new URL('/jwks', this.#server.url);
  }

  async stop(): Promise<void> {
    await this.#server?.close();
  }
}
