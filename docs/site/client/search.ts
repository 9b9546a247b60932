import type { SearchResult } from 'minisearch';
import { excerptOf } from '../../../server/src/docs/excerpt.ts';
import { find, type Index, loadIndex, type StoredIndex } from '../../../server/src/docs/ranking.ts';

declare global {
  // What the script search-index.js puts there: a page that is opened from a disk may load no JSON.
  var grantkeeperSearch: { index: StoredIndex; texts: Record<string, string> } | undefined;
}

const MAX_RESULTS = 12;
/** How many of one kind are shown where others were found: operations would hide the guides. */
const MAX_OF_A_KIND = 5;
const NOTHING =
  'Nothing found. Try fewer or other words, the name of an operation such as revokeOAuthGrant, or a question: how do I cut off an app?';
const root = document.documentElement.dataset.root ?? './';
let index: Promise<Index> | undefined;

/** Opens search at "/", at Ctrl+K and at a press of its buttons. */
export function startSearch(): void {
  const dialog = document.querySelector<HTMLDialogElement>('dialog.search');
  const input = dialog?.querySelector('input');
  const list = dialog?.querySelector('ul');
  const status = dialog?.querySelector<HTMLElement>('[role=status]');
  if (!dialog || !input || !list || !status) return;
  const open = () => {
    if (dialog.open) return;
    dialog.showModal();
    input.select();
    void show();
  };
  const show = async () => {
    const query = input.value.trim();
    const found = query ? find(await load(), query) : [];
    if (query !== input.value.trim()) return;
    list.replaceChildren(...best(found).map((result, at) => option(result, at, query)));
    status.textContent = query && countOf(found);
    input.setAttribute('aria-expanded', String(found.length > 0));
    choose(0);
  };
  const options = () => [...list.querySelectorAll<HTMLElement>('[role=option]')];
  const chosen = () => options().findIndex((one) => one.getAttribute('aria-selected') === 'true');
  const choose = (at: number) => {
    const all = options();
    const which = (at + all.length) % all.length;
    all.forEach((one, position) => {
      one.setAttribute('aria-selected', String(position === which));
    });
    all[which]?.scrollIntoView({ block: 'nearest' });
    if (all[which]) input.setAttribute('aria-activedescendant', all[which].id);
    else input.removeAttribute('aria-activedescendant');
  };

  for (const button of document.querySelectorAll('[data-search]')) button.addEventListener('click', open);
  addEventListener('keydown', (event) => {
    const isSlash = event.key === '/' && !isTyping(event.target);
    if (!isSlash && !(event.key === 'k' && (event.ctrlKey || event.metaKey))) return;
    event.preventDefault();
    open();
  });
  input.addEventListener('input', show);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') choose(chosen() + 1);
    else if (event.key === 'ArrowUp') choose(chosen() - 1);
    else if (event.key === 'Enter') options()[chosen()]?.click();
    // Else the first press would only empty the field.
    else if (event.key === 'Escape') dialog.close();
    else return;
    event.preventDefault();
  });
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  list.addEventListener('click', (event) => {
    const target = event.target instanceof Element && event.target.closest<HTMLElement>('[role=option]');
    if (!target) return;
    dialog.close();
    location.assign(`${root}${target.dataset.address}`);
  });
}

function load(): Promise<Index> {
  index ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = `${root}assets/search-index.js`;
    script.onload = () => {
      if (globalThis.grantkeeperSearch) resolve(loadIndex(globalThis.grantkeeperSearch.index));
    };
    script.onerror = () => reject(new Error('the search index does not load'));
    document.head.append(script);
  });
  return index;
}

/** The best results, in their order, with room for each kind. */
function best(found: SearchResult[]): SearchResult[] {
  const isOver = (result: SearchResult, at: number) =>
    found.slice(0, at).filter(({ kind }) => kind === result.kind).length >= MAX_OF_A_KIND;
  const [others, first] = [found.filter(isOver), found.filter((one, at) => !isOver(one, at))];
  const shown = new Set([...first, ...others].slice(0, MAX_RESULTS));
  return found.filter((one) => shown.has(one));
}

function countOf({ length }: SearchResult[]): string {
  if (length === 0) return NOTHING;
  return length > MAX_RESULTS ? `The best ${MAX_RESULTS} of ${length} found.` : `${length} found.`;
}

function option(result: SearchResult, position: number, query: string): HTMLElement {
  const text = globalThis.grantkeeperSearch?.texts[result.id] ?? '';
  const item = document.createElement('li');
  item.id = `search-result-${position}`;
  item.setAttribute('role', 'option');
  item.dataset.address = result.id;
  const part = (tag: string, text: string, className: string) => {
    const element = document.createElement(tag);
    element.textContent = text;
    element.className = className;
    return element;
  };
  item.append(
    part('span', result.kind, `kind ${result.kind}`),
    part('strong', result.title, 'title'),
    part(result.kind === 'operation' ? 'code' : 'span', result.where, 'where'),
    part('span', excerptOf(text, query, result.terms), 'excerpt'),
  );
  return item;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
