// A card for each pool.

const STANDINGS = {
  well: ['✓', 'serving'],
  troubled: ['!', 'in trouble'],
  full: ['■', 'full'],
  down: ['✕', 'not accepting'],
};

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    entry.target.card.isSeen = entry.isIntersecting;
    if (entry.isIntersecting) entry.target.card.draw();
  }
});

// Cards out of sight whose text is old. It is brought up to date while there is nothing else to do, for a person who
// listens to the page, or searches in it.
const unshown = new Set();
const whenIdle = window.requestIdleCallback ?? ((work) => setTimeout(() => work({ timeRemaining: () => 10 }), 50));
let isIdling = false;

function showSome(idle) {
  for (const card of unshown) {
    if (idle.timeRemaining() < 2) break;
    unshown.delete(card);
    card.show();
  }
  isIdling = unshown.size > 0;
  if (isIdling) whenIdle(showSome);
}

function showLater(card) {
  unshown.add(card);
  if (isIdling) return;
  isIdling = true;
  whenIdle(showSome);
}

class Card {
  constructor(name) {
    this.name = name;
    this.history = new History();
    this.crashes = this.timeouts = 0;
    const id = `pool-${name}`, part = (key, tag, kind, ...children) => (this[key] = make(tag, kind, ...children));
    const heading = make('h2', '', name);
    heading.id = id;
    this.root = make('article', 'well',
      make('header', '', heading, part('state', 'p', 'state')),
      part('why', 'p', 'why'), part('where', 'p', 'dim'),
      part('workers', 'p', 'count'), part('bar', 'div', 'bar', part('busy', 'i', 'busy'), part('idle', 'i', 'idle')),
      part('clients', 'p', 'count'), part('queue', 'div', 'bar', part('queued', 'i', 'queued')),
      make('div', 'graphs',
        make('div', '', part('rate', 'p', 'count'), (this.rates = makeSvg('Connections a second', ['']))),
        make('div', '', part('latency', 'p', 'count'), (this.times = makeSvg('Duration of connections', ['', 'late'])))),
      (this.board = new Board(this)).root,
      part('since', 'p', 'dim'), part('retiring', 'p', ''),
      part('details', 'details', '', make('summary', '', 'Busy workers and their clients'),
        part('table', 'div', 'table', make('table', '',
          make('thead', '', make('tr', '', ...['slot', 'process', 'state', 'for', 'client'].map((text) => make('th', '', text)))),
          part('rows', 'tbody', ''))),
        part('more', 'p', 'dim')));
    this.root.setAttribute('aria-labelledby', id);
    this.root.card = this;
    this.table.tabIndex = 0; // so that keys can scroll it
    this.table.setAttribute('role', 'group');
    label(this.table, `Busy workers of ${name}`);
    for (const image of [this.bar, this.queue]) image.setAttribute('role', 'img');
    this.details.addEventListener('toggle', () => this.details.open && showTable(this));
    seen.observe(this.root);
  }

  // Add to what has been counted since the page was opened. A master that begins anew counts from 0; what is unknown,
  // now or before, adds nothing.
  countUp(pool) {
    for (const key of ['crashes', 'timeouts']) {
      if (pool[key] === null || (this.pool?.[key] ?? null) === null) continue;
      this[key] += pool[key] >= this.pool[key] ? pool[key] - this.pool[key] : pool[key];
    }
  }

  // Take what the master says of the pool now. Returns whether it stands otherwise than before.
  take(pool) {
    const changed = this.pool && this.pool.standing !== pool.standing;
    this.countUp(pool);
    this.pool = pool;
    return changed;
  }

  // Keep the sample of this second, of a pool that has not changed too.
  sample(at) {
    const pool = this.pool;
    this.history.add({ at, rate: pool.accepted_1s, p50: pool.p50_ns, p99: pool.p99_ns });
    if (this.isSeen) this.draw();
    if (this.details.open) showTable(this);
  }

  showWorkers() {
    const pool = this.pool, most = Math.max(pool.max ?? 0, (pool.busy ?? 0) + (pool.idle ?? 0), 1), noun = `${pool.noun}s`;
    if (pool.busy === null) {
      numbers(this.workers, [pool.workers, noun], ['', `${pool.max} at most`]);
    } else {
      numbers(this.workers, [pool.busy, 'busy'], [pool.idle, 'idle'], ['', `${pool.max} at most`]);
    }
    this.busy.style.width = `${100 * (pool.busy ?? 0) / most}%`;
    this.idle.style.width = `${100 * (pool.idle ?? 0) / most}%`;
    label(this.bar, `${count(pool.busy, 'busy', 'busy')}, ${count(pool.idle, 'idle', 'idle')}, ${pool.max} ${noun} at most`);
  }

  showQueue() {
    const pool = this.pool;
    if (pool.queue === null) numbers(this.clients, ['', 'queue unknown']);
    else numbers(this.clients, [short(pool.queue), 'waiting'], ['', `of ${pool.queue_limit} at most, peak ${short(pool.queue_peak)}`]);
    this.queue.hidden = pool.queue === null;
    this.queued.style.width = `${Math.min(100, 100 * pool.queue / (pool.queue_limit || 1))}%`;
    label(this.queue, `Accept queue: ${pool.queue} of ${pool.queue_limit}`);
  }

  showCounts() {
    const pool = this.pool, counts = [count(this.crashes, 'crash', 'crashes'), count(this.timeouts, 'timeout', 'timeouts')];
    say(this.since, `Since the page was opened: ${counts.join(', ')}`);
    this.retiring.hidden = !(pool.retiring > 0);
    if (pool.retiring > 0) say(this.retiring, `${count(pool.retiring, pool.noun, pool.noun + 's')} of earlier configurations still at work, the oldest for ${span(pool.retiring_oldest_ns)}`);
  }

  // Show what is text. It is there for screen readers too where the card is out of sight.
  show() {
    const pool = this.pool, [mark, word] = STANDINGS[pool.standing] ?? ['?', pool.standing];
    if (this.root.className !== pool.standing) this.root.className = pool.standing in STANDINGS ? pool.standing : 'troubled';
    if (this.shownState !== word) {
      const sign = make('span', '', `${mark} `);
      sign.setAttribute('aria-hidden', 'true');
      this.state.replaceChildren(sign, word);
      this.shownState = word;
    }
    say(this.why, pool.why.join('. '));
    say(this.where, pool.endpoint);
    this.showWorkers();
    this.showQueue();
    this.showCounts();
    this.board.take(pool.board ?? '');
  }

  // Draw the lines and squares, which only an eye sees.
  draw() {
    const now = performance.now(), pool = this.pool, history = this.history;
    const rate = history.most('rate'), late = history.most('p50', 'p99');
    if (!pool) return;
    if (unshown.delete(this)) this.show();
    this.board.draw();
    numbers(this.rate, [short(pool.accepted_1s), 'a second'], ['', `most ${short(rate)}`]);
    numbers(this.latency, [span(pool.p50_ns), 'p50'], [span(pool.p99_ns), 'p99 (dashed)']);
    this.rates.lines[0].setAttribute('d', history.path('rate', rate, now));
    this.times.lines[0].setAttribute('d', history.path('p50', late, now));
    this.times.lines[1].setAttribute('d', history.path('p99', late, now));
    label(this.rates, `Connections a second in the last five minutes: now ${short(pool.accepted_1s)}, at most ${short(rate)}`);
    label(this.times, `Duration of connections in the last five minutes: now ${span(pool.p50_ns)} p50, ${span(pool.p99_ns)} p99, at most ${span(late)}`);
  }
}

// Show pairs of a number and its word, the number large.
function numbers(line, ...pairs) {
  const text = JSON.stringify(pairs);
  if (line.shown === text) return;
  line.shown = text;
  line.replaceChildren(...pairs.map(([number, word]) => (number === '' ? make('span', 'dim', word) : make('span', '', make('b', '', String(number)), ` ${word}`))));
}
