// The events: one a second, with what has changed. When they end, the page comes again, for as long as it is open.

const cards = new Map();
const SILENCE = 8000; // milliseconds after which a connection is given up
let heard = 0, reason = '', process = null;

// Have a card for each of the pools, in their order, and no other.
function arrange(pools) {
  const names = new Set(pools.map((pool) => pool.name));
  for (const [name, card] of cards) {
    if (names.has(name)) continue;
    seen.unobserve(card.root);
    card.root.remove();
    cards.delete(name);
  }
  let next = $('pools').firstElementChild;
  for (const { name } of pools) {
    if (!cards.has(name)) cards.set(name, new Card(name));
    const { root } = cards.get(name);
    if (root === next) next = next.nextElementSibling;
    else $('pools').insertBefore(root, next);
  }
}

function take(event) {
  const changes = [], at = performance.now();
  if (event.all) arrange(event.pools);
  for (const pool of event.pools) {
    const card = cards.get(pool.name);
    if (!card) continue;
    if (card.take(pool)) changes.push(`pool ${pool.name} is ${STANDINGS[pool.standing]?.[1]}: ${pool.why[0] ?? ''}`);
    if (card.isSeen) card.show();
    else showLater(card);
  }
  const all = [...cards.values()];
  for (const card of all) card.sample(at);
  if (process !== null && process !== event.pid) changes.push(`process ${event.pid} is in charge now`);
  process = event.pid;
  news = at;
  reason = '';
  showMaster(event);
  showSummary(all);
  showAlarms(all);
  announce(changes);
  showStale(reason);
}

// Read events to the end of the answer.
async function read(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ''; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    heard = performance.now();
    const parts = (text + value).split('\n\n');
    text = parts.pop();
    for (const part of parts) if (part.startsWith('data: ')) take(JSON.parse(part.slice(6)));
  }
}

async function listen() {
  const control = new AbortController();
  const watch = setInterval(() => performance.now() - heard > SILENCE && control.abort(), 1000);
  heard = performance.now();
  try {
    const response = await fetch('events', { cache: 'no-store', signal: control.signal });
    if (response.ok) await read(response);
    else reason = (await response.text()).trim();
  } catch {
    reason = control.signal.aborted ? 'the server is silent' : 'the server cannot be reached';
  }
  clearInterval(watch);
}

// An end without a reason is a reload or an upgrade: there is news at once.
async function follow() {
  for (;;) {
    const began = performance.now();
    await listen();
    showStale(reason);
    if (reason || performance.now() - began < 1000) await new Promise((resume) => setTimeout(resume, 1000));
  }
}

// Another scheme or size is drawn at once.
function redraw() {
  for (const card of cards.values()) if (card.isSeen) card.draw();
}

isDark.addEventListener('change', redraw);
addEventListener('resize', redraw);
setInterval(() => showStale(reason), 1000);
follow();
