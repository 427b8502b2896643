// The workers of a pool: a square for each, and who they serve, which is asked when it is looked at.

const STATES = { _: 'idle', W: 'busy', S: 'starting', R: 'to be replaced', G: 'leaving', P: 'program', '.': 'free slot' };
const AGE = 1000; // milliseconds for which an answer is good

let asked = 0, asking = null, workersOf = {};

// The workers of all pools, from an answer that is not older than AGE.
function askWorkers() {
  if (Date.now() - asked < AGE) return Promise.resolve(workersOf);
  asking ??= fetch('workers.json', { cache: 'no-store' })
    .then((response) => (response.ok ? response.json() : { pools: {} }))
    .then((reply) => {
      workersOf = reply.pools;
      asked = Date.now();
      return workersOf;
    })
    .catch(() => ({}))
    .finally(() => (asking = null));
  return asking;
}

function describe(worker) {
  const peer = worker.peer ? `, client ${worker.peer}` : '', says = worker.says ? `, says ${worker.says}` : '';
  return `worker ${worker.slot}, process ${worker.pid}: ${worker.state} for ${span(worker.since_ns)}${peer}${says}`;
}

// Show the letters of a board. Only squares that differ are touched: there may be ten thousand.
function showBoard(card, letters) {
  const board = card.board, trimmed = letters.replace(/\.+$/, ''), squares = board.children, old = card.letters || '';
  if (trimmed === old) return;
  if (squares.length < trimmed.length) {
    const more = document.createDocumentFragment();
    for (let i = squares.length; i < trimmed.length; i++) more.append(document.createElement('span'));
    board.append(more);
  }
  while (squares.length > trimmed.length) board.lastChild.remove();
  for (let i = 0; i < trimmed.length; i++) {
    const letter = trimmed[i];
    if (letter === old[i]) continue;
    squares[i].textContent = letter;
    squares[i].className = letter === '.' ? 'free' : letter === '_' ? '' : letter;
  }
  card.letters = trimmed;
  const counts = Object.entries(STATES).map(([letter, state]) => [trimmed.split(letter).length - 1, state]).filter((pair) => pair[0] > 0);
  label(board, `Workers: ${counts.map((pair) => `${pair[0]} ${pair[1]}`).join(', ') || 'none'}`);
}

// Show the busy workers, the longest first, in the table of a card that is open.
async function showTable(card) {
  const list = ((await askWorkers())[card.name] || []).filter((worker) => worker.peer || worker.says || worker.state !== 'idle');
  list.sort((a, b) => b.since_ns - a.since_ns);
  const rows = list.slice(0, 100).map((worker) => {
    const cells = [worker.slot, worker.pid, worker.state, span(worker.since_ns), worker.peer ?? worker.says ?? '–'];
    return make('tr', '', ...cells.map((cell) => make('td', '', String(cell))));
  });
  card.rows.replaceChildren(...rows);
  say(card.more, list.length > 100 ? `and ${list.length - 100} more` : list.length === 0 ? 'None is busy.' : '');
}

// A square that is pointed at says what its worker does.
let pointed = null;

async function point(event) {
  const square = event.target.closest?.('.board span'), tip = $('tip');
  pointed = square;
  tip.hidden = !square;
  if (!square) return;
  const card = square.parentNode.card, slot = [...square.parentNode.children].indexOf(square);
  tip.style.left = Math.max(0, Math.min(event.clientX + 12, innerWidth - 330)) + 'px';
  tip.style.top = (event.clientY > innerHeight - 110 ? event.clientY - 90 : event.clientY + 16) + 'px';
  say(tip, `worker ${slot}: ${STATES[square.textContent] ?? ''}`);
  const worker = ((await askWorkers())[card.name] || []).find((one) => one.slot === slot);
  if (pointed === square && worker) say(tip, describe(worker));
}

addEventListener('pointerover', point);
addEventListener('scroll', () => ($('tip').hidden = true), { capture: true, passive: true });
$('key').append(...Object.entries(STATES).map(([letter, state]) => make('li', '', make('span', letter === '.' ? 'free' : letter, letter), state)));
