import { useQuery } from '@tanstack/react-query';
import { ErrorState, Skeleton } from '../shared/states.tsx';
import { ThemeToggle } from '../shared/theme-toggle.tsx';
import { type DemoPerson, listPeople } from './people.ts';

/** Lets a visitor of the demo choose whom to be. */
export function ChoosePerson() {
  const { data: people, error, refetch } = useQuery({ queryKey: ['people'], queryFn: listPeople });
  return (
    <>
      <header className="frame">
        <span className="brand">Grantkeeper</span>
        <ThemeToggle />
      </header>
      <main className="column">
        <h1 tabIndex={-1}>Pick a demo user</h1>
        <p className="lead">
          Each demo user sees something different. What you revoke here stays revoked until the demo is reset.
        </p>
        {people ? (
          <ul className="people">
            {people.map((person) => (
              <PersonCard key={person.id} person={person} />
            ))}
          </ul>
        ) : error ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : (
          <Skeleton lines={5} />
        )}
      </main>
    </>
  );
}

function PersonCard({ person: { id, name, role, sees } }: { person: DemoPerson }) {
  return (
    <li>
      <h2>
        {name} <small>{role}</small>
      </h2>
      <p>{sees}</p>
      <p className="links">
        <a href={`connected-apps/?as=${id}`} aria-label={`Connected apps, as ${name}`}>
          Connected apps
        </a>
        <a href={`grants/?as=${id}`} aria-label={`Grants, as ${name}`}>
          Grants
        </a>
        <a href={`audit/?as=${id}`} aria-label={`Audit, as ${name}`}>
          Audit
        </a>
      </p>
    </li>
  );
}
