import { createServer } from 'node:net';

export interface Address {
  host: string;
  port: number;
  /** The variable that the port is from; PORT by default. */
  variable?: 'PORT' | 'METRICS_PORT' | undefined;
}

/**
 * Checks that a server could listen at an address, so that a start fails before it does anything else.
 *
 * @throws one error that names HOST or the port's variable and says what to do
 */
export async function checkAddress({ host, port, variable }: Address): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject).listen(port, host, resolve);
  }).catch((error: unknown) => {
    throw addressFault(error, { host, port, variable });
  });
  await new Promise((resolve) => {
    probe.close(resolve);
  });
}

/** Returns the error to show when a server could not listen; any other cause is returned as it is. */
export function addressFault(cause: unknown, { host, port, variable = 'PORT' }: Address): unknown {
  if (!(cause instanceof Error && 'syscall' in cause && 'code' in cause)) return cause;
  const say = (text: string) => new Error(text, { cause });
  switch (cause.code) {
    case 'EADDRINUSE':
      return say(
        `${variable}: something listens on port ${port} of ${host} already, perhaps another server. Stop it, or set ${variable} to another port.`,
      );
    case 'EACCES':
    case 'EPERM':
      return say(`${variable}: this user may not listen on port ${port}. Set ${variable} to one above 1023.`);
    case 'EADDRNOTAVAIL':
    case 'EINVAL':
      return say(
        `HOST: ${host} is no address of this machine. Set HOST to one that is, such as 127.0.0.1, or to 0.0.0.0 for all.`,
      );
    case 'EAFNOSUPPORT':
      return say(`HOST: this machine does not speak the protocol of ${host}. Set HOST to an IPv4 address.`);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
      return say(
        `HOST: no machine is known by the name ${host}. Set HOST to an address of this one, such as 127.0.0.1, without a port.`,
      );
    default:
      return say(
        `HOST, ${variable}: the server cannot listen on port ${port} of ${host} (${cause.message}).`,
      );
  }
}
