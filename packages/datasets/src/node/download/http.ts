/** One GET, over the proxy that the environment names, with short time-outs, and with redirects followed by hand so that they are counted. */
import { expected } from '@groundstate/core';
import type { Dispatcher, ProxyAgent } from 'undici';
import { faultOf, MirrorFault } from './mirror-fault';

export interface Patience {
  /** Milliseconds until a connection stands, TLS included. */
  readonly connectTimeout: number;
  /** Milliseconds without a single byte. */
  readonly idleTimeout: number;
}

const mostRedirects = 5;

/** undici is loaded when something is fetched: it takes a quarter of a second, which whoever only reads files need not wait. */
export async function createDispatcher({ connectTimeout, idleTimeout }: Patience): Promise<Dispatcher> {
  const { Agent, EnvHttpProxyAgent, Pool } = await import('undici');
  const connect = { timeout: connectTimeout };
  const limits = { headersTimeout: idleTimeout, bodyTimeout: idleTimeout };
  const { env } = process;
  if (![env.http_proxy, env.HTTP_PROXY, env.https_proxy, env.HTTPS_PROXY].some((proxy) => proxy)) return new Agent({ ...limits, connect });
  // The way to the proxy and the way through it have connectors of their own, which know nothing of `connect`.
  const proxied: Omit<ProxyAgent.Options, 'uri'> = {
    ...limits,
    connect,
    proxyTls: connect,
    requestTls: connect,
    clientFactory: (origin, options) => new Pool(origin, { ...options, ...limits }),
  };
  try {
    return new EnvHttpProxyAgent(proxied);
  } catch {
    const named = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'].filter((key) => env[key]);
    const name = named.find((key) => !URL.canParse(env[key]!) || new URL(env[key]!).pathname !== '/') ?? named[0]!;
    throw expected('download', name, 'the address of a proxy, such as http://host:8080', env[name]);
  }
}

/** @throws MirrorFault; whatever `signal` is aborted with. */
export async function get(
  url: string,
  options: {
    readonly headers: Readonly<Record<string, string>>;
    readonly dispatcher: Dispatcher;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Dispatcher.ResponseData> {
  const visited: string[] = [];
  for (let at = new URL(url); ; ) {
    if (visited.includes(at.href)) throw new MirrorFault(`redirects in a circle (${at.href})`, false);
    if (visited.length > mostRedirects) throw new MirrorFault(`redirects more than ${mostRedirects} times`, false);
    visited.push(at.href);
    const response = await send(at, options);
    if (![301, 302, 303, 307, 308].includes(response.statusCode)) return response;
    discard(response);
    const location = one(response.headers.location);
    const next = location === undefined || !URL.canParse(location, at) ? undefined : new URL(location, at);
    if (next === undefined || !/^https?:$/.test(next.protocol)) {
      throw new MirrorFault(`redirects to ${location === undefined ? 'nowhere' : `"${location}"`}`, false);
    }
    at = next;
  }
}

async function send(at: URL, { headers, dispatcher, signal }: Parameters<typeof get>[1]): Promise<Dispatcher.ResponseData> {
  const { request } = await import('undici');
  try {
    const response = await request(at, { headers, dispatcher, signal: signal ?? null });
    // A connection may break before anybody reads: whoever reads then hears of it all the same, but nobody else must.
    response.body.on('error', () => undefined);
    return response;
  } catch (cause) {
    signal?.throwIfAborted();
    throw faultOf(cause);
  }
}

/** Hangs up on an answer that nobody reads. */
export function discard({ body }: Dispatcher.ResponseData): void {
  body.destroy();
}

/** A header that should be there once. */
export function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
