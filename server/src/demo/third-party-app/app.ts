import { Router } from 'express';
import type { Logger } from 'pino';
import { servePages } from '../html.ts';
import type { RegisteredApp } from '../idp/clients.ts';
import { PERSONAS } from '../personas.ts';
import { API } from '../platform.ts';
import { type Access, connect } from './connection.ts';
import { overPage, standingPage } from './pages.ts';
import { APP_BASE } from './registration.ts';
import { type Connected, type Session, Sessions, type Standing } from './sessions.ts';

export interface ThirdPartyAppOptions {
  /** The authorization server's. */
  issuer: string;
  app: RegisteredApp;
  clock: () => Date;
  log: Logger;
}

/** A third-party app, to mount at `APP_BASE`: it asks for access to an account, uses it, and shows when it is gone. */
export function thirdPartyApp({ issuer, app, clock, log }: ThirdPartyAppOptions): Router {
  const connection = connect(issuer, app, API);
  const sessions = new Sessions();
  const router = Router();
  const home = `${APP_BASE}/`;

  router.use(servePages());
  router.use((req, res, next) => {
    res.set('Cache-Control', 'no-store');
    // Cookies belong to a host name, and the sign-in comes back to this one.
    if (req.method === 'GET' && req.host !== new URL(app.uri).host) res.redirect(app.uri);
    else next();
  });

  router.get('/', (req, res) => {
    const standing = sessions.find(req)?.standing ?? { kind: 'unconnected' };
    res.send(standingPage(app.name, standing, connectedAppsOf(standing)));
  });

  router.post('/connect', async (req, res) => {
    const session = sessions.open(req, res);
    const asked = await connection.ask().catch((error: unknown) => fail(session, error));
    if (asked) session.pending.set(asked.pending.state, asked.pending);
    res.redirect(303, asked?.url.href ?? home);
  });

  router.get('/callback', async (req, res) => {
    const session = sessions.find(req);
    const came = new URL(req.originalUrl, app.uri);
    const pending = session?.pending.get(came.searchParams.get('state') ?? '');
    // Whoever comes without having asked changes nothing.
    if (!session || !pending) {
      res.status(400).send(overPage(app.name));
      return;
    }
    session.pending.delete(pending.state);
    const taken = await connection.take(came, pending).catch((error: unknown) => fail(session, error));
    if (taken?.kind === 'denied') unlessConnected(session, taken);
    if (taken?.kind === 'granted') session.standing = connectedWith(taken.access);
    res.redirect(303, home);
  });

  router.post('/use', async (req, res) => {
    const session = sessions.find(req);
    if (session) {
      session.using ??= use(session).finally(() => {
        session.using = undefined;
      });
      await session.using;
    }
    res.redirect(303, home);
  });

  async function use(session: Session): Promise<void> {
    const { standing } = session;
    if (standing.kind !== 'connected') return;
    try {
      const refreshed = await connection.refresh(standing.access);
      become(
        refreshed.kind === 'lost'
          ? { kind: 'lost', name: standing.access.name }
          : { ...connectedWith(refreshed.access), last: 'worked' },
      );
    } catch (err) {
      log.warn({ err }, 'the demo app could not refresh its token');
      become({ ...standing, last: 'unchecked' });
    }

    /** Unless another tab has connected meanwhile: then this is no news of that access. */
    function become(next: Standing): void {
      if (session.standing === standing) session.standing = next;
    }
  }

  function connectedWith(access: Access): Connected {
    return { kind: 'connected', access, usedAt: clock() };
  }

  function fail(session: Session, err: unknown): undefined {
    log.warn({ err }, 'the demo app could not connect');
    unlessConnected(session, { kind: 'failed' });
  }

  return router;
}

/** How the visitor stands after a sign-in that came to nothing: it takes no access away that the app has. */
function unlessConnected(session: Session, standing: Standing): void {
  if (session.standing.kind !== 'connected') session.standing = standing;
}

/** Connected apps, as the person whose access the app has. */
function connectedAppsOf(standing: Standing): string {
  const subject = standing.kind === 'connected' ? standing.access.subject : undefined;
  const person = PERSONAS.find(({ claims }) => claims.sub === subject);
  return person ? `/app/connected-apps/?as=${person.id}` : '/app/';
}
