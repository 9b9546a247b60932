import { HTTPSnippet } from '@readme/httpsnippet';

/** What a sample sends, besides its token. */
export interface SampleRequest {
  method: string;
  url: string;
  headers: { name: string; value: string }[];
  /** As JSON; undefined without a body. */
  body: string | undefined;
}

/** The languages beside curl and the SDK: how a reader, a block of Markdown and the package call each. */
const LANGUAGES = [
  ['JavaScript (fetch)', 'js', 'javascript', 'fetch'],
  ['Python', 'python', 'python', 'requests'],
  ['Go', 'go', 'go', 'native'],
  ['Java', 'java', 'java', 'nethttp'],
  ['C#', 'csharp', 'csharp', 'httpclient'],
  ['PHP (Guzzle)', 'php', 'php', 'guzzle'],
  ['Ruby', 'ruby', 'ruby', 'native'],
] as const;

/**
 * A request in each of the languages.
 *
 * @param hasAnswer whether its answer has a body
 */
export function otherSamples({ method, url, headers, body }: SampleRequest, hasAnswer: boolean) {
  const snippet = new HTTPSnippet({
    method,
    url,
    httpVersion: 'HTTP/1.1',
    headers: [
      { name: 'Authorization', value: 'Bearer YOUR_TOKEN' },
      ...headers,
      ...(body === undefined ? [] : [{ name: 'Content-Type', value: 'application/json' }]),
    ],
    postData:
      body === undefined
        ? { mimeType: 'application/octet-stream' }
        : { mimeType: 'application/json', text: body },
    queryString: [],
    cookies: [],
    headersSize: -1,
    bodySize: -1,
  });
  return LANGUAGES.map(([label, language, target, client]) => {
    const [code] = snippet.convert(target, client) || [];
    if (!code) throw new Error(`there is no sample in ${label} of ${method} ${url}`);
    // A server puts its own address into a sample, which may be one of https.
    const anyScheme = code.replace(
      /^(http = Net::HTTP\.new.*)$/m,
      "$1\nhttp.use_ssl = url.scheme == 'https'",
    );
    const anyAnswer = hasAnswer ? anyScheme : anyScheme.replace('res.json()', 'res.status');
    return { label, language, code: anyAnswer.trim() };
  });
}
