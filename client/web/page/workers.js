// The workers of a pool: a square for each, and who they serve, which is asked when it is looked at.

const STATES = { _: 'idle', W: 'busy', S: 'starting', R: 'to be replaced', G: 'leaving', P: 'program', '.': 'free slot' };
const AGE = 1000; // milliseconds for which an answer is good

let asked = -AGE, asking = null, workersOf = {};

// The workers of all pools, from an answer that is not older than AGE.
function askWorkers() {
  if (performance.now() - asked < AGE) return Promise.resolve(workersOf);
  asking ??= fetch('workers.json', { cache: 'no-store' })
    .then((response) => (response.ok ? response.json() : { pools: {} }))
    .then((reply) => {
      workersOf = reply.pools;
      asked = performance.now();
      return workersOf;
    })
    .catch(() => ({}))
    .finally(() => (asking = null));
  return asking;
}

// Those of a pool, which may be called as what each object has, such as `constructor`.
async function workersIn(name) {
  const pools = await askWorkers();
  return Object.hasOwn(pools, name) ? pools[name] : [];
}

function describe(worker) {
  const peer = worker.peer ? `, client ${worker.peer}` : '', says = worker.says ? `, says ${worker.says}` : '';
  return `worker ${worker.slot}, process ${worker.pid}: ${worker.state} for ${span(worker.since_ns)}${peer}${says}`;
}

// A square for each worker, drawn: as elements, ten thousand of them would keep a browser busy for seconds.
class Board {
  constructor(card) {
    this.card = card;
    this.image = make('canvas', '');
    this.image.board = this;
    this.image.setAttribute('role', 'img');
    this.root = make('div', 'board', this.image);
    this.root.setAttribute('role', 'group');
    label(this.root, `Workers of ${card.name}`);
    this.letters = this.drawn = this.shape = '';
  }

  // Take a letter for each slot. Free slots behind the last worker's are left out.
  take(letters) {
    const trimmed = letters.replace(/\.+$/, ''), counts = new Map();
    if (trimmed === this.letters) return;
    this.letters = trimmed;
    for (const letter of trimmed) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    const texts = [...counts].map(([letter, number]) => `${number} ${STATES[letter] ?? 'unknown'}`);
    label(this.image, `Workers: ${texts.join(', ') || 'none'}`);
  }

  // Set the size of squares, smaller ones of many, and of the image. Returns false where it cannot be seen.
  measure() {
    const width = this.root.clientWidth, root = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const side = this.letters.length > 400 ? Math.max(10, Math.round(root * .6)) : Math.round(root * 1.15);
    const columns = Math.max(1, Math.floor((width + 2) / (side + 2))), rows = Math.ceil(this.letters.length / columns);
    const shape = [width, side, rows, devicePixelRatio, isDark.matches].join();
    Object.assign(this, { side, columns });
    if (width === 0 || shape === this.shape) return width > 0;
    this.shape = shape;
    this.drawn = '';
    this.image.width = columns * (side + 2) * devicePixelRatio;
    this.image.height = rows * (side + 2) * devicePixelRatio;
    this.image.style.width = `${columns * (side + 2)}px`;
    if (this.root.scrollHeight > this.root.clientHeight) this.root.tabIndex = 0; // so that keys can scroll it
    return true;
  }

  // Draw the squares that differ from what is drawn.
  draw() {
    if (!this.measure() || this.drawn === this.letters) return;
    const context = this.image.getContext('2d'), squares = squaresOf(this.side), size = (this.side + 2) * devicePixelRatio;
    for (let i = 0; i < Math.max(this.letters.length, this.drawn.length); i++) {
      if (this.letters[i] === this.drawn[i]) continue;
      const x = (i % this.columns) * size, y = Math.floor(i / this.columns) * size;
      context.clearRect(x, y, size, size);
      if (i < this.letters.length) context.drawImage(squares[this.letters[i]] ?? squares['.'], x, y);
    }
    this.drawn = this.letters;
  }

  // The slot at a place of the image, or -1.
  slotAt(x, y) {
    const column = Math.floor(x / (this.side + 2)), slot = Math.floor(y / (this.side + 2)) * this.columns + column;
    return column < this.columns && slot < this.letters.length ? slot : -1;
  }
}

const isDark = matchMedia('(prefers-color-scheme: dark)');
const drawnSquares = new Map();

// Each letter in a square of that size, by the colours of the style.
function squaresOf(side) {
  const shape = [side, devicePixelRatio, isDark.matches].join();
  if (!drawnSquares.has(shape)) drawnSquares.set(shape, Object.fromEntries(Object.keys(STATES).map((letter) => [letter, drawSquare(letter, side)])));
  return drawnSquares.get(shape);
}

function drawSquare(letter, side) {
  const style = getComputedStyle(document.documentElement), colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const image = document.createElement('canvas'), context = image.getContext('2d');
  const fill = { W: 'busy', R: 'late', G: 'late', P: 'idle' }[letter], ink = letter === '.' ? 'dim' : 'WRG'.includes(letter) ? 'on' : 'text';
  image.width = image.height = side * devicePixelRatio;
  context.scale(devicePixelRatio, devicePixelRatio);
  if (fill) {
    context.fillStyle = colour(fill);
    context.fillRect(0, 0, side, side);
  }
  context.strokeStyle = colour('dim');
  context.setLineDash({ S: [3, 2], '.': [1, 3] }[letter] ?? []);
  context.strokeRect(.5, .5, side - 1, side - 1);
  context.fillStyle = colour(ink);
  context.font = `bold ${Math.round(side * .75)}px monospace`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(letter, side / 2, side / 2 + 1);
  return image;
}

// Show the busy workers, the longest first, in the table of a card that is open.
async function showTable(card) {
  const list = (await workersIn(card.name)).filter((worker) => worker.peer || worker.says || worker.state !== 'idle');
  list.sort((a, b) => b.since_ns - a.since_ns);
  const rows = list.slice(0, 100).map((worker) => {
    const cells = [worker.slot, worker.pid, worker.state, span(worker.since_ns), worker.peer ?? worker.says ?? '–'];
    return make('tr', '', ...cells.map((cell) => make('td', '', String(cell))));
  });
  card.rows.replaceChildren(...rows);
  say(card.more, list.length > 100 ? `and ${list.length - 100} more` : list.length === 0 ? 'None is busy.' : '');
}

// A square that is pointed at says what its worker does.
let pointed = '';

async function point(event) {
  const board = event.target.board, tip = $('tip'), slot = board ? board.slotAt(event.offsetX, event.offsetY) : -1, what = `${board?.card.name} ${slot}`;
  tip.hidden = slot < 0;
  if (slot < 0) {
    pointed = '';
    return;
  }
  tip.style.left = `${Math.max(0, Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 4))}px`;
  tip.style.top = `${event.clientY + 20 + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 8 : event.clientY + 16}px`;
  if (pointed === what) return;
  pointed = what;
  say(tip, `worker ${slot}: ${STATES[board.letters[slot]] ?? 'unknown'}`);
  const worker = (await workersIn(board.card.name)).find((one) => one.slot === slot);
  if (pointed === what && worker) say(tip, describe(worker));
}

addEventListener('pointermove', point);
addEventListener('scroll', () => ($('tip').hidden = true), { capture: true, passive: true });
$('key').append(...Object.entries(STATES).map(([letter, state]) => make('li', '', make('span', letter === '.' ? 'free' : letter, letter), state)));
