// Opens the built page in a DOM without a browser, and prints what it writes once it is done.
import { readdir } from 'node:fs/promises';
import { Window } from 'happy-dom';

const window = new Window({ url: 'http://localhost/' });
window.document.body.innerHTML = '<div id="root"></div>';
window.document.body.dataset.setting = process.env.SETTING;
const names = ['document', 'navigator', 'HTMLElement', 'HTMLIFrameElement', 'Node', 'MutationObserver'];
for (const name of names)
  Object.defineProperty(globalThis, name, { value: window[name], configurable: true });
globalThis.window = window;

new window.MutationObserver(() => {
  const output = window.document.querySelector('output');
  if (!output) return;
  console.log(output.textContent);
  process.exit();
}).observe(window.document.body, { childList: true, subtree: true });

const [script] = (await readdir('dist/assets')).filter((name) => name.endsWith('.js'));
await import(`./dist/assets/${script}`);
