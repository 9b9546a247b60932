import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../src/config.ts';

const problemsOf = (environment: NodeJS.ProcessEnv): string[] => {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.message
        .split('\n')
        .slice(1)
        .map((line) => line.trim());
    throw error;
  }
  return [];
};

describe('the configuration', () => {
  it('has a default for everything, outside production', () => {
    expect(readConfig({})).toMatchObject({
      production: false,
      host: '127.0.0.1',
      port: 3000,
      mongodbUri: undefined,
      jwksUri: undefined,
      jwksMaxStaleSeconds: 86_400,
      corsOrigins: [],
      publicUrl: undefined,
      trustedProxies: 0,
      ratePolicies: {
        read: { requests: 6_000, seconds: 60 },
        write: { requests: 1_200, seconds: 60 },
        unauthorized: { requests: 600, seconds: 60 },
      },
      maxInFlight: 8,
      logLevel: 'info',
    });
  });

  it('takes what the environment says, and an empty variable for none', () => {
    const config = readConfig({
      NODE_ENV: 'production',
      PORT: '8080',
      HOST: '::1',
      MONGODB_URI: 'mongodb://a.example:27017,b.example:27017/grants?replicaSet=rs',
      AUTH_ISSUER: 'https://issuer.example',
      AUTH_AUDIENCE: 'grants',
      AUTH_JWKS_URI: 'https://issuer.example/jwks',
      AUTH_JWKS_MAX_STALE_SECONDS: '3600',
      CORS_ORIGINS: 'https://a.example, https://b.example:8443',
      PUBLIC_URL: 'https://grants.example',
      TRUSTED_PROXIES: '2',
      MAX_IN_FLIGHT: '20',
      RATE_LIMITS: 'write=10/1, read=100/3600',
      LOG_LEVEL: '',
    });
    expect(config).toMatchObject({
      production: true,
      port: 8080,
      host: '::1',
      mongodbUri: 'mongodb://a.example:27017,b.example:27017/grants?replicaSet=rs',
      jwksUri: new URL('https://issuer.example/jwks'),
      jwksMaxStaleSeconds: 3600,
      corsOrigins: ['https://a.example', 'https://b.example:8443'],
      publicUrl: new URL('https://grants.example'),
      trustedProxies: 2,
      maxInFlight: 20,
      ratePolicies: {
        read: { requests: 100, seconds: 3_600 },
        write: { requests: 10, seconds: 1 },
        unauthorized: { requests: 600, seconds: 60 },
      },
      logLevel: 'info',
    });
  });

  it('names every bad variable in one error', () => {
    const problems = problemsOf({
      NODE_ENV: 'prod',
      PORT: '70000',
      MONGODB_URI: 'localhost:27017',
      AUTO_INDEX: 'yes',
      AUTH_JWKS_URI: 'ftp://issuer.example',
      AUTH_JWKS_MAX_STALE_SECONDS: '2592001',
      CORS_ORIGINS: 'https://a.example/path',
      PUBLIC_URL: 'grants.example',
      TRUSTED_PROXIES: 'all',
      RATE_LIMITS: 'none',
      MAX_IN_FLIGHT: '0',
      WEBHOOKS_ALLOW_PRIVATE: 'yes',
      LOG_LEVEL: 'loud',
    });
    expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual(
      [
        'NODE_ENV',
        'PORT',
        'MONGODB_URI',
        'AUTO_INDEX',
        'AUTH_JWKS_URI',
        'AUTH_JWKS_MAX_STALE_SECONDS',
        'CORS_ORIGINS',
        'PUBLIC_URL',
        'TRUSTED_PROXIES',
        'RATE_LIMITS',
        'MAX_IN_FLIGHT',
        'WEBHOOKS_ALLOW_PRIVATE',
        'LOG_LEVEL',
        'AUTH_ISSUER',
        'AUTH_AUDIENCE',
      ].sort(),
    );
  });

  it('refuses to serve metrics at the port of the API, which is public', () => {
    expect(problemsOf({ PORT: '8080', METRICS_PORT: '8080' })).toEqual([
      'METRICS_PORT must not be PORT: metrics are not public',
    ]);
    expect(problemsOf({ METRICS_PORT: '70000' })).toEqual(['METRICS_PORT must be a port number, 0 to 65535']);
    expect(readConfig({ PORT: '0', METRICS_PORT: '0' }).metricsPort).toBe(0);
  });

  it.each([
    'read',
    'read=0/60',
    'read=1000000/60',
    'read=100/3601',
    'read=100',
    'read=100/60,read=200/60',
    'reads=100/60',
    'toString=100/60',
    'read=100/60,',
    'read=1e3/60',
    'off,read=100/60',
  ])('refuses the rate limits %s, and says what they look like', (RATE_LIMITS) => {
    expect(problemsOf({ RATE_LIMITS })).toEqual([
      'RATE_LIMITS must be off, or limits such as read=6000/60,write=1200/60,unauthorized=600/60: how many requests (1 to 999999) in how many seconds (1 to 3600)',
    ]);
  });

  it('sets no rate limits where they are off', () => {
    expect(readConfig({ RATE_LIMITS: 'off' }).ratePolicies).toBeUndefined();
  });

  it('refuses production without a database and an issuer', () => {
    const problems = problemsOf({ NODE_ENV: 'production' });
    const names = problems.map((problem) => problem.split(' ')[0]);
    expect(names).toEqual(['MONGODB_URI', 'AUTH_JWKS_URI', 'AUTH_ISSUER', 'AUTH_AUDIENCE']);
  });
});
