/** The parts of a connection string. It may name several hosts, so it is not always a URL. */
export function partsOf(uri: string) {
  const [, srv, hosts = '', path = '', query = ''] =
    /^mongodb(\+srv)?:\/\/(?:[^/?]*@)?([^/?]*)\/?([^?]*)\??(.*)$/.exec(uri) ?? [];
  // As in MongoDB, upper and lower case are the same.
  const options = new Map(
    [...new URLSearchParams(query)].map(([name, value]) => [name.toLowerCase(), value]),
  );
  return {
    hosts: hosts.split(',').map((host) => host.replace(/:\d+$/, '')),
    path,
    options,
    // A mongodb+srv URI turns TLS on by itself.
    hasTls: srv !== undefined || ['tls', 'ssl'].some((name) => options.get(name) === 'true'),
  };
}
