/**
 * What people ask before they know our terms, by operation or guide: search finds pages by these too. A test makes sure
 * that every operation has some, and that each question leads where it should.
 */
export const QUESTIONS: Record<string, string[]> = {
  listOAuthGrants: [
    'which apps have access to our account, and who connected them',
    'show all third-party apps and integrations that people in the company connected',
    'find apps that nobody used lately, access that is about to expire',
    'who uses this app, search and sort authorizations of a user, client or project',
    'audit who authorized an app, and which scopes they approved',
  ],
  listOAuthGrantAuditEvents: [
    'who revoked this grant, when and why, the history of a grant',
    'audit trail, audit log of revocations, export it for the auditor',
    'which access was taken away last week, and by whom',
  ],
  getOAuthGrant: [
    'show the details of one grant by its id',
    'is this access still active, when was it last used, how many tokens does it have',
    'look at one single authorization, its scopes and when it expires',
  ],
  revokeOAuthGrant: [
    'disconnect one app for one user',
    'take back a single authorization, remove the access of one app',
    'delete a grant, terminate one authorization',
  ],
  suspendOAuthGrant: [
    'suspend, pause, disable or freeze an app for a while, in a way that can be undone',
    'block an app now and decide later, temporary stop of a grant',
  ],
  restoreOAuthGrant: [
    'restore, resume or enable a suspended app again, undo a suspension',
    'I suspended the wrong grant, how do I get it back',
  ],
  revokeOAuthGrants: [
    'how do I cut off one app for everybody',
    'disconnect an app for all users, block a compromised or leaked client at once',
    'remove all access of an employee or another person who leaves the company, offboarding',
    'revoke many grants in bulk, mass revocation, kill all tokens of a client',
    'a laptop or phone was stolen, log a person out of every app',
    'preview or dry run of a bulk revocation, see what would be revoked before doing it',
  ],
  listMyAccountGrants: [
    'which apps are connected to my account, for the account center or settings page',
    'list the applications that I signed in to, after verifying my identity again',
  ],
  revokeMyAccountGrant: [
    'disconnect or remove an app from my account, in the account center',
    'sign me out of an application, after verifying my identity again',
    'unlink an application from my profile',
  ],
  listMeGrants: [
    'what did I allow',
    'what have I given access to, which apps can act in my name',
    'see my own consents and permissions, my connected apps',
    'third-party apps that I gave access to my data',
  ],
  revokeMeGrant: [
    'take back what I allowed, get rid of an app',
    'how do I disconnect an app that I allowed, undo or withdraw my consent',
    'stop sharing my data with an app',
  ],
  listUserConsentScopes: [
    'which permissions may an app ask people for',
    'what does the consent screen of a third-party application show, list the scopes that are on it',
    'what can an application request from users',
  ],
  assignUserConsentScopes: [
    'let an app ask for more permissions, allow a third-party application to request a scope',
    'add scopes to the consent screen of an application, configure it',
    'add a permission to an OAuth client',
  ],
  removeUserConsentScope: [
    'stop an app from asking people for a scope',
    'delete a scope from the consent screen, forbid an application to request it',
  ],
  'guides/errors': [
    'what does a 401, 403, 404, 429 or 503 mean',
    '401 unauthorized, invalid token, forbidden',
  ],
  'guides/tokens': [
    'which claims does the access token need, which permissions are there',
    'jwt audience and issuer',
  ],
  'guides/production': [
    'healthcheck, liveness and readiness probes, logs',
    'deploy with systemd, behind nginx or another proxy',
    'environment variables, settings and configuration',
    'delete old rows, purge, retention',
  ],
  'guides/monitoring': [
    'prometheus metrics, grafana dashboard, alert rules',
    'what should I monitor, when should I be paged, latency and error rate',
  ],
  'guides/starting': ['the server does not start, port is taken, cannot connect to the database'],
  'guides/incident': [
    'an app is compromised, security incident, emergency, cut it off everywhere in all accounts',
    'a stolen admin token, an account was taken over, leaked client secret',
  ],
  'guides/backup': ['back up and restore the database, mongodump, disaster recovery, snapshot'],
  'guides/upgrading': ['upgrade to a new version, roll back, migrate, zero downtime'],
  'guides/containers': [
    'deploy with docker, docker compose, kubernetes, helm',
    'container image, network policy, pod disruption budget, graceful drain of a node',
  ],
  'guides/doctor': [
    'check the installation, diagnose a problem, is my configuration right',
    'grantkeeper doctor: clock skew, missing index, keys unreachable, read model differs',
  ],
  'guides/audit': ['audit events: what is recorded, how long they are kept, what you can rely on'],
  'guides/webhooks': [
    'webhooks, get notified when access is revoked, push events to my system',
    'verify the signature of a webhook, rotate its secret',
    'a webhook was not delivered, retry, dead letter, replay',
  ],
  'guides/revoking': [
    'is it idempotent, safe to repeat, what about timeouts and retries',
    'how do I send an idempotency key',
  ],
  'guides/paging': ['pagination, next page, offset or cursor'],
  'guides/security': ['threat model, what is logged, rate limits, personal data, gdpr'],
  'guides/scaling-out': ['high availability, several servers, load balancer, replicas and shards'],
  'guides/ai-tools': ['mcp.json for claude code, cursor, vs code, codex and gemini'],
  'guides/sdk': ['typescript client, npm package, react hooks'],
  'guides/store': ['schema of the database, which collections and indexes, how to write rows'],
};
