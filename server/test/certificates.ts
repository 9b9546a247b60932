import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files of certificates, each with its key, that a CA of its own signed. */
export interface Certificates {
  ca: string;
  /** Of the address 127.0.0.1. */
  server: string;
  /** Of a host by another name. */
  other: string;
  client: string;
}

/** Makes certificates with OpenSSL in a new folder below another. Throws if the command `openssl` is not installed. */
export async function makeCertificates(below: string): Promise<Certificates> {
  const folder = await mkdtemp(join(below, 'certificates-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test CA');

  const sign = async (name: string, names: string) => {
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    await writeFile(join(folder, `${name}.names`), `subjectAltName=${names}`);
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', `${name}.names`];
    const certificate = openssl('x509', '-req', '-in', `${name}.csr`, ...by);
    const file = join(folder, `${name}.pem`);
    await writeFile(file, [certificate, await readFile(join(folder, `${name}.key`))].join(''));
    return file;
  };
  return {
    ca: join(folder, 'ca.pem'),
    server: await sign('server', 'IP:127.0.0.1'),
    other: await sign('other', 'DNS:mongodb.example'),
    client: await sign('client', 'DNS:client.example'),
  };
}
